//! What people can do beside the straight way: move an account, be late, follow names, come by webhook.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conference_bot::World;
use conference_bot::demo::stage::{MAIN, Stage};
use conference_bot::demo::story::{self, Cast, answers};
use conference_bot::domain::{DAY, DeadlineKind};
use conference_bot::http::Server;
use conference_bot::store::passes::Gift;
use conference_bot::store::{deadlines, passes, run};
use serde_json::json;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Field, ManualClock, Observation, Observed, Profile,
    ProfileFetcher, ProfileKind, Target, Timestamp,
};
use tokio_util::sync::CancellationToken;

/// Who has which @name, with ids, as Telegram's own protocol would tell.
#[derive(Debug, Default, Clone)]
struct Directory(Arc<Mutex<HashMap<String, (u64, ProfileKind)>>>);

impl Directory {
    fn set(&self, name: &str, id: u64, kind: ProfileKind) {
        self.0.lock().unwrap().insert(name.to_owned(), (id, kind));
    }
}

#[async_trait]
impl ProfileFetcher for Directory {
    fn name(&self) -> &str {
        "directory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&[Field::DisplayName])
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let found = self.0.lock().unwrap().get(&target.username.key()).copied();
        let Some((id, kind)) = found else {
            return Err(FetchError::new("directory", target.username.clone(), FetchErrorKind::NotFound));
        };
        let mut profile = Profile::new(target.username.clone());
        profile.telegram_id = Observed::Present(id);
        profile.kind = Observed::Present(kind);
        Ok(Observation::new(profile, Timestamp::from_millis(0), "directory", "test/1"))
    }
}

