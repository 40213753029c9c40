//! The one integration-test binary.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod browser;
mod conformance;
mod faults;
mod first_system;
mod kill;
mod no_burst;
mod simulation;
mod tidy;
mod traps;
