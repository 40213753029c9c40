//! The language of the pages.

use poem::http::{HeaderMap, header};
use tgbio_server::http::site::SiteCookies;

use crate::texts::Locale;

/// The small cookies. `tls`: browsers reach the desk over TLS.
pub(super) const fn cookies(tls: bool) -> SiteCookies {
    SiteCookies::new("conference", tls)
}

/// The language that somebody has chosen, or else that the browser likes; Russian where nothing is known.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|list| list.split([',', ';']).next()).map(str::trim);
    let chosen = cookies(false).language(headers).and_then(Locale::of_code);
    chosen.unwrap_or_else(|| Locale::for_language(first))
}
