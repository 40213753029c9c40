//! The organisers' desk over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod access;
mod exports;
mod hostile;
mod moderation;
mod organising;
mod privacy;
mod support;
