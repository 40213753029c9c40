//! The language of the pages.

use poem::http::HeaderMap;

use super::texts::Lang;
use crate::http::site::SiteCookies;

/// The small cookies. `tls`: browsers reach this server over TLS.
pub(super) const fn cookies(tls: bool) -> SiteCookies {
    SiteCookies::new("tgbio", tls)
}

/// The language that somebody has chosen, or else that the browser likes.
pub(super) fn lang(headers: &HeaderMap) -> Lang {
    let chosen = cookies(false).language(headers).and_then(Lang::from_code);
    chosen.unwrap_or_else(|| Lang::accepted(headers))
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderValue, header};

    use super::*;

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
