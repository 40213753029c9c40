//! What the bot says, in Russian and English: a table of templates each, with plural forms.
//!
//! `{name}` stands for a value; `{n|paper|papers}` (three forms in Russian) for the form that goes with the number `n`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

/// A language of the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Russian.
    Ru,
    /// English.
    En,
}

type Table = HashMap<String, String>;

static RU: LazyLock<Table> = LazyLock::new(|| {
    read(concat!(include_str!("../../texts/ru.toml"), include_str!("../../texts/organisers.ru.toml")))
});
static EN: LazyLock<Table> = LazyLock::new(|| {
    read(concat!(include_str!("../../texts/en.toml"), include_str!("../../texts/organisers.en.toml")))
});

fn read(text: &str) -> Table {
    let table: toml::Table = text.parse().unwrap_or_default();
    let entry = |(key, value): (String, toml::Value)| Some((key, value.as_str()?.trim().to_owned()));
    table.into_iter().filter_map(entry).collect()
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// `ru` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// By its code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == code)
    }

    /// The better one for somebody whose Telegram speaks this language; Russian where nothing is known.
    pub fn for_language(code: Option<&str>) -> Self {
        let russian = ["ru", "be", "uk", "kk", "ky", "uz", "tg", "hy", "az", "tt"];
        match code.and_then(|code| code.get(..2)) {
            Some(code) if !russian.contains(&code) => Self::En,
            _ => Self::Ru,
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Ru => &RU,
            Self::En => &EN,
        }
    }

    /// Which plural form goes with a number.
    fn form(self, n: i64) -> usize {
        let (tens, ones) = (n.unsigned_abs() % 100, n.unsigned_abs() % 10);
        match self {
            Self::En => usize::from(n != 1),
            Self::Ru if (11..=14).contains(&tens) => 2,
            Self::Ru => match ones {
                1 => 0,
                2..=4 => 1,
                _ => 2,
            },
        }
    }
}

/// One thing to say: a key of the table and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    key: String,
    values: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Number(i64),
    /// A key of the table.
    Word(String),
}

impl Say {
    /// Without values.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), values: Vec::new() }
    }

    /// With a text as it is.
    #[must_use]
    pub fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.values.push((name, Value::Text(text.into())));
        self
    }

    /// With a number.
    #[must_use]
    pub fn count(mut self, name: &'static str, number: i64) -> Self {
        self.values.push((name, Value::Number(number)));
        self
    }

    /// With another word of the table.
    #[must_use]
    pub fn word(mut self, name: &'static str, key: impl Into<String>) -> Self {
        self.values.push((name, Value::Word(key.into())));
        self
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The text in a language. A key that is missing shows itself; a test keeps the tables complete.
    pub fn text(&self, locale: Locale) -> String {
        let Some(template) = locale.table().get(&self.key) else { return self.key.clone() };
        let mut text = String::with_capacity(template.len() + 64);
        let mut rest = template.as_str();
        while let Some((before, (inside, after))) =
            rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
        {
            text.push_str(before);
            text.push_str(&self.filled(inside, locale));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    fn filled(&self, inside: &str, locale: Locale) -> String {
        let mut parts = inside.split('|');
        let name = parts.next().unwrap_or_default();
        let value = self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let forms: Vec<&str> = parts.collect();
        match value {
            Some(Value::Number(n)) if !forms.is_empty() => {
                forms.get(locale.form(*n)).or(forms.last()).copied().unwrap_or_default().to_owned()
            }
            Some(Value::Number(n)) => n.to_string(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Word(key)) => Self::new(key.clone()).text(locale),
            None => String::new(),
        }
    }
}

/// All keys of a language, for tests.
pub fn keys(locale: Locale) -> impl Iterator<Item = &'static str> {
    locale.table().keys().map(String::as_str)
}

/// Whether the tables have a key.
pub fn has(key: &str) -> bool {
    RU.contains_key(key)
}
