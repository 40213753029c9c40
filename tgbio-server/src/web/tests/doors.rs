//! Who gets in, and where everybody is led.

use super::world::{PASSWORD, World, profile};

const READING: [&str; 3] = ["/", "/status", "/profiles/telegram"];
const OWN: [&str; 7] = [
    "/add",
    "/profiles/telegram/edit",
    "/profiles/telegram/erase",
    "/profiles/telegram/revisions/1/remove",
    "/account",
    "/tokens",
    "/audit",
];
const FORMS: [&str; 12] = [
    "/add",
    "/profiles/telegram/check",
    "/profiles/telegram/pause",
    "/profiles/telegram/resume",
    "/profiles/telegram/edit",
    "/profiles/telegram/erase",
    "/profiles/telegram/revisions/1/remove",
    "/held/1/accept",
    "/held/1/reject",
    "/account",
    "/tokens",
    "/tokens/revoke",
];

/// Fields that satisfy every form.
const FIELDS: [(&str, &str); 6] = [
    ("name", "x"),
    ("old", "x"),
    ("new", "yyyyyyyy"),
    ("again", "yyyyyyyy"),
    ("typed", "telegram"),
    ("names", "telegram"),
];

#[tokio::test]
async fn strangers_are_led_to_the_log_in() {
    let world = World::new().await;
    world.follow("telegram").await;
    for path in READING.into_iter().chain(OWN) {
        let answer = world.anybody(path).await;
        assert_eq!(answer.status, 303, "{path}");
        let next = if path == "/" { String::new() } else { format!("?next={}", path.replace('/', "%2F")) };
        assert_eq!(answer.header("location"), format!("/login{next}"));
    }
    let pulse = world.anybody("/profiles/telegram/pulse").await;
    assert_eq!(pulse.status, 303);
}

#[tokio::test]
async fn where_reading_is_public_nothing_else_is() {
    let world = World::public().await;
    let id = world.follow("telegram").await;
    let patch = [("note", "secret note"), ("tags", "secret-tag")];
    assert_eq!(world.post("/profiles/telegram/edit", &patch).await.status, 303);
    world.source.says(profile("telegram", "Telegram", None));
    world.look_after(2, id).await;
    for path in READING {
        let answer = world.anybody(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("secret"), "{path}");
        let forms = answer.text.matches("method=\"post\"").count();
        assert_eq!(forms, 0, "{path} offers what does not work");
        assert!(answer.text.contains("noindex"));
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
    }
    for path in OWN {
        assert_eq!(world.anybody(path).await.status, 303, "{path}");
    }
    assert!(world.get("/profiles/telegram").await.text.contains("secret note"));
    let tagged = world.anybody("/?tag=other").await.text;
    assert!(tagged.contains("/profiles/telegram"), "tags are nothing that strangers can ask about");
}

#[tokio::test]
async fn forms_of_strangers_and_other_sites_do_nothing() {
    let world = World::public().await;
    world.follow("telegram").await;
    for path in FORMS {
        let headers = [("accept", "text/html"), ("referer", "http://localhost/profiles/telegram")];
        let answer = world.send(path, &FIELDS, &headers).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), "/login?next=%2Fprofiles%2Ftelegram", "{path}");
        let program = world.send(path, &FIELDS, &[]).await;
        assert_eq!(program.status, 401, "{path}");
        let cross = [("accept", "text/html"), ("sec-fetch-site", "cross-site")];
        assert_eq!(world.send(path, &FIELDS, &cross).await.status, 403, "{path}");
    }
    assert_eq!(world.get("/profiles/telegram").await.status, 200);
}

#[tokio::test]
async fn whoever_is_logged_in_stays_so_on_pages_about_what_was_refused_early() {
    let world = World::new().await;
    let cross = ("sec-fetch-site", "same-site");
    let large = "x".repeat(70_000);
    let session = ("cookie", world.session());
    for (form, more, status) in
        [([("names", "telegram")], Some(cross), 403), ([("names", &*large)], None, 413)]
    {
        let stranger: Vec<_> = [("accept", "text/html")].into_iter().chain(more).collect();
        let own: Vec<_> = stranger.iter().copied().chain([session]).collect();
        let refused = world.send("/add", &form, &own).await;
        assert_eq!(refused.status, status);
        for part in ["action=\"/logout\"", "href=\"/audit\"", "<bdi>admin</bdi>"] {
            assert!(refused.text.contains(part), "{}", refused.text);
        }
        let refused = world.send("/add", &form, &stranger).await;
        assert_eq!(refused.status, status);
        assert!(!refused.text.contains("/logout") && !refused.text.contains("href=\"/status\""));
    }
    assert_eq!(world.get("/profiles/telegram").await.status, 404, "nothing was done");
}

