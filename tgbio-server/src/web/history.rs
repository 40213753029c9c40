//! `/profiles/{p}`: a profile now, and how it came to be so.

use std::sync::Arc;

use askama::Template;
use poem::web::{Path, Query};
use poem::{IntoResponse, handler};
use serde::Deserialize;
use tgbio_core::coverage::{Span, Watch};
use tgbio_core::store::{Held, ProfileRecord, RecordVersion, StoreError};
use tgbio_core::{Presence, ProfileId, Timestamp};

use super::html::{Html, fill_plain};
use super::present::Now;
use super::revision::{Entry, Shown, entries};
use super::sources::Sources;
use super::texts::{Lang, Texts};
use super::visitor::{Page, Reply, Section, Visitor};
use super::{chart, coverage, held, names, plain};
use crate::http::Problem;
use crate::kept::Kept;
use crate::watched::sure_until;

const PER_PAGE: usize = 20;
/// Charts are drawn from so many of the newest measurements: of a channel that is looked at every few minutes, those of years.
const MOST_COUNTS: usize = 5_000;
const MOST_HELD: usize = 20;
/// Higher than any revision number, and still a number for every store.
const ABOVE_ALL: u64 = 1 << 53;

#[derive(Debug, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    page: Page,
    t: &'static Texts,
    id: ProfileId,
    drawn: Arc<Drawn>,
}

/// What is the same until something is written about the profile.
pub(super) struct Drawn {
    title: String,
    pulse: String,
    content: Html,
}

/// The content of [`Drawn`].
#[derive(Template)]
#[template(path = "history_content.html")]
struct Content<'a> {
    t: &'static Texts,
    admin: bool,
    newest: bool,
    record: &'a ProfileRecord,
    called: String,
    now: Now,
    held: Vec<held::Waiting>,
    rejected: Vec<held::Refused>,
    charts: Vec<chart::Chart>,
    entries: Vec<Entry>,
    older: Option<u64>,
    coverage: Html,
    delay: Option<Html>,
    sources: Option<Sources>,
    unchanged: Option<Html>,
    photo: Option<Html>,
}

/// Histories that were drawn lately.
pub(super) type Cache = Kept<View, Arc<Drawn>>;

/// Bytes of drawn histories that are kept.
pub(super) const ROOM: usize = 4 << 20;

/// Everything besides the record that a drawn history depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct View {
    lang: Lang,
    before: u64,
    known: bool,
    admin: bool,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(name): Path<String>, Query(from): Query<From>) -> Reply {
    visitor.reads()?;
    let version = names::version(&visitor, &name).await?;
    let drawn = drawn(&visitor, version, from.before.unwrap_or(ABOVE_ALL)).await?;
    let page = visitor.page(Section::Profiles, drawn.title.as_str());
    visitor.show(&History { page, t: visitor.t, id: version.id, drawn })
}

/// What differs when the history has grown: the script asks for it now and then.
#[handler]
pub(super) async fn pulse(visitor: Visitor, Path(name): Path<String>) -> Reply {
    visitor.reads()?;
    let record = names::profile(&visitor, &name).await?;
    Ok(pulse_of(&record).with_header("cache-control", "no-store").into_response())
}

fn pulse_of(record: &ProfileRecord) -> String {
    format!("{}-{}-{}", record.last_number, record.revisions, record.presence)
}

async fn drawn(visitor: &Visitor, version: RecordVersion, before: u64) -> Result<Arc<Drawn>, Problem> {
    let (known, admin) = (visitor.is_known(), visitor.is_admin());
    let view = View { lang: visitor.t.lang, before: before.min(ABOVE_ALL), known, admin };
    let waiting = waiting(visitor, version.id).await?;
    // What waits is settled without a write to the record.
    let cacheable = waiting.is_empty();
    if let Some(drawn) = visitor.web.histories.get(version, &view).filter(|_| cacheable) {
        return Ok(drawn);
    }
    let drawn = Arc::new(draw(visitor, version.id, &view, &waiting).await?);
    if cacheable {
        let bytes = drawn.content.len() + drawn.title.len();
        visitor.web.histories.put(version, view, Arc::clone(&drawn), bytes);
    }
    Ok(drawn)
}

