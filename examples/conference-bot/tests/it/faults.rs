//! The faults of the first system, by their numbers: each is walked into, and nothing of it happens. B9 and B19 stand in
//! `hostile`, the questions that it left open in `open_problems`.

use std::sync::Arc;
use std::time::Duration;

use conference_bot::demo::papers::{docx, jpeg, pdf};
use conference_bot::demo::stage::{MAIN, STAFF, Stage};
use conference_bot::demo::story::{self, ABSTRACT, Cast, answers};
use conference_bot::domain::Role;
use conference_bot::store::{all, documents, number, one};
use tgbio_core::{ManualClock, Timestamp};

async fn stage() -> (Stage, Cast, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    (stage, cast, folder)
}

async fn text(stage: &Stage, sql: &'static str) -> Vec<String> {
    stage.read(move |conn| all(conn, sql, [], |row| row.get(0))).await
}

/// B1, B2, B8: two people at once, of the same first name and without @names, never touch each other's answers.
#[tokio::test(flavor = "multi_thread")]
async fn b01_b02_b08_the_account_is_the_telegram_id_and_nothing_is_shared() {
    let (stage, _cast, _folder) = stage().await;
    let (one, other) = (stage.person(31, "Анна"), stage.person(32, "Анна"));
    one.say_and_see("/start", "Здравствуйте").await;
    other.say_and_see("/start", "Здравствуйте").await;
    one.press_and_see("Регистрация", "фамилия").await;
    other.press_and_see("Регистрация", "фамилия").await;
    one.say_and_see("Первая Анна", "Дата рождения").await;
    other.say_and_see("Вторая Анна", "Дата рождения").await;
    // Renaming in the middle loses nothing.
    one.rename(Some("anna_first"));
    one.say_and_see("01.02.2005", "Номер телефона").await;
    other.rename(Some("anna_second"));
    other.say_and_see("03.04.2006", "Номер телефона").await;
    let sql =
        "SELECT full_name || ' ' || birth_date FROM person WHERE birth_date IS NOT NULL ORDER BY full_name";
    assert_eq!(text(&stage, sql).await, ["Вторая Анна 2006-04-03", "Первая Анна 2005-02-01"]);
    stage.stop().await;
}

/// B3, B4, B5: an answer concerns one invitation and the one who answers.
#[tokio::test(flavor = "multi_thread")]
async fn b03_b04_b05_an_answer_is_about_one_invitation_and_one_person() {
    let (stage, cast, _folder) = stage().await;
    for (person, name, email) in [
        (&cast.anna, "Петрова Анна", "anna@example.org"),
        (&cast.boris, "Иванов Борис", "boris@example.org"),
        (&cast.vera, "Сидорова Вера", "vera@example.org"),
    ] {
        story::register(&stage, person, answers(name, email)).await;
        story::approve(&cast.maria, name).await;
        person.sees("одобрена").await;
    }
    story::write_paper(&cast.anna, "Первая работа о свете").await;
    story::write_paper(&cast.anna, "Вторая работа о звуке").await;
    // To the newest paper: Boris by name, Vera by address; Boris alone answers.
    let card = |title: &'static str| {
        let anna = cast.anna.clone();
        async move {
            anna.say_and_see("/menu", "Главное меню").await;
            anna.press_and_see("Мои работы", &format!("· {title}")).await;
            anna.press_and_see("Открыть", &format!("· {title}")).await;
        }
    };
    card("Вторая работа").await;
    cast.anna.press_and_see("Руководитель", "Кого пригласить").await;
    cast.anna.say_and_see("vera@example.org", "Приглашение отправлено").await;
    card("Вторая работа").await;
    story::invite(&cast.anna, "Соавтор", "@boris_ivanov", &cast.boris, "Вторая работа о звуке").await;
    let sql = "SELECT s.title || ': ' || p.full_name || ' ' || a.role FROM authorship a
        JOIN submission s ON s.id = a.submission_id JOIN person p ON p.id = a.person_id WHERE a.role <> 'author'";
    assert_eq!(text(&stage, sql).await, ["Вторая работа о звуке: Иванов Борис co_author"]);
    let pending = "SELECT target FROM invitation WHERE state = 'pending'";
    assert_eq!(text(&stage, pending).await, ["vera@example.org"]);
    cast.boris.say_and_see("/menu", "Главное меню").await;
    cast.boris.press_and_see("Мои работы", "вы: соавтор").await;
    stage.smtp.mail("anna@example.org", "Иванов Борис принимает", 1).await;
    stage.stop().await;
}

