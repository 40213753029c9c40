//! The conference from outside: over real HTTP against a Bot API and a mail server on loopback.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod commands;
mod consent;
mod crowd;
mod delivery;
mod faults;
mod hostile;
mod kill;
mod kill_steps;
mod open_problems;
mod people;
mod process;
#[cfg(feature = "mtproto")]
mod protocol;
mod reminders;
mod rounds;
mod sections;
mod secure_mail;
mod way;
