//! What people do from registration to the decision about a paper, and what they see then.

use conference_bot::demo::story::ABSTRACT;

/// What somebody does.
pub enum Does {
    /// Nothing: they are told something.
    Hears,
    Says(&'static str),
    Presses(&'static str),
    /// Presses what is answered by a message of its own.
    Opens(&'static str),
    Sends,
    SendsFile(&'static str),
    Code,
}

/// The registration: what is done, and what is seen then.
pub const STEPS: &[(Does, &str)] = &[
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

/// The way of a paper to an invitation.
pub const PAPER: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Новая работа"), "Название работы"),
    (Does::Says("Свет один"), "Аннотация"),
    (Does::Says(ABSTRACT), "Ключевые слова"),
    (Does::Says("свет, зоны"), "Секция?"),
    (Does::Presses("Секция 2"), "экспертное заключение"),
    (Does::SendsFile("permit.pdf"), "PDF или DOCX"),
    (Does::SendsFile("paper.pdf"), "черновик"),
    (Does::Presses("Отправить"), "Работа отправлена"),
    (Does::Presses("Соавтор"), "Кого пригласить"),
    (Does::Says("boris@example.org"), "Приглашение"),
];

/// A moderator's way to an approval.
pub const APPROVES: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Заявки"), "Петрова Анна"),
    (Does::Opens("Открыть"), "у вас на 15"),
    (Does::Presses("Одобрить"), "Готово: одобрена"),
];

/// A moderator passes the paper on to the reviewers.
pub const SCREENS: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Проверка работ"), "· Свет один\n"),
    (Does::Presses("Открыть"), "Ключевые слова: свет"),
    (Does::Presses("На рецензию"), "ушла на рецензию"),
];

/// A chair asks for a review.
pub const ASKS: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Решения"), "· Свет один\n"),
    (Does::Presses("Открыть"), "Ключевые слова: свет"),
    (Does::Presses("Рецензенты"), "Кого попросить"),
    (Does::Presses("наименее занятых"), "рецензент"),
];

/// A reviewer writes it.
pub const REVIEWS: &[(Does, &str)] = &[
    (Does::Hears, "Просим о рецензии"),
    (Does::Opens("Открыть"), "на рецензии"),
    (Does::Presses("Согласен"), "Спасибо"),
    (Does::Presses("Оценить"), "Актуальность"),
    (Does::Presses("4"), "Новизна"),
    (Does::Presses("4"), "Метод"),
    (Does::Presses("4"), "Изложение"),
    (Does::Presses("4"), "рекомендация"),
    (Does::Presses("принять"), "Комментарий авторам"),
    (Does::Says("Проверьте рисунок 2."), "только для председателя"),
    (Does::Presses("Пропустить"), "Рекомендация: принять"),
    (Does::Presses("Отправить рецензию"), "Рецензия отправлена"),
];

/// Another chair decides.
pub const DECIDES: &[(Does, &str)] = &[
    (Does::Says("/menu"), "Главное меню"),
    (Does::Presses("Решения"), "· Свет один\n"),
    (Does::Presses("Открыть"), "Ключевые слова: свет"),
    (Does::Presses("Доклад"), "Комментарий авторам"),
    (Does::Presses("Пропустить"), "Решено"),
];
