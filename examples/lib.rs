//! The example programs live beside this file.

/// The operator's own API id and hash, from the environment.
///
/// # Errors
/// Says what is missing and where it comes from.
pub fn api() -> Result<(i32, String), String> {
    let missing = "set TGBIO_API_ID and TGBIO_API_HASH to your own pair from https://my.telegram.org";
    let id = std::env::var("TGBIO_API_ID").ok().and_then(|id| id.parse().ok());
    Ok((id.ok_or(missing)?, std::env::var("TGBIO_API_HASH").map_err(|_| missing)?))
}

/// Any error, which `main` shows as its sentence.
pub struct Told(Box<dyn std::error::Error>);

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Told {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
