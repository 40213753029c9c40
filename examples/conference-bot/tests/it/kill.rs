//! SIGKILL at every point between two commits: nothing is lost and nothing is done twice.

use std::path::Path;

use conference_bot::demo::papers::{jpeg, pdf};
use conference_bot::demo::stage::MAIN;
use conference_bot::store::{Durability, StoreError, all, audit, number};
use conference_bot::{Config, World};
use tgbio_testkit::botapi::{BotApi, Fault, Person};
use tgbio_testkit::smtp::Smtp;

use crate::kill_steps::{APPROVES, ASKS, DECIDES, Does, PAPER, REVIEWS, SCREENS, STEPS};
use crate::process::Process;

async fn does(what: &Does, person: &Person, smtp: &Smtp) {
    match what {
        Does::Says(text) => _ = person.say(text),
        Does::Presses(label) | Does::Opens(label) => _ = person.press(label),
        Does::Hears => {}
        Does::Sends => _ = person.send_photo(jpeg("consent")),
        Does::SendsFile(name) => _ = person.send_file(name, pdf(name)),
        Does::Code => {
            let mail = smtp.mail("anna@example.org", "код", 1).await;
            let code: String = mail.text.split("код: ").nth(1).unwrap().chars().take(6).collect();
            person.say(&code);
        }
    }
}

/// Where in the way of an update the process is killed.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Telegram has handed the update out, and the process has not got it.
    Getting,
    /// Everything is committed but that the answer was sent; it was not.
    Answering,
    /// The same; it was.
    Answered,
    /// The file is being fetched, or the press is being answered.
    Between,
}

async fn all_with_kills(at: At) {
    let folder = tempfile::tempdir().unwrap();
    let (api, smtp) = (BotApi::start().await, Smtp::start().await);
    api.bot(MAIN, "sri_bot");
    let person = api.person(MAIN, 7, "Анна");
    note_news(folder.path()).await;
    let walk = async |person: &Person, steps| {
        walk_with_kills(at, folder.path(), &api, &smtp, person, steps).await;
    };
    walk(&person, STEPS).await;
    let before = check_registration(folder.path(), at).await;
    let moderator = staff(folder.path(), &api, &smtp, (20, "moderator")).await;
    walk(&moderator, APPROVES).await;
    let before = check_approval(folder.path(), at, before).await;
    walk(&person, PAPER).await;
    let before = check_paper(folder.path(), at, before).await;
    let reviewer = staff(folder.path(), &api, &smtp, (21, "reviewer")).await;
    for (who, role, steps) in [(22, "moderator", SCREENS), (23, "chair", ASKS)] {
        walk(&staff(folder.path(), &api, &smtp, (who, role)).await, steps).await;
    }
    walk(&reviewer, REVIEWS).await;
    walk(&staff(folder.path(), &api, &smtp, (24, "chair")).await, DECIDES).await;
    check_decision(folder.path(), at, before).await;
}

/// Somebody who has got a role by a secret link.
async fn staff(folder: &Path, api: &BotApi, smtp: &Smtp, (id, role): (i64, &str)) -> Person {
    let link = Process::command(folder, &["invite-staff", role]).unwrap();
    let person = api.person(MAIN, id, role);
    let process = Process::start(folder, api, smtp);
    person.say(link.trim());
    person.sees("Ваша роль").await;
    api.wait_until_confirmed(MAIN).await;
    drop(process);
    person
}

async fn walk_with_kills(
    at: At,
    folder: &Path,
    api: &BotApi,
    smtp: &Smtp,
    person: &Person,
    steps: &[(Does, &str)],
) {
    let mut process = Process::start(folder, api, smtp);
    for (what, seen) in steps {
        if matches!(what, Does::Hears) {
            person.sees(seen).await;
            continue;
        }
        let press = matches!(what, Does::Presses(_));
        let answer = if press { "editMessageText" } else { "sendMessage" };
        // The old screen may be on its way a second time: the new one is told by what it says.
        match (at, what) {
            (At::Getting, _) => api.fault("getUpdates", Fault::HoldAfter, 1),
            (At::Answering, _) => api.fault_saying(answer, seen, Fault::Hold),
            (At::Answered, _) => api.fault_saying(answer, seen, Fault::HoldAfter),
            (At::Between, Does::Sends | Does::SendsFile(_)) => api.fault("getFile", Fault::Hold, 1),
            (At::Between, _) if press => api.fault("answerCallbackQuery", Fault::HoldAfter, 1),
            (At::Between, _) => api.fault_saying(answer, seen, Fault::Hold),
        }
        does(what, person, smtp).await;
        api.wait_for_faults().await;
        drop(process);
        api.mend();
        api.redeliver(MAIN, 1);
        process = Process::start(folder, api, smtp);
        person.sees(seen).await;
    }
    api.wait_until_confirmed(MAIN).await;
    drop(process);
}

/// From now on whatever is queued for somebody stays on record: a letter's text goes when it is sent.
async fn note_news(folder: &Path) {
    let sql = "CREATE TABLE queued (recipient TEXT, body TEXT);
        CREATE TRIGGER note_queued AFTER INSERT ON outbox BEGIN
            INSERT INTO queued VALUES (new.recipient, new.body);
        END";
    let job = |conn: &rusqlite::Connection| conn.execute_batch(sql).map_err(StoreError::from);
    world(folder).await.db.write(Durability::Synced, job).await.unwrap();
}

async fn world(folder: &Path) -> World {
    let config = Config { database: folder.join("c.db"), ..Config::default() };
    World::open(config).await.unwrap()
}