/// B6, B16: the wrong thing in any question leaves it standing, with a word; nobody is frozen.
#[tokio::test(flavor = "multi_thread")]
async fn b06_b16_a_text_where_a_photo_is_wanted_is_answered_each_time() {
    let (stage, _cast, _folder) = stage().await;
    let person = stage.person(31, "Анна");
    let other = stage.person(32, "Борис");
    person.say_and_see("/start", "Здравствуйте").await;
    person.press_and_see("Регистрация", "фамилия").await;
    person.message(serde_json::json!({"sticker": {"file_id": "s"}}));
    person.sees("Здесь нужен текст").await;
    stage
        .write(|conn| Ok(conn.execute("UPDATE dialog SET place = 'reg_consent.0.0' WHERE tg_id = 31", [])?))
        .await;
    for _ in 0..3 {
        person.say_and_see("вот", "Нужно фото").await;
        other.say_and_see("/start", "Здравствуйте").await;
    }
    person.message(serde_json::json!({"voice": {"file_id": "v"}}));
    person.sees("Нужно фото").await;
    stage.stop().await;
}

/// B7, B14: two moderators at one application; who is second is told so, and the right applicant gets the mail.
#[tokio::test(flavor = "multi_thread")]
async fn b07_b14_two_moderators_never_collide_and_nothing_is_stuck() {
    let (stage, cast, _folder) = stage().await;
    let second = stage.api.person(STAFF, 29, "Пётр");
    second.say(&stage.role_link(Role::Moderator).await);
    second.sees("Ваша роль").await;
    for (person, name, email) in
        [(&cast.anna, "Петрова Анна", "anna@example.org"), (&cast.boris, "Иванов Борис", "boris@example.org")]
    {
        story::register(&stage, person, answers(name, email)).await;
    }
    for moderator in [&cast.maria, &second] {
        moderator.say_and_see("/menu", "Главное меню").await;
        moderator.press_and_see("Заявки", "\nПетрова Анна\n").await;
    }
    cast.maria.press_and_see("Открыть", "у вас на 15").await;
    second.press_and_see("Открыть", "рассматривает Мария").await;
    second.say_and_see("/menu", "Главное меню").await;
    second.press_and_see("Заявки", "\nИванов Борис\n").await;
    second.press_and_see("Открыть", "у вас на 15").await;
    second.press_and_see("Одобрить", "Готово").await;
    cast.maria.press_and_see("Отклонить", "Почему отклонено").await;
    cast.maria.say_and_see("Согласие не подписано", "Готово: отклонена").await;
    stage.smtp.mail("anna@example.org", "отклонена: Согласие не подписано", 1).await;
    stage.smtp.mail("boris@example.org", "одобрена", 1).await;
    // The lease of somebody who went away ends by itself.
    cast.anna.sees("отклонена").await;
    cast.anna.press_and_see("Изменить", "Комментарий модератора").await;
    cast.anna.press_and_see("Изменить", "Проверьте ответы").await;
    cast.anna.press_and_see("Отправить", "Заявка отправлена").await;
    cast.maria.say_and_see("/menu", "Главное меню").await;
    cast.maria.press_and_see("Заявки", "\nПетрова Анна\n").await;
    cast.maria.press_and_see("Открыть", "у вас на 15").await;
    stage
        .write(|conn| {
            Ok(conn.execute("UPDATE application SET claim_expires = 1 WHERE claim_expires IS NOT NULL", [])?)
        })
        .await;
    story::approve(&second, "Петрова Анна").await;
    cast.maria.press_and_see("Одобрить", "Уже решено (Пётр").await;
    assert_eq!(stage.number("SELECT count(*) FROM application WHERE state = 'approved'").await, 2);
    stage.stop().await;
}