#[tokio::test]
async fn a_page_about_an_error_says_nothing_twice() {
    let world = World::new().await;
    let own = [("accept", "text/html"), ("cookie", world.session())];
    let cross = [own[0], own[1], ("sec-fetch-site", "cross-site")];
    let large = "x".repeat(70_000);
    let shown = [
        (world.get("/nowhere").await, 404, None),
        (world.get("/logout").await, 405, None),
        (world.send("/add", &[("names", &*large)], &own).await, 413, Some("at most 65536 bytes can be sent")),
        (world.send("/add", &[], &cross).await, 403, Some("nothing was done")),
        (world.send("/tokens/revoke", &[("x", "x")], &own).await, 400, Some("open its page again")),
        (world.get("/profiles/nobody_x").await, 404, Some("no profile of this name or id is followed")),
    ];
    for (answer, status, detail) in shown {
        assert_eq!(answer.status, status, "{}", answer.text);
        let hint = answer.text.split("<p class=\"hint\"").nth(1);
        match detail {
            Some(detail) => assert!(hint.is_some_and(|hint| hint.contains(detail)), "{}", answer.text),
            None => assert!(hint.is_none(), "{}", answer.text),
        }
    }
}

#[tokio::test]
async fn logging_in_and_out() {
    let world = World::new().await;
    let wrong =
        world.send("/login", &[("user", "admin"), ("password", "no"), ("next", "/status")], &[]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("User name or password is wrong."));
    assert!(wrong.text.contains("value=\"/status\""), "the way on is kept");
    assert!(wrong.cookies().is_empty());

    let given = [("user", "admin"), ("password", PASSWORD), ("next", "/status"), ("remember", "yes")];
    let right = world.send("/login", &given, &[]).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/status"));
    assert!(
        right.cookies()[0].contains("HttpOnly; SameSite=Lax")
            && right.cookies()[0].contains("Max-Age=2592000")
    );
    let session = right.cookie("tgbio_session");
    let headers = [("accept", "text/html"), ("cookie", session.as_str())];
    assert_eq!(world.send("/profiles/nobody_x/pause", &[], &headers).await.status, 404);

    let out = world.send("/logout", &[], &headers).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login"));
    assert_eq!(
        world.send("/profiles/nobody_x/pause", &[], &headers).await.status,
        303,
        "the session is over"
    );

    let elsewhere = [("user", "admin"), ("password", PASSWORD), ("next", "//evil.example/")];
    assert_eq!(world.send("/login", &elsewhere, &[]).await.header("location"), "/");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    let mut last = None;
    for _ in 0..12 {
        last = Some(world.send("/login", &[("user", "admin"), ("password", "no")], &[]).await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(last.text.contains("Too many failed attempts. Wait"));
}

#[tokio::test]
async fn the_language_can_be_chosen() {
    let world = World::new().await;
    let login = world.anybody("/login").await.text;
    assert!(login.contains("<html lang=\"en\">") && login.contains("href=\"/lang/ru?next=%2Flogin\""));
    let chosen = world.anybody("/lang/ru?next=%2Flogin").await;
    assert_eq!((chosen.status.as_u16(), chosen.header("location")), (303, "/login"));
    assert!(chosen.cookie("tgbio_lang").ends_with("=ru"));
    assert_eq!(world.anybody("/lang/xx").await.status, 404);
    let russian = world.get_russian("/").await;
    assert!(russian.text.contains("<html lang=\"ru\">") && russian.text.contains("Отслеживаемые профили"));
    assert!(russian.header("vary").contains("Accept-Language"));
    let lost = world.get("/nowhere").await.text;
    assert_eq!(lost.to_lowercase().matches("check the address").count(), 1, "{lost}");
    for part in ["action=\"/logout\"", "href=\"/audit\"", "<bdi>admin</bdi>"] {
        assert!(lost.contains(part), "whoever is logged in stays so: {lost}");
    }
    let stranger = world.anybody("/nowhere").await.text;
    assert!(!stranger.contains("/logout") && !stranger.contains("href=\"/status\""), "{stranger}");
    let missing = world.get("/profiles/nobody_x").await.text;
    assert!(missing.contains("no profile of this name or id is followed") && missing.contains("/logout"));
    let lost = world.get_russian("/nowhere").await;
    assert_eq!(lost.status, 404);
    assert!(lost.text.contains("Здесь ничего нет"));
}

/// Going back after the log-out shows nothing that only the log-in showed.
#[tokio::test]
async fn browsers_keep_no_page_of_whoever_is_logged_in() {
    let world = World::public().await;
    world.follow("telegram").await;
    for path in READING.iter().chain(&OWN) {
        assert_eq!(world.get(path).await.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(world.anybody("/profiles/telegram").await.header("cache-control"), "private, no-cache");
}
