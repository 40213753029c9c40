//! The demonstration.

/// Runs it.
pub async fn run() -> Result<(), String> {
    Ok(())
}
