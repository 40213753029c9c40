//! What every part of the bot shares.

use std::sync::Arc;

use jiff::tz::TimeZone;
use tgbio_core::store::sqlite::db::Database;
use tgbio_core::{Clock, ProfileFetcher, SystemClock};

use crate::config::Config;
use crate::domain::Millis;
use crate::store::{self, StoreError};
use crate::texts::{Locale, Say};

/// The database, the time and the settings. Cheap to clone.
#[derive(Clone)]
pub struct World {
    /// The one file.
    pub db: Database,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub config: Arc<Config>,
    /// Who looks up @names, if anybody.
    pub names: Option<Arc<dyn ProfileFetcher>>,
    /// The @names of the bots by their short names, once they are known.
    pub bot_names: Arc<std::sync::RwLock<std::collections::HashMap<String, String>>>,
    /// The bots that Telegram calls.
    pub hooks: crate::run::web::Hooks,
    /// Told when there is something new to deliver.
    pub deliver: Arc<tokio::sync::Notify>,
    /// The turns of those who send files.
    pub files: crate::run::Turns,
    zone: TimeZone,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("db", &self.db).finish_non_exhaustive()
    }
}

impl World {
    /// Opens the database and brings it up to date.
    ///
    /// # Errors
    /// [`StoreError`] says in one sentence what is wrong with the file.
    pub async fn open(config: Config) -> Result<Self, StoreError> {
        let db = store::open(&config).await?;
        let zone = TimeZone::get(&config.timezone).unwrap_or(TimeZone::UTC);
        Ok(Self {
            db,
            clock: Arc::new(SystemClock),
            files: crate::run::Turns::new(config.files_at_once),
            config: Arc::new(config),
            names: None,
            bot_names: Arc::default(),
            hooks: crate::run::web::Hooks::default(),
            deliver: Arc::default(),
            zone,
        })
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same with somebody who looks up @names.
    #[must_use]
    pub fn with_names(mut self, names: Arc<dyn ProfileFetcher>) -> Self {
        self.names = Some(names);
        self
    }

    /// The time now.
    pub fn now(&self) -> Millis {
        self.clock.now().as_millis()
    }

    /// A time as people read it, in the conference's time zone.
    pub fn shown_time(&self, at: Millis) -> String {
        let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone());
        time.strftime("%d.%m.%Y %H:%M").to_string()
    }

    /// The same with the distance from UTC, for limits that people elsewhere have to keep.
    pub fn shown_limit(&self, at: Millis) -> String {
        let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone());
        time.strftime("%d.%m.%Y %H:%M (UTC%:z)").to_string()
    }

    /// Today where the conference is.
    pub fn today(&self) -> jiff::civil::Date {
        self.day_of(self.now())
    }

    /// The day of a time where the conference is.
    pub fn day_of(&self, at: Millis) -> jiff::civil::Date {
        self.local(at).date()
    }

    /// Date and time of the clocks where the conference is.
    pub fn local(&self, at: Millis) -> jiff::civil::DateTime {
        jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone()).datetime()
    }

    /// When the clocks where the conference is show this, as in `2026-05-01T12:00`.
    pub fn at_local(&self, text: &str) -> Option<Millis> {
        let clock: jiff::civil::DateTime = text.trim().parse().ok()?;
        Some(clock.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond())
    }

    /// The conference's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A link that opens the participants' bot with a token.
    pub fn deep_link(&self, payload: &str) -> String {
        let names = self.bot_names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = names.get("main").map_or("bot", String::as_str);
        format!("https://t.me/{name}?start={payload}")
    }
}

impl World {
    /// Name of the conference.
    pub fn title(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ru => &self.config.title_ru,
            Locale::En => &self.config.title_en,
        }
    }

    /// Subject and text of an e-mail.
    pub fn letter(&self, locale: Locale, text: &str) -> (String, String) {
        let title = self.title(locale);
        let first = text.lines().next().unwrap_or_default().trim_end_matches(['.', ':', '!']);
        let subject: String = format!("{title}: {first}").chars().take(150).collect();
        let foot = Say::new("mail.foot").with("title", title).with("support", self.support()).text(locale);
        (subject, format!("{text}\n\n--\n{foot}"))
    }

    /// Whom people may ask.
    pub fn support(&self) -> &str {
        if self.config.support.is_empty() { &self.config.mail_from } else { &self.config.support }
    }
}
