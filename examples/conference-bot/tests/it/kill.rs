//! SIGKILL at every point between two commits: nothing is lost and nothing is done twice.

use std::path::Path;

use conference_bot::demo::papers::jpeg;
use conference_bot::demo::stage::MAIN;
use conference_bot::store::{all, audit, number};
use conference_bot::{Config, World};
use tgbio_testkit::botapi::{BotApi, Fault, Person};
use tgbio_testkit::smtp::Smtp;

use crate::process::Process;

enum Does {
    Says(&'static str),
    Presses(&'static str),
    Sends,
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

async fn does(what: &Does, person: &Person, smtp: &Smtp) {
    match what {
        Does::Says(text) => _ = person.say(text),
        Does::Presses(label) => _ = person.press(label),
        Does::Sends => _ = person.send_photo(jpeg("consent")),
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

async fn registers_with_kills(at: At) {
    let folder = tempfile::tempdir().unwrap();
    let (api, smtp) = (BotApi::start().await, Smtp::start().await);
    api.bot(MAIN, "sri_bot");
    let person = api.person(MAIN, 7, "Анна");
    let mut process = Process::start(folder.path(), &api, &smtp);
    for (what, seen) in STEPS {
        let press = matches!(what, Does::Presses(_));
        let answer = if press { "editMessageText" } else { "sendMessage" };
        // The old screen may be on its way a second time: the new one is told by what it says.
        match (at, what) {
            (At::Getting, _) => api.fault("getUpdates", Fault::HoldAfter, 1),
            (At::Answering, _) => api.fault_saying(answer, seen, Fault::Hold),
            (At::Answered, _) => api.fault_saying(answer, seen, Fault::HoldAfter),
            (At::Between, Does::Sends) => api.fault("getFile", Fault::Hold, 1),
            (At::Between, _) if press => api.fault("answerCallbackQuery", Fault::HoldAfter, 1),
            (At::Between, _) => api.fault_saying(answer, seen, Fault::Hold),
        }
        does(what, &person, &smtp).await;
        api.wait_for_faults().await;
        drop(process);
        api.mend();
        api.redeliver(MAIN, 1);
        process = Process::start(folder.path(), &api, &smtp);
        person.sees(seen).await;
    }
    api.wait_until_confirmed(MAIN).await;
    drop(process);
    check(folder.path(), at).await;
}

async fn check(folder: &Path, at: At) {
    let config = Config { database: folder.join("c.db"), ..Config::default() };
    let world = World::open(config).await.unwrap();
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
    let sql = "SELECT action || ' ' || detail FROM audit WHERE entity <> 'account' ORDER BY id";
    let actions: Vec<String> = world.db.read(move |conn| all(conn, sql, [], |row| row.get(0))).await.unwrap();
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
    assert_eq!(actions, expected, "{at:?}");
    assert_eq!(world.db.read(audit::broken).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_updates_are_fetched() {
    registers_with_kills(At::Getting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_answer() {
    registers_with_kills(At::Answering).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_answer() {
    registers_with_kills(At::Answered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_each_step() {
    registers_with_kills(At::Between).await;
}
