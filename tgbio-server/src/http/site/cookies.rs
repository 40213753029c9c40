//! The small cookies of pages: the language, and one message that survives a redirect.

use poem::http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;

/// Longer messages do not fit into a cookie.
const MOST_CHARS: usize = 600;

/// A message about what was just done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// It was done.
    pub good: bool,
    /// What is said about it.
    pub text: String,
}

impl Flash {
    /// What was wanted is done.
    pub fn good(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }

    /// What was wanted is not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { good: false, text: text.into() }
    }
}

/// The cookies of one application's pages. Scripts and other sites do not get them.
#[derive(Debug, Clone, Copy)]
pub struct SiteCookies {
    app: &'static str,
    tls: bool,
}

impl SiteCookies {
    /// Cookies whose names begin with that of the application. `tls`: browsers reach it over TLS.
    pub const fn new(app: &'static str, tls: bool) -> Self {
        Self { app, tls }
    }

    /// The message that a request brings back.
    pub fn flash(self, headers: &HeaderMap) -> Option<Flash> {
        let (sign, text) = self.value(headers, "flash")?.split_at_checked(1)?;
        let text = form_urlencoded::parse(text.as_bytes()).next()?.0;
        Some(Flash { good: sign == "1", text: text.chars().take(MOST_CHARS).collect() })
    }

    /// `Set-Cookie` with a message for the next page.
    pub fn set_flash(self, flash: &Flash) -> Option<HeaderValue> {
        let text: String = flash.text.chars().take(MOST_CHARS).collect();
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        self.cookie("flash", &format!("{}{encoded}", u8::from(flash.good)), 60)
    }

    /// `Set-Cookie` that uses the message up.
    pub fn clear_flash(self) -> Option<HeaderValue> {
        self.cookie("flash", "", 0)
    }

    /// The code of the language that somebody has chosen.
    pub fn language(self, headers: &HeaderMap) -> Option<&str> {
        self.value(headers, "lang")
    }

    /// `Set-Cookie` that remembers the code of a language for a year.
    pub fn set_language(self, code: &str) -> Option<HeaderValue> {
        self.cookie("lang", code, 365 * 24 * 3600)
    }

    fn value<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let own =
            |key: &str| key.strip_prefix(self.app)?.strip_prefix('_').filter(|key| *key == name).map(drop);
        pairs.find(|(key, _)| own(key).is_some()).map(|(_, value)| value)
    }

    fn cookie(self, name: &str, value: &str, max_age: u32) -> Option<HeaderValue> {
        let secure = if self.tls { "; Secure" } else { "" };
        let name = format!("{}_{name}", self.app);
        let cookie = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age}{secure}");
        HeaderValue::from_str(&cookie).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_went() {
        let cookies = SiteCookies::new("shop", true);
        let flash = Flash::bad("Стёрт @a; \"b\"=\r\n<c>");
        let set = cookies.set_flash(&flash).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.starts_with("shop_flash=0") && set.contains("HttpOnly"));
        assert!(set.ends_with("; Max-Age=60; Secure"));
        let pair = set.split(';').next().unwrap();
        let headers =
            |line: String| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).unwrap())]);
        assert_eq!(cookies.flash(&headers(format!("a=b; {pair}"))), Some(flash));
        assert_eq!(cookies.flash(&headers(format!("other_{pair}"))), None);
        assert_eq!(cookies.flash(&HeaderMap::new()), None);
    }

    #[test]
    fn a_message_fits_into_a_cookie() {
        let cookies = SiteCookies::new("shop", true);
        assert!(cookies.set_flash(&Flash::good("я".repeat(5000))).unwrap().len() < 4096);
    }
}
