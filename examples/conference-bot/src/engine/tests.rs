//! One update after another in a real database: always a visible answer, never an error, nothing twice.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::domain::{ApplicationState, PaperState};
use crate::store::{Durability, StoreError, all, audit, number, papers};

struct Room {
    world: World,
    _folder: tempfile::TempDir,
}

async fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { database: folder.path().join("c.db"), ..Config::default() };
    Room { world: World::open(config).await.unwrap(), _folder: folder }
}

impl Room {
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection, &World) -> Res<T> + Send + 'static,
    ) -> T {
        let world = self.world.clone();
        self.world.db.write(Durability::Normal, move |conn| job(conn, &world)).await.unwrap()
    }

    /// Handles an update as the lanes do, but without looking anything up; false when it failed.
    async fn update(&self, bot: &'static str, update: Value) {
        let incoming = Incoming::read(&update).unwrap();
        self.write(move |conn, world| {
            updates::keep(conn, bot, incoming.update_id, incoming.tg_id, "", 0)?;
            let event = plain_event(&incoming);
            handle(conn, world, bot, &incoming, event)
        })
        .await;
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.write(move |conn, _| number(conn, sql, [])).await
    }
}

fn message(id: i64, from: i64, parts: &Value) -> Value {
    let mut message = json!({"message_id": id, "from": {"id": from, "first_name": "A"}, "chat": {"id": from, "type": "private"}});
    message.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    json!({"update_id": id, "message": message})
}

fn press(id: i64, from: i64, data: &str) -> Value {
    let message = json!({"message_id": 1, "chat": {"id": from, "type": "private"}});
    json!({"update_id": id, "callback_query": {"id": format!("q{id}"), "from": {"id": from, "first_name": "A"},
        "message": message, "data": data}})
}

/// A stranger, somebody in the middle of a registration, and somebody who may do everything and has a paper.
fn people_of_all_kinds(conn: &Connection) -> Res<()> {
    for (tg_id, state) in
        [(2, ApplicationState::Draft), (3, ApplicationState::Approved), (4, ApplicationState::Submitted)]
    {
        people::seen(conn, tg_id, None, "A", 1)?;
        let person = people::create(conn, Some("Петров Пётр"), Locale::Ru, 1)?;
        people::bind(conn, tg_id, person)?;
        applications::create(conn, person, 1)?;
        run(conn, "UPDATE application SET state = ?2 WHERE person_id = ?1", (person, state))?;
    }
    let all_powerful = people::of_account(conn, 3)?.unwrap_or_default();
    people::grant(conn, all_powerful, Role::Organiser, None, "test", 1)?;
    conn.execute_batch(
        "INSERT INTO document_body (body) VALUES (x'00');
        INSERT INTO document (body_id, kind, sha256, size, mime, file_name, created_at)
        VALUES (1, 'paper', x'00', 1, 'application/pdf', 'a.pdf', 1);",
    )?;
    for state in PaperState::ALL {
        let paper = papers::create(conn, all_powerful, "Свет и кристаллы", 1)?;
        let sql = "UPDATE submission SET state = ?2, abstract = 'x', section_id = 1, permit_doc = 1, paper_doc = 1 WHERE id = ?1";
        run(conn, sql, (paper, state))?;
    }
    Ok(())
}

/// Puts somebody into a place, as if they had walked there.
fn put(conn: &Connection, tg_id: i64, place: Place) -> Res<i64> {
    let rev = dialogs::load(conn, "main", tg_id)?.rev + 1;
    let dialog = Dialog { place, rev, locale: None, prompt_id: Some(1), fresh: false };
    dialogs::save(conn, "main", tg_id, &dialog, 1)?;
    Ok(rev)
}

