//! The server of tgbio: REST API, history pages and command line around `tgbio-core` and `tgbio-fetch`.

pub mod auth;
pub mod http;
pub mod state;
pub mod web;
pub mod wire;
