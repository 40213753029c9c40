//! Backends that read public Telegram profiles, and wrappers around them.

#[cfg(feature = "scrape")]
pub mod scrape;