#[tokio::test]
async fn in_every_place_everything_has_a_visible_answer() {
    let room = room().await;
    room.write(|conn, _| people_of_all_kinds(conn)).await;
    let parts = [
        json!({"text": "Ой"}),
        json!({"text": "/start"}),
        json!({"text": "/start i_AAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"text": "/back"}),
        json!({"text": "/error"}),
        json!({"sticker": {}}),
        json!({"document": {"file_id": "x"}}),
        json!({"contact": {"phone_number": "1"}}),
    ];
    let mut id = 0;
    for at in At::ALL {
        for tg_id in 1..=4 {
            for row in [0, 1, 2, 999] {
                let place = Place::about(*at, row);
                let data: Vec<String> = [
                    "home:0:R",
                    "send:0:R",
                    "open:1:R",
                    "pick:1:R",
                    "yes:0:R",
                    "appr:0:R",
                    "@paper.1.0",
                    "@mod_card.1.0",
                    "???",
                ]
                .iter()
                .map(|data| (*data).to_owned())
                .collect();
                for index in 0..parts.len() + data.len() {
                    id += 1;
                    let rev = room.write(move |conn, _| put(conn, tg_id, place)).await;
                    let update = match parts.get(index) {
                        Some(parts) => message(id, tg_id, parts),
                        None => press(id, tg_id, &data[index - parts.len()].replace('R', &rev.to_string())),
                    };
                    let before = room.count("SELECT ifnull(max(id), 0) FROM outbox").await;
                    room.update("main", update.clone()).await;
                    let kinds: Vec<String> = room
                        .write(move |conn, _| {
                            let sql = "SELECT body ->> 'kind' FROM outbox WHERE id > ?1 AND recipient IN (?2, 'press:q' || ?3)";
                            all(conn, sql, (before, tg_id.to_string(), id), |row| row.get(0))
                        })
                        .await;
                    let shown = kinds.iter().any(|kind| kind == "send" || kind == "edit");
                    assert!(shown, "{place} says nothing to {update}");
                    let pressed = update["callback_query"].is_object();
                    assert_eq!(kinds.iter().any(|kind| kind == "answer"), pressed, "{place} {update}");
                }
            }
        }
    }
    assert_eq!(room.write(|conn, _| audit::broken(conn)).await, None);
}

#[tokio::test]
async fn an_update_that_comes_twice_is_done_once() {
    let room = room().await;
    room.update("main", message(1, 7, &json!({"text": "/start"}))).await;
    let begin = press(2, 7, "reg:0:1");
    for _ in 0..3 {
        room.update("main", begin.clone()).await;
    }
    assert_eq!(room.count("SELECT count(*) FROM person").await, 1);
    assert_eq!(room.count("SELECT count(*) FROM outbox WHERE body ->> 'kind' = 'answer'").await, 1);
    // Another press of the same button comes too late.
    room.update("main", press(3, 7, "reg:0:1")).await;
    let toast = "SELECT count(*) FROM outbox WHERE body ->> 'text' = 'Эта кнопка уже не действует.'";
    assert_eq!(room.count(toast).await, 1);
    assert_eq!(room.count("SELECT count(*) FROM person").await, 1);
}

#[tokio::test]
async fn what_fails_inside_leaves_nothing_behind() {
    let room = room().await;
    let update = message(1, 7, &json!({"text": "/start"}));
    let incoming = Incoming::read(&update).unwrap();
    let world = room.world.clone();
    let failed = room.world.db.write(Durability::Normal, move |conn| -> Res<()> {
        updates::keep(conn, "main", 1, 7, "", 0)?;
        handle(conn, &world, "main", &incoming, plain_event(&incoming))?;
        Err(Stop::Failed(StoreError::Full))
    });
    assert!(failed.await.is_err());
    for table in
        ["SELECT count(*) FROM dialog", "SELECT count(*) FROM outbox", "SELECT count(*) FROM update_seen"]
    {
        assert_eq!(room.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn the_audit_log_cannot_be_changed_unseen() {
    let room = room().await;
    room.write(|conn, _| {
        for detail in ["a", "b", "c"] {
            audit::write(conn, 1, "x", "y", ("z", 1), detail)?;
        }
        Ok(())
    })
    .await;
    let changed = room
        .world
        .db
        .write(Durability::Normal, |conn| run(conn, "UPDATE audit SET detail = 'x' WHERE id = 2", []));
    assert!(changed.await.is_err());
    let found = room
        .write(|conn, _| {
            conn.execute_batch("DROP TRIGGER audit_keeps; UPDATE audit SET detail = 'x' WHERE id = 2")?;
            audit::broken(conn)
        })
        .await;
    assert_eq!(found, Some(2));
}
