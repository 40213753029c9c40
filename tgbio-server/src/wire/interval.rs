//! A span of time as a text: `500ms`, `2s`, `5m`, `1h`, `1d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use poem_openapi::registry::MetaSchema;

use super::scalar::scalar;

/// A span of time longer than nothing. It is written in the largest unit that fits without a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Duration);

/// A text is no span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span of time is a whole number with its unit, like 500ms, 2s, 5m, 1h or 1d")]
pub struct IntervalError;

/// The units with their length in milliseconds; `ms` stands before `s` because it ends like it.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
/// More digits would not fit into a time.
const DIGITS: usize = 9;

impl Interval {
    fn read(text: &str) -> Result<Self, IntervalError> {
        text.parse()
    }

    fn schema() -> MetaSchema {
        let pattern = format!("^[1-9][0-9]{{0,{}}}(ms|s|m|h|d)$", DIGITS - 1);
        MetaSchema { pattern: Some(pattern), ..MetaSchema::new("string") }
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let unit = UNITS.iter().find_map(|(unit, millis)| Some((text.strip_suffix(unit)?, millis)));
        let (number, millis) = unit.ok_or(IntervalError)?;
        let plain = number.len() <= DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || number.starts_with('0') {
            return Err(IntervalError);
        }
        let number: u64 = number.parse().map_err(|_| IntervalError)?;
        Ok(Self(Duration::from_millis(number.saturating_mul(*millis))))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let fits =
            |(_, millis): &&(&str, u64)| *millis > 1 && total >= *millis && total.is_multiple_of(*millis);
        let (unit, millis) = UNITS.iter().find(fits).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", total / millis)
    }
}

scalar!(Interval, "interval");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_back_in_their_largest_unit() {
        for (text, shown) in
            [("500ms", "500ms"), ("2s", "2s"), ("90s", "90s"), ("300s", "5m"), ("60m", "1h"), ("24h", "1d")]
        {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), shown);
        }
        assert_eq!("999999999d".parse::<Interval>().unwrap().0.as_secs(), 999_999_999 * 86_400);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "s", "0s", "05m", "-1s", "+1s", "1.5h", "1 h", "1H", "9999999999s", "5mm", "٣s"]
        {
            assert_eq!(text.parse::<Interval>(), Err(IntervalError), "{text}");
        }
    }
}
