//! Conformance suites for implementers, and a fetcher that shows what a test tells it to.

mod fetcher;
mod scripted;
mod store;

pub use fetcher::{FetcherWorld, Truth, fetcher_suite};
pub use scripted::ScriptedFetcher;
pub use store::{STORE_CASES, StoreCase, store_suite};
