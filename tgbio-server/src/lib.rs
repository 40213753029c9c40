//! The server of tgbio: REST API, history pages and command line around `tgbio-core` and `tgbio-fetch`.

pub mod api;
pub mod auth;
pub mod backend;
pub mod bundle;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod http;
pub mod kept;
pub mod log;
pub mod poll;
pub mod run;
pub mod setup;
pub mod state;
pub mod watched;
pub mod web;
pub mod wire;

pub use config::Config;
pub use run::{Server, run};
