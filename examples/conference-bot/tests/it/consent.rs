//! Consent to the processing of personal data: the form to sign, and taking the consent back.

use std::io::{Cursor, Read as _};

use conference_bot::actions::{Act, Who, privacy};
use conference_bot::demo::desk::{OpenDesk, Organiser};
use conference_bot::demo::papers::jpeg;
use conference_bot::demo::stage::Stage;
use conference_bot::demo::story::{self, Cast};
use conference_bot::domain::Role;
use conference_bot::store::run;
use conference_bot::texts::Locale;

use crate::people::approved;

#[tokio::test(flavor = "multi_thread")]
async fn the_form_to_sign_comes_with_the_answers_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let anna = stage.person(11, "Анна");
    anna.say_and_see("/start", "Здравствуйте").await;
    anna.press_and_see("Регистрация", "фамилия").await;
    anna.say_and_see("O'Brien <Анна>", "буквами").await;
    anna.say_and_see("O'Brien Анна", "Дата рождения").await;
    anna.say_and_see("01.02.2005", "Номер телефона").await;
    stage.write(|conn| run(conn, "UPDATE dialog SET place = 'reg_consent.0.0' WHERE tg_id = 11", [])).await;
    anna.say_and_see("где бланк?", "Нужно фото").await;
    anna.press("Бланк согласия");
    let shown = anna.sees("подпишите").await;
    let form = anna.file(shown.file_id.as_deref().unwrap()).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(form)).unwrap();
    let mut text = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("O'Brien Анна") && text.contains("01.02.2005"), "{text}");
    anna.sees("уже вписаны").await;
    anna.send_photo(jpeg("signed"));
    anna.sees("Проверьте ответы").await;
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_the_consent_back_is_left_alone_and_the_organisers_are_asked_to_erase() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::start(folder.path(), |_| {}).await;
    let cast = Cast::new(&stage).await;
    approved(&stage, &cast).await;
    let organiser = stage.person(41, "Ольга");
    organiser.say_and_see(&stage.role_link(Role::Organiser).await, "Ваша роль").await;
    let in_force = "SELECT count(*) FROM consent c JOIN tg_account t ON t.person_id = c.person_id
        WHERE t.tg_id = 11 AND c.withdrawn_at IS NULL";
    let anna = &cast.anna;
    let leaves = || async {
        anna.say_and_see("/menu", "Главное меню").await;
        anna.press_and_see("Профиль", "Петрова Анна").await;
        anna.press_and_see("Отозвать согласие", "просите удалить").await;
        anna.press_and_see("Да, отозвать и удалить", "Организаторы удалят").await;
    };
    leaves().await;
    organiser.sees("Петрова Анна отзывает согласие").await;
    assert_eq!(stage.number(in_force).await, 0);
    // Nothing more is done with the data.
    anna.say_and_see("/menu", "Вы отозвали согласие").await;
    anna.press_data(1, "@paper_title.0.0");
    anna.sees("Название работы").await;
    anna.say_and_see("Работа о свете", "Вы отозвали согласие").await;
    assert_eq!(stage.number("SELECT count(*) FROM submission").await, 0);
    // It can be taken back, and done again.
    anna.say_and_see("/menu", "Вы отозвали согласие").await;
    anna.press_and_see("Профиль", "Согласие отозвано").await;
    anna.press_and_see("Не удалять", "снова действует").await;
    assert_eq!(stage.number(in_force).await, 1);
    story::write_paper(anna, "Работа о свете").await;
    leaves().await;
    // The organisers see who waits, and erase.
    let desk = OpenDesk::of(&stage).await;
    let admin = Organiser::log_in(&desk).await;
    let id = stage.number("SELECT person_id FROM tg_account WHERE tg_id = 11").await;
    let overview = admin.own_page("/").await;
    assert!(overview.contains(&format!("href=\"/people/{id}\"")), "{overview}");
    let (world, who) = (stage.world.clone(), stage.number("SELECT person_id FROM web_identity").await);
    stage
        .write(move |conn| {
            let (actor, bot) = ("web:admin".to_owned(), String::new());
            let who = Who { actor, person: Some(who), tg_id: 0, bot, locale: Locale::Ru };
            privacy::erase(&Act::new(conn, &world, who), id)
        })
        .await;
    assert!(!admin.own_page("/").await.contains(&format!("href=\"/people/{id}\"")));
    assert_eq!(stage.number("SELECT count(*) FROM document").await, 1, "Boris's consent");
    anna.say_and_see("/menu", "Здравствуйте").await;
    desk.close().await;
    stage.stop().await;
}