/// B10, B11: no passwords; codes are six digits that hold for a time, for some attempts, and some times an hour.
#[tokio::test(flavor = "multi_thread")]
async fn b10_b11_a_code_cannot_be_guessed_or_used_to_annoy() {
    let (stage, _cast, _folder) = stage().await;
    let person = stage.person(31, "Анна");
    person.say_and_see("/start", "Здравствуйте").await;
    person.press_and_see("Регистрация", "фамилия").await;
    person.say_and_see("Петрова Анна", "Дата рождения").await;
    person.say_and_see("01.02.2005", "Номер телефона").await;
    person.say_and_see("+79131234567", "почты").await;
    person.say_and_see("victim@example.org", "Шесть цифр").await;
    let right = story::code(&stage, "victim@example.org", 1).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for left in ["4 попытки", "3 попытки", "2 попытки", "1 попытка", "больше не действует"]
    {
        person.say_and_see(wrong, left).await;
    }
    person.say_and_see(&right, "Кода, который можно ввести, нет").await;
    person.say_and_see("/back", "почты").await;
    for count in 2..=3 {
        person.say_and_see("victim@example.org", "Шесть цифр").await;
        story::code(&stage, "victim@example.org", count).await;
        person.say_and_see("/back", "почты").await;
    }
    person.say_and_see("victim@example.org", "Не больше трёх писем").await;
    let stored = "SELECT count(*) FROM email_code WHERE length(code_hash) <> 32";
    assert_eq!(stage.number(stored).await, 0);
    let mut words = String::new();
    for table in ["person", "tg_account", "email_code"] {
        let sql = format!("SELECT group_concat(name) FROM pragma_table_info('{table}')");
        words += &stage.read(move |conn| one(conn, &sql, [], |row| row.get::<_, String>(0))).await.unwrap();
    }
    assert!(!words.contains("password"), "{words}");
    stage.stop().await;
}

/// B12: a mail that cannot be delivered is seen, and one that may be later is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn b12_a_refused_mail_is_a_dead_letter_and_the_invitation_shows_it() {
    let (stage, cast, _folder) = stage().await;
    story::register(&stage, &cast.anna, answers("Петрова Анна", "anna@example.org")).await;
    story::approve(&cast.maria, "Петрова Анна").await;
    cast.anna.sees("одобрена").await;
    story::write_paper(&cast.anna, "Работа о свете").await;
    stage.smtp.refuse("nobody@example.org", "550 no such user");
    cast.anna.press_and_see("Соавтор", "Кого пригласить").await;
    cast.anna.say_and_see("nobody@example.org", "Приглашение отправлено").await;
    let dead = "SELECT count(*) FROM outbox WHERE state = 'dead' AND last_error LIKE '%550%'";
    while stage.number(dead).await == 0 {
        tokio::task::yield_now().await;
    }
    cast.anna.press("К работе");
    cast.anna.sees("Автор").await;
    cast.anna.press_and_see("Кого пригласили", "Приглашения к").await;
    cast.anna.press_and_see("nobody@example.org", "не доставлено").await;
    stage.stop().await;
}

/// B11, B12: a mail server that is busy gets the mail later; a code holds for fifteen minutes and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn b11_b12_a_mail_is_tried_again_and_a_code_grows_old() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Timestamp::now());
    let stage = Stage::with(folder.path(), |_| {}, Some(Arc::new(clock.clone())), None).await;
    let person = stage.person(31, "Анна");
    person.say_and_see("/start", "Здравствуйте").await;
    person.press_and_see("Регистрация", "фамилия").await;
    person.say_and_see("Петрова Анна", "Дата рождения").await;
    person.say_and_see("01.02.2005", "Номер телефона").await;
    person.say_and_see("+79131234567", "почты").await;
    stage.smtp.refuse("anna@example.org", "451 try again later");
    person.say_and_see("anna@example.org", "Шесть цифр").await;
    let waits = "SELECT count(*) FROM outbox WHERE state = 'queued' AND last_error LIKE '%451%'";
    while stage.number(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(stage.smtp.mails().is_empty());
    stage.smtp.accept_all();
    clock.advance(Duration::from_secs(60));
    stage.world.deliver.notify_waiters();
    let code = story::code(&stage, "anna@example.org", 1).await;
    clock.advance(Duration::from_secs(14 * 60 + 1));
    person.say_and_see(&code, "Код устарел").await;
    person.press_and_see("ещё раз", "отправлено письмо").await;
    let code = story::code(&stage, "anna@example.org", 2).await;
    clock.advance(Duration::from_secs(14 * 60));
    person.say_and_see(&code, "Адрес подтверждён").await;
    stage.stop().await;
}

