//! What a section asks of its papers, their keywords, and how many people a paper may have.

use conference_bot::demo::papers::{docx, pdf};
use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, ABSTRACT, Cast};
use conference_bot::store::run;
use tgbio_testkit::botapi::Person;

use crate::people::approved;

/// A conference with two people who take part.
async fn stage(max_co_authors: u32) -> (Stage, Cast, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |config| config.max_co_authors = max_co_authors).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    (stage, cast, folder)
}

/// The second section takes PDF without a permit, the fourth leaves the permit to the author.
async fn with_demands() -> (Stage, Cast, tempfile::TempDir) {
    let (stage, cast, folder) = stage(0).await;
    let sql = "UPDATE section SET permit = CASE code WHEN 'S2' THEN 'none' WHEN 'S4' THEN 'optional' ELSE permit END,
        paper_format = iif(code = 'S2', 'pdf', paper_format)";
    stage.write(move |conn| run(conn, sql, [])).await;
    (stage, cast, folder)
}

/// Up to the choice of the section.
async fn begin(anna: &Person, title: &str) {
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Новая работа", "Название работы").await;
    anna.say_and_see(title, "Аннотация").await;
    anna.say_and_see(ABSTRACT, "Ключевые слова").await;
}

fn has_button(person: &Person, label: &str) -> bool {
    let messages = person.messages();
    messages.last().unwrap().keyboard.iter().flatten().any(|(text, _)| text.contains(label))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_says_which_files_it_takes() {
    let (stage, cast, _folder) = with_demands().await;
    let anna = &cast.anna;
    begin(anna, "Свет один").await;
    let many = (0..11).map(|n| format!("слово{n}")).collect::<Vec<_>>().join(", ");
    anna.say_and_see(&many, "от одного до десяти").await;
    anna.say_and_see("свет; кристаллы, Свет", "Секция?").await;
    anna.press_and_see("Секция 2", "Пришлите работу: PDF до 20 МБ").await;
    anna.send_file("работа.docx", docx(&[]));
    anna.sees("нужна в формате PDF").await;
    anna.send_file("работа.pdf", pdf("свет"));
    let card = anna.sees("черновик").await;
    assert!(card.text.contains("Заключение: не нужно"), "{}", card.text);
    assert!(card.text.contains("Ключевые слова: свет, кристаллы"), "{}", card.text);
    assert!(!card.text.contains("Не хватает"), "{}", card.text);
    anna.press_and_see("Отправить", "Работа отправлена").await;
    // What was sent stays whole: no section that asks for more is chosen without that.
    anna.press_and_see("Изменить", "Что изменить").await;
    assert!(!has_button(anna, "Экспертное заключение"));
    anna.press_and_see("Секция", "Секция?").await;
    anna.press_and_see("Секция 1", "Не хватает: Экспертное заключение.").await;
    anna.press_and_see("Секция 4", "версия 2").await;
    anna.press_and_see("Ключевые слова", "Ключевые слова через").await;
    anna.press_and_see("Пропустить", "версия 3").await;
    let kept =
        "SELECT count(*) FROM submission_version WHERE permit_doc IS NULL AND (keywords IS NULL) = (no = 3)";
    assert_eq!(stage.number(kept).await, 3);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_is_left_out_only_where_the_section_allows_it() {
    let (stage, cast, _folder) = with_demands().await;
    let anna = &cast.anna;
    begin(anna, "Свет один").await;
    anna.press_and_see("Пропустить", "Секция?").await;
    anna.press_and_see("Секция 4", "заключение").await;
    anna.press_and_see("Пропустить", "PDF или DOCX").await;
    anna.say_and_see("/back", "заключение").await;
    anna.say_and_see("/back", "Секция?").await;
    anna.press_and_see("Секция 1", "заключение").await;
    assert!(!has_button(anna, "Пропустить"));
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Мои работы", &story::line("Свет один")).await;
    let missing = "Не хватает: Экспертное заключение, Файл работы (PDF или DOCX).";
    anna.press_and_see("Открыть", missing).await;
    anna.press_and_see("Отправить", missing).await;
    assert_eq!(stage.number("SELECT count(*) FROM submission_version").await, 0);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_has_no_more_co_authors_than_it_may() {
    let (stage, cast, _folder) = stage(1).await;
    let anna = &cast.anna;
    story::write_paper(anna, "Свет один").await;
    anna.press_and_see("Соавтор", "Кого пригласить").await;
    anna.say_and_see("first@example.org", "Приглашение").await;
    anna.press_and_see("К работе", &story::line("Свет один")).await;
    anna.press_and_see("Соавтор", "не больше 1").await;
    // Who is no longer invited leaves the place to somebody else.
    anna.press_and_see("Кого пригласили", "Приглашения к работе").await;
    anna.press_and_see("first@example.org", "first@example.org").await;
    anna.press_and_see("Отозвать", "Приглашение отозвано").await;
    story::invite(anna, "Соавтор", "@boris_ivanov", &cast.boris, "Свет один").await;
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Мои работы", &story::line("Свет один")).await;
    anna.press_and_see("Открыть", "Соавторы: Иванов Борис").await;
    anna.press_and_see("Соавтор", "не больше 1").await;
    anna.press_and_see("Руководитель", "Кого пригласить").await;
    stage.stop().await;
}
