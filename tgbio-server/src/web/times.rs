//! Points and spans of time in words. The server writes UTC; the script puts times into the reader's zone.

use std::time::Duration;

use jiff::tz::TimeZone;
use tgbio_core::store::Revision;
use tgbio_core::{Birthday, Timestamp};

use super::html::{Html, fill};
use super::texts::Texts;

/// A time with its machine-readable form.
pub(super) fn time(t: &Texts, at: Timestamp) -> Html {
    element(t, at, "")
}

/// A time that the script writes as a distance from now.
pub(super) fn ago(t: &Texts, at: Timestamp) -> Html {
    element(t, at, " data-ago")
}

/// A time to come, of which the script says so when it is here. The page does not: it may be kept until then.
pub(super) fn due(t: &Texts, at: Timestamp) -> Html {
    element(t, at, &format!(" data-ago data-due=\"{}\"", t.due_now))
}

/// As [`ago`], or "never".
pub(super) fn ago_or_never(t: &Texts, at: Option<Timestamp>) -> Html {
    at.map_or_else(|| Html::text(t.never), |at| ago(t, at))
}

fn element(t: &Texts, at: Timestamp, attributes: &str) -> Html {
    let civil = civil(at);
    let mut html = Html::default();
    html.push_fmt(format_args!(
        "<time datetime=\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"{attributes}>",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    ));
    write_date(&mut html, t, civil);
    write_hour(&mut html, civil);
    html.markup("</time>");
    html
}

fn write_hour(html: &mut Html, civil: jiff::civil::DateTime) {
    html.push_fmt(format_args!(", {:02}:{:02} UTC", civil.hour(), civil.minute()));
}

/// Day and time in UTC, where there is no element of its own for it.
pub(super) fn moment(t: &Texts, at: Timestamp) -> Html {
    let mut html = day(t, at);
    write_hour(&mut html, civil(at));
    html
}

/// Only the day, in UTC.
pub(super) fn day(t: &Texts, at: Timestamp) -> Html {
    let mut html = Html::default();
    write_date(&mut html, t, civil(at));
    html
}

/// A birthday, with its year where that is told.
pub(super) fn birthday(t: &Texts, birthday: Birthday) -> String {
    let month = t.months.split(' ').nth(usize::from(birthday.month).saturating_sub(1)).unwrap_or_default();
    let year = birthday.year.map(|year| format!(" {year}")).unwrap_or_default();
    format!("{} {month}{year}", birthday.day)
}

fn write_date(html: &mut Html, t: &Texts, civil: jiff::civil::DateTime) {
    let month = usize::try_from(civil.month() - 1).unwrap_or_default();
    let name = t.months.split(' ').nth(month).unwrap_or_default();
    html.push_fmt(format_args!("{} {name} {}", civil.day(), civil.year()));
}

fn civil(at: Timestamp) -> jiff::civil::DateTime {
    let time = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    TimeZone::UTC.to_datetime(time)
}

/// A time in UTC as the field of a form holds it.
pub(super) fn field(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A time in UTC from the field of a form, with or without seconds.
pub(super) fn read_field(text: &str) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.trim().parse().ok()?;
    let time = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(time.as_millisecond()))
}

/// How long, in the largest unit that says enough.
pub(super) fn span(t: &Texts, span: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match span.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX) {
        seconds @ 0..MINUTE => t.many(&t.seconds, seconds),
        seconds if seconds < 2 * HOUR => t.many(&t.minutes, seconds.div_ceil(MINUTE)),
        seconds if seconds < 2 * DAY => t.many(&t.hours, seconds.div_ceil(HOUR)),
        seconds => t.many(&t.days, seconds.div_ceil(DAY)),
    }
}

/// When a revision came about: a point of time is never claimed where only an interval is known.
pub(super) fn interval(t: &Texts, revision: &Revision) -> Html {
    let seen = time(t, revision.first_seen);
    let Some(before) = revision.last_seen_before else { return fill(t.time_first, &[&seen]) };
    let mut html = fill(t.time_between, &[&time(t, before), &seen]);
    let width = span(t, revision.first_seen.since(before));
    html.markup(" <span class=\"width\">(")
        .push(&fill(t.time_within, &[&Html::text(&width)]))
        .markup(")</span>");
    html
}

/// Until when a revision was held, where it was.
pub(super) fn held_until(t: &Texts, revision: &Revision) -> Option<Html> {
    let held = revision.confirmed_at > revision.first_seen;
    held.then(|| fill(t.time_held, &[&time(t, revision.confirmed_at)]))
}

#[cfg(test)]
mod tests {
    use super::super::texts::Lang;
    use super::*;

    #[test]
    fn times_say_their_zone() {
        let at: Timestamp = "2026-11-21T02:04:05.678Z".parse().unwrap();
        assert_eq!(
            time(Lang::En.texts(), at).as_str(),
            "<time datetime=\"2026-11-21T02:04:05Z\">21 Nov 2026, 02:04 UTC</time>"
        );
        assert!(ago(Lang::Ru.texts(), at).as_str().contains("data-ago>21 нояб. 2026, 02:04 UTC<"));
        let due = due(Lang::Ru.texts(), at);
        assert!(due.as_str().contains("data-ago data-due=\"сейчас\">21 нояб. 2026, 02:04 UTC<"));
    }

    #[test]
    fn fields_of_forms_hold_utc() {
        let at: Timestamp = "2026-11-21T02:04:05.678Z".parse().unwrap();
        assert_eq!(field(at), "2026-11-21T02:04:05");
        assert_eq!(read_field(&field(at)), "2026-11-21T02:04:05Z".parse().ok());
        assert_eq!(read_field(" 2026-11-21T02:04 "), "2026-11-21T02:04:00Z".parse().ok());
        for wrong in ["yesterday", "2026-13-01T00:00", "T02:04", "9999999-01-01T00:00"] {
            assert_eq!(read_field(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn spans_are_never_told_shorter_than_they_are() {
        let words = |seconds| span(Lang::En.texts(), Duration::from_secs(seconds));
        assert_eq!([0, 1, 59].map(words), ["0 seconds", "1 second", "59 seconds"]);
        assert_eq!([60, 61, 7199].map(words), ["1 minute", "2 minutes", "120 minutes"]);
        assert_eq!([7200, 7201, 172_800].map(words), ["2 hours", "3 hours", "2 days"]);
    }
}