pub async fn approved(stage: &Stage, cast: &Cast) {
    for (person, name, email) in
        [(&cast.anna, "Петрова Анна", "anna@example.org"), (&cast.boris, "Иванов Борис", "boris@example.org")]
    {
        story::register(stage, person, answers(name, email)).await;
        story::approve(&cast.maria, name).await;
        person.sees("одобрена").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_moves_to_another_telegram_by_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    let new = stage.person(99, "Анна");
    new.say_and_see("/start", "Здравствуйте").await;
    new.press_and_see("У меня есть аккаунт", "Почта вашего").await;
    new.say_and_see("nobody@example.org", "Шесть цифр").await;
    new.say_and_see("123456", "Код не подходит").await;
    new.say_and_see("/back", "Почта вашего").await;
    new.say_and_see("anna@example.org", "Шесть цифр").await;
    let code = story::code(&stage, "anna@example.org", 2).await;
    new.say_and_see(&code, "Аккаунт теперь в этом Telegram").await;
    new.press_and_see("Профиль", "Петрова Анна").await;
    cast.anna.say_and_see("/start", "Здравствуйте").await;
    assert!(stage.smtp.mails().iter().all(|mail| mail.to != "nobody@example.org"));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_told_to_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    let eve = stage.person(66, "Ева");
    eve.say_and_see("/start", "Здравствуйте").await;
    eve.press_and_see("Регистрация", "фамилия").await;
    for (says, sees) in [
        ("Смит Ева", "Дата рождения"),
        ("01.02.2005", "Номер"),
        ("+79130000000", "почты"),
        ("anna@example.org", "Шесть цифр"),
    ] {
        eve.say_and_see(says, sees).await;
    }
    let mail = stage.smtp.mail("anna@example.org", "у него уже есть аккаунт", 1).await;
    assert!(!mail.text.contains("Ваш код"));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_limit_holds_and_a_secret_link_lets_one_person_be_late() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    stage.write(|conn| deadlines::set(conn, DeadlineKind::Submission, None, Some(1), 0)).await;
    cast.anna.say_and_see("/menu", "принимаются до 01.01.1970 07:00 (UTC+07:00)").await;
    cast.anna.press_and_see("Новая работа", "Срок прошёл").await;
    let now = stage.world.now();
    let gift = Gift::Late(DeadlineKind::Submission, None);
    let link = stage.write(move |conn| passes::create(conn, gift, 1, "test", now + DAY, now)).await;
    cast.anna.say_and_see(&format!("/start {link}"), "Вы можете опоздать").await;
    cast.boris.say_and_see(&format!("/start {link}"), "ссылка не действует").await;
    story::write_paper(&cast.anna, "Поздняя работа").await;
    cast.boris.press_and_see("Новая работа", "Срок прошёл").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_follows_the_account_and_not_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Timestamp::now());
    let names = Directory::default();
    names.set("telegram", 1, ProfileKind::Channel);
    names.set("boris_ivanov", 12, ProfileKind::User);
    names.set("some_group", 5, ProfileKind::Group);
    let stage =
        Stage::with(folder.path(), |_| {}, Some(Arc::new(clock.clone())), Some(Arc::new(names.clone())))
            .await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    story::write_paper(&cast.anna, "Работа о свете").await;
    cast.anna.press_and_see("Соавтор", "Кого пригласить").await;
    cast.anna.say_and_see("@some_group", "а не человек").await;
    cast.anna.say_and_see("@no_such_name", "в Telegram нет").await;
    cast.anna.say_and_see("кто-нибудь", "Пришлите @имя").await;
    cast.anna.say_and_see("@Boris_Ivanov", "Приглашение отправлено").await;
    cast.boris.sees("приглашает вас").await;
    // Boris is renamed, and the invitation goes along.
    cast.boris.rename(Some("boris_the_great"));
    cast.boris.say_and_see("/menu", "Главное меню").await;
    cast.anna.sees("теперь @boris_the_great").await;
    // Somebody else takes the old name, and gets nothing by it.
    let eve = stage.person(66, "Ева").named("boris_ivanov");
    eve.say_and_see("/start", "Здравствуйте").await;
    assert_eq!(stage.number("SELECT count(*) FROM invitation WHERE suspended IS NOT NULL").await, 0);
    // The new name changes hands where the bot does not see it: the next look does.
    names.set("boris_the_great", 66, ProfileKind::User);
    clock.advance(Duration::from_secs(7 * 3600));
    cast.anna.sees("приостановлено").await;
    cast.boris.say_and_see("/menu", "Главное меню").await;
    cast.boris.press_and_see("Приглашения", "Приглашений нет").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_invitation_is_recalled_and_expires() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Timestamp::now());
    let stage = Stage::with(folder.path(), |_| {}, Some(Arc::new(clock.clone())), None).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    story::write_paper(&cast.anna, "Работа о свете").await;
    cast.anna.press_and_see("Руководитель", "Кого пригласить").await;
    cast.anna.say_and_see("vera@example.org", "Приглашение отправлено").await;
    let mail = stage.smtp.mail("vera@example.org", "приглашает вас", 1).await;
    let link = mail.text.split("start=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    clock.advance(Duration::from_secs(3 * 86_400 + 60));
    stage.smtp.mail("vera@example.org", "Вас ждёт приглашение", 1).await;
    // Whoever comes by the link has it for themselves.
    cast.vera.say_and_see(&format!("/start {link}"), "Зарегистрируйтесь").await;
    stage.person(66, "Ева").say_and_see(&format!("/start {link}"), "для другого человека").await;
    clock.advance(Duration::from_secs(30 * 86_400));
    cast.anna.sees("истекло").await;
    cast.vera.say_and_see(&format!("/start {link}"), "уже нельзя ответить").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_may_call_instead_with_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |config| {
        config.webhook = true;
        config.webhook_secret = Some("s3cret".to_owned().into());
        config.public_url = Some("https://conference.example.org/".parse().unwrap());
    })
    .await;
    let server = Server::open(&stage.world).await.unwrap();
    let url = format!("http://{}/tg/main", server.address());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.run(stop.clone()));
    stage
        .api
        .wait_for_calls("asked to be called", |calls| {
            calls.iter().filter(|call| call.method == "setWebhook").count() == 2
        })
        .await;
    let person = stage.person(7, "Анна");
    person.message(json!({"location": {}}));
    let update = json!({"update_id": 500, "message": {"message_id": 1, "text": "/start",
        "from": {"id": 7, "first_name": "Анна"}, "chat": {"id": 7, "type": "private"}}});
    let call = |secret: &'static str, to: String| {
        let update = update.clone();
        async move {
            let request = reqwest::Client::new()
                .post(to)
                .header("X-Telegram-Bot-Api-Secret-Token", secret)
                .json(&update);
            request.send().await.unwrap().status().as_u16()
        }
    };
    assert_eq!(call("wrong", url.clone()).await, 403);
    assert_eq!(call("s3cret", url.replace("main", "other")).await, 503);
    while call("s3cret", url.clone()).await != 200 {
        tokio::task::yield_now().await;
    }
    person.sees("Здравствуйте").await;
    assert_eq!(call("s3cret", url.clone()).await, 200);
    assert_eq!(stage.number("SELECT count(*) FROM update_seen").await, 1);
    assert_eq!(stage.api.count("getUpdates"), 0);
    stop.cancel();
    serving.await.unwrap().unwrap();
    let _ = MAIN;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_changes_nothing_and_english_people_read_english() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::start(folder.path(), |_| {}).await;
    let person = stage.person(7, "Ann").speaking("en");
    person.say_and_see("/start", "Hello!").await;
    person.press_and_see("Register", "full name").await;
    stage.restart().await;
    person.say_and_see("Brown Ann", "Birth date").await;
    person.say_and_see("/lang", "Choose a language").await;
    person.press_and_see("Русский", "Теперь по-русски").await;
    stage.restart().await;
    person.press_and_see("Регистрация", "Дата рождения").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_contact_is_invited_and_nobody_else_can_answer() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    story::write_paper(&cast.anna, "Работа о свете").await;
    cast.anna.press_and_see("Соавтор", "Кого пригласить").await;
    cast.anna.send_contact(None, "Кто-то", "+79990000000");
    cast.anna.sees("Кого пригласить").await;
    cast.anna.send_contact(Some(12), "Борис", "+79990000000");
    let sent = cast.anna.sees("Приглашение отправлено").await;
    let link = sent.text.split("start=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    cast.boris.sees("приглашает вас").await;
    stage.person(66, "Ева").say_and_see(&format!("/start {link}"), "для другого человека").await;
    cast.boris.press_and_see("Приглашения", "Работа: Работа о свете").await;
    cast.boris.press_and_see("Принять", "Приглашение принято").await;
    let joined = "SELECT count(*) FROM authorship a JOIN tg_account t ON t.person_id = a.person_id
        WHERE t.tg_id = 12 AND a.role = 'co_author'";
    assert_eq!(stage.number(joined).await, 1);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_makes_organisers_of_people_who_are_known_already_and_does_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::start(folder.path(), |_| {}).await;
    let anna = stage.person(31, "Анна");
    anna.say_and_see("/start", "Здравствуйте").await;
    anna.press_and_see("Регистрация", "фамилия").await;
    anna.say_and_see("/menu", "Здравствуйте").await;
    stage.halt().await;
    stage.config.organisers = vec![31];
    stage.world = World::open(stage.config.clone()).await.unwrap();
    stage.go();
    anna.say_and_see("/menu", "Главное меню").await;
    stage.halt().await;
    stage.write(|conn| run(conn, "UPDATE role_grant SET revoked_at = 1", [])).await;
    stage.go();
    anna.say_and_see("/menu", "Здравствуйте").await;
    stage.stop().await;
}
