//! Reads public t.me pages: [`ScrapeFetcher`] over HTTP, [`read_page`] and [`read_saved_page`] without a network.

#[cfg(test)]
mod agree;
mod builder;
mod collect;
mod entities;
mod exchange;
mod extras;
mod failure;
mod fetcher;
mod foreign;
mod guard;
mod hits;

mod last_cards;
mod page;
mod picture;
mod preview;
mod retry_after;
mod rules;
mod scan;
mod selectors;
mod tag;
mod tree;

pub use crate::DEFAULT_BASE_URL;
pub use builder::{DEFAULT_USER_AGENT, ScrapeFetcherBuilder, ScrapeSetupError};
pub use fetcher::ScrapeFetcher;
pub use guard::{PhotoHosts, PhotoHostsError};
pub use last_cards::LastCards;
pub use page::{MAX_PAGE, PARSER, PageReading, Unreadable, read_page, read_page_whole, read_saved_page};

/// The backend's name, as it is stored with every observation.
pub const NAME: &str = "scrape";