/// What is not confirmed is shown only to those who log in.
async fn waiting(visitor: &Visitor, id: ProfileId) -> Result<Vec<Held>, StoreError> {
    if !visitor.is_known() {
        return Ok(Vec::new());
    }
    visitor.web.app.store().held(Some(id), 0, MOST_HELD).await
}

/// How sure it is that nothing has changed since the newest change, as long as that state was seen whole.
fn unchanged(visitor: &Visitor, record: &ProfileRecord, spans: &[Span]) -> Option<Html> {
    let since = record.last_changed_at.or(record.first_observed_at)?;
    let (until, rules) = (sure_until(record).filter(|at| *at > since)?, visitor.web.app.tracker.rules());
    let watch = Watch::over(spans, since, until, record.longest_pause(until, rules));
    Some(coverage::unchanged(visitor.t, since, &watch))
}

async fn draw(visitor: &Visitor, id: ProfileId, view: &View, waiting: &[Held]) -> Result<Drawn, Problem> {
    let record = names::profile_of(visitor, id).await?;
    let content = content(visitor, &record, view, waiting).await?;
    let called = record.state.as_ref().and_then(|state| state.display_name.present());
    let called = called.map_or_else(|| format!("@{}", record.username), |name| plain::one_line(name));
    Ok(Drawn {
        title: fill_plain(visitor.t.history_title, &[&called]),
        pulse: pulse_of(&record),
        content: Html::drawn(&content).map_err(|error| Problem::internal(&error))?,
    })
}

async fn content<'a>(
    visitor: &Visitor,
    record: &'a ProfileRecord,
    view: &View,
    waiting: &[Held],
) -> Result<Content<'a>, StoreError> {
    let (t, store, id) = (visitor.t, visitor.web.app.store(), record.id);
    let (start, end) = (Timestamp::from_millis(0), visitor.web.app.now());
    let newest = view.before == ABOVE_ALL;
    let (revisions, counts, spans, said, next_due) = tokio::try_join!(
        store.revisions_before(id, view.before, PER_PAGE + 1),
        store.counts(id, start, end, MOST_COUNTS),
        store.coverage(id, start, end),
        store.sources(id),
        store.next_due(),
    )?;
    let (shown, older) = revisions.split_at(revisions.len().min(PER_PAGE));
    let newer = match newest {
        true => None,
        false => store.revisions(id, view.before.saturating_sub(1), 1).await?.pop(),
    };
    let now = record.state.as_ref().filter(|_| newer.is_none());
    let beside = Shown { newer: newer.as_ref(), revisions: shown, older: older.first(), now };
    let rules = visitor.web.app.tracker.rules();
    let confirm = rules.confirm_checks;
    // For those who decide about them.
    let rejected = if view.admin { store.rejected(id).await? } else { Vec::new() };
    let alarms = if waiting.is_empty() { Vec::new() } else { store.alarms().await? };
    Ok(Content {
        t,
        admin: view.admin,
        newest,
        record,
        called: names::called(record),
        now: Now::new(t, record, view.known),
        held: waiting
            .iter()
            .map(|held| held::waiting(t, held, record.state.as_ref(), confirm, &alarms))
            .collect(),
        rejected: rejected.iter().map(|one| held::refused(t, one, record.state.as_ref())).collect(),
        charts: chart::charts(t, &counts),
        entries: entries(t, &**store, id, &beside).await?,
        older: older.first().and(shown.last()).map(|last| last.number),
        coverage: coverage::words(t, &spans),
        delay: record.monitored.then(|| coverage::delay(t, &record.expectation(rules, next_due, end))),
        sources: Sources::new(t, record, &said),
        unchanged: unchanged(visitor, record, &spans),
        photo: coverage::photo(t, record.photo_sight()),
    })
}