/// B13, B18: documents are checked by their content, kept byte for byte, and nobody gets another's.
#[tokio::test(flavor = "multi_thread")]
async fn b13_b18_a_document_is_what_it_is_and_whose_it_is() {
    let (stage, cast, _folder) = stage().await;
    for (person, name, email) in
        [(&cast.anna, "Петрова Анна", "anna@example.org"), (&cast.boris, "Иванов Борис", "boris@example.org")]
    {
        story::register(&stage, person, answers(name, email)).await;
        story::approve(&cast.maria, name).await;
        person.sees("одобрена").await;
    }
    let anna = &cast.anna;
    anna.say_and_see("/menu", "Главное меню").await;
    anna.press_and_see("Новая работа", "Название").await;
    anna.say_and_see("Работа о свете", "Аннотация").await;
    anna.say_and_see(ABSTRACT, "Ключевые слова").await;
    anna.press_and_see("Пропустить", "Секция?").await;
    anna.press_and_see("Секция 1", "заключение").await;
    let zeros = vec![0_u8; 40 << 20];
    let bad: Vec<(&str, Vec<u8>, &str)> = vec![
        ("заключение.pdf", docx(&[]), "Нужен настоящий PDF"),
        ("x.pdf", Vec::new(), "Файл пустой"),
        ("x.pdf", b"MZ not a pdf".to_vec(), "Нужен настоящий PDF"),
        ("x.pdf", b"%PDF-1.4 cut".to_vec(), "обрывается"),
        ("x.pdf", vec![b'x'; (21 << 20) + 1], "больше 20 МБ"),
    ];
    for (name, bytes, says) in bad {
        anna.send_file(name, bytes);
        anna.sees(says).await;
    }
    let permit = pdf("\u{0}\u{1}ÿ permit of Anna");
    anna.send_file("../../../permit.pdf", permit.clone());
    anna.sees("PDF или DOCX").await;
    for (bytes, says) in [
        (docx(&[("word/media/zeros.bin", &zeros)]), "распаковывается"),
        (docx(&[("word/vbaProject.bin", b"x")]), "макросами"),
        (jpeg("x"), "Нужен настоящий PDF или DOCX"),
    ] {
        anna.send_file("paper.docx", bytes);
        anna.sees(says).await;
    }
    let paper = docx(&[("word/styles.xml", b"<s/>")]);
    anna.send_file("C:\\paper.pdf", paper.clone());
    anna.sees("черновик").await;
    let kept = stage
        .read(move |conn| {
            let mut kept = Vec::new();
            for document in
                documents::list(conn)?.into_iter().filter(|document| document.kind.code() != "consent")
            {
                let mut body = Vec::new();
                documents::read_body(conn, document.id, &mut body)?;
                kept.push((document.file_name, body));
            }
            Ok(kept)
        })
        .await;
    assert_eq!(kept, [("permit.pdf".to_owned(), permit.clone()), ("paper.docx".to_owned(), paper)]);
    // Another bot does not know the file: it is uploaded from the database, byte for byte.
    anna.press_and_see("Отправить", "Работа отправлена").await;
    cast.maria.say_and_see("/menu", "Главное меню").await;
    cast.maria.press_and_see("Проверка работ", "· Работа о свете").await;
    cast.maria.press_and_see("Открыть", "· Работа о свете").await;
    cast.maria.press("Файлы");
    let shown = cast.maria.sees("Заключение: Работа о свете").await;
    assert_eq!(cast.maria.file(shown.file_id.as_deref().unwrap()).unwrap(), permit);
    // Boris sees no paper of Anna's, whatever data he sends.
    cast.boris.say_and_see("/menu", "Главное меню").await;
    cast.boris.press_data(1, "@paper.1.0");
    cast.boris.sees("Такой работы у вас нет").await;
    stage.stop().await;
}

