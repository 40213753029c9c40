//! The web server's shell, tried over real connections on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod acceptor;
mod auth;
mod errors;
mod files;
mod support;
