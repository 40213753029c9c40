//! The conference from outside: over real HTTP against a Bot API and a mail server on loopback.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod faults;
mod way;
