//! `login` and `logout` of a build without Telegram's protocol.

use super::context::Context;
use super::error::CliResult;
use crate::config::ConfigError;

/// Names the feature that is missing.
pub async fn login(_: &mut Context, _: bool) -> CliResult {
    Err(ConfigError::NoSuchBackend("mtproto").into())
}

/// Names the feature that is missing.
pub async fn logout(_: &mut Context) -> CliResult {
    Err(ConfigError::NoSuchBackend("mtproto").into())
}
