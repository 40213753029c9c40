//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use tgbio_core::Timestamp;

/// A wait longer than a day is taken as a day: one request a day hurts nobody, and a wrong header ends some time.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The wait that the answer asks for, as seconds or as a date. A date is measured from the server's own clock, where
/// it shows it.
pub(super) fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST,
        Err(_) => {
            let until = httpdate::parse_http_date(value).ok()?;
            let from = date(headers, &DATE).unwrap_or_else(|| now.into());
            until.duration_since(from).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST))
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(retry_after: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        wait(&headers, "2026-11-21T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(waits("60", None), Some(Duration::from_secs(60)));
        assert_eq!(waits("Sat, 21 Nov 2026 00:01:30 GMT", None), Some(Duration::from_secs(90)));
        let server = "Fri, 20 Nov 2026 12:00:00 GMT";
        assert_eq!(waits("Fri, 20 Nov 2026 12:00:07 GMT", Some(server)), Some(Duration::from_secs(7)));
        assert_eq!(waits("Fri, 20 Nov 2026 11:00:00 GMT", Some(server)), Some(Duration::ZERO));
        assert_eq!(waits("99999999999999999999999", None), Some(LONGEST));
        for wrong in ["soon", "", "-5", "1.5"] {
            assert_eq!(waits(wrong, None), None, "{wrong}");
        }
    }
}