/// B15: a refused application stays, with its comment, and can be sent again.
#[tokio::test(flavor = "multi_thread")]
async fn b15_whoever_is_refused_may_apply_again() {
    let (stage, cast, _folder) = stage().await;
    story::register(&stage, &cast.anna, answers("Петрова Анна", "anna@example.org")).await;
    cast.maria.say_and_see("/menu", "Главное меню").await;
    cast.maria.press_and_see("Заявки", "\nПетрова Анна\n").await;
    cast.maria.press_and_see("Открыть", "у вас на 15").await;
    cast.maria.press_and_see("На исправление", "Что исправить").await;
    // What moderators often say is ready to be chosen.
    cast.maria.press_and_see("Укажите фамилию, имя и отчество", "Готово").await;
    cast.anna.sees("нужны исправления: Укажите фамилию, имя и отчество полностью").await;
    cast.anna.press_and_see("Изменить", "Ваша заявка").await;
    cast.anna.press_and_see("Изменить", "Проверьте ответы").await;
    cast.anna.press_and_see("Изменить", "Что изменить").await;
    cast.anna.press_and_see("ФИО", "фамилия").await;
    cast.anna.say_and_see("Петрова Анна Ивановна", "Петрова Анна Ивановна").await;
    cast.anna.press_and_see("Отправить", "Заявка отправлена").await;
    // A decision can be undone within a minute.
    story::approve(&cast.maria, "Петрова Анна Ивановна").await;
    cast.maria.press_and_see("Отменить последнее", "Решение отменено").await;
    cast.anna.sees("рассматривают снова").await;
    story::approve(&cast.maria, "Петрова Анна Ивановна").await;
    cast.anna.sees("одобрена").await;
    assert_eq!(stage.number("SELECT count(*) FROM audit WHERE entity = 'application'").await, 9);
    stage.stop().await;
}

/// B17, B20: a failure is noted and told, and the next update is handled as if nothing had been.
#[tokio::test(flavor = "multi_thread")]
async fn b17_b20_what_fails_is_seen_and_harms_nobody_else() {
    let (stage, _cast, _folder) = stage().await;
    let person = stage.person(31, "Анна");
    person.say_and_see("/start", "Здравствуйте").await;
    stage
        .write(|conn| {
            Ok(conn.execute_batch(
                "CREATE TRIGGER broken BEFORE INSERT ON person BEGIN SELECT raise(ABORT, 'broken'); END",
            )?)
        })
        .await;
    person.press_and_see("Регистрация", "внутренний сбой").await;
    let noted = "SELECT count(*) FROM update_seen WHERE failures = 3 AND error LIKE '%broken%' AND done_at IS NOT NULL";
    assert_eq!(stage.number(noted).await, 1);
    stage.write(|conn| Ok(conn.execute_batch("DROP TRIGGER broken")?)).await;
    person.press_and_see("Регистрация", "фамилия").await;
    stage.stop().await;
}

/// B21: after a correction of the organisation the card comes again, and the correction holds for all who share it.
#[tokio::test(flavor = "multi_thread")]
async fn b21_an_organisation_is_corrected_for_all() {
    let (stage, cast, _folder) = stage().await;
    for (person, name, email, organisation) in [
        (&cast.anna, "Петрова Анна", "anna@example.org", "Томский гос университет"),
        (&cast.boris, "Иванов Борис", "boris@example.org", "ТОМСКИЙ ГОС. УНИВЕРСИТЕТ"),
        (&cast.vera, "Сидорова Вера", "vera@example.org", "Томский государственный университет"),
    ] {
        let organisation = [organisation, "ТГУ", "TSU"];
        story::register(&stage, person, story::Answers { organisation, ..answers(name, email) }).await;
    }
    let maria = &cast.maria;
    maria.say_and_see("/menu", "Главное меню").await;
    maria.press_and_see("Заявки", "\nПетрова Анна\n").await;
    maria.press_and_see("Открыть", "у вас на 15").await;
    maria.press_and_see("Организация", "Людей: 2").await;
    maria.press_and_see("Организация", "Как правильно").await;
    maria.say_and_see("Томский государственный университет", "Людей: 3").await;
    maria.press_and_see("Назад", "Томский государственный университет").await;
    maria.press_and_see("Одобрить", "Готово").await;
    let names = "SELECT count(DISTINCT organisation_id) FROM person WHERE organisation_id IS NOT NULL";
    assert_eq!(stage.number(names).await, 1);
    stage.stop().await;
}

/// B22: nothing that the bot needs comes from elsewhere: every call goes to the Bot API.
#[tokio::test(flavor = "multi_thread")]
async fn b22_nothing_is_fetched_from_a_third_party() {
    let (stage, cast, _folder) = stage().await;
    story::register(&stage, &cast.anna, answers("Петрова Анна", "anna@example.org")).await;
    for call in stage.api.calls() {
        let text = call.params.to_string();
        assert!(!text.contains("http://") && !text.contains("\"url\""), "{text}");
    }
    assert_eq!(stage.read(|conn| number(conn, "SELECT count(*) FROM document", [])).await, 1);
    assert!(stage.api.presented(MAIN).contains_key("setMyDescription:en"));
    stage.stop().await;
}
