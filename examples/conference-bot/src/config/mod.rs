//! Configuration: flag before environment before file before default, see [`KEYS`].

mod read;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tgbio_server::config::{DataCenter, LogFormat};
use tgbio_server::http::client_addr::TrustedProxies;
use url::Url;

pub use source::{ConfigError, Sources};

/// Everything that can be set.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the table of the keys documents them")]
pub struct Config {
    pub database: PathBuf,
    pub listen: String,
    pub public_url: Option<Url>,
    pub trusted_proxies: TrustedProxies,
    pub title_ru: String,
    pub title_en: String,
    pub code: String,
    pub timezone: String,
    pub support: String,
    pub bot_token: Option<SecretString>,
    pub moderator_bot_token: Option<SecretString>,
    pub bot_picture: Option<PathBuf>,
    pub api_url: String,
    pub webhook: bool,
    pub webhook_secret: Option<SecretString>,
    pub messages_per_second: u32,
    pub messages_per_chat: u32,
    pub files_at_once: u32,
    pub max_co_authors: u32,
    pub smtp_url: Option<SecretString>,
    pub smtp_ca: Option<PathBuf>,
    pub mail_from: String,
    pub organisers: Vec<i64>,
    pub admin_user: String,
    pub admin_password: Option<SecretString>,
    pub name_lookup: bool,
    pub name_base_url: String,
    pub name_min_delay: Duration,
    pub api_id: Option<i32>,
    pub api_hash: Option<SecretString>,
    pub api_dc: Option<DataCenter>,
    pub consent_version: String,
    pub consent_form: Option<PathBuf>,
    pub log: String,
    pub log_format: LogFormat,
}

/// One key: `--some-key`, `CONFERENCE_SOME_KEY`, `some_key` in `conference.toml`.
pub struct Key {
    /// Snake case.
    pub name: &'static str,
    /// The text that holds when nobody sets it; empty for nothing.
    pub default: &'static str,
    /// Never shown, and may come from a file that `<name>_file` names.
    pub secret: bool,
    /// The meaning.
    pub help: &'static str,
    take: fn(&mut Config, &str) -> Result<(), String>,
}

impl Key {
    /// The key that names the file in which a secret stands.
    pub fn file(&self) -> String {
        format!("{}_file", self.name)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! keys {
    ($($name:ident $secret:literal $default:literal $help:literal $read:expr;)*) => {
        /// The table.
        pub static KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            default: $default,
            secret: $secret,
            help: $help,
            take: |config, text| $read(text).map(|value| config.$name = value),
        }),*];
    };
}

keys! {
    database false "conference.db" "The database" read::path;
    listen false "127.0.0.1:8090" "Address of the web pages and of webhooks; port 0 takes a free one" read::text;
    public_url false "" "The server's own address as others see it" read::url;
    trusted_proxies false "" "Proxies before the pages whose word about addresses counts, like 127.0.0.1 or 10.0.0.0/8, with commas" read::proxies;
    title_ru false "Конференция студенческих научно-исследовательских инкубаторов" "Name of the conference in Russian" read::text;
    title_en false "Conference of Student Research Incubators" "Name of the conference in English" read::text;
    code false "SRI" "Short name, with which the numbers of papers begin" read::code;
    timezone false "Asia/Novosibirsk" "Time zone of all shown times" read::timezone;
    support false "" "Whom people may ask, like an address or a @name" read::text;
    bot_token true "" "Token of the participants' bot" read::bot_token;
    moderator_bot_token true "" "Token of a second bot for the staff, if wanted" read::bot_token;
    bot_picture false "" "A JPEG for the picture of the bots" read::file;
    api_url false "https://api.telegram.org" "The Bot API server" read::base_url;
    webhook false "false" "Telegram calls <public_url>/tg/<bot> instead of being polled" read::flag;
    webhook_secret true "" "Secret that Telegram sends with each call" read::webhook_secret;
    messages_per_second false "30" "Messages a second of one bot, 0 = no limit" read::number;
    messages_per_chat false "1" "Messages a second to one chat, 0 = no limit" read::number;
    files_at_once false "4" "Files that are fetched from Telegram and stored at the same time; others wait" read::some;
    max_co_authors false "0" "Co-authors that a paper may have, those who are invited among them, 0 = no limit" read::number;
    smtp_url true "" "smtps://user:password@host, smtp+starttls://user:password@host, or smtp://host on the own machine" read::smtp;
    smtp_ca false "" "A PEM file of a certificate authority of your own that vouches for the mail server" read::file;
    mail_from false "conference@localhost" "Sender of all e-mail" read::sender;
    organisers false "" "Telegram ids that are organisers from the start, with commas" read::ids;
    admin_user false "admin" "Name of the first admin of the web pages" read::text;
    admin_password true "" "Password of the first admin, random without it" read::secret;
    name_lookup false "true" "Look up invited @names on t.me" read::flag;
    name_base_url false "https://t.me" "Where @names are looked up" read::base_url;
    name_min_delay false "2s" "Between two look-ups, 0s = no limit" read::duration;
    api_id false "" "Application id from my.telegram.org: @names are resolved by Telegram's own protocol" read::api_id;
    api_hash true "" "Its hash" read::secret;
    api_dc true "" "ID@ADDRESS:PORT of the test server where the bot signs in; /KEY behind it, 512 hexadecimal digits, if it knows one" read::data_center;
    consent_version false "1" "Version of the text that people consent to" read::text;
    consent_form false "" "Your own form of consent (PDF, DOCX or a picture) to send instead of the one that the bot writes" read::file;
    log false "info" "What is logged: error, warn, info, debug, trace, or a filter by module" read::text;
    log_format false "text" "text or json" read::log_format;
}

