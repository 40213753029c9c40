//! The session's cookie.

use poem::http::{HeaderMap, HeaderValue, header};
use poem::web::cookie::{Cookie, SameSite};
use secrecy::ExposeSecret;

use super::sessions::NewSession;

/// How the cookie is named and kept: behind TLS it is bound to the host and never sent in the clear.
#[derive(Debug, Clone, Copy)]
pub struct SessionCookie {
    app: &'static str,
    tls: bool,
}

impl SessionCookie {
    /// tgbio's own. `tls`: the server's public URL is `https`.
    pub fn new(tls: bool) -> Self {
        Self::of("tgbio", tls)
    }

    /// That of another application, so that two on one host do not log each other's people out: cookies know no ports.
    pub fn of(app: &'static str, tls: bool) -> Self {
        Self { app, tls }
    }

    /// The cookie's name.
    pub fn name(self) -> String {
        let bound = if self.tls { "__Host-" } else { "" };
        format!("{bound}{}_session", self.app)
    }

    fn is(self, name: &str) -> bool {
        let bound = name.strip_prefix("__Host-");
        let plain = if self.tls { bound } else { Some(name) };
        plain.and_then(|name| name.strip_suffix("_session")) == Some(self.app)
    }

    /// `Set-Cookie` for a session that begins.
    pub fn begin(self, session: &NewSession) -> Option<HeaderValue> {
        let mut cookie = self.cookie(session.secret.expose_secret());
        if session.remember {
            cookie.set_max_age(NewSession::REMEMBERED_FOR);
        }
        sensitive(&cookie)
    }

    /// `Set-Cookie` that takes the cookie back.
    pub fn end(self) -> Option<HeaderValue> {
        let mut cookie = self.cookie("");
        cookie.set_max_age(std::time::Duration::ZERO);
        sensitive(&cookie)
    }

    fn cookie(self, value: &str) -> Cookie {
        let mut cookie = Cookie::new_with_str(self.name(), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.tls);
        cookie
    }

    /// The secret that a request carries, if any.
    pub fn secret(self, headers: &HeaderMap) -> Option<&str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| self.is(name)).map(|(_, value)| value.trim_matches('"'))
    }
}

fn sensitive(cookie: &Cookie) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_cookie(tls: bool, remember: bool) -> String {
        let session = NewSession { secret: "abc".to_owned().into(), remember };
        SessionCookie::new(tls).begin(&session).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites() {
        assert_eq!(set_cookie(false, false), "tgbio_session=abc; HttpOnly; SameSite=Lax; Path=/");
        let remembered = set_cookie(true, true);
        assert!(remembered.starts_with("__Host-tgbio_session=abc; HttpOnly; SameSite=Lax; Secure; Path=/"));
        assert!(remembered.contains("Max-Age=2592000"), "{remembered}");
        assert!(!remembered.contains("Domain"));
    }

    #[test]
    fn finds_its_own_among_others() {
        let cookies = [(header::COOKIE, HeaderValue::from_static("a=b; tgbio_session=abc; c=d"))];
        let headers = HeaderMap::from_iter(cookies);
        assert_eq!(SessionCookie::new(false).secret(&headers), Some("abc"));
        assert_eq!(SessionCookie::new(true).secret(&headers), None);
        assert_eq!(SessionCookie::of("other", false).secret(&headers), None);
        let bound = [(header::COOKIE, HeaderValue::from_static("tgbio_session=a; __Host-tgbio_session=b"))];
        assert_eq!(SessionCookie::new(true).secret(&HeaderMap::from_iter(bound)), Some("b"));
    }
}
