//! The whole way of a paper, step by step, as people walk it.

use serde_json::json;
use tgbio_testkit::botapi::Person;

use super::desk::Organiser;
use super::papers::{docx, jpeg, pdf};
use super::stage::{STAFF, Stage};
use crate::domain::Role;

/// Who takes part.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The author.
    pub anna: Person,
    /// The co-author.
    pub boris: Person,
    /// The supervisor.
    pub vera: Person,
    /// The moderator, with the second bot.
    pub maria: Person,
    /// The chair.
    pub oleg: Person,
    /// The reviewer.
    pub rita: Person,
}

/// An abstract that is long enough.
pub const ABSTRACT: &str =
    "We measure how light travels through photonic crystals and compare it with the theory of bands.";

impl Cast {
    /// Everybody, with the roles of the staff given by secret links.
    pub async fn new(stage: &Stage) -> Self {
        let staff = |id, name| stage.api.person(STAFF, id, name);
        let cast = Self {
            anna: stage.person(11, "Анна").named("anna_petrova"),
            boris: stage.person(12, "Борис").named("boris_ivanov"),
            vera: stage.person(13, "Вера").named("vera_prof"),
            maria: staff(21, "Мария"),
            oleg: staff(22, "Олег"),
            rita: staff(23, "Рита"),
        };
        for (person, role) in
            [(&cast.maria, Role::Moderator), (&cast.oleg, Role::Chair), (&cast.rita, Role::Reviewer)]
        {
            person.say(&stage.role_link(role).await);
            person.sees("Ваша роль").await;
        }
        cast
    }
}

/// What somebody answers when they register.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the answers speak for themselves")]
pub struct Answers<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub organisation: [&'a str; 3],
    pub status: &'a str,
}

/// The answers of somebody at the university of the story.
pub fn answers<'a>(name: &'a str, email: &'a str) -> Answers<'a> {
    let organisation = ["Томский государственный университет", "ТГУ", "TSU"];
    Answers { name, email, organisation, status: "Студент" }
}

/// The six digits of the newest mail to an address.
pub async fn code(stage: &Stage, email: &str, count: usize) -> String {
    let mail = stage.smtp.mail(email, "код", count).await;
    let after = mail.text.split("код: ").nth(1).unwrap_or_default();
    after.chars().take(6).collect()
}

/// Somebody registers, up to the sent application.
pub async fn register(stage: &Stage, person: &Person, answers: Answers<'_>) {
    person.say_and_see("/start", "Здравствуйте").await;
    person.press_and_see("Регистрация", "фамилия, имя").await;
    answer_all(stage, person, answers).await;
    person.sees("Проверьте ответы").await;
    person.press_and_see("Отправить", "Заявка отправлена").await;
}

async fn answer_all(stage: &Stage, person: &Person, answers: Answers<'_>) {
    person.say_and_see(answers.name, "Дата рождения").await;
    person.say_and_see("01.02.2005", "Номер телефона").await;
    person.say_and_see("+7 913 123-45-67", "электронной почты").await;
    person.say_and_see(answers.email, "Шесть цифр").await;
    let code = code(stage, answers.email, 1).await;
    person.say_and_see(&code, "Полное название").await;
    person.say_and_see(answers.organisation[0], "Сокращённое название организации").await;
    person.say_and_see(answers.organisation[1], "по-английски").await;
    person.say_and_see(answers.organisation[2], "Кто вы").await;
    person.press_and_see(answers.status, "согласие").await;
    person.send_photo(jpeg(answers.name));
}

/// The line by which lists and cards show a paper; news name it otherwise.
pub fn line(title: &str) -> String {
    format!("· {title}\n")
}

/// The moderator approves whoever is first in the queue.
pub async fn approve(moderator: &Person, name: &str) {
    moderator.say_and_see("/menu", "Главное меню").await;
    moderator.press_and_see("Заявки", &format!("\n{name}\n")).await;
    moderator.press("Открыть");
    moderator.sees("у вас на 15").await;
    moderator.press_and_see("Одобрить", "Готово: одобрена").await;
}

/// Somebody writes a paper and sends it.
pub async fn write_paper(person: &Person, title: &str) {
    person.say_and_see("/menu", "Главное меню").await;
    person.press_and_see("Новая работа", "Название работы").await;
    person.say_and_see(title, "Аннотация").await;
    person.say_and_see(ABSTRACT, "Ключевые слова").await;
    person.say_and_see("фотонные кристаллы, запрещённые зоны", "Секция?").await;
    person.press_and_see("Секция 2", "заключение").await;
    person.send_file("заключение.pdf", pdf(title));
    person.sees("PDF или DOCX").await;
    person.send_file("работа.docx", docx(&[]));
    person.sees("черновик").await;
    person.press_and_see("Отправить", "Работа отправлена").await;
}

/// The author invites somebody; the invited accept.
pub async fn invite(author: &Person, button: &str, target: &str, invited: &Person, title: &str) {
    author.say_and_see("/menu", "Главное меню").await;
    author.press_and_see("Мои работы", &line(title)).await;
    author.press_and_see("Открыть", "Автор").await;
    author.press_and_see(button, "Кого пригласить").await;
    author.say_and_see(target, "Приглашение").await;
    invited.sees("приглашает вас").await;
    invited.press_and_see("Приглашения", &format!("Работа: {title}")).await;
    invited.press_and_see("Принять", "Приглашение принято").await;
    author.sees("принимает приглашение").await;
}

