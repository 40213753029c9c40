//! The small cookies of the pages: the language, and one message that survives a redirect.

use poem::http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;

use super::texts::Lang;

const LANG: &str = "tgbio_lang";
const FLASH: &str = "tgbio_flash";
/// Longer messages do not fit into a cookie.
const MOST_CHARS: usize = 600;

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
        let value = value(headers, FLASH)?;
        let (sign, text) = value.split_at_checked(1)?;
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

/// The language that somebody has chosen, or else that the browser likes.
pub(super) fn lang(headers: &HeaderMap) -> Lang {
    value(headers, LANG).and_then(Lang::from_code).unwrap_or_else(|| Lang::accepted(headers))
}

/// Remembers a chosen language for a year.
pub(super) fn set_lang(lang: Lang, tls: bool) -> Option<HeaderValue> {
    cookie(LANG, lang.code(), 365 * 24 * 3600, tls)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_went() {
        let flash = Flash::bad("Стёрт @a; \"b\"=\r\n<c>");
        let set = flash.set(true).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.ends_with("; Max-Age=60; Secure") && set.contains("HttpOnly"));
        let pair = set.split(';').next().unwrap();
        let cookie = HeaderValue::from_str(&format!("a=b; {pair}")).unwrap();
        assert_eq!(Flash::of(&HeaderMap::from_iter([(header::COOKIE, cookie)])), Some(flash));
        assert_eq!(Flash::of(&HeaderMap::new()), None);
    }

    #[test]
    fn the_chosen_language_goes_before_the_browsers() {
        let headers = |cookie: &'static str| {
            HeaderMap::from_iter([
                (header::ACCEPT_LANGUAGE, HeaderValue::from_static("ru")),
                (header::COOKIE, HeaderValue::from_static(cookie)),
            ])
        };
        assert_eq!(lang(&headers("tgbio_lang=en")), Lang::En);
        assert_eq!(lang(&headers("tgbio_lang=xx")), Lang::Ru);
    }
}
