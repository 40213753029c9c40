//! What the first system left unsolved, by its numbers: its size and slowness, many people at once, inline keyboards, the
//! bot's own profile.

use std::path::Path;

use conference_bot::demo::desk::{OpenDesk, Organiser};
use conference_bot::demo::papers::jpeg;
use conference_bot::demo::stage::{MAIN, STAFF, Stage};
use conference_bot::demo::story::{self, Cast, answers};
use conference_bot::store::run;
use tgbio_testkit::botapi::Fault;

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// R1: small files, and no pause in any step: those of the first system slept 1 to 10 seconds 109 times.
#[tokio::test(flavor = "multi_thread")]
async fn r1_the_program_is_plain_and_answers_at_once() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 80, "the sources were not found");
    for (path, text) in &files {
        assert!(text.lines().count() <= 320, "{path} is long: divide it by subject");
        let waits = text.contains("sleep(") || text.contains("sleep_until(");
        assert!(!waits || path.contains("/src/run/"), "{path} waits for time to pass");
    }
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    story::register(&stage, &stage.person(31, "Анна"), answers("Петрова Анна", "anna@example.org")).await;
    let sql = "SELECT max(done_at - received_at) FROM update_seen WHERE done_at IS NOT NULL";
    let longest = stage.number(sql).await;
    assert!(longest < 1_000, "an answer took {longest} ms");
    stage.stop().await;
}

/// R2: whoever waits for something slow holds up nobody, and people of one name are told apart by their ids.
#[tokio::test(flavor = "multi_thread")]
async fn r2_many_people_at_once_by_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |config| config.files_at_once = 1).await;
    let slow = stage.person(30, "Анна");
    slow.say_and_see("/start", "Здравствуйте").await;
    slow.press_and_see("Регистрация", "фамилия").await;
    let consent = "UPDATE dialog SET place = 'reg_consent.0.0' WHERE tg_id = 30";
    stage.write(move |conn| run(conn, consent, [])).await;
    stage.api.fault("getFile", Fault::Hold, 1);
    slow.send_photo(jpeg("slow"));
    stage.api.wait_for_faults().await;
    let mut going = tokio::task::JoinSet::new();
    for id in 31..=80 {
        let person = stage.person(id, "Анна");
        going.spawn(async move {
            person.say_and_see("/start", "Здравствуйте").await;
            person.press_and_see("Регистрация", "фамилия").await;
            person.say_and_see("Петрова Анна", "Дата рождения").await;
        });
    }
    going.join_all().await;
    assert_eq!(stage.number("SELECT count(*) FROM document").await, 0, "the slow one still waits");
    let people = "SELECT count(DISTINCT t.tg_id) FROM person p JOIN tg_account t ON t.person_id = p.id
        WHERE p.full_name = 'Петрова Анна' AND t.username IS NULL";
    assert_eq!(stage.number(people).await, 50);
    stage.api.mend();
    slow.sees("не удалось получить").await;
    stage.stop().await;
}

/// R3: every button is inline, every screen has some, every press is answered, and a used one does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn r3_inline_keyboards_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    let desk = OpenDesk::of(&stage).await;
    let organiser = Organiser::log_in(&desk).await;
    story::whole_way(&stage, &cast, &organiser, &mut |_| {}).await;
    stage.api.wait_for_answers().await;
    let (mut screens, mut with_buttons) = (0, 0);
    for call in stage.api.calls() {
        let markup = match &call.params["reply_markup"] {
            serde_json::Value::String(text) => serde_json::from_str(text).unwrap(),
            other => other.clone(),
        };
        let kinds: Vec<&String> = markup.as_object().into_iter().flat_map(|keys| keys.keys()).collect();
        assert!(kinds.iter().all(|kind| *kind == "inline_keyboard"), "{kinds:?}");
        if call.method == "sendMessage" || call.method == "editMessageText" {
            screens += 1;
            with_buttons += usize::from(!kinds.is_empty());
        }
        assert_ne!(call.method, "deleteMessage", "a conversation is changed in place and not deleted");
    }
    assert!(screens > 100, "{screens}");
    // News need no button; every screen has one.
    let news = stage.number("SELECT count(*) FROM outbox WHERE priority > 0 AND channel = 'telegram'").await;
    assert!(
        screens - with_buttons <= usize::try_from(news).unwrap(),
        "{screens} screens, {with_buttons} with buttons"
    );
    assert!(stage.api.count("answerCallbackQuery") > 30);
    let before = stage.number("SELECT count(*) FROM audit").await;
    let messages = cast.anna.messages();
    let (id, data) = messages
        .iter()
        .find_map(|m| {
            Some((m.id, m.keyboard.iter().flatten().find(|(_, data)| !data.starts_with('@'))?.1.clone()))
        })
        .unwrap();
    cast.anna.press_data(id, &data);
    stage.api.wait_for_answers().await;
    assert_eq!(stage.number("SELECT count(*) FROM audit").await, before, "a used button does nothing");
    desk.close().await;
    stage.stop().await;
}

/// R4: the bots present themselves in both languages, with a picture, once.
#[tokio::test(flavor = "multi_thread")]
async fn r4_the_bots_have_names_descriptions_commands_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.jpg");
    std::fs::write(&picture, jpeg("picture")).unwrap();
    let mut stage = Stage::start(folder.path(), |config| config.bot_picture = Some(picture.clone())).await;
    let anna = stage.person(31, "Анна");
    anna.say_and_see("/help", "Здравствуйте").await;
    anna.say_and_see("/help", "/menu").await;
    stage.api.person(STAFF, 32, "Мария").say_and_see("/start", "Здравствуйте").await;
    for token in [MAIN, STAFF] {
        let presented = stage.api.presented(token);
        for language in ["", "en"] {
            for (method, field, most) in [
                ("setMyName", "name", 64),
                ("setMyDescription", "description", 512),
                ("setMyShortDescription", "short_description", 120),
            ] {
                let params: serde_json::Value =
                    serde_json::from_str(&presented[&format!("{method}:{language}")]).unwrap();
                let length = params[field].as_str().unwrap().chars().count();
                assert!((5..=most).contains(&length), "{method} {language}: {params}");
            }
            let commands = &presented[&format!("setMyCommands:{language}")];
            for command in ["menu", "back", "cancel", "help", "lang", "error"] {
                assert!(commands.contains(&format!("\"{command}\"")), "{commands}");
            }
        }
        assert_ne!(presented["setMyDescription:"], presented["setMyDescription:en"]);
        assert!(presented.contains_key("setMyProfilePhoto:"), "{presented:?}");
    }
    // Telegram allows that a few times a day: what is known already is not sent again.
    let calls = || ["setMyName", "setMyProfilePhoto"].map(|method| stage.api.count(method));
    assert_eq!(calls(), [4, 2]);
    stage.restart().await;
    anna.say_and_see("/lang", "Выберите язык").await;
    let calls = || ["setMyName", "setMyProfilePhoto"].map(|method| stage.api.count(method));
    assert_eq!(calls(), [4, 2]);
    stage.stop().await;
}

/// R4: a picture that Telegram does not take does not keep the bot from its work.
#[tokio::test(flavor = "multi_thread")]
async fn r4_a_refused_picture_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("none.jpg");
    let stage = Stage::start(folder.path(), |config| config.bot_picture = Some(empty)).await;
    stage.person(31, "Анна").say_and_see("/start", "Здравствуйте").await;
    assert_eq!(stage.number("SELECT count(*) FROM setting WHERE key LIKE 'picture:%'").await, 0);
    assert!(stage.api.presented(MAIN).contains_key("setMyName:"));
    stage.stop().await;
}
