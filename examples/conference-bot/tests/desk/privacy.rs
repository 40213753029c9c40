//! Erasing leaves nothing of a person; exporting gives everything.

use std::io::{Cursor, Read};

use conference_bot::domain::{DocumentKind, Part, Status};
use conference_bot::store::run;
use reqwest::Method;
use rusqlite::params;
use serde_json::Value;

use crate::support::{NOON, Site, pdf};

/// A word that only this person wrote.
const WORD: &str = "Уникумов";

async fn filled() -> (Site, i64, i64, i64) {
    let site = Site::open().await;
    let person = site.person(&format!("{WORD} Иван"), "unikumov@b.de", Status::Student).await;
    let friend = site.person("Петров Пётр", "p@q.de", Status::Employee).await;
    let alone = site.paper(person, &format!("Работа: {WORD}"), 2, "submitted").await;
    let shared = site.paper(person, "Общая работа", 2, "submitted").await;
    site.joins(shared, friend, Part::CoAuthor).await;
    let others = site.paper(friend, "Чужая работа", 3, "under_review").await;
    let scan =
        site.document(person, DocumentKind::Consent, "application/pdf", pdf(&format!("scan {WORD}"))).await;
    site.write(move |conn| {
        run(conn, "INSERT INTO consent (person_id, version, document_id, at) VALUES (?1, '1', ?2, ?3)", [person, scan, NOON])?;
        run(conn, "UPDATE application SET comment = ?2 WHERE person_id = ?1", params![person, WORD])?;
        let sql = "INSERT INTO review_assignment (submission_id, version, reviewer_id, state, offered_at, reason)
            VALUES (?1, 1, ?2, 'submitted', 1, ?3)";
        run(conn, sql, params![others, person, WORD])?;
        let sql = "INSERT INTO review (assignment_id, comment_author, comment_private) VALUES (1, ?1, ?1)";
        run(conn, sql, [WORD])?;
        let sql = "INSERT INTO invitation (submission_id, role, inviter_id, kind, target, shown, target_tg_id, token_hash,
            state, delivery, created_at, expires_at) VALUES (?1, 'supervisor', ?2, 'email', 'unikumov@b.de', ?3, ?4, x'01',
            'pending', 'queued', 1, 2)";
        run(conn, sql, params![others, friend, WORD, person + 1000])?;
        for (to, state) in [(person, "sent"), (friend, "dead")] {
            let sql = "INSERT INTO outbox (channel, recipient, person_id, body, state, not_before, created_at)
                VALUES ('telegram', ?1, ?1, ?2, ?3, 0, 1)";
            run(conn, sql, params![to, format!("{WORD} Иван пишет"), state])?;
        }
        let sql = "INSERT INTO email_code (address, address_key, tg_id, purpose, salt, code_hash, state, sent_at, expires_at)
            VALUES ('unikumov@b.de', 'unikumov@b.de', ?1, 'register', x'01', x'01', 'active', 1, 2)";
        run(conn, sql, [person + 1000])?;
        run(conn, "INSERT INTO limiter (key, window_start, count) VALUES ('mail:unikumov@b.de', 1, 1)", [])?;
        let sql = "INSERT INTO update_seen (bot, update_id, tg_id, body, received_at) VALUES ('main', 1, ?1, ?2, 1)";
        run(conn, sql, params![person + 1000, WORD])?;
        conference_bot::store::reports::write(conn, "main", person + 1000, Some(person), "menu.0.0", NOON)
    })
    .await;
    (site, person, alone, shared)
}

/// Whether the files of the database hold a text anywhere.
fn holds(site: &Site, text: &str) -> bool {
    let files = std::fs::read_dir(site.folder.path())
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn erasing_leaves_nothing_of_a_person() {
    let (site, person, alone, shared) = filled().await;
    let admin = site.admin().await;
    assert!(holds(&site, WORD));
    let wrong = admin.form(&format!("/people/{person}/erase"), &[("number", "77")]).await;
    assert!(wrong.contains("role=\"alert\""));
    assert!(holds(&site, WORD));
    let done = admin.form(&format!("/people/{person}/erase"), &[("number", &person.to_string())]).await;
    assert!(done.contains("flash good"), "{done}");
    for text in [WORD, "unikumov", "2004-05-06 "] {
        assert!(!holds(&site, text), "{text} is still there");
    }
    let card = admin.page(&format!("/people/{person}")).await;
    assert!(!card.contains("913") && card.contains("person.erased"));
    assert_eq!(admin.fetch(&format!("/papers/{shared}")).await.status(), 200);
    let (_, kept) = admin.api(Method::GET, &format!("/papers/{shared}"), Value::Null).await;
    assert_eq!(
        (&kept["paper"]["author"], &kept["people"][0]["part"]),
        (&"Петров Пётр".into(), &"author".into())
    );
    let (_, emptied) = admin.api(Method::GET, &format!("/papers/{alone}"), Value::Null).await;
    assert_eq!((&emptied["paper"]["title"], &emptied["paper"]["state"]), (&Value::Null, &"withdrawn".into()));
    let (_, whole) = admin.api(Method::GET, "/audit/verification", Value::Null).await;
    assert_eq!(whole["whole"], true);
    assert_eq!(admin.api(Method::DELETE, &format!("/people/{person}"), Value::Null).await.0, 409, "once");
    assert_eq!(admin.fetch("/exports/documents.zip").await.status(), 200);
    assert_eq!(site.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
}

#[tokio::test]
async fn a_person_gets_everything_that_is_kept() {
    let (site, person, ..) = filled().await;
    let admin = site.admin().await;
    let (_, data) = admin.api(Method::GET, &format!("/people/{person}/data"), Value::Null).await;
    assert_eq!(data["person"][0]["full_name"], format!("{WORD} Иван"));
    assert_eq!(data["papers"].as_array().unwrap().len(), 2);
    assert_eq!(data["reviews"][0]["comment_private"], WORD);
    let bytes = admin.fetch(&format!("/people/{person}/data.zip")).await.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 6, "the data and five documents");
    let mut text = String::new();
    archive.by_name("data.json").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("unikumov@b.de"));
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE action = 'person.exported'").await, 2);
    assert_eq!(admin.fetch("/people/999/data.json").await.status(), 404);
}

#[tokio::test]
async fn whoever_can_log_in_is_not_erased() {
    let site = Site::open().await;
    let admin = site.admin().await;
    let page = admin.form("/people/1/erase", &[("number", "1")]).await;
    assert!(page.contains("flash bad"), "{page}");
}