impl Config {
    /// Puts the configuration together from what was set.
    ///
    /// # Errors
    /// [`ConfigError`] names the place of the first value that cannot be used.
    pub fn from_sources(sources: &Sources) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for key in KEYS {
            if let Some(found) = sources.find(key)? {
                (key.take)(&mut config, &found.text).map_err(|expected| found.wrong(key, expected))?;
            }
        }
        Ok(config)
    }

    /// The tokens by the short names of their bots.
    pub fn bots(&self) -> Vec<(&'static str, SecretString)> {
        let named = [("main", &self.bot_token), ("staff", &self.moderator_bot_token)];
        named.into_iter().filter_map(|(code, token)| Some((code, token.clone()?))).collect()
    }

    fn blank() -> Self {
        Self {
            database: PathBuf::new(),
            listen: String::new(),
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            title_ru: String::new(),
            title_en: String::new(),
            code: String::new(),
            timezone: String::new(),
            support: String::new(),
            bot_token: None,
            moderator_bot_token: None,
            bot_picture: None,
            api_url: String::new(),
            webhook: false,
            webhook_secret: None,
            messages_per_second: 0,
            messages_per_chat: 0,
            files_at_once: 0,
            max_co_authors: 0,
            smtp_url: None,
            smtp_ca: None,
            mail_from: String::new(),
            organisers: Vec::new(),
            admin_user: String::new(),
            admin_password: None,
            name_lookup: false,
            name_base_url: String::new(),
            name_min_delay: Duration::ZERO,
            api_id: None,
            api_hash: None,
            api_dc: None,
            consent_version: String::new(),
            consent_form: None,
            log: String::new(),
            log_format: LogFormat::Text,
        }
    }
}

impl Default for Config {
    /// The defaults of the table.
    fn default() -> Self {
        let mut config = Self::blank();
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            // A test shows that every default can be read.
            let _ = (key.take)(&mut config, key.default);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read() {
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            (key.take)(&mut Config::blank(), key.default).unwrap();
        }
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let file = "code = \"FILE\"\nsupport = \"file\"\norganisers = [1, 2]";
        let mut sources =
            Sources { file: Sources::read_file("x.toml".as_ref(), file).unwrap(), ..Sources::default() };
        sources.environment.insert("CONFERENCE_CODE".into(), "ENV".into());
        sources.flags.insert("code".into(), "FLAG".into());
        let config = Config::from_sources(&sources).unwrap();
        assert_eq!((config.code.as_str(), config.support.as_str()), ("FLAG", "file"));
        assert_eq!(config.organisers, [1, 2]);
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place_and_a_secret_is_never_shown() {
        let mut sources = Sources::default();
        sources.environment.insert("CONFERENCE_SMTP_URL".into(), "ftp://geheim@host".into());
        let error = Config::from_sources(&sources).unwrap_err().to_string();
        assert!(error.contains("CONFERENCE_SMTP_URL") && !error.contains("geheim"), "{error}");
        let unknown = Sources::read_file("x.toml".as_ref(), "cod = 1").unwrap_err().to_string();
        assert!(unknown.contains("unknown key `cod`"), "{unknown}");
    }

    #[test]
    fn what_cannot_work_is_told_before_anything_begins() {
        let cases = [
            ("bot_token", "x"),
            ("bot_token", "1:a/../b"),
            ("bot_token", "1:"),
            ("webhook_secret", "a b"),
            ("mail_from", "nobody"),
            ("trusted_proxies", "10.0.0.0/99"),
        ];
        for (key, value) in cases {
            let sources = Sources { flags: [(key.into(), value.into())].into(), ..Sources::default() };
            let error = Config::from_sources(&sources).unwrap_err().to_string();
            assert!(error.contains("expected"), "{key} = {value}: {error}");
        }
        let error = Sources::read_file("x.toml".as_ref(), "code = \"A\"\nsupport = \n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "123:abc\n").unwrap();
        let mut sources = Sources::default();
        let name = "CONFERENCE_BOT_TOKEN_FILE".to_owned();
        sources.environment.insert(name, file.path().display().to_string());
        let config = Config::from_sources(&sources).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&config.bot_token.unwrap()), "123:abc");
        // A flag that names a file wins over a variable with the secret itself.
        let named = file.path().display().to_string();
        sources.flags.insert("bot_token_file".into(), named);
        sources.environment = [("CONFERENCE_BOT_TOKEN".into(), "9:other".into())].into();
        let config = Config::from_sources(&sources).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&config.bot_token.unwrap()), "123:abc");
    }
}
