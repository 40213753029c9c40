//! The conference bot.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    conference_bot::cli::main().await
}
