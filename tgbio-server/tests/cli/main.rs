//! The program itself, as a process: exit statuses, output, configuration, and a server that starts and stops.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod bundles;
mod config;
mod disk;
mod documents;
mod fetching;
mod following;
mod keeping;
mod proving;
mod reparsing;
mod serving;
mod support;
mod upstream;
mod usage;
