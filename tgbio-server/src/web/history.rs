//! `/profiles/{p}`: a profile now, and how it came to be so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use poem::web::{Path, Query};
use poem::{IntoResponse, handler};
use serde::Deserialize;
use tgbio_core::coverage::{Span, Watch};
use tgbio_core::store::{Held, ProfileRecord, StoreError};
use tgbio_core::{ProfileId, Timestamp};

use super::html::{Html, fill_plain};
use super::present::Now;
use super::revision::{Entry, entries};
use super::texts::{Lang, Texts};
use super::visitor::{Page, Reply, Section, Visitor};
use super::{chart, coverage, held, names, plain};
use crate::http::Problem;

const PER_PAGE: usize = 20;
/// Charts show so many measurements at most.
const MOST_COUNTS: usize = 500;
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
    pulse: String,
    id: ProfileId,
    content: Arc<Html>,
}

/// The content, which is the same until something is written about the profile.
#[derive(Template)]
#[template(path = "history_content.html")]
struct Content<'a> {
    t: &'static Texts,
    admin: bool,
    newest: bool,
    record: &'a ProfileRecord,
    now: Now,
    held: Vec<held::Waiting>,
    charts: Vec<chart::Chart>,
    entries: Vec<Entry>,
    older: Option<u64>,
    coverage: Html,
    unchanged: Option<Html>,
}

/// Contents that were drawn lately.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<Key, (ProfileRecord, Arc<Html>)>>);

/// Everything besides the record that a content depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    id: ProfileId,
    lang: Lang,
    before: u64,
    known: bool,
    admin: bool,
}

impl Cache {
    const MOST: usize = 64;
    /// Larger contents are drawn each time, so that the memory stays small.
    const LARGEST: usize = 64 * 1024;

    /// The content, if nothing was written about the profile since. Every look and every change writes the record.
    fn get(&self, key: &Key, record: &ProfileRecord) -> Option<Arc<Html>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(drawn_from, _)| drawn_from == record).map(|(_, content)| Arc::clone(content))
    }

    fn put(&self, key: Key, record: ProfileRecord, content: Arc<Html>) {
        if content.len() > Self::LARGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= Self::MOST && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, (record, content));
    }

    /// Drops what was drawn about a profile whose content was removed.
    pub(super) fn forget(&self, id: ProfileId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| key.id != id);
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Path(name): Path<String>, Query(from): Query<From>) -> Reply {
    visitor.reads()?;
    let record = names::profile(&visitor, &name).await?;
    let content = content(&visitor, &record, from.before.unwrap_or(ABOVE_ALL)).await?;
    let t = visitor.t;
    let called = record.state.as_ref().and_then(|state| state.display_name.present());
    let called = called.map_or_else(|| format!("@{}", record.username), |name| plain::one_line(name));
    visitor.show(&History {
        page: visitor.page(Section::Profiles, fill_plain(t.history_title, &[&called])),
        t,
        pulse: pulse_of(&record),
        id: record.id,
        content,
    })
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

async fn content(visitor: &Visitor, record: &ProfileRecord, before: u64) -> Result<Arc<Html>, Problem> {
    let (known, admin) = (visitor.is_known(), visitor.is_admin());
    let key = Key { id: record.id, lang: visitor.t.lang, before: before.min(ABOVE_ALL), known, admin };
    let waiting = waiting(visitor, record.id).await?;
    // What waits is settled without a write to the record.
    let cacheable = waiting.is_empty();
    if let Some(content) = visitor.web.histories.get(&key, record).filter(|_| cacheable) {
        return Ok(content);
    }
    let drawn = draw(visitor, record, &key, &waiting).await?;
    let content = Arc::new(Html::drawn(&drawn).map_err(|error| Problem::internal(&error))?);
    if cacheable {
        visitor.web.histories.put(key, record.clone(), Arc::clone(&content));
    }
    Ok(content)
}

/// What is not confirmed is shown only to those who log in.
async fn waiting(visitor: &Visitor, id: ProfileId) -> Result<Vec<Held>, StoreError> {
    if !visitor.is_known() {
        return Ok(Vec::new());
    }
    visitor.web.app.store().held(Some(id), 0, MOST_HELD).await
}

/// How sure it is that nothing has changed since the newest change.
fn unchanged(visitor: &Visitor, record: &ProfileRecord, spans: &[Span]) -> Option<Html> {
    let since = record.last_changed_at.or(record.first_observed_at)?;
    let (until, rules) = (record.last_checked_at.filter(|at| *at > since)?, visitor.web.app.tracker.rules());
    let watch = Watch::over(spans, since, until, record.longest_pause(until, rules));
    Some(coverage::unchanged(visitor.t, since, &watch))
}

async fn draw<'a>(
    visitor: &Visitor,
    record: &'a ProfileRecord,
    key: &Key,
    waiting: &[Held],
) -> Result<Content<'a>, StoreError> {
    let (t, store, id) = (visitor.t, visitor.web.app.store(), record.id);
    let (start, end) = (Timestamp::from_millis(0), visitor.web.app.now());
    let (revisions, counts, spans) = tokio::try_join!(
        store.revisions_before(id, key.before, PER_PAGE + 1),
        store.counts(id, start, end, MOST_COUNTS),
        store.coverage(id, start, end),
    )?;
    let (shown, older) = revisions.split_at(revisions.len().min(PER_PAGE));
    let confirm = visitor.web.app.tracker.rules().confirm_checks;
    Ok(Content {
        t,
        admin: key.admin,
        newest: key.before == ABOVE_ALL,
        record,
        now: Now::new(t, record, key.known),
        held: waiting.iter().map(|held| held::waiting(t, held, record.state.as_ref(), confirm)).collect(),
        charts: chart::charts(t, &counts),
        entries: entries(t, id, shown, older.first()),
        older: older.first().and(shown.last()).map(|last| last.number),
        coverage: coverage::words(t, &spans),
        unchanged: unchanged(visitor, record, &spans),
    })
}
