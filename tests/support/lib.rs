//! Test kit.

pub mod tme;
