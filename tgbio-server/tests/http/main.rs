//! The web server's shell, tried over real connections on loopback.

mod acceptor;
mod auth;
mod errors;
mod files;
mod support;
