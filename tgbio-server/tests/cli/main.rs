//! The program itself, as a process: exit statuses, output, configuration, and a server that starts and stops.
//!
//! What looks at profiles does so through the scraper, at a site of its own; `unscraped` is for a build without it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

#[cfg(feature = "scrape")]
mod bundles;
mod config;
#[cfg(feature = "scrape")]
mod disk;
mod documents;
#[cfg(feature = "scrape")]
mod fetching;
#[cfg(feature = "scrape")]
mod following;
mod keeping;
#[cfg(feature = "scrape")]
mod proving;
#[cfg(feature = "scrape")]
mod reparsing;
#[cfg(feature = "scrape")]
mod serving;
mod support;
#[cfg(all(feature = "mtproto", not(feature = "scrape")))]
mod unscraped;
#[cfg(feature = "scrape")]
mod upstream;
mod usage;
