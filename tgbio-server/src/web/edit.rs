//! Note, tags, interval and priority of a profile.

use std::time::Duration;

use askama::Template;
use poem::handler;
use poem::http::StatusCode;
use poem::web::{Form, Path};
use serde::Deserialize;
use tgbio_core::Priority;
use tgbio_core::store::{ProfilePatch, ProfileRecord};

use super::html::fill_plain;
use super::names;
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use crate::http::site::Flash;

const LONGEST_NOTE: usize = 2000;
const MOST_TAGS: usize = 50;
const LONGEST_TAG: usize = 64;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// The form as it was sent, shown again when it is wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    note: String,
    tags: String,
    interval: String,
    priority: String,
}

#[derive(Template)]
#[template(path = "edit.html")]
struct Edit {
    page: Page,
    t: &'static Texts,
    called: String,
    given: Given,
    bad_interval: bool,
}

impl Edit {
    fn new(visitor: &Visitor, record: &ProfileRecord, given: Given, bad_interval: bool) -> Self {
        let title = fill_plain(visitor.t.edit_title, &[record.username.as_str()]);
        let page = visitor.page(Section::Profiles, title);
        Self { page, t: visitor.t, called: names::called(record), given, bad_interval }
    }

    fn priorities(&self) -> [Priority; 3] {
        Priority::ALL
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(name): Path<String>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    let given = Given {
        note: record.note.clone().unwrap_or_default(),
        tags: joined(&record),
        interval: record.interval.map(written).unwrap_or_default(),
        priority: record.priority.to_string(),
    };
    visitor.show(&Edit::new(&visitor, &record, given, false))
}

#[handler]
pub(super) async fn submit(visitor: Visitor, Path(name): Path<String>, Form(given): Form<Given>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    let Ok(interval) = read(&given.interval) else {
        let page = Edit::new(&visitor, &record, given, true);
        return visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let patch = ProfilePatch {
        monitored: None,
        // As it stands already it is no change, and no new time for the next check.
        interval: (interval != record.interval).then_some(interval),
        priority: Priority::from_name(&given.priority),
        note: Some(note(&given.note)),
        // A tag that was set by other means may hold a comma.
        tags: (given.tags != joined(&record)).then(|| tags(&given.tags)),
    };
    let app = &visitor.web.app;
    let record = app.store().update(record.id, &patch, app.now(), &visitor.actor()).await?;
    app.poller.wake();
    Ok(visitor.go(&names::address(&record), &Flash::good(visitor.t.flash_saved)))
}

fn note(given: &str) -> Option<String> {
    let note: String = given.trim().replace("\r\n", "\n").chars().take(LONGEST_NOTE).collect();
    (!note.is_empty()).then_some(note)
}

fn joined(record: &ProfileRecord) -> String {
    record.tags.join(", ")
}

fn tags(given: &str) -> Vec<String> {
    let tags = given.split([',', '\n']).map(|tag| tag.trim().chars().take(LONGEST_TAG).collect::<String>());
    tags.filter(|tag| !tag.is_empty()).take(MOST_TAGS).collect()
}

/// Not an interval.
#[derive(Debug, PartialEq, Eq)]
struct NoInterval;

/// `90s`, `5m`, `2h`, `1d`, or nothing for the adaptive interval.
fn read(given: &str) -> Result<Option<Duration>, NoInterval> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(None);
    }
    let at = given.find(|c: char| !c.is_ascii_digit()).ok_or(NoInterval)?;
    let (number, unit) = given.split_at(at);
    let number: u64 = number.parse().map_err(|_| NoInterval)?;
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(NoInterval),
    };
    let interval = Duration::from_millis(number.checked_mul(millis).ok_or(NoInterval)?);
    if (SHORTEST..=LONGEST).contains(&interval) { Ok(Some(interval)) } else { Err(NoInterval) }
}

/// As [`read`] takes it, in the largest whole unit.
fn written(interval: Duration) -> String {
    let millis = interval.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    let whole = units.into_iter().find(|(unit, _)| millis.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{millis}ms"), |(unit, name)| format!("{}{name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_read_back() {
        for text in ["1s", "90s", "5m", "2h", "3d", "1500ms"] {
            assert_eq!(written(read(text).unwrap().unwrap()), text);
        }
        assert_eq!(read("  "), Ok(None));
        for text in ["5", "m", "0s", "-5m", "5 years", "1ms", "99999999999999999999h", "500d"] {
            assert_eq!(read(text), Err(NoInterval), "{text}");
        }
    }

    #[test]
    fn tags_and_notes_are_tidied() {
        assert_eq!(tags(" a, b ,,\n c"), ["a", "b", "c"]);
        assert_eq!(note("  \r\n "), None);
        assert_eq!(note("a\r\nb"), Some("a\nb".to_owned()));
    }
}
