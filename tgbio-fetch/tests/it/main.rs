//! The backends and wrappers through their public interface; over loopback only.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod canaries;
mod fallback;
#[cfg(feature = "scrape")]
mod fetcher;
#[cfg(feature = "scrape")]
mod pages;
#[cfg(feature = "scrape")]
mod photos;
#[cfg(feature = "scrape")]
mod proxy;
#[cfg(feature = "scrape")]
mod server;
#[cfg(feature = "scrape")]
mod suite;
mod wrappers;