/// The moderator passes the first paper of the queue.
pub async fn screen(moderator: &Person, title: &str) {
    moderator.say_and_see("/menu", "Главное меню").await;
    moderator.press_and_see("Проверка работ", &line(title)).await;
    moderator.press_and_see("Открыть", &line(title)).await;
    moderator.press_and_see("На рецензию", "ушла на рецензию").await;
}

/// The chair asks those for a review who have least to do.
pub async fn ask_reviewers(chair: &Person, title: &str) {
    chair.say_and_see("/menu", "Главное меню").await;
    chair.press_and_see("Решения", &line(title)).await;
    chair.press_and_see("Открыть", &line(title)).await;
    chair.press_and_see("Рецензенты", "Кого попросить").await;
    chair.press_and_see("наименее занятых", "рецензент").await;
}

/// The chair asks for reviews, and a reviewer writes one.
pub async fn review(chair: &Person, reviewer: &Person, title: &str) {
    ask_reviewers(chair, title).await;
    reviewer.sees("Просим о рецензии").await;
    reviewer.press_and_see("Открыть", &line(title)).await;
    reviewer.press_and_see("Согласен", "Спасибо").await;
    reviewer.press_and_see("Оценить", "Актуальность").await;
    for next in ["Новизна", "Метод", "Изложение", "рекомендация"] {
        reviewer.press_and_see("4", next).await;
    }
    reviewer.press_and_see("принять", "Комментарий авторам").await;
    reviewer.say_and_see("Хорошая работа, проверьте рисунок 2.", "только для председателя").await;
    reviewer.press_and_see("Пропустить", &line(title)).await;
    reviewer.press_and_see("Отправить рецензию", "Рецензия отправлена").await;
}

/// The chair decides with this button.
pub async fn decide(chair: &Person, title: &str, button: &str) {
    chair.say_and_see("/menu", "Главное меню").await;
    chair.press_and_see("Решения", &line(title)).await;
    chair.press_and_see("Открыть", &line(title)).await;
    chair.press_and_see(button, "Комментарий авторам").await;
    chair.press_and_see("Пропустить", "Решено").await;
}

/// An organiser puts the only paper into the programme, by the REST API; its people are told and everybody sees it.
///
/// # Panics
/// When the public programme does not show it.
pub async fn schedule(organiser: &Organiser, author: &Person, title: &str) {
    // 20 May 2026, 10:00 in Novosibirsk.
    let slot =
        json!({"paper_id": 1, "room": "Аудитория 119", "starts_at": 1_779_246_000_000_i64, "minutes": 15});
    organiser.post("/programme", &slot).await;
    author.sees("поставлена в программу: 20.05.2026 10:00, Аудитория 119").await;
    let programme = organiser.page("/programme").await;
    assert!(programme.contains(title) && programme.contains("Петрова Анна Ивановна"), "{programme}");
}

/// From the first word to the place in the programme.
pub async fn whole_way(
    stage: &Stage,
    cast: &Cast,
    organiser: &Organiser,
    tell: &mut (dyn FnMut(&str) + Send),
) {
    let Cast { anna, boris, vera, maria, oleg, rita } = cast;
    let title = "Фотонные кристаллы и свет";
    for (person, name, email) in [
        (anna, "Петрова Анна Ивановна", "anna@example.org"),
        (boris, "Иванов Борис Петрович", "boris@example.org"),
        (vera, "Сидорова Вера Павловна", "vera@example.org"),
    ] {
        register(stage, person, answers(name, email)).await;
        tell(&format!("{name} has registered: ten questions, a code by e-mail, a scan of the consent"));
        approve(maria, name).await;
        person.sees("регистрация одобрена").await;
        tell(&format!("Maria, with the second bot, has approved {name}"));
    }
    write_paper(anna, title).await;
    tell("Anna has written a paper and sent it: permit as PDF, paper as DOCX, both checked by content");
    invite(anna, "Соавтор", "@boris_ivanov", boris, title).await;
    tell("Boris, invited by @name, is co-author");
    invite(anna, "Руководитель", "vera@example.org", vera, title).await;
    tell("Vera, invited by e-mail address, is supervisor");
    screen(maria, title).await;
    tell("Maria has checked the paper formally");
    review(oleg, rita, title).await;
    tell("Oleg, the chair, has asked Rita, who has reviewed it without seeing whose it is");
    decide(oleg, title, "Доклад").await;
    anna.sees("принята").await;
    boris.sees("принята").await;
    tell("Oleg has decided: an oral talk; all authors have the reviewers' comments");
    anna.press_and_see("Открыть", "принята").await;
    anna.press_and_see("Подтверждаю", "Участие подтверждено").await;
    tell("Anna has confirmed that she takes part");
    schedule(organiser, anna, title).await;
    tell("An organiser has put the paper into the programme, and all its people are told");
}
