//! Time limits, links, messages, programme, delivery, audit log.

use conference_bot::domain::{HOUR, Status};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{HOSTILE, NOON, Site};

#[tokio::test]
async fn a_time_limit_is_set_where_the_conference_is() {
    let site = Site::open().await;
    let admin = site.admin().await;
    let fields = [("kind", "submission"), ("section", ""), ("at", "2026-06-01T18:00")];
    assert!(admin.form("/deadlines", &fields).await.contains("01.06.2026 18:00"));
    let (_, rows) = admin.api(Method::GET, "/deadlines", Value::Null).await;
    assert_eq!(rows[0]["at"], 1_780_311_600_000_i64, "18:00 in Novosibirsk is 11:00 in UTC");
    admin.form("/deadlines", &[("kind", "submission"), ("section", ""), ("at", "")]).await;
    assert_eq!(site.number("SELECT count(*) FROM deadline").await, 0);
    let wrong = admin.send("/deadlines", &[("kind", "submission"), ("at", "soon")]).await;
    assert_eq!(wrong.status(), 422);
}

#[tokio::test]
async fn a_link_is_shown_once() {
    let site = Site::open().await;
    let admin = site.admin().await;
    let fields = [("gift", "late:submission"), ("section", "2"), ("hours", "48"), ("uses", "3")];
    let page = admin.form("/links", &fields).await;
    let link = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(link.starts_with("https://t.me/") && link.contains("?start=p_"), "{link}");
    let again = admin.page("/deadlines").await;
    assert!(!again.contains(link.split("p_").nth(1).unwrap()));
    let far = json!({"role": "reviewer", "expires_at": NOON + 9000 * HOUR, "uses": 1});
    assert_eq!(admin.api(Method::POST, "/links", far).await.0, 409);
}

#[tokio::test]
async fn a_message_is_looked_at_and_sent_once_to_those_who_fit() {
    let site = Site::open().await;
    for n in 0..3 {
        site.person(&format!("Иванов Иван{n}"), &format!("a{n}@b.de"), Status::Student).await;
    }
    site.person("Петров Пётр", "p@q.de", Status::Employee).await;
    let admin = site.admin().await;
    let fields = [("status", "student"), ("text_ru", HOSTILE), ("text_en", "Hello {text}")];
    let preview = admin.form("/broadcasts", &fields).await;
    assert!(preview.contains("<dd>3</dd>"), "{preview}");
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 0);
    let other = site.admin().await;
    let (first, second) =
        tokio::join!(admin.form("/broadcasts/1/send", &[]), other.form("/broadcasts/1/send", &[]));
    assert!(first.contains("flash good") != second.contains("flash good"), "sent once");
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 3);
    assert_eq!(
        site.number("SELECT count(*) FROM outbox WHERE priority = 2 AND channel = 'telegram'").await,
        3
    );
    let empty = admin.form("/broadcasts", &[("text_ru", " "), ("text_en", "x")]).await;
    assert!(empty.contains("role=\"alert\""));
}

