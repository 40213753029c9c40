//! Log-in, roles and tokens.

use conference_bot::domain::{Role, Status};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tgbio_server::http::client_addr::TrustedProxies;

use crate::support::{PASSWORD, Site};

#[tokio::test]
async fn nobody_comes_in_without_a_password() {
    let site = Site::open().await;
    let stranger = site.browser();
    let pages = [
        "/",
        "/people",
        "/people/1",
        "/papers",
        "/queue",
        "/audit",
        "/exports/people.csv",
        "/documents/1",
        "/exports/documents.zip",
        "/slots",
        "/roles",
        "/delivery",
        "/reports",
        "/broadcasts",
        "/deadlines",
    ];
    for path in pages {
        let response = stranger.fetch(path).await;
        assert!(response.url().path() == "/login", "{path} led to {}", response.url());
        let bare = reqwest::get(site.url(path)).await.unwrap();
        assert_eq!(bare.status(), 401, "{path}");
        assert_eq!(bare.headers()["content-type"], "application/problem+json");
    }
    for open in ["/programme", "/programme.ics", "/healthz", "/openapi.json"] {
        assert_eq!(stranger.fetch(open).await.status(), 200, "{open}");
    }
    let refused = stranger.send("/login", &[("user", "admin"), ("password", "wrong")]).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(stranger.log_in("admin", PASSWORD).await.contains("aria-current=\"page\""));
    stranger.form("/logout", &[]).await;
    assert_eq!(stranger.fetch("/people").await.url().path(), "/login");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_other_sites_are_refused() {
    let site = Site::open().await;
    let browser = site.browser();
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = browser.send("/login", &[("user", "admin"), ("password", "wrong")]).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let foreign =
        browser.client.post(site.url("/login")).header("origin", "https://evil.example").send().await;
    assert_eq!(foreign.unwrap().status(), StatusCode::FORBIDDEN);
}

/// The status of a log-in that a proxy has forwarded for an address.
async fn forwarded(site: &Site, user: &str, password: &str, address: &str) -> StatusCode {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let asked = client.build().unwrap().post(site.url("/login")).header("x-forwarded-for", address);
    let form = [("user", user), ("password", password)];
    asked.header("sec-fetch-site", "same-origin").form(&form).send().await.unwrap().status()
}

/// Whether somebody who guesses from these addresses, one after the other, is slowed down. The waits double.
async fn slowed_down(site: &Site, address: impl Fn(u8) -> String) -> bool {
    for n in 0..20 {
        let status = forwarded(site, &format!("user{n}"), "wrong", &address(n)).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn people_behind_a_proxy_are_told_apart_where_it_is_trusted() {
    let proxies = TrustedProxies::parse(["127.0.0.1"]).unwrap();
    let site = Site::with(|config| config.trusted_proxies = proxies).await;
    assert!(slowed_down(&site, |_| "203.0.113.7".to_owned()).await);
    assert_eq!(forwarded(&site, "admin", PASSWORD, "198.51.100.9").await, StatusCode::SEE_OTHER);
    assert!(!slowed_down(&site, |n| format!("198.51.{n}.1")).await);
    let site = Site::open().await;
    assert!(slowed_down(&site, |n| format!("198.51.{n}.1")).await, "nobody is believed");
}

#[tokio::test]
async fn the_first_password_is_random_and_shown_once() {
    let site = Site::with(|config| config.admin_password = None).await;
    let (_, again) = conference_bot::organisers::Desk::open(site.desk.world.clone()).await.unwrap();
    assert!(again.is_none());
    assert_eq!(site.number("SELECT count(*) FROM web_identity").await, 1);
}

#[tokio::test]
async fn roles_reach_as_far_as_they_say() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let (one, two) = (
        site.paper(person, "Первая работа", 2, "submitted").await,
        site.paper(person, "Вторая", 3, "submitted").await,
    );
    let moderator = site.login_for("mod", Role::Moderator, None).await;
    let chair = site.login_for("chair", Role::Chair, Some(2)).await;
    let reviewer = site.login_for("rev", Role::Reviewer, Some(2)).await;
    let expected: [(&str, [u16; 3]); 7] = [
        ("/people", [200, 403, 403]),
        ("/queue", [200, 403, 403]),
        ("/papers", [200, 200, 403]),
        ("/audit", [403, 403, 403]),
        ("/exports/people.csv", [403, 403, 403]),
        ("/roles", [403, 403, 403]),
        ("/", [200, 200, 200]),
    ];
    for (path, statuses) in expected {
        for (browser, status) in [&moderator, &chair, &reviewer].into_iter().zip(statuses) {
            assert_eq!(browser.fetch(path).await.status().as_u16(), status, "{path}");
        }
    }
    assert_eq!(chair.fetch(&format!("/papers/{one}")).await.status(), 200);
    assert_eq!(chair.fetch(&format!("/papers/{two}")).await.status(), 404);
    let listed = chair.page("/papers").await;
    assert!(listed.contains("Первая работа") && !listed.contains("Вторая"));
    let doc = site
        .write(move |conn| Ok(conference_bot::store::papers::get(conn, one)?.unwrap().paper_doc.unwrap()))
        .await;
    let path = format!("/documents/{doc}");
    assert_eq!(chair.fetch(&path).await.status(), 200);
    assert_eq!(reviewer.fetch(&path).await.status(), 404);
    assert_eq!(moderator.send("/roles", &[("person", "1"), ("role", "organiser")]).await.status(), 403);
}

#[tokio::test]
async fn a_token_acts_for_who_made_it_within_its_scope() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let admin = site.admin().await;
    let page = admin.form("/identities", &[("kind", "token"), ("name", "sheet"), ("scope", "read")]).await;
    let secret = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let call = |method: Method, path: String| {
        reqwest::Client::new().request(method, site.url(&path)).bearer_auth(&secret).send()
    };
    let listed: Value =
        call(Method::GET, "/api/v1/people?q=иванов".into()).await.unwrap().json().await.unwrap();
    assert_eq!(listed["items"][0]["id"], person);
    assert_eq!(call(Method::GET, "/exports/people.csv".into()).await.unwrap().status(), 200);
    let erased = call(Method::DELETE, format!("/api/v1/people/{person}")).await.unwrap();
    assert_eq!(erased.status(), 403);
    let (_, audit) = admin.api(Method::GET, "/audit", Value::Null).await;
    let lines = audit["items"].as_array().unwrap();
    assert!(
        lines.iter().any(|line| line["actor"] == "token:sheet" && line["action"] == "exported"),
        "{audit}"
    );
    admin.form("/identities/remove", &[("kind", "token"), ("name", "sheet")]).await;
    assert_eq!(call(Method::GET, "/api/v1/people".into()).await.unwrap().status(), 401);
}

#[tokio::test]
async fn lists_are_paged_by_cursor_and_wrong_parameters_are_problems() {
    let site = Site::open().await;
    for n in 0..7 {
        site.person(&format!("Иванов Иван{n}"), &format!("a{n}@b.de"), Status::Student).await;
    }
    let admin = site.admin().await;
    let (mut seen, mut path) = (Vec::new(), "/people?q=иванов&limit=3".to_owned());
    loop {
        let (status, page) = admin.api(Method::GET, &path, Value::Null).await;
        assert_eq!(status, 200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("/people?q=иванов&limit=3&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.windows(2).all(|two| two[0] > two[1]));
    let cases = [
        ("/people?cursor=zzz", 400),
        ("/people?limit=0", 400),
        ("/people?status=king", 400),
        ("/people/999", 404),
        ("/people/x", 400),
        ("/nothing", 404),
    ];
    for (path, expected) in cases {
        let (status, problem) = admin.api(Method::GET, path, Value::Null).await;
        assert_eq!(status, expected, "{path}: {problem}");
    }
    let (status, _) = admin.api(Method::POST, "/broadcasts", json!({"text_ru": "а", "wrong": 1})).await;
    assert_eq!(status, 400);
}
