//! The test kit: a simulated t.me, a fake data centre, a Bot API and a mail server on loopback, the program as a process,
//! a client of its API, and the simulation of whole months.

pub mod botapi;
pub mod client;
#[cfg(feature = "mtproto")]
pub mod dc;
mod listening;
pub mod orders;
pub mod program;
pub mod simulation;
pub mod smtp;
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod tme;
pub mod world;

/// The admin's password of every server under test.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Keeps the code of the README true.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
