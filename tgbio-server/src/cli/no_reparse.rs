//! `reparse` of a build without the reader of pages.

use super::context::Context;
use super::error::CliResult;
use crate::config::ConfigError;

/// Names the feature that is missing.
pub async fn run(_: &mut Context, _: bool, _: bool) -> CliResult {
    Err(ConfigError::NoScraper.into())
}