/// What the audit log has after a line.
async fn actions(world: &World, after: i64) -> Vec<String> {
    let sql = "SELECT action || ' ' || detail FROM audit WHERE entity <> 'account' AND id > ?1 ORDER BY id";
    world.db.read(move |conn| all(conn, sql, [after], |row| row.get(0))).await.unwrap()
}

/// Everything is there once; the last line of the audit log comes back, as from all that follow.
async fn check_registration(folder: &Path, at: At) -> i64 {
    let world = world(folder).await;
    let counts = |sql: &'static str| {
        let world = world.clone();
        async move { world.db.read(move |conn| number(conn, sql, [])).await.unwrap() }
    };
    // The first organiser is a person as well.
    assert_eq!(
        counts("SELECT count(*) FROM person WHERE id NOT IN (SELECT person_id FROM web_identity)").await,
        1,
        "{at:?}"
    );
    assert_eq!(counts("SELECT count(*) FROM application WHERE state = 'submitted'").await, 1, "{at:?}");
    assert_eq!(counts("SELECT count(*) FROM document").await, 1, "{at:?}");
    assert_eq!(counts("SELECT count(*) FROM email_code").await, 1, "{at:?}");
    let expected = [
        "person.created ",
        "person.changed full_name",
        "person.changed birth_date",
        "person.changed phone",
        "email.verified ",
        "person.changed org_full",
        "person.changed org_abbr",
        "person.changed org_abbr_en",
        "person.changed organisation_id",
        "person.changed status",
        "document.stored consent",
        "consent.given 1",
        "application.submitted ",
    ];
    assert_eq!(actions(&world, 0).await, expected, "{at:?}");
    counts("SELECT max(id) FROM audit").await
}

/// What was done, and nothing else; news to those whom it concerns are queued once.
async fn check_done(folder: &Path, at: At, before: i64, expected: &[&str], once: &[(&str, &str)]) -> i64 {
    let world = world(folder).await;
    assert_eq!(actions(&world, before).await, expected, "{at:?}");
    for (whom, words) in once {
        let news = [whom.to_string(), format!("%{words}%")];
        let sql = "SELECT count(*) FROM queued WHERE recipient = ?1 AND body LIKE ?2";
        let found = world.db.read(move |conn| number(conn, sql, news)).await.unwrap();
        assert_eq!(found, 1, "{at:?}: {whom} is told {words:?}");
    }
    assert_eq!(world.db.read(audit::broken).await.unwrap(), None);
    world.db.read(|conn| number(conn, "SELECT max(id) FROM audit", [])).await.unwrap()
}

async fn check_rows(folder: &Path, at: At, rows: &[(&'static str, i64)]) {
    let world = world(folder).await;
    for (sql, expected) in rows.iter().copied() {
        let found = world.db.read(move |conn| number(conn, sql, [])).await.unwrap();
        assert_eq!(found, expected, "{at:?}: {sql}");
    }
}

async fn check_approval(folder: &Path, at: At, before: i64) -> i64 {
    let expected = [
        "person.created ",
        "role.granted moderator",
        "application.opened ",
        "document.shown ",
        "application.approved ",
    ];
    check_done(folder, at, before, &expected, &[("7", "одобрена"), ("anna@example.org", "одобрена")]).await
}

async fn check_decision(folder: &Path, at: At, before: i64) {
    let scores =
        "SELECT count(*) FROM review r, json_each(r.scores) s WHERE r.submitted_at > 0 AND s.value = 4";
    let rows = [
        ("SELECT count(*) FROM application WHERE state = 'approved'", 1),
        ("SELECT count(*) FROM review_assignment WHERE state = 'submitted'", 1),
        (scores, 4),
        ("SELECT count(*) FROM decision WHERE outcome = 'accepted' AND presentation = 'oral'", 1),
        ("SELECT count(*) FROM decision", 1),
        ("SELECT count(*) FROM submission WHERE state = 'accepted'", 1),
        ("SELECT count(*) FROM outbox WHERE state = 'dead'", 0),
    ];
    check_rows(folder, at, &rows).await;
    let expected = [
        "person.created ",
        "role.granted reviewer",
        "person.created ",
        "role.granted moderator",
        "paper.passed ",
        "person.created ",
        "role.granted chair",
        "review.offered 4",
        "review.accepted ",
        "review.submitted ",
        "person.created ",
        "role.granted chair",
        "paper.decided accepted",
    ];
    check_done(folder, at, before, &expected, &[("7", "принята"), ("anna@example.org", "принята")]).await;
}

async fn check_paper(folder: &Path, at: At, before: i64) -> i64 {
    let rows = [
        ("SELECT count(*) FROM submission WHERE state = 'submitted' AND version = 1", 1),
        ("SELECT count(*) FROM submission_version", 1),
        ("SELECT count(*) FROM document WHERE kind <> 'consent'", 2),
        ("SELECT count(*) FROM document_body", 3),
        ("SELECT count(*) FROM invitation WHERE state = 'pending'", 1),
        ("SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'mail:receipt:1:1:%'", 1),
    ];
    check_rows(folder, at, &rows).await;
    let expected = [
        "paper.created ",
        "paper.changed abstract",
        "paper.changed keywords",
        "paper.changed section_id",
        "document.stored permit",
        "paper.changed permit_doc",
        "document.stored paper",
        "paper.changed paper_doc",
        "paper.version 1",
        "paper.submitted 1",
        "invitation.created email",
    ];
    check_done(folder, at, before, &expected, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_updates_are_fetched() {
    all_with_kills(At::Getting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_answer() {
    all_with_kills(At::Answering).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_answer() {
    all_with_kills(At::Answered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_each_step() {
    all_with_kills(At::Between).await;
}
