//! `/profiles/{p}/coverage`: how well a profile was watched in any period, and whether it changed in it.

use std::time::Duration;

use askama::Template;
use poem::handler;
use poem::web::{Path, Query};
use serde::Deserialize;
use tgbio_core::Timestamp;
use tgbio_core::store::ProfileRecord;

use super::html::{Html, fill, fill_plain};
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{coverage, names, times};
use crate::http::Problem;
use crate::watched::Watched;

/// A field holds whole seconds: rounded up, the start does not fall before the change that it is the time of.
const LAST_OF_A_SECOND: Duration = Duration::from_millis(999);
const MINUTE: Duration = Duration::from_secs(60);

/// The ends of the period, as a browser's field writes them; an empty one is not given.
#[derive(Debug, Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct Shown {
    page: Page,
    t: &'static Texts,
    called: String,
    from: String,
    until: String,
    wrong: Option<&'static str>,
    told: Vec<Html>,
    spans: Html,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(name): Path<String>, Query(given): Query<Given>) -> Reply {
    visitor.reads()?;
    let (t, record) = (visitor.t, names::profile(&visitor, &name).await?);
    let called = names::called(&record);
    let period = period(t, &given, &record, visitor.web.app.now());
    let (told, spans) = match period {
        Ok(period) => tell(&visitor, &record, period).await?,
        Err(_) => (Vec::new(), Html::default()),
    };
    let ends = period
        .map(|(from, until)| (times::field(from.after(LAST_OF_A_SECOND).min(until)), times::field(until)));
    let (from, until) = ends.unwrap_or((given.from, given.until));
    let title = fill_plain(t.coverage_title, &[&format!("@{}", record.username)]);
    let page = visitor.page(Section::Profiles, title);
    visitor.show(&Shown { page, t, called, from, until, wrong: period.err(), told, spans })
}

/// The period that is asked for, until now at most; by itself since the newest change. An error says what is wrong with it.
fn period(
    t: &'static Texts,
    given: &Given,
    record: &ProfileRecord,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), &'static str> {
    let read = |field: &str| times::read_field(field).ok_or(t.period_wrong);
    let until = if given.until.is_empty() { now } else { read(&given.until)?.min(now) };
    let since = record.last_changed_at.or(record.first_observed_at).unwrap_or(until).min(until);
    let from = if given.from.is_empty() { since } else { read(&given.from)? };
    match from <= until {
        true => Ok((from, until)),
        false if from > now && (given.until.is_empty() || read(&given.until)? >= from) => {
            Err(t.period_future)
        }
        false => Err(t.period_wrong),
    }
}

/// What is to be said of the time after the last sight. Nobody can know it yet where no check was made since, and within a
/// minute, as pages tell times, there is nothing to say.
fn since(t: &Texts, record: &ProfileRecord, sure: Timestamp, until: Timestamp) -> Option<Html> {
    let nothing_since = record.last_checked_at.is_none_or(|last| last <= sure);
    let words = if nothing_since { t.coverage_last } else { t.coverage_after };
    let told = sure < until && !(nothing_since && until.since(sure) < MINUTE);
    told.then(|| fill(words, &[&times::time(t, sure)]))
}

/// The sentences, and what was watched and what not. What was before the first look is left out, and that is told.
async fn tell(
    visitor: &Visitor,
    record: &ProfileRecord,
    (from, until): (Timestamp, Timestamp),
) -> Result<(Vec<Html>, Html), Problem> {
    let (t, app) = (visitor.t, &visitor.web.app);
    let Some(first) = record.first_observed_at else {
        return Ok((vec![Html::text(t.coverage_none)], Html::default()));
    };
    let mut told = Vec::new();
    if from < first {
        told.push(fill(t.coverage_before, &[&times::time(t, first)]));
    }
    let from = from.max(first);
    if from >= until {
        return Ok((told, Html::default()));
    }
    let watched = Watched::over(app, record, from, until).await?;
    let seen = match watched.unchanged_until {
        Some(sure) => {
            let whole = Watched::over(app, record, from, sure).await?;
            told.push(coverage::unchanged(t, from, &whole.watch));
            told.extend(since(t, record, sure, until));
            whole.watch
        }
        None => {
            told.push(coverage::changed(t, &watched));
            watched.watch
        }
    };
    told.extend(coverage::photo(t, watched.photo));
    Ok((told, coverage::words_of(t, &seen)))
}