#[tokio::test]
async fn a_message_speaks_the_language_of_each_person() {
    let site = Site::open().await;
    let ru = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let en = site.person("Smith Ann", "s@b.de", Status::Student).await;
    site.write(move |conn| {
        conference_bot::store::run(conn, "UPDATE person SET locale = 'en' WHERE id = ?1", [en])
    })
    .await;
    let admin = site.admin().await;
    let (_, made) = admin
        .api(
            Method::POST,
            "/broadcasts",
            json!({"text_ru": "Привет, {text}", "text_en": "Hello", "status": "student"}),
        )
        .await;
    assert_eq!(made["telegram"], 2);
    admin.api(Method::POST, &format!("/broadcasts/{}/send", made["id"]), Value::Null).await;
    let bodies: Vec<(i64, String)> = site
        .write(|conn| {
            let mut rows = conn.prepare("SELECT person_id, body FROM outbox ORDER BY id")?;
            Ok(rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .await;
    assert!(bodies.iter().any(|(id, body)| *id == ru && body.contains("Привет, {text}")), "{bodies:?}");
    assert!(bodies.iter().any(|(id, body)| *id == en && body.contains("Hello")), "{bodies:?}");
}

#[tokio::test]
async fn the_programme_has_no_two_things_in_one_room_and_becomes_a_calendar() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let paper = site.paper(person, "О волнах; часть 1, или\\нет \u{202e}", 2, "confirmed").await;
    let draft = site.paper(person, "Не подтверждена", 2, "accepted").await;
    let admin = site.admin().await;
    let at = "2026-05-02T10:00";
    let slot = |paper: String| {
        vec![("paper", paper), ("room", "Ауд. 1".into()), ("starts_at", at.into()), ("minutes", "20".into())]
    };
    let send = |fields: Vec<(&'static str, String)>| {
        let admin = &admin;
        async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            admin.form("/slots", &fields).await
        }
    };
    assert!(send(slot(draft.to_string())).await.contains("flash bad"), "only what is confirmed");
    assert!(send(slot(paper.to_string())).await.contains("flash good"));
    assert!(send(slot(paper.to_string())).await.contains("flash bad"), "once");
    let long = "Открытие ".repeat(20);
    let mut other = vec![
        ("title", long.clone()),
        ("room", "Ауд. 1".into()),
        ("starts_at", "2026-05-02T10:19".into()),
        ("minutes", "10".into()),
    ];
    assert!(send(other.clone()).await.contains("О волнах"), "the room is taken");
    other[2].1 = "2026-05-02T10:20".into();
    assert!(send(other).await.contains("flash good"));
    assert_eq!(site.number("SELECT count(*) FROM submission WHERE state = 'scheduled'").await, 1);
    let public = site.browser().page("/programme").await;
    assert!(public.contains("О волнах") && public.contains("Иванов Иван") && public.contains("10:00–10:20"));
    calendar(&site.browser().fetch("/programme.ics").await.text().await.unwrap(), &long);
    let moved = admin
        .api(Method::PUT, "/programme/1", json!({"room": "Ауд. 1", "starts_at": NOON, "minutes": 5}))
        .await;
    assert_eq!(moved.0, 200);
    admin.form("/slots/1/remove", &[]).await;
    assert_eq!(site.number("SELECT count(*) FROM submission WHERE state = 'confirmed'").await, 1);
}

/// Reads the calendar as a calendar program does.
fn calendar(text: &str, long: &str) {
    assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let unfolded = text.replace("\r\n ", "");
    let lines: Vec<&str> = unfolded.trim_end().split("\r\n").collect();
    assert!(lines.iter().all(|line| line.contains(':')), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(), 2);
    assert_eq!(lines.iter().filter(|line| **line == "END:VEVENT").count(), 2);
    let summaries: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("SUMMARY:")).collect();
    assert_eq!(summaries[0], "О волнах\\; часть 1\\, или\\\\нет \u{202e}");
    assert_eq!(summaries[1], long.trim());
    assert!(
        lines.contains(&"DTSTART:20260502T030000Z") && lines.contains(&"DTEND:20260502T032000Z"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn dead_letters_are_tried_again_and_reports_are_closed() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    site.write(move |conn| {
        let sql = "INSERT INTO outbox (channel, recipient, person_id, body, state, attempts, not_before, created_at)
            VALUES ('email', 'a@b.de', ?1, '{\"kind\":\"mail\",\"subject\":\"s\",\"text\":\"t\"}', 'dead', 9, 0, 1)";
        conference_bot::store::run(conn, sql, [person])?;
        conference_bot::store::reports::write(conn, "main", 1001, Some(person), "menu.0.0", NOON)
    })
    .await;
    let admin = site.admin().await;
    assert!(admin.page("/delivery?state=dead").await.contains("a@b.de"));
    admin.form("/delivery/1/retry", &[]).await;
    assert_eq!(site.number("SELECT count(*) FROM outbox WHERE state = 'queued' AND attempts = 0").await, 1);
    assert_eq!(admin.api(Method::POST, "/letters/1/retry", Value::Null).await.0, 409, "it is queued already");
    assert!(admin.page("/reports").await.contains("menu.0.0"));
    admin.form("/reports/1/close", &[]).await;
    assert_eq!(site.number("SELECT count(*) FROM error_report WHERE closed_by = 'web:admin'").await, 1);
}

#[tokio::test]
async fn the_chain_of_the_audit_log_is_checked() {
    let site = Site::open().await;
    let admin = site.admin().await;
    admin.form("/deadlines", &[("kind", "review"), ("at", "2026-06-01T18:00")]).await;
    let (_, whole) = admin.api(Method::GET, "/audit/verification", Value::Null).await;
    assert_eq!(whole, json!({"whole": true, "lines": 1, "broken_at": null}));
    assert!(admin.page("/audit?verify=1").await.contains("flash good"));
    site.write(|conn| {
        conn.execute_batch("DROP TRIGGER audit_keeps; UPDATE audit SET actor = 'web:somebody'")?;
        Ok(())
    })
    .await;
    let (_, broken) = admin.api(Method::GET, "/audit/verification", Value::Null).await;
    assert_eq!(broken["broken_at"], 1);
    assert!(admin.page("/audit?verify=1").await.contains("role=\"alert\""));
}

#[tokio::test]
async fn the_last_organiser_and_ones_own_log_in_stay() {
    let site = Site::open().await;
    let admin = site.admin().await;
    assert!(admin.form("/roles/1/revoke", &[]).await.contains("flash bad"));
    assert!(
        admin.form("/identities/remove", &[("kind", "user"), ("name", "admin")]).await.contains("flash bad")
    );
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await.to_string();
    let page = admin.form("/identities", &[("kind", "user"), ("name", "ivanov"), ("person", &person)]).await;
    let password = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    admin.form("/roles", &[("person", &person), ("role", "moderator"), ("section", "")]).await;
    let ivanov = site.browser();
    assert!(ivanov.log_in("ivanov", &password).await.contains("/queue"));
    let short = ivanov.send("/account", &[("old", &password), ("new", "x"), ("again", "x")]).await;
    assert_eq!(short.status(), 422);
    ivanov
        .form("/account", &[("old", &password), ("new", "long enough 1"), ("again", "long enough 1")])
        .await;
    assert!(site.browser().log_in("ivanov", "long enough 1").await.contains("/queue"));
    let page = admin.form("/identities/reset", &[("kind", "user"), ("name", "ivanov")]).await;
    let fresh = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(site.browser().log_in("ivanov", &fresh).await.contains("/queue"));
    assert_eq!(ivanov.fetch("/queue").await.url().path(), "/login", "the old session has ended");
}

#[tokio::test]
async fn sections_are_made_renamed_and_closed() {
    let site = Site::open().await;
    let admin = site.admin().await;
    let title = format!("Секция 6. {HOSTILE}");
    let new = [
        ("code", "S6"),
        ("title_ru", title.as_str()),
        ("title_en", "Section 6"),
        ("language", "ru"),
        ("position", "9"),
        ("active", "1"),
    ];
    let page = admin.form("/sections", &new).await;
    assert!(page.contains("Секция 6.") && !page.contains("<script>alert"), "{page}");
    let twice = admin.form("/sections", &new).await;
    assert!(twice.contains("у каждой свой"), "a code is there once");
    let path = [("code", "../x"), ("title_ru", "x"), ("title_en", "x")];
    assert!(admin.form("/sections", &path).await.contains("у каждой свой"));
    let (_, rows) = admin.api(Method::GET, "/sections", Value::Null).await;
    assert_eq!((rows.as_array().unwrap().len(), &rows[6]["code"]), (7, &json!("S6")));
    let open = || site.write(|conn| Ok(conference_bot::store::papers::sections(conn)?.len()));
    assert_eq!(open().await, 7);
    // One is always open.
    for (n, row) in rows.as_array().unwrap().iter().enumerate() {
        let mut closed = row.clone();
        closed["active"] = json!(false);
        closed.as_object_mut().unwrap().remove("id");
        let (status, _) = admin.api(Method::PUT, &format!("/sections/{}", row["id"]), closed).await;
        assert_eq!(status, if n < 6 { 200 } else { 409 });
    }
    assert_eq!(open().await, 1);
    let mut unknown = rows[0].clone();
    unknown.as_object_mut().unwrap().remove("id");
    assert_eq!(admin.api(Method::PUT, "/sections/99", unknown).await.0, 409);
}

#[tokio::test]
async fn everybody_may_be_late_by_the_minutes_of_grace() {
    let site = Site::open().await;
    let admin = site.admin().await;
    let fields = [("kind", "submission"), ("section", ""), ("at", "2026-06-01T18:00"), ("grace", "30")];
    assert!(admin.form("/deadlines", &fields).await.contains("+ 30 мин"));
    let end = 1_780_311_600_000_i64;
    let late = |minutes: i64| {
        site.write(move |conn| {
            let kind = conference_bot::domain::DeadlineKind::Submission;
            conference_bot::store::deadlines::passed(conn, kind, Some(2), 1, end + minutes * 60_000)
        })
    };
    assert!(!late(30).await && late(31).await);
    let far = json!({"kind": "submission", "at": end, "grace_minutes": 20_000});
    assert_eq!(admin.api(Method::PUT, "/deadlines", far).await.0, 409);
}

#[tokio::test]
async fn times_that_no_conference_has_are_refused() {
    let site = Site::open().await;
    let admin = site.admin().await;
    for at in [i64::MAX, i64::MIN, -1] {
        let limit = json!({"kind": "submission", "at": at, "grace_minutes": 10});
        assert_eq!(admin.api(Method::PUT, "/deadlines", limit).await.0, 409, "{at}");
        let slot = json!({"title": "Обед", "room": "Холл", "starts_at": at, "minutes": 600});
        assert_eq!(admin.api(Method::POST, "/programme", slot).await.0, 409, "{at}");
    }
    let late = json!({"late": "review", "expires_at": NOON + HOUR, "uses": 1});
    let (status, told) = admin.api(Method::POST, "/links", late).await;
    assert!(status == 409 && told["detail"].as_str().unwrap().contains("confirmation"), "{told}");
}
