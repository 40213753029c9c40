//! The small cookies of the pages: the language, and one message that survives a redirect.

use poem::http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;

use crate::texts::Locale;

const LANG: &str = "conference_lang";
const FLASH: &str = "conference_flash";
/// Longer messages do not fit into a cookie.
const MOST_CHARS: usize = 400;

/// A message about what was just done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flash {
    pub(super) good: bool,
    pub(super) text: String,
}

impl Flash {
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self { good: false, text: text.into() }
    }

    /// The message that a request brings back.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (sign, text) = value(headers, FLASH)?.split_at_checked(1)?;
        let text = form_urlencoded::parse(text.as_bytes()).next()?.0;
        Some(Self { good: sign == "1", text: text.chars().take(MOST_CHARS).collect() })
    }

    pub(super) fn set(&self, tls: bool) -> Option<HeaderValue> {
        let text: String = self.text.chars().take(MOST_CHARS).collect();
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        cookie(FLASH, &format!("{}{encoded}", u8::from(self.good)), 60, tls)
    }

    pub(super) fn clear(tls: bool) -> Option<HeaderValue> {
        cookie(FLASH, "", 0, tls)
    }
}

/// The language that somebody has chosen, or else that the browser likes; Russian where nothing is known.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|list| list.split([',', ';']).next()).map(str::trim);
    value(headers, LANG).and_then(Locale::of_code).unwrap_or_else(|| Locale::for_language(first))
}

/// Remembers a chosen language for a year.
pub(super) fn set_locale(locale: Locale, tls: bool) -> Option<HeaderValue> {
    cookie(LANG, locale.code(), 365 * 24 * 3600, tls)
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn cookie(name: &str, value: &str, max_age: u32, tls: bool) -> Option<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age}{secure}");
    HeaderValue::from_str(&cookie).ok()
}
