//! A point in time, in milliseconds, with RFC 3339 as its text.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Its text is RFC 3339 in UTC with milliseconds: `2026-11-21T01:02:03.004Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The first millisecond of year 1, and the last whole second that every time zone can still write as year 9999.
const RANGE: (i64, i64) = (-62_135_596_800_000, 253_402_207_199_999);

/// A text is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a time: write it like 2026-11-21T01:02:03Z")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// From milliseconds since the epoch; times outside the years 1 to 9999 are moved to the nearest end.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(RANGE.0, RANGE.1))
    }

    /// Milliseconds since the epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The time of this machine's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Later by `span`, at most the end of year 9999.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(millis(span)))
    }

    /// Earlier by `span`, at least the start of year 1.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(millis(span)))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self::from_millis(millis(since)),
            Err(before) => Self::from_millis(-millis(before.duration())),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_millis(time.0.unsigned_abs());
        if time.0 >= 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{time:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TimestampError { text: text.chars().take(64).collect() };
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Self::from_millis(time.as_millisecond())),
            // The last hours of the year 9999 and the first ones of the year 1 are moved into the range as well.
            Err(_) => at_an_end(text).ok_or_else(error),
        }
    }
}

/// The end of the range that a time beyond it lies at, if the text is one that some time zone can write.
fn at_an_end(text: &str) -> Option<Timestamp> {
    let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
    let (Some(_), Some(_)) = (pieces.time(), pieces.to_numeric_offset()) else { return None };
    match pieces.date().year() {
        9999 => Some(Timestamp(RANGE.1)),
        ..=1 => Some(Timestamp(RANGE.0)),
        _ => None,
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_milliseconds_and_reads_back() {
        let time = Timestamp::from_millis(1_795_222_923_004);
        assert_eq!(time.to_string(), "2026-11-21T01:02:03.004Z");
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        assert_eq!("2026-11-21T03:02:03.004+02:00".parse::<Timestamp>().unwrap(), time);
        for (text, end) in [("9999-12-31T23:59:59Z", RANGE.1), ("9999-12-31T23:59:59-05:00", RANGE.1)] {
            assert_eq!(text.parse::<Timestamp>().unwrap().as_millis(), end, "{text}");
        }
        for no_time in ["9999-12-31", "9999-12-31T23:59:59", "9999-13-31T23:59:59Z", "10000-01-01T00:00:00Z"]
        {
            assert!(no_time.parse::<Timestamp>().is_err(), "{no_time}");
        }
        assert!("yesterday".parse::<Timestamp>().unwrap_err().to_string().contains("yesterday"));
        assert_eq!(Timestamp::default().to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn never_overflows() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.after(Duration::MAX), end);
        assert_eq!(end.to_string(), "9999-12-30T21:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Duration::ZERO);
        assert_eq!(Timestamp::from(SystemTime::from(Timestamp::from_millis(-7))).as_millis(), -7);
    }
}
