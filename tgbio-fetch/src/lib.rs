//! Backends that read public Telegram profiles, and wrappers around them.
//!
//! - [`scrape`] (feature `scrape`, on by default) reads t.me pages.
//! - [`mtproto`] (feature `mtproto`) asks Telegram's own protocol with an account of the operator's: it sees more and
//!   follows renames; its module tells limits and risks.
//! - [`Limited`] keeps the request budget of a host and obeys its waits, [`Retrying`] asks again after a broken
//!   connection, [`Fallback`] asks a second backend when the first one cannot tell. Each is a
//!   [`ProfileFetcher`](tgbio_core::ProfileFetcher) itself. The usual order, from the inside:
//!   `Fallback<Retrying<Limited<ScrapeFetcher>>, ...>`, so that every try is paid from the budget.

mod hosts;
#[cfg(feature = "mtproto")]
pub mod mtproto;
#[cfg(feature = "scrape")]
pub mod scrape;
mod wrap;

pub use hosts::DEFAULT_BASE_URL;
#[cfg(feature = "mtproto")]
pub use mtproto::MtprotoFetcher;
#[cfg(feature = "scrape")]
pub use scrape::ScrapeFetcher;
pub use wrap::{Fallback, HostStatus, Limited, LimitedBuilder, Retrying};
