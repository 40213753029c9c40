//! The one integration-test binary.

mod browser;
mod conformance;
mod faults;
mod first_system;
mod kill;
mod tidy;
