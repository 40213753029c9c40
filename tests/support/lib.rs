//! The test kit: a simulated t.me, a Bot API and a mail server on loopback, the program as a process, and a client of its
//! API.

pub mod botapi;
pub mod client;
pub mod program;
pub mod smtp;
pub mod tme;
pub mod world;

/// The admin's password of every server under test.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Keeps the code of the README true.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
