//! Conformance suites for implementers, and a fetcher that shows what a test tells it to.

mod fetcher;
mod scripted;

pub use fetcher::{FetcherWorld, Truth, fetcher_suite};
pub use scripted::ScriptedFetcher;
