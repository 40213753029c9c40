//! Facts that a person's profile shows in Telegram's own programs only: birthday, personal channel, business greeting.

use std::fmt;

use crate::Username;

/// A day of birth, with or without its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Birthday {
    /// Day of the month, from 1.
    pub day: u8,
    /// Month, from 1.
    pub month: u8,
    /// The year, where it is told.
    pub year: Option<u16>,
}

impl Birthday {
    /// A day of birth; `None` when there is no such day in any year.
    pub fn new(day: u8, month: u8, year: Option<u16>) -> Option<Self> {
        let last = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=last).contains(&day).then_some(Self { day, month, year })
    }
}

/// As `2001-02-28`, or `--02-28` without the year.
impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(f, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

/// The channel that a person shows on the profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct PersonalChannel {
    /// Telegram's id of the channel: the bare positive number. Only it decides whether it is another channel.
    pub telegram_id: u64,
    /// The channel's public name, where it is known.
    pub username: Option<Username>,
}

impl PersonalChannel {
    /// The channel with this id.
    pub fn new(telegram_id: u64, username: Option<Username>) -> Self {
        Self { telegram_id, username }
    }

    /// Whether this is another channel, whatever is known of its name.
    pub fn differs_from(&self, other: &Self) -> bool {
        self.telegram_id != other.telegram_id
    }

    /// The same channel with the name that is known from before, where this source could not tell it.
    #[must_use]
    pub(crate) fn named_as(mut self, older: &Self) -> Self {
        if self.username.is_none() && !self.differs_from(older) {
            self.username.clone_from(&older.username);
        }
        self
    }
}

/// As `@name (id)`, or the id alone.
impl fmt::Display for PersonalChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.username {
            Some(name) => write!(f, "@{name} ({})", self.telegram_id),
            None => self.telegram_id.fmt(f),
        }
    }
}

/// What a business account says to those who open a chat with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct BusinessIntro {
    /// The heading.
    pub title: Option<String>,
    /// The text below it.
    pub text: Option<String>,
}

impl BusinessIntro {
    /// An introduction; `None` when neither part says anything. An empty part is none.
    pub fn new(title: &str, text: &str) -> Option<Self> {
        let part = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        let (title, text) = (part(title), part(text));
        (title.is_some() || text.is_some()).then_some(Self { title, text })
    }
}

/// The parts that there are, one under the other.
impl fmt::Display for BusinessIntro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.title, &self.text) {
            (Some(title), Some(text)) => write!(f, "{title}\n{text}"),
            (title, text) => f.write_str(title.as_ref().or(text.as_ref()).map_or("", String::as_str)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_can_be_are_birthdays() {
        for (day, month, is_day) in
            [(29, 2, true), (30, 2, false), (31, 4, false), (0, 1, false), (1, 13, false)]
        {
            assert_eq!(Birthday::new(day, month, None).is_some(), is_day, "{day}.{month}.");
        }
        assert_eq!(Birthday::new(5, 3, Some(1990)).unwrap().to_string(), "1990-03-05");
        assert_eq!(Birthday::new(5, 3, None).unwrap().to_string(), "--03-05");
    }

    #[test]
    fn an_introduction_says_something() {
        assert_eq!(BusinessIntro::new("", ""), None);
        assert_eq!(BusinessIntro::new("Shop", "").unwrap().to_string(), "Shop");
        assert_eq!(BusinessIntro::new("Shop", "Open").unwrap().to_string(), "Shop\nOpen");
    }
}
