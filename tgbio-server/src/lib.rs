//! tgbio-server.

pub mod auth;
pub mod http;
