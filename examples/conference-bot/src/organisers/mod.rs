//! The desk of the organisers: web pages that need no script, a REST API with Swagger UI, exports, the public programme.
//!
//! [`Desk`] opens it over a [`World`](crate::World). Connections, limits, sessions, throttled log-in, small cookies,
//! redirects and problem documents are tgbio-server's; what is done are the actions of the bot ([`crate::actions`]), so that both obey the
//! same rules and write the same audit log.

pub mod api;
pub mod export;
mod pages;
pub mod read;
mod site;
mod staff;
mod texts;
mod work;

pub use site::{Desk, DeskError};
pub use staff::Staff;
