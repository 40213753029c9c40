//! The real host names: nowhere else in this crate.

/// Where profiles are read unless told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://t.me";
/// The hosts that serve the same pages.
#[cfg(feature = "scrape")]
pub(crate) const SITE: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];
/// Where names are sent that cannot exist.
#[cfg(feature = "scrape")]
pub(crate) const HOME: [&str; 2] = ["telegram.org", "www.telegram.org"];
/// The hosts of photos, with their subdomains.
#[cfg(feature = "scrape")]
pub(crate) const PHOTOS: [&str; 3] = ["telesco.pe", "cdn-telegram.org", "telegram-cdn.org"];
/// Beginning of the download link on every page, whose rest is a token that changes on every fetch.
#[cfg(feature = "scrape")]
pub(crate) const DOWNLOAD: &str = "//telegram.org/dl?tme=";
