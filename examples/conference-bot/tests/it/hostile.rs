//! Faults B9 and B19 of the first system: what people write is text, in every door and wherever it goes.

use conference_bot::demo::desk::{OpenDesk, Organiser};
use conference_bot::demo::papers::pdf;
use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, ABSTRACT, Cast, answers};
use conference_bot::store::{all, audit};
use tgbio_testkit::botapi::Person;

const QUOTES: &str = "O'Brien's \"x\"'); DELETE FROM submission; -- %s {title} \\' 🙂";

async fn stage() -> (Stage, Cast, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    (stage, cast, folder)
}

async fn strings(stage: &Stage, sql: &'static str) -> Vec<String> {
    stage.read(move |conn| all(conn, sql, [], |row| row.get(0))).await
}

async fn invite_boris(anna: &Person, boris: &Person, title: &str) {
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Мои работы", &story::line(title)).await;
    anna.press_and_see("Открыть", "Автор").await;
    anna.press_and_see("Соавтор", "Кого пригласить").await;
    anna.say_and_see("@boris_ivanov", "Приглашение отправлено").await;
    boris.sees("приглашает вас").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b09_no_text_of_people_is_ever_a_statement() {
    let (stage, cast, _folder) = stage().await;
    let Cast { anna, boris, maria, .. } = &cast;
    let tables = "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_master ORDER BY 1";
    let before = strings(&stage, tables).await;
    let organisation = ["Robert'); DROP TABLE person;-- университет", "'; --", "\" OR 1=1"];
    let odd = story::Answers { organisation, ..answers("O'Brien Sean", "o'brien@example.org") };
    story::register(&stage, anna, odd).await;
    // A comment of a moderator.
    maria.say_and_see("/menu", "Главное меню").await;
    maria.press_and_see("Заявки", "\nO'Brien Sean\n").await;
    maria.press_and_see("Открыть", "у вас на 15").await;
    maria.press_and_see("На исправление", "Что исправить").await;
    maria.say_and_see(QUOTES, "Готово").await;
    anna.sees(QUOTES).await;
    anna.press_and_see("Изменить", QUOTES).await;
    anna.press_and_see("Изменить", "Проверьте ответы").await;
    anna.press_and_see("Отправить", "Заявка отправлена").await;
    story::approve(maria, "O'Brien Sean").await;
    anna.sees("одобрена").await;
    story::register(&stage, boris, answers("Иванов Борис", "boris@example.org")).await;
    story::approve(maria, "Иванов Борис").await;
    boris.sees("одобрена").await;
    // Title and abstract; whom to invite.
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Новая работа", "Название").await;
    anna.say_and_see(QUOTES, "Аннотация").await;
    let long = format!("{QUOTES} {ABSTRACT}");
    anna.say_and_see(&long, "Ключевые слова").await;
    anna.press_and_see("Пропустить", "Секция?").await;
    anna.press_and_see("Секция 2", "заключение").await;
    anna.send_file("'; DROP TABLE document; --.pdf", pdf("permit"));
    anna.sees("PDF или DOCX").await;
    anna.send_file("paper\u{0}'.pdf", pdf("paper"));
    anna.sees("черновик").await;
    anna.press_and_see("Соавтор", "Кого пригласить").await;
    for target in ["' OR '1'='1", "@x'; --", "a'or'1'='1@", "\"@example.org"] {
        anna.say_and_see(target, "Пришлите @имя").await;
    }
    // Declining, accepting and withdrawing, each of which an apostrophe once broke.
    invite_boris(anna, boris, QUOTES).await;
    boris.press_and_see("Приглашения", QUOTES).await;
    boris.press_and_see("Отказаться", "Почему").await;
    boris.say_and_see(QUOTES, "Вы отказались").await;
    anna.sees(&format!("Причина: {QUOTES}")).await;
    stage.smtp.mail("o'brien@example.org", &format!("Причина: {QUOTES}"), 1).await;
    invite_boris(anna, boris, QUOTES).await;
    boris.press_and_see("Приглашения", QUOTES).await;
    boris.press_and_see("Принять", "Приглашение принято").await;
    // Buttons and links that nobody drew.
    for data in ["open:1 OR 1=1:3", "@paper.1';--.0", "'; --", "\u{0}:\u{0}:\u{0}"] {
        anna.press_data(1, data);
    }
    stage.api.wait_for_answers().await;
    anna.say_and_see("/start i_'OR'1'='1", "Такого приглашения нет").await;
    assert_eq!(strings(&stage, "SELECT title FROM submission").await, [QUOTES]);
    assert_eq!(strings(&stage, "SELECT abstract FROM submission").await, [long]);
    assert_eq!(strings(&stage, "SELECT state FROM invitation ORDER BY id").await, ["declined", "accepted"]);
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Мои работы", QUOTES).await;
    anna.press_and_see("Открыть", "Автор").await;
    anna.press_and_see("Отозвать работу", QUOTES).await;
    anna.press_and_see("Да, отозвать", "Работа отозвана").await;
    assert_eq!(strings(&stage, tables).await, before);
    assert_eq!(stage.read(audit::broken).await, None);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b19_neither_a_title_nor_a_file_name_becomes_a_path() {
    let (stage, cast, folder) = stage().await;
    story::register(&stage, &cast.anna, answers("Петрова Анна", "anna@example.org")).await;
    story::approve(&cast.maria, "Петрова Анна").await;
    cast.anna.sees("одобрена").await;
    let titles =
        ["../../../etc/passwd", "C:\\Windows\\a|b:c*?", "~/../var/www/index.html", ".....", "CON / NUL.pdf"];
    for title in titles {
        let anna = &cast.anna;
        anna.say_and_see("/menu", "Главное меню").await;
        anna.press_and_see("Новая работа", "Название").await;
        anna.say_and_see(title, "Аннотация").await;
        anna.say_and_see(ABSTRACT, "Ключевые слова").await;
        anna.press_and_see("Пропустить", "Секция?").await;
        anna.press_and_see("Секция 1", "заключение").await;
        anna.send_file(&format!("{title}.pdf"), pdf(title));
        anna.sees("PDF или DOCX").await;
        anna.send_file(&format!("..\\{title}/..\u{202e}fdp.exe"), pdf(title));
        anna.sees("черновик").await;
        anna.press_and_see("Отправить", "Работа отправлена").await;
        // The moderators' bot does not know the file: it comes from the database under its harmless name.
        anna.press("Файлы");
        let shown = anna.sees("Заключение").await;
        assert_eq!(anna.file(shown.file_id.as_deref().unwrap()).unwrap(), pdf(title));
    }
    for name in strings(&stage, "SELECT file_name FROM document").await {
        assert!(
            !name.contains(['/', '\\', ':', '|', '*', '?', '\u{202e}']) && !name.starts_with('.'),
            "{name}"
        );
    }
    let desk = OpenDesk::of(&stage).await;
    let organiser = Organiser::log_in(&desk).await;
    let names = organiser.archive("/exports/documents.zip").await;
    assert_eq!(names.len(), 1 + 2 * titles.len(), "{names:?}");
    for name in names.iter().filter(|name| *name != "index.csv") {
        let parts: Vec<&str> = name.split('/').collect();
        assert!(
            matches!(parts.as_slice(), ["S1", code, "paper.pdf" | "permit.pdf"] if code.starts_with("SRI-")),
            "{name}"
        );
    }
    desk.close().await;
    stage.stop().await;
    // Nothing was written beside the database.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with("conference.db"), "{name}");
    }
}
