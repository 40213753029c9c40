//! Durations as people write them: `500ms`, `2s`, `5m`, `1h`, `1d`.

use std::time::Duration;

/// What is expected, for error messages.
pub const EXPECTED: &str = "a duration like 500ms, 2s, 5m, 1h or 1d";

/// Units with their milliseconds, the longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a whole number with its unit, or several of them (`1h30m`); a bare `0` needs no unit.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0_u64;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let (millis, unit, tail) = part(rest)?;
        if unit >= last_unit {
            return None;
        }
        total = total.checked_add(millis)?;
        (last_unit, rest) = (unit, tail);
    }
    (last_unit != u64::MAX).then(|| Duration::from_millis(total))
}

/// The first number with its unit: its milliseconds, those of the unit, and what follows.
fn part(text: &str) -> Option<(u64, u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = text.split_at(digits);
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (name, tail) = rest.split_at(letters);
    let unit = UNITS.iter().find(|(unit, _)| *unit == name)?.1;
    Some((number.parse::<u64>().ok()?.checked_mul(unit)?, unit, tail))
}

/// The duration in the largest unit that divides it.
pub fn show(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let fitting = UNITS.iter().find(|(_, unit)| millis % unit == 0);
    fitting.map_or_else(|| format!("{millis}ms"), |(name, unit)| format!("{}{name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_shows_it_again() {
        for (text, millis) in [
            ("500ms", 500),
            ("2s", 2_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("0s", 0),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(show(Duration::from_millis(millis)), text);
        }
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse(" 0 "), Some(Duration::ZERO));
        for bad in ["", "5", "s", "5 m", "-1s", "1.5h", "5M", "1m1h", "99999999999999999999s", "1h1h", "١s"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
