//! The REST API, tried through the whole shell against a store in memory and a fetcher that follows a script.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod access;
mod checkpoints;
mod held;
mod history;
mod kept;
mod live;
mod ops;
mod profiles;
mod stray;
mod support;
