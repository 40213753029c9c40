//! The catalogue: one line for each text, English first. `{0}` and `{1}` stand for what is filled in.

use super::{Lang, Plural};

macro_rules! catalogue {
    ($($key:ident: $en:literal, $ru:literal;)* @plurals $($plural:ident: $ens:expr, $rus:expr;)*) => {
        /// Every text of the pages in one language.
        pub(in crate::web) struct Texts {
            pub(in crate::web) lang: Lang,
            $(pub(in crate::web) $key: &'static str,)*
            $(pub(in crate::web) $plural: Plural,)*
        }

        pub(super) static EN: Texts = Texts { lang: Lang::En, $($key: $en,)* $($plural: Plural(&$ens),)* };
        pub(super) static RU: Texts = Texts { lang: Lang::Ru, $($key: $ru,)* $($plural: Plural(&$rus),)* };

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $en, $ru),)*];
        #[cfg(test)]
        pub(super) const ALL_PLURALS: &[(&str, &[&str], &[&str])] = &[$((stringify!($plural), &$ens, &$rus),)*];
    };
}

catalogue! {
    brand: "tgbio", "tgbio";
    skip: "Skip to the content", "Сразу к содержанию";
    nav_main: "Main", "Главное меню";
    nav_languages: "Language", "Язык";
    nav_profiles: "Profiles", "Профили";
    nav_add: "Add", "Добавить";
    nav_status: "Status", "Состояние";
    nav_audit: "Audit log", "Журнал действий";
    nav_tokens: "API tokens", "Токены API";
    nav_account: "Account", "Учётная запись";
    nav_api: "API", "Описание API";
    log_in: "Log in", "Войти";
    log_out: "Log out", "Выйти";
    footer: "Reads only what Telegram shows to everybody. Not affiliated with Telegram.", "Читает только то, что Telegram показывает всем. С Telegram не связано.";
    times_utc: "Times are in UTC.", "Время указано по UTC.";
    times_local: "Times are in your time zone.", "Время указано в вашем часовом поясе.";
    months: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "янв. февр. марта апр. мая июня июля авг. сент. окт. нояб. дек.";
    never: "never", "никогда";
    yes: "yes", "да";
    no: "no", "нет";
    empty: "empty", "пусто";
    unknown: "not known", "неизвестно";
    cancel: "Cancel", "Отмена";
    save: "Save", "Сохранить";
    next_page: "Next page", "Следующая страница";
    first_page: "First page", "К началу";
    pages: "Pages", "Страницы";

    kind: "Kind", "Вид";
    kind_user: "person", "человек";
    kind_bot: "bot", "бот";
    kind_channel: "channel", "канал";
    kind_group: "group", "группа";
    presence: "Presence", "Наличие";
    presence_unknown: "not seen yet", "ещё не виден";
    presence_present: "present", "есть";
    presence_suspected: "perhaps gone", "возможно, исчез";
    presence_missing: "gone", "исчез";
    paused: "paused", "на паузе";
    failing: "checks fail", "проверки не удаются";

    field_presence: "presence", "наличие";
    field_username: "username", "имя пользователя";
    field_kind: "kind", "вид";
    field_telegram_id: "Telegram ID", "ID в Telegram";
    field_display_name: "name", "имя";
    field_bio: "bio", "описание";
    field_links: "links", "ссылки";
    field_usernames: "other usernames", "другие имена пользователя";
    field_photo: "photo", "фотография";
    field_verified: "verified", "подтверждён";
    field_scam: "scam mark", "метка «мошенник»";
    field_fake: "fake mark", "метка «подделка»";
    field_premium: "Premium", "значок Premium";
    badge_scam: "scam", "мошенник";
    badge_fake: "fake", "подделка";

    outcome_profile: "read", "прочитан";
    outcome_not_found: "no public profile by this name now", "публичного профиля с этим именем сейчас нет";
    outcome_invalid_name: "a name that cannot exist", "такого имени быть не может";
    outcome_unrecognised: "the answer is no profile page", "ответ не похож на страницу профиля";
    outcome_rate_limited: "asked too often", "слишком частые запросы";
    outcome_denied: "refused", "отказано";
    outcome_unreachable: "not reachable", "нет связи";
    reason_http_429: "the server answered 429 Too Many Requests", "сервер ответил 429 Too Many Requests";
    reason_flood_wait: "Telegram asked to wait", "Telegram просит подождать";
    reason_http_403: "the server refused this client", "сервер отказал этому клиенту";
    reason_signed_out: "the account is signed out", "вход в учётную запись закончился";
    reason_frozen: "the account is frozen by Telegram", "Telegram заморозил учётную запись";
    reason_banned: "the account is banned by Telegram", "Telegram заблокировал учётную запись";
    reason_dns: "the host name was not found", "имя узла не найдено";
    reason_connect: "no connection could be made", "соединиться не удалось";
    reason_tls: "the encrypted connection failed", "не удалось шифрованное соединение";
    reason_timeout: "the answer took too long", "ответ шёл слишком долго";
    reason_reset: "the connection broke", "соединение оборвалось";
    reason_http_5xx: "the server failed", "ошибка на сервере";
    reason_redirect: "the answer leads to another host", "ответ ведёт на чужой узел";
    reason_empty: "the page is empty", "страница пуста";
    reason_truncated: "the page is cut off", "страница обрезана";
    reason_not_telegram: "this is no page of Telegram", "это не страница Telegram";
    reason_challenge: "a challenge page stands in the way", "мешает страница с проверкой";
    reason_other_profile: "the page belongs to another profile", "это страница другого профиля";
    reason_post: "this is the page of a post", "это страница записи";
    reason_invite: "this is an invite", "это приглашение";
    reason_layout: "the page's layout is not known", "устройство страницы незнакомо";
    reason_too_large: "the page is too large", "страница слишком велика";
    reason_encoding: "the page is not UTF-8", "страница не в UTF-8";
    hold_disappeared: "the profile was not found", "профиль не найден";
    hold_emptied: "something that was there is gone", "пропало то, что было";
    hold_kind_changed: "it is of another kind now", "теперь это профиль другого вида";
    hold_owner_changed: "the name has another owner", "у имени другой владелец";

    list_title: "Followed profiles", "Отслеживаемые профили";
    list_empty: "Nobody is followed yet.", "Пока ни за кем не следят.";
    list_none: "No profile fits.", "Ничего не подошло.";
    list_add_first: "Add the first profile", "Добавить первый профиль";
    list_search: "Search", "Поиск";
    list_search_hint: "Name or username", "Имя или имя пользователя";
    list_any: "any", "любой";
    list_all: "all", "все";
    list_monitoring: "Monitoring", "Слежение";
    list_monitored: "followed now", "идёт";
    list_tag: "Tag", "Метка";
    list_order: "Order", "Порядок";
    list_show: "Show", "Показать";
    list_reset: "Reset", "Сбросить";
    list_profile: "Profile", "Профиль";
    list_state: "State", "Состояние";
    list_first_seen: "First seen", "Впервые виден";
    list_last_check: "Last check", "Последняя проверка";
    list_last_change: "Last change", "Последнее изменение";
    order_followed: "as they were added", "как добавлены";
    order_username: "by username", "по имени пользователя";
    order_changed: "latest change first", "сначала недавно изменённые";

    history: "History", "История";
    history_none: "Nothing has been read yet. The first check is due soon.", "Пока ничего не прочитано. Первая проверка скоро.";
    history_title: "History of {0}", "История {0}";
    history_fresh: "There is something new.", "Есть новое.";
    history_reload: "Show it", "Показать";
    history_older: "Older changes", "Более ранние изменения";
    history_newest: "Newest changes", "Последние изменения";
    open_in_telegram: "Open in Telegram", "Открыть в Telegram";
    facts: "Details", "Подробности";
    followed_since: "Followed since", "Следим с";
    last_seen: "Last seen in this state", "В последний раз виден таким";
    next_check: "Next check", "Следующая проверка";
    interval: "Interval", "Промежуток";
    interval_adaptive: "adaptive", "подбирается сам";
    note: "Note", "Заметка";
    tags: "Tags", "Метки";
    changes_count: "Revisions", "Записей";
    bio_none: "No bio.", "Описания нет.";
    before: "Before", "Было";
    after: "After", "Стало";
    first_revision: "Start of the history", "Начало истории";
    time_first: "First seen {0}", "Впервые виден {0}";
    time_between: "Between {0} and {1}", "Между {0} и {1}";
    time_within: "within {0}", "с точностью: {0}";
    time_held: "Held until {0}, when repeats or a person confirmed it", "Подождало до {0}, пока не подтвердили повторы или человек";
    went: "The profile disappeared.", "Профиль исчез.";
    came_back: "The profile is there again.", "Профиль снова есть.";
    photo_of: "Photo of {0}", "Фотография: {0}";
    photo_none: "no photo", "нет фотографии";
    photo_unread: "there is one, but the picture is not kept", "есть, но снимок не сохранён";
    evidence: "Raw page", "Исходная страница";
    read_by: "read by {0}", "прочитано через {0}";
    remove: "Remove", "Удалить";
    remove_revision: "Remove revision {0}", "Удалить запись {0}";
    link_leads: "leads to {0}", "ведёт на {0}";
    coverage: "Coverage", "Охват";
    coverage_none: "Not observed yet.", "Наблюдений ещё нет.";
    coverage_whole: "Observed without a gap from {0} until {1}.", "Наблюдение без перерывов с {0} по {1}.";
    coverage_gaps: "Observed from {0} until {1} with {2}:", "Наблюдение с {0} по {1}, в нём {2}:";
    coverage_gap: "from {0} until {1}", "с {0} по {1}";
    coverage_longest: "Observed from {0} until {1} with {2}, the longest:", "Наблюдение с {0} по {1}, в нём {2}, самые длинные:";
    coverage_unchanged: "No change between {0} and {1}: watched for {2} % of that time, longest gap {3}; a change would have been seen after {4} at the latest.", "С {0} по {1} изменений нет: наблюдение велось {2} % этого времени, самый длинный перерыв: {3}; изменение было бы замечено не позже чем через {4}.";
    counts: "Counts", "Численность";
    count_subscribers: "Subscribers", "Подписчики";
    count_members: "Members", "Участники";
    count_online: "Members online", "Участники в сети";
    count_monthly_users: "Monthly users", "Пользователи за месяц";
    chart_says: "{0}: from {1} to {2}, lowest {3}", "{0}: от {1} до {2}, наименьшее {3}";

    actions: "Actions", "Действия";
    check_now: "Check now", "Проверить сейчас";
    pause: "Pause", "Приостановить";
    resume: "Resume", "Продолжить";
    edit: "Edit", "Изменить";
    erase: "Erase", "Стереть";
    flash_paused: "@{0} is paused.", "Слежение за @{0} приостановлено.";
    flash_resumed: "@{0} is followed again and will be checked now.", "Слежение за @{0} продолжается, проверка скоро.";
    flash_same: "Checked: nothing new.", "Проверено: ничего нового.";
    flash_changed: "Checked: {0} changed.", "Проверено, изменилось: {0}.";
    flash_held: "Checked: something suspicious was seen and waits for confirmation.", "Проверено: замечено подозрительное, оно ждёт подтверждения.";
    flash_doubted: "Checked, but the source cannot be believed just now, so nothing was judged.", "Проверено, но источнику сейчас нельзя верить, поэтому ничего не решено.";
    flash_failed: "The check failed: {0}.", "Проверка не удалась: {0}.";
    flash_under_way: "The check is under way; look again in a moment.", "Проверка идёт, загляните чуть позже.";
    flash_busy: "This profile is being checked just now.", "Этот профиль как раз проверяется.";
    flash_following: "@{0} is followed now.", "Теперь следим за @{0}.";
    flash_saved: "Saved.", "Сохранено.";
    flash_removed: "Revision {0} is removed.", "Запись {0} удалена.";
    flash_erased: "@{0} is erased with its whole history.", "@{0} и вся история стёрты.";
    flash_accepted: "Accepted: it is in the history now.", "Принято: теперь это в истории.";
    flash_rejected: "Rejected: the old state stays until something else is seen.", "Отклонено: прежнее состояние останется, пока не увидим другое.";
    flash_settled: "This change is settled already.", "Об этом изменении уже решено.";
    flash_logged_out: "You are logged out.", "Вы вышли.";
    flash_password: "The password is changed. Log in with the new one.", "Пароль изменён. Войдите с новым.";
    flash_revoked: "The token {0} is revoked.", "Токен {0} отозван.";
    flash_no_token: "There is no such token.", "Такого токена нет.";

    edit_title: "Edit @{0}", "Изменить @{0}";
    edit_note_hint: "Why this profile is followed. Only people who log in see it.", "Зачем следим за этим профилем. Видно только после входа.";
    edit_tags_hint: "With commas between them.", "Через запятую.";
    edit_interval_hint: "Like 30s, 5m or 2h. Empty: the server adapts it.", "Например 30s, 5m или 2h. Пусто: сервер подбирает сам.";
    edit_bad_interval: "This is no interval: write it like 30s, 5m or 2h.", "Это не промежуток: напишите как 30s, 5m или 2h.";
    erase_title: "Erase @{0}?", "Стереть @{0}?";
    erase_what: "The profile goes with its whole history, photos, raw pages and notes, for good. Nothing of it can be brought back.", "Профиль исчезнет со всей историей, фотографиями, исходными страницами и заметками, навсегда. Вернуть ничего нельзя.";
    erase_type: "Type the username to confirm: {0}", "Для подтверждения введите имя: {0}";
    erase_opt_out: "And never follow this name again (its owner asked so)", "И больше никогда не следить за этим именем (так просит владелец)";
    erase_wrong: "This is not the username. Nothing was erased.", "Это не то имя. Ничего не стёрто.";
    remove_title: "Remove revision {0} of @{1}?", "Удалить запись {0} профиля @{1}?";
    remove_what: "Its content goes for good; a tombstone without content stays. If the entries before and after it are then equal, the later one goes too.", "Содержание исчезнет навсегда, останется отметка без содержания. Если соседние записи после этого одинаковы, уйдёт и более поздняя.";

    add_title: "Add profiles", "Добавить профили";
    add_names: "Usernames or links", "Имена или ссылки";
    add_hint: "One or many, in any form: @name, t.me/name, https://t.me/name, with commas or one a line.", "Одно или много, в любом виде: @name, t.me/name, https://t.me/name, через запятую или по одному в строке.";
    add_verify: "Look first whether they exist (with more than {0} names they are read later)", "Сначала посмотреть, есть ли они (если имён больше {0}, их прочтут позже)";
    add_submit: "Follow", "Следить";
    add_results: "Results", "Итог";
    add_given: "Given", "Введено";
    add_result: "Result", "Итог";
    add_nothing: "Give at least one username or link.", "Введите хотя бы одно имя или ссылку.";
    add_too_many: "These are more than {0} names: add the rest in another go.", "Имён больше {0}: остальные добавьте отдельно.";
    add_followed: "followed now", "теперь следим";
    add_already: "followed already", "уже следим";
    add_opted_out: "its owner asked not to be followed", "владелец просил не следить";
    add_doubtful: "not found, but the source cannot be believed just now; try again later", "не найден, но источнику сейчас нельзя верить; попробуйте позже";
    add_store_failed: "it could not be stored", "не удалось сохранить";
    name_length: "a username has 3 to 32 characters", "в имени от 3 до 32 знаков";
    name_character: "a username has only the letters a-z, digits and underscores", "в имени только буквы a-z, цифры и подчёркивания";
    name_shape: "a username starts with a letter, does not end with _ and has no __", "имя начинается с буквы, не кончается на _ и не содержит __";
    name_reserved: "this is a page of t.me itself", "это страница самого t.me";
    name_invite: "this is an invite link and no public profile", "это приглашение, а не публичный профиль";
    name_phone: "this is a telephone number", "это номер телефона";
    name_host: "this link does not lead to Telegram", "эта ссылка ведёт не в Telegram";

    login_title: "Log in", "Вход";
    login_user: "User name", "Имя";
    login_password: "Password", "Пароль";
    login_remember: "Remember me for 30 days", "Запомнить меня на 30 дней";
    login_wrong: "User name or password is wrong.", "Неверное имя или пароль.";
    login_wait: "Too many failed attempts. Wait {0}.", "Слишком много неудачных попыток. Подождите: {0}.";

    account_title: "Account", "Учётная запись";
    account_who: "You are logged in as {0}.", "Вы вошли как {0}.";
    account_change: "Change the password", "Сменить пароль";
    account_old: "Current password", "Нынешний пароль";
    account_new: "New password (at least 8 characters)", "Новый пароль (не меньше 8 знаков)";
    account_again: "New password again", "Новый пароль ещё раз";
    account_ends: "All sessions end, this one too.", "Все сеансы закончатся, и этот тоже.";
    account_differ: "The two new passwords differ.", "Новые пароли не совпадают.";
    account_wrong: "The current password is wrong.", "Нынешний пароль неверен.";
    account_short: "The new password cannot be used: it needs 8 to 1024 characters.", "Такой пароль не подходит: нужно от 8 до 1024 знаков.";

    tokens_none: "There is no token yet.", "Токенов ещё нет.";
    tokens_what: "Programs use the API with a token.", "Программы пользуются API с токеном.";
    tokens_name: "Name", "Название";
    tokens_name_hint: "Letters, digits, dots, hyphens and underscores.", "Буквы, цифры, точки, дефисы и подчёркивания.";
    tokens_scope: "Scope", "Права";
    tokens_created: "Made", "Создан";
    tokens_used: "Last used", "Использован";
    tokens_make: "Make a token", "Создать токен";
    tokens_revoke: "Revoke", "Отозвать";
    tokens_revoke_named: "Revoke {0}", "Отозвать {0}";
    tokens_sure: "Programs that use it stop working. Revoke it?", "Программы с ним перестанут работать. Отозвать?";
    tokens_once: "Copy the token now. It is not shown again.", "Скопируйте токен сейчас. Больше его не покажут.";
    tokens_new: "New token", "Новый токен";
    tokens_exists: "There is a token of this name already.", "Токен с таким названием уже есть.";
    tokens_bad_name: "A token's name has 1 to 64 letters, digits, dots, hyphens or underscores.", "В названии от 1 до 64 букв, цифр, точек, дефисов и подчёркиваний.";
    scope_read: "read", "чтение";
    scope_write: "write", "изменение";
    scope_admin: "admin", "управление";

    audit_when: "When", "Когда";
    audit_who: "Who", "Кто";
    audit_what: "What", "Что";
    audit_detail: "Details", "Подробности";
    audit_none: "Nothing yet.", "Пока ничего.";

    status_title: "Status", "Состояние";
    status_poller: "Checks", "Проверки";
    status_running: "running", "идут";
    status_stopped: "stopped", "остановлены";
    status_loop: "Loop", "Цикл";
    status_in_flight: "Under way now", "Выполняется сейчас";
    status_paused_until: "Told to wait until", "Просят ждать до";
    status_last_look: "Last finished check", "Последняя проверка";
    status_store: "Storage", "Хранилище";
    status_store_ok: "works", "работает";
    status_backend: "Backend", "Источник";
    status_started: "Server started", "Сервер запущен";
    status_version: "Version", "Версия";
    status_totals: "Totals", "Всего";
    status_profiles: "Followed profiles", "Профилей";
    status_monitored: "Of them monitored", "Из них под наблюдением";
    status_gone: "Of them gone", "Из них исчезло";
    status_failing: "Of them with failing checks", "Из них с неудачными проверками";
    status_revisions: "Revisions", "Записей в истории";
    status_waiting: "Waiting changes", "Ожидающих изменений";
    status_hosts: "Request budgets", "Запросы к узлам";
    status_host: "Host", "Узел";
    status_min_delay: "Shortest pause", "Наименьшая пауза";
    status_no_limit: "no limit", "без ограничения";
    status_requests: "Requests in the last minute", "Запросов за минуту";
    status_not_before: "Waits until", "Ждёт до";
    status_no_hosts: "No host has been asked yet.", "Пока никого не спрашивали.";
    status_canaries: "Canaries", "Контрольные профили";
    status_canaries_what: "Profiles that surely exist. While they cannot be read well, nothing suspicious is believed.", "Профили, которые точно есть. Пока они не читаются как следует, ничему подозрительному не верят.";
    status_canary: "Name", "Имя";
    status_outcome: "Last look", "Последнее чтение";
    status_lost: "Missing fields", "Пропавшие поля";
    status_good_at: "Last good look", "Последний удачный";
    status_not_asked: "not asked yet", "ещё не спрашивали";
    status_no_canaries: "There are no canaries: repeats alone confirm what is suspicious.", "Контрольных профилей нет: подозрительное подтверждают только повторы.";
    held_title: "Waiting for confirmation", "Ждёт подтверждения";
    held_none: "Nothing waits.", "Ничего не ждёт.";
    held_log_in: "Log in to see them.", "Войдите, чтобы увидеть.";
    held_seen: "First seen {0}, repeats that agree: {1} of {2}", "Впервые замечено {0}, совпавших повторов: {1} из {2}";
    held_accept: "Accept", "Принять";
    held_reject: "Reject", "Отклонить";
    held_more: "More waiting changes", "Ещё ожидающие";
    failing_title: "Failing profiles", "Профили с неудачными проверками";
    failing_none: "No profile fails.", "Таких нет.";
    failing_why: "Why", "Почему";
    failing_times: "Failures in a row", "Неудач подряд";
    failing_doubted: "suspicious, and no canary vouched for the source", "подозрительно, и контрольные профили источник не подтвердили";

    error_home: "To the profiles", "К профилям";
    error_code: "Error {0}", "Ошибка {0}";

    @plurals
    seconds: ["{0} second", "{0} seconds"], ["{0} секунда", "{0} секунды", "{0} секунд"];
    minutes: ["{0} minute", "{0} minutes"], ["{0} минута", "{0} минуты", "{0} минут"];
    hours: ["{0} hour", "{0} hours"], ["{0} час", "{0} часа", "{0} часов"];
    days: ["{0} day", "{0} days"], ["{0} день", "{0} дня", "{0} дней"];
    profiles_followed: ["{0} profile is followed.", "{0} profiles are followed."], ["{0} профиль под наблюдением.", "{0} профиля под наблюдением.", "{0} профилей под наблюдением."];
    gaps: ["{0} gap", "{0} gaps"], ["{0} перерыв", "{0} перерыва", "{0} перерывов"];
    held_waiting: ["{0} change waits for confirmation.", "{0} changes wait for confirmation."], ["{0} изменение ждёт подтверждения.", "{0} изменения ждут подтверждения.", "{0} изменений ждут подтверждения."];
}
