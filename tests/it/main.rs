//! The one integration-test binary.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod alarms;
mod backends;
mod browser;
mod conformance;
mod crew;
mod faults;
mod first_system;
mod kill;
#[cfg(feature = "mtproto")]
mod mtproto;
mod no_burst;
#[cfg(feature = "mtproto")]
mod protocol;
mod recovery;
mod simulation;
mod takeovers;
mod tidy;
mod traps;
mod waits;
