//! What a conference is made of: words with fixed codes, checks of what people write, secrets, files. All pure.

pub mod check;
pub mod file;
pub mod secret;
mod words;

pub use words::*;

/// Milliseconds since 1970 in UTC.
pub type Millis = i64;

/// Whether a time can be one of a conference: it lies in the years 2000 to 2199.
pub fn is_time(at: Millis) -> bool {
    (946_684_800_000..7_258_118_400_000).contains(&at)
}

/// A minute.
pub const MINUTE: Millis = 60_000;
/// An hour.
pub const HOUR: Millis = 60 * MINUTE;
/// A day.
pub const DAY: Millis = 24 * HOUR;
