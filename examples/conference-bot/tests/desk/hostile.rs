//! Every page shows what people wrote as text, says what browsers may not do, and needs no script.

use conference_bot::domain::{Part, Status};
use conference_bot::store::run;

use crate::support::{HOSTILE, NOON, Site};

async fn filled() -> Site {
    let site = Site::open().await;
    let person = site.person(HOSTILE, "\"x'<i>@b.de", Status::Student).await;
    let other = site.person("Петров Пётр", "p@q.de", Status::Employee).await;
    let paper = site.paper(person, HOSTILE, 2, "confirmed").await;
    site.joins(paper, other, Part::CoAuthor).await;
    site.paper(other, "Ждёт проверки", 3, "submitted").await;
    site.write(move |conn| {
        run(conn, "UPDATE application SET comment = ?1", [HOSTILE])?;
        run(conn, "UPDATE organisation SET full_name = ?1 || id, abbr = ?1, abbr_en = ?1", [HOSTILE])?;
        let sql = "INSERT INTO outbox (channel, recipient, person_id, body, state, not_before, created_at, last_error)
            VALUES ('email', ?1, ?2, '{}', 'dead', 0, ?3, ?1)";
        run(conn, sql, rusqlite::params![HOSTILE, person, NOON])?;
        let sql = "INSERT INTO programme_slot (title, room, starts_at, minutes) VALUES (?1, ?1, ?2, 30)";
        run(conn, sql, rusqlite::params![HOSTILE, NOON])?;
        let sql = "INSERT INTO broadcast (audience, text_ru, text_en, made_by, made_at) VALUES ('{}', ?1, ?1, ?1, ?2)";
        run(conn, sql, rusqlite::params![HOSTILE, NOON])?;
        conference_bot::store::reports::write(conn, HOSTILE, 7, Some(person), HOSTILE, NOON)?;
        conference_bot::store::audit::write(conn, NOON, HOSTILE, HOSTILE, (HOSTILE, person), HOSTILE)?;
        let sql = "INSERT INTO update_seen (bot, update_id, tg_id, received_at, failures, error) VALUES ('main', 1, 7, 1, 1, ?1)";
        run(conn, sql, [HOSTILE])
    })
    .await;
    site
}

#[tokio::test]
async fn every_page_shows_hostile_words_as_text() {
    let site = filled().await;
    let admin = site.admin().await;
    // The pages, and whether strangers' words stand on them.
    let pages = [
        ("/", true),
        ("/people", true),
        ("/people/2", true),
        ("/people/2/erase", true),
        ("/papers", true),
        ("/papers/1", true),
        ("/papers/2", false),
        ("/queue", true),
        ("/applications/1", true),
        ("/deadlines", false),
        ("/sections", false),
        ("/broadcasts", true),
        ("/broadcasts/1", true),
        ("/slots", true),
        ("/programme", true),
        ("/exports", false),
        ("/roles", false),
        ("/delivery", true),
        ("/delivery?state=dead", true),
        ("/reports", true),
        ("/audit", true),
        ("/audit?verify=1", true),
        ("/account", false),
        ("/people?q=%3Cscript%3E", true),
    ];
    for (path, shows) in pages {
        for language in ["/lang/ru", "/lang/en"] {
            admin.fetch(language).await;
            let response = admin.fetch(path).await;
            assert_eq!(response.status(), 200, "{path}");
            let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            let text = response.text().await.unwrap();
            assert!(!text.contains("<script"), "{path} has a script");
            assert!(!text.contains("style=\"") && !text.contains(" onclick"), "{path}");
            assert_eq!(
                text.contains("&#60;script&#62;") || text.contains("&lt;script"),
                shows,
                "{path}: {text}"
            );
            assert_eq!(text.matches("<h1").count(), 1, "{path}");
            labelled(path, &text);
        }
    }
}

/// Every field has a label, and every table names its columns.
fn labelled(path: &str, text: &str) {
    for tag in ["<input ", "<select ", "<textarea "] {
        for field in text.split(tag).skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if field.contains("type=\"hidden\"") {
                continue;
            }
            let id = field.split("id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let id = id.unwrap_or_else(|| panic!("{path}: {field} has no id"));
            assert_eq!(text.matches(&format!("for=\"{id}\"")).count(), 1, "{path}: {id} has no label");
        }
    }
    for table in text.split("<table").skip(1) {
        assert!(table.contains("scope="), "{path}");
    }
}

#[tokio::test]
async fn names_cannot_hide_behind_marks_of_direction() {
    let site = filled().await;
    let page = site.admin().await.page("/people").await;
    let name = page.find('\u{202e}').unwrap();
    let before = &page[..name];
    assert!(
        before.rfind("<bdi").unwrap() > before.rfind("</bdi>").unwrap_or(0),
        "the mark ends with its own box"
    );
}

#[tokio::test]
async fn errors_are_pages_for_people_in_their_language() {
    let site = Site::open().await;
    let admin = site.admin().await;
    for (language, words) in [("/lang/ru", "Здесь ничего нет"), ("/lang/en", "Nothing here")] {
        admin.fetch(language).await;
        let response = admin.fetch("/people/99").await;
        assert_eq!(response.status(), 404);
        assert!(response.text().await.unwrap().contains(words));
    }
}
