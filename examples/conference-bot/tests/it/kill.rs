//! SIGKILL at every point between two commits: nothing is lost and nothing is done twice.

use std::path::Path;

use conference_bot::demo::papers::{jpeg, pdf};
use conference_bot::demo::stage::MAIN;
use conference_bot::demo::story::ABSTRACT;
use conference_bot::store::{Durability, all, audit, number, run};
use conference_bot::{Config, World};
use rusqlite::Connection;
use tgbio_testkit::botapi::{BotApi, Fault, Person};
use tgbio_testkit::smtp::Smtp;

use crate::process::Process;

enum Does {
    Says(&'static str),
    Presses(&'static str),
    Sends,
    SendsFile(&'static str),
    Code,
}

/// The registration: what is done, and what is seen then.
const STEPS: &[(Does, &str)] = &[
    (Does::Says("/start"), "Здравствуйте"),
    (Does::Presses("Регистрация"), "фамилия"),
    (Does::Says("Петрова Анна"), "Дата рождения"),
    (Does::Says("01.02.2005"), "Номер телефона"),
    (Does::Says("+79131234567"), "почты"),
    (Does::Says("anna@example.org"), "Шесть цифр"),
    (Does::Code, "Полное название"),
    (Does::Says("Томский университет"), "Сокращённое название"),
    (Does::Says("ТГУ"), "по-английски"),
    (Does::Says("TSU"), "Кто вы"),
    (Does::Presses("Студент"), "согласие"),
    (Does::Sends, "Проверьте ответы"),
    (Does::Presses("Отправить"), "Заявка отправлена"),
];

/// The way of a paper to an invitation.
const PAPER: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Новая работа"), "Название работы"),
    (Does::Says("Свет один"), "Аннотация"),
    (Does::Says(ABSTRACT), "Ключевые слова"),
    (Does::Says("свет, зоны"), "Секция?"),
    (Does::Presses("Секция 2"), "экспертное заключение"),
    (Does::SendsFile("permit.pdf"), "PDF или DOCX"),
    (Does::SendsFile("paper.pdf"), "черновик"),
    (Does::Presses("Отправить"), "Работа отправлена"),
    (Does::Presses("Соавтор"), "Кого пригласить"),
    (Does::Says("boris@example.org"), "Приглашение"),
];

async fn does(what: &Does, person: &Person, smtp: &Smtp) {
    match what {
        Does::Says(text) => _ = person.say(text),
        Does::Presses(label) => _ = person.press(label),
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
    walk_with_kills(at, folder.path(), &api, &smtp, &person, STEPS).await;
    let before = check_registration(folder.path(), at).await;
    walk_with_kills(at, folder.path(), &api, &smtp, &person, PAPER).await;
    check_paper(folder.path(), at, before).await;
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

async fn world(folder: &Path) -> World {
    let config = Config { database: folder.join("c.db"), ..Config::default() };
    World::open(config).await.unwrap()
}

/// What the audit log has after a line.
async fn actions(world: &World, after: i64) -> Vec<String> {
    let sql = "SELECT action || ' ' || detail FROM audit WHERE entity <> 'account' AND id > ?1 ORDER BY id";
    world.db.read(move |conn| all(conn, sql, [after], |row| row.get(0))).await.unwrap()
}

/// Everything is there once; the person is approved then, and the last line of the audit log comes back.
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
    let approve = |conn: &Connection| run(conn, "UPDATE application SET state = 'approved'", []);
    world.db.write(Durability::Synced, approve).await.unwrap();
    counts("SELECT max(id) FROM audit").await
}

async fn check_paper(folder: &Path, at: At, before: i64) {
    let world = world(folder).await;
    for (sql, expected) in [
        ("SELECT count(*) FROM submission WHERE state = 'submitted' AND version = 1", 1),
        ("SELECT count(*) FROM submission_version", 1),
        ("SELECT count(*) FROM document WHERE kind <> 'consent'", 2),
        ("SELECT count(*) FROM document_body", 3),
        ("SELECT count(*) FROM invitation WHERE state = 'pending'", 1),
        ("SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'mail:receipt:1:1:%'", 1),
    ] {
        let found = world.db.read(move |conn| number(conn, sql, [])).await.unwrap();
        assert_eq!(found, expected, "{at:?}: {sql}");
    }
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
    assert_eq!(actions(&world, before).await, expected, "{at:?}");
    assert_eq!(world.db.read(audit::broken).await.unwrap(), None);
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
