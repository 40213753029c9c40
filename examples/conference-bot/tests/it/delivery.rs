//! Delivery: limits, waiting as Telegram asks, people who block, failures of all kinds on the way.

use std::time::{Duration, Instant};

use conference_bot::demo::papers::jpeg;
use conference_bot::demo::stage::{MAIN, Stage};
use conference_bot::demo::story::{self, Cast, answers};
use conference_bot::store::run;
use serde_json::json;
use tgbio_testkit::botapi::{Call, Fault};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_must_wait_makes_nobody_else_wait() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let (slow, quick) = (stage.person(1, "А"), stage.person(2, "Б"));
    stage.api.fault("sendMessage", Fault::TooMany(2), 1);
    slow.say("/start");
    stage.api.wait_for_calls("was told to wait", |calls| calls.iter().any(|call| call.status == 429)).await;
    let begun = Instant::now();
    quick.say_and_see("/start", "Здравствуйте").await;
    assert!(begun.elapsed() < Duration::from_millis(1500));
    slow.sees("Здравствуйте").await;
    assert!(begun.elapsed() > Duration::from_millis(1500));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telegrams_limits_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let limits = |config: &mut conference_bot::Config| {
        (config.messages_per_second, config.messages_per_chat) = (30, 1);
    };
    let stage = Stage::start(folder.path(), limits).await;
    let people: Vec<_> = (1..=50).map(|id| stage.person(id, "А")).collect();
    for person in &people {
        person.say("/start");
        person.say("/help");
    }
    for person in &people {
        person.sees("Здравствуйте").await;
        person.sees("Пишите ответы").await;
    }
    let calls: Vec<_> = stage.api.calls().into_iter().filter(|call| call.method == "sendMessage").collect();
    for call in &calls {
        let within = |span: u64, chat: Option<i64>| {
            let later = |other: &&Call| {
                other.at >= call.at
                    && other.at - call.at < Duration::from_millis(span)
                    && (chat.is_none() || other.chat == chat)
            };
            calls.iter().filter(later).count()
        };
        assert!(within(950, None) <= 33, "{} messages in a second", within(950, None));
        assert_eq!(within(900, call.chat), 1, "two messages in a second to one chat");
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_blocked_the_bot_gets_a_mail() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    story::register(&stage, &cast.anna, answers("Петрова Анна", "anna@example.org")).await;
    cast.anna.block();
    story::approve(&cast.maria, "Петрова Анна").await;
    stage.smtp.mail("anna@example.org", "одобрена", 1).await;
    let blocked = "SELECT count(*) FROM tg_account WHERE tg_id = 11 AND blocked_at IS NOT NULL";
    while stage.number(blocked).await == 0 {
        tokio::task::yield_now().await;
    }
    // Whoever writes again has not blocked it.
    cast.anna.say_and_see("/menu", "Главное меню").await;
    assert_eq!(stage.number(blocked).await, 0);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_of_the_api_loses_an_update_or_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let person = stage.person(1, "А");
    person.say_and_see("/start", "Здравствуйте").await;
    for (index, fault) in [
        Fault::Conflict,
        Fault::ServerError,
        Fault::Garbage,
        Fault::Reset,
        Fault::ResetAfter,
        Fault::TooMany(1),
        Fault::Slow(Duration::from_millis(300)),
    ]
    .into_iter()
    .enumerate()
    {
        for method in ["getUpdates", "sendMessage"] {
            // Which answer is the one to this message is seen by the language.
            let (text, shows) = if index % 2 == 0 {
                ("/lang", "Выберите язык")
            } else {
                ("/help", "Пишите ответы")
            };
            stage.api.fault(method, fault.clone(), 1);
            person.say_and_see(text, shows).await;
            stage.api.mend();
        }
    }
    stage.api.wait_until_confirmed(MAIN).await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poisoned_updates_and_redelivered_ones_harm_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let person = stage.person(1, "А");
    for poison in [
        json!({}),
        json!({"message": 5}),
        json!({"message": {"chat": {"id": 1, "type": "private"}, "from": {"id": "x"}}}),
        json!({"callback_query": {"id": [], "from": null, "data": {"a": 1}}}),
        json!({"message": {"message_id": "x", "text": {"a": []}, "chat": {"type": "private"}, "from": {"id": 77, "first_name": "Я"}}}),
        json!({"edited_message": {"text": "x"}}),
        json!({"message": {"chat": {"type": "supergroup"}, "from": {"id": 1, "first_name": "A"}, "text": "/start"}}),
    ] {
        stage.api.inject(MAIN, poison);
    }
    person.say_and_see("/start", "Здравствуйте").await;
    person.press_and_see("Регистрация", "фамилия").await;
    person.say_and_see("Петрова Анна", "Дата рождения").await;
    stage.api.redeliver(MAIN, 1);
    person.say_and_see("01.02.2005", "Номер телефона").await;
    assert_eq!(stage.number("SELECT count(*) FROM person").await, 1);
    assert_eq!(stage.number("SELECT count(*) FROM audit WHERE action = 'person.changed'").await, 2);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_whose_token_is_wrong_does_not_touch_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |config| {
        config.moderator_bot_token = Some("300:wrong".to_owned().into());
    })
    .await;
    stage.api.wait_for_calls("was refused", |calls| calls.iter().any(|call| call.status == 401)).await;
    stage.person(1, "А").say_and_see("/start", "Здравствуйте").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_the_bot_knows_goes_without_an_upload_and_else_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    let anna = &cast.anna;
    story::register(&stage, anna, answers("Петрова Анна", "anna@example.org")).await;
    story::approve(&cast.maria, "Петрова Анна").await;
    anna.sees("одобрена").await;
    story::write_paper(anna, "Свет один").await;
    let uploads = || {
        let mut calls = stage.api.calls();
        calls.retain(|call| call.method == "sendDocument" && call.chat == Some(11));
        let by_number =
            |call: &&Call| call.params["document"].as_str().is_some_and(|known| known.starts_with('F'));
        (calls.len(), calls.len() - calls.iter().filter(by_number).count())
    };
    anna.press("Файлы");
    let shown = anna.sees("Заключение: Свет один").await;
    assert_eq!(uploads(), (2, 0), "both by what the bot knows them");
    let permit = anna.file(shown.file_id.as_deref().unwrap()).unwrap();
    // Telegram has forgotten both: they come from the database, and are known again.
    let forgotten = Fault::Refuse("Bad Request: wrong file identifier/HTTP URL specified");
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Мои работы", "· Свет один").await;
    anna.press_and_see("Открыть", "· Свет один").await;
    stage.api.fault("sendDocument", forgotten, 1);
    anna.press("Файлы");
    let shown = anna.sees("Заключение: Свет один").await;
    assert_eq!(uploads(), (5, 1), "the paper was uploaded when its number was refused");
    assert_eq!(anna.file(shown.file_id.as_deref().unwrap()).unwrap(), permit);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_beyond_those_that_are_fetched_at_once_waits_and_its_sender_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |config| config.files_at_once = 1).await;
    let people: Vec<_> = (31..=33).map(|id| stage.person(id, "А")).collect();
    for person in &people {
        person.say_and_see("/start", "Здравствуйте").await;
        person.press_and_see("Регистрация", "фамилия").await;
    }
    let consent = "UPDATE dialog SET place = 'reg_consent.0.0' WHERE tg_id IN (31, 32, 33)";
    stage.write(move |conn| run(conn, consent, [])).await;
    // The first download does not end; it has the only turn.
    stage.api.fault("getFile", Fault::Hold, 1);
    people[0].send_photo(jpeg("first"));
    stage.api.wait_for_faults().await;
    for person in &people[1..] {
        person.send_photo(jpeg("later"));
        person.sees("ждёт очереди").await;
    }
    assert_eq!(stage.api.count("getFile"), 1, "nothing else is fetched");
    assert_eq!(stage.number("SELECT count(*) FROM document").await, 0);
    // Nobody else waits.
    stage.person(34, "Б").say_and_see("/start", "Здравствуйте").await;
    stage.api.mend();
    people[0].sees("Файл не удалось получить").await;
    for person in &people[1..] {
        person.sees("Проверьте ответы").await;
    }
    people[0].send_photo(jpeg("first"));
    people[0].sees("Проверьте ответы").await;
    assert_eq!(stage.number("SELECT count(*) FROM document").await, 3);
    let told = "SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'waits:%'";
    assert_eq!(stage.number(told).await, 2, "each is told once, and not who need not wait");
    stage.stop().await;
}
