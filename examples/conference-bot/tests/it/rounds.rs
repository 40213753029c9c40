//! Papers that do not go straight: versions, changes, a revision round, invitations that are not accepted, withdrawal.

use conference_bot::demo::papers::pdf;
use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, Cast, answers};
use conference_bot::store::all;
use tgbio_testkit::botapi::{Message, Person};

async fn stage() -> (Stage, Cast, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    for (person, name, email) in
        [(&cast.anna, "Петрова Анна", "anna@example.org"), (&cast.boris, "Иванов Борис", "boris@example.org")]
    {
        story::register(&stage, person, answers(name, email)).await;
        story::approve(&cast.maria, name).await;
        person.sees("одобрена").await;
    }
    (stage, cast, folder)
}

async fn open_paper(person: &Person, title: &str) -> Message {
    person.say_and_see("/menu", "Главное меню").await;
    person.press_and_see("Мои работы", &story::line(title)).await;
    person.press_and_see("Открыть", &story::line(title)).await
}

async fn versions(stage: &Stage) -> Vec<String> {
    let sql = "SELECT no || ' ' || title FROM submission_version ORDER BY submission_id, no";
    stage.read(move |conn| all(conn, sql, [], |row| row.get(0))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_changed_revised_and_accepted_with_every_version_kept() {
    let (stage, cast, _folder) = stage().await;
    let Cast { anna, maria, oleg, rita, .. } = &cast;
    story::write_paper(anna, "Свет один").await;
    let sent = stage.world.shown_time(stage.number("SELECT submitted_at FROM submission").await);
    let card = open_paper(anna, "Свет один").await;
    assert!(card.text.contains(&format!("Версия: 1 · отправлена: {sent}")), "{}", card.text);
    anna.press_and_see("Изменить", "Что изменить").await;
    anna.press_and_see("Название", "Название работы?").await;
    anna.say_and_see("Свет два", "версия 2").await;
    // The formal check sends it back; what is changed then counts when it is sent.
    maria.say_and_see("/menu", "Главное меню").await;
    maria.press_and_see("Проверка работ", "· Свет два").await;
    maria.press_and_see("Открыть", "· Свет два").await;
    anna.say_and_see("/menu", "Главное меню").await;
    open_paper(anna, "Свет два").await;
    anna.press_and_see("Изменить", "как раз проверяют").await;
    maria.press_and_see("На исправление", "Что исправить в работе").await;
    maria.press_and_see("нет подписи", "Авторам отправлено").await;
    anna.sees("В экспертном заключении нет подписи").await;
    open_paper(anna, "Свет два").await;
    anna.press_and_see("Изменить", "Что изменить").await;
    anna.press_and_see("Экспертное заключение", "заключение").await;
    anna.send_file("permit.pdf", pdf("signed"));
    anna.sees("Что изменить").await;
    anna.press_and_see("Назад", "нужны исправления").await;
    anna.press_and_see("Отправить", "Работа отправлена").await;
    story::screen(maria, "Свет два").await;
    // One round of revision.
    story::review(oleg, rita, "Свет два").await;
    story::decide(oleg, "Свет два", "Доработать").await;
    anna.sees("нужно доработать").await;
    open_paper(anna, "Свет два").await;
    anna.press_and_see("Изменить", "Что изменить").await;
    anna.press_and_see("Название", "Название работы?").await;
    anna.say_and_see("Свет четыре", "Что изменить").await;
    anna.press_and_see("Назад", "на доработке").await;
    anna.press_and_see("Отправить", "Работа отправлена").await;
    story::screen(maria, "Свет четыре").await;
    // The review of the old version does not count for the new one.
    oleg.say_and_see("/menu", "Главное меню").await;
    oleg.press_and_see("Решения", "· Свет четыре").await;
    oleg.press_and_see("Открыть", "Рецензия (версия 3)").await;
    oleg.press_and_see("Постер", "Комментарий авторам").await;
    oleg.press_and_see("Пропустить", "хотя бы одна рецензия").await;
    story::review(oleg, rita, "Свет четыре").await;
    story::decide(oleg, "Свет четыре", "Постер").await;
    anna.sees("постер").await;
    assert_eq!(versions(&stage).await, ["1 Свет один", "2 Свет два", "3 Свет два", "4 Свет четыре"]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_declined_revoked_and_end_with_the_paper() {
    let (stage, cast, _folder) = stage().await;
    let Cast { anna, boris, .. } = &cast;
    story::write_paper(anna, "Работа о свете").await;
    let invite = || async {
        open_paper(anna, "Работа о свете").await;
        anna.press_and_see("Соавтор", "Кого пригласить").await;
        anna.say_and_see("@boris_ivanov", "Приглашение отправлено").await;
        boris.sees("приглашает вас").await;
    };
    invite().await;
    boris.press_and_see("Приглашения", "Работа: Работа о свете").await;
    boris.press_and_see("Отказаться", "Почему").await;
    boris.say_and_see("Нет времени", "Вы отказались").await;
    anna.sees("Нет времени").await;
    invite().await;
    // The same invitation does not go out twice.
    open_paper(anna, "Работа о свете").await;
    anna.press_and_see("Соавтор", "Кого пригласить").await;
    anna.say_and_see("@boris_ivanov", "уже ждёт ответа").await;
    anna.say_and_see("@anna_petrova", "Это вы сами").await;
    open_paper(anna, "Работа о свете").await;
    anna.press_and_see("Кого пригласили", "Приглашения к").await;
    anna.press_and_see("ждёт ответа", "доставлено").await;
    anna.press_and_see("Отозвать", "Приглашение отозвано").await;
    boris.sees("отозвано").await;
    story::invite(anna, "Соавтор", "@boris_ivanov", boris, "Работа о свете").await;
    // A co-author sees the paper, but only its author withdraws it, and is asked first.
    open_paper(boris, "Работа о свете").await;
    assert!(
        !boris
            .messages()
            .last()
            .unwrap()
            .keyboard
            .iter()
            .flatten()
            .any(|(label, _)| label.contains("Отозвать"))
    );
    open_paper(anna, "Работа о свете").await;
    anna.press_and_see("Отозвать работу", "Отозвать работу «Работа о свете»?").await;
    anna.press_and_see("Назад", "Автор").await;
    // Whoever has not answered yet is told as well.
    open_paper(anna, "Работа о свете").await;
    anna.press_and_see("Руководитель", "Кого пригласить").await;
    let vera = cast.vera.clone();
    vera.say_and_see("/start", "Здравствуйте").await;
    vera.press_and_see("Регистрация", "фамилия").await;
    anna.say_and_see("@vera_prof", "Приглашение отправлено").await;
    vera.sees("приглашает вас").await;
    open_paper(anna, "Работа о свете").await;
    anna.press_and_see("Отозвать работу", "Отозвать работу «Работа о свете»?").await;
    anna.press_and_see("Да, отозвать", "Работа отозвана").await;
    boris.sees("отозвана автором").await;
    vera.sees("Приглашение (научный руководитель) в работу «Работа о свете» отозвано").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_a_paper_of_their_own_house() {
    let (stage, cast, _folder) = stage().await;
    let Cast { anna, maria, oleg, rita, .. } = &cast;
    story::write_paper(anna, "Работа о свете").await;
    story::screen(maria, "Работа о свете").await;
    // Rita turns out to be of Anna's university.
    stage
        .write(|conn| {
            let sql = "UPDATE person SET organisation_id = 1 WHERE id = (SELECT person_id FROM tg_account WHERE tg_id = 23)";
            Ok(conn.execute(sql, [])?)
        })
        .await;
    oleg.say_and_see("/menu", "Главное меню").await;
    oleg.press_and_see("Решения", "· Работа о свете").await;
    oleg.press_and_see("Открыть", "· Работа о свете").await;
    oleg.press_and_see("Рецензенты", "Кого попросить").await;
    oleg.press_and_see("🚫", "из той же организации").await;
    oleg.press_and_see("наименее занятых", "Некого просить").await;
    rita.say_and_see("/menu", "Главное меню").await;
    rita.press_and_see("Рецензии", "Рецензий для вас нет").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_formal_check_and_a_decision_can_be_taken_back_within_a_minute() {
    let (stage, cast, _folder) = stage().await;
    let Cast { anna, maria, oleg, rita, .. } = &cast;
    story::write_paper(anna, "Свет один").await;
    story::screen(maria, "Свет один").await;
    maria.press_and_see("Отменить последнее", "снова там, где была").await;
    anna.sees("о работе «Свет один» отменено").await;
    story::screen(maria, "Свет один").await;
    story::review(oleg, rita, "Свет один").await;
    story::decide(oleg, "Свет один", "Отклонить").await;
    anna.sees("«Свет один» отклонена").await;
    oleg.press_and_see("Отменить последнее", "снова там, где была").await;
    anna.sees("о работе «Свет один» отменено").await;
    // The formal check cannot be taken back any more: a review was asked for.
    maria.press_and_see("Отменить последнее", "Отменять нечего").await;
    story::decide(oleg, "Свет один", "Доклад").await;
    anna.sees("«Свет один» принята").await;
    assert_eq!(stage.number("SELECT count(*) FROM decision").await, 1);
    // What its author has confirmed stays.
    anna.press_and_see("Открыть", "принята").await;
    anna.press_and_see("Подтверждаю", "Участие подтверждено").await;
    oleg.press_and_see("Отменить последнее", "Отменять нечего").await;
    assert_eq!(stage.number("SELECT count(*) FROM submission WHERE state = 'confirmed'").await, 1);
    stage.stop().await;
}
