//! `/profiles/{p}`: a profile now, and how it came to be so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template;
use poem::web::{Path, Query};
use poem::{IntoResponse, handler};
use serde::Deserialize;
use tgbio_core::coverage::Span;
use tgbio_core::store::{Held, ProfileRecord, StoreError};
use tgbio_core::{Observed, Presence, Profile, ProfileId, Timestamp};

use super::html::{Html, fill, fill_plain};
use super::revision::{Entry, entries};
use super::texts::{Lang, Texts};
use super::visitor::{Page, Reply, Section, Visitor};
use super::{change, chart, held, names, plain, times, trouble};
use crate::http::Problem;

const PER_PAGE: usize = 20;
/// Charts show so many measurements at most.
const MOST_COUNTS: usize = 500;
const MOST_HELD: usize = 20;
const MOST_GAPS: usize = 5;
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
    known: bool,
    newest: bool,
    record: &'a ProfileRecord,
    now: Now,
    held: Vec<held::Waiting>,
    charts: Vec<chart::Chart>,
    entries: Vec<Entry>,
    older: Option<u64>,
    coverage: Html,
}

/// The present state.
struct Now {
    name: Html,
    photo: Option<Html>,
    kind: &'static str,
    presence: &'static str,
    gone: bool,
    badges: Vec<(&'static str, &'static str)>,
    bio: Option<Html>,
    facts: Vec<(&'static str, Html)>,
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
    const MOST: usize = 128;

    /// The content, if nothing was written about the profile since. Every look and every change writes the record.
    fn get(&self, key: &Key, record: &ProfileRecord) -> Option<Arc<Html>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(drawn_from, _)| drawn_from == record).map(|(_, content)| Arc::clone(content))
    }

    fn put(&self, key: Key, record: ProfileRecord, content: Arc<Html>) {
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
pub(super) async fn page(visitor: Visitor, Path(name): Path<String>, Query(from): Query<From>) -> Reply {
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
    let waiting = waiting(visitor, record.id).await.map_err(|error| trouble::of_store(&error))?;
    // What waits is settled without a write to the record.
    let cacheable = waiting.is_empty();
    if let Some(content) = visitor.web.histories.get(&key, record).filter(|_| cacheable) {
        return Ok(content);
    }
    let drawn = draw(visitor, record, &key, &waiting).await.map_err(|error| trouble::of_store(&error))?;
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
        known: key.known,
        newest: key.before == ABOVE_ALL,
        record,
        now: now(t, record, key.known),
        held: waiting.iter().map(|held| held::waiting(t, held, record.state.as_ref(), confirm)).collect(),
        charts: chart::charts(t, &counts),
        entries: entries(t, id, shown, older.first()),
        older: older.first().and(shown.last()).map(|last| last.number),
        coverage: coverage(t, &spans),
    })
}

fn now(t: &'static Texts, record: &ProfileRecord, known: bool) -> Now {
    let state = record.state.as_ref();
    let name = state.and_then(|state| state.display_name.present());
    let kind = state.and_then(|state| state.kind.present());
    Now {
        name: plain::text(&name.map_or_else(|| format!("@{}", record.username), |name| plain::one_line(name))),
        photo: state.filter(|state| state.photo_id().is_some()).map(|state| change::photo(t, record.id, state, "face")),
        kind: kind.map_or("", |kind| t.kind(*kind)),
        presence: t.presence(record.presence),
        gone: matches!(record.presence, Presence::Missing | Presence::SuspectedMissing),
        badges: state.map(|state| badges(t, state)).unwrap_or_default(),
        bio: state.and_then(|state| bio(t, state)),
        facts: facts(t, record, known),
    }
}

/// The marks that Telegram has put on a profile: class and word.
fn badges(t: &'static Texts, state: &Profile) -> Vec<(&'static str, &'static str)> {
    let marks = [
        (state.verified, "good", t.field_verified),
        (state.premium, "plain", t.field_premium),
        (state.scam, "bad", t.badge_scam),
        (state.fake, "bad", t.badge_fake),
    ];
    marks.into_iter().filter(|mark| mark.0 == Observed::Present(true)).map(|mark| (mark.1, mark.2)).collect()
}

fn bio(t: &Texts, state: &Profile) -> Option<Html> {
    let links = state.links.present().map_or(&[][..], Vec::as_slice);
    state.bio.present().map(|bio| plain::with_links(t, bio, links))
}

fn facts(t: &'static Texts, record: &ProfileRecord, known: bool) -> Vec<(&'static str, Html)> {
    let mut facts = measured(t, record);
    facts.push((t.followed_since, times::time(t, record.followed_at)));
    facts.push((t.list_last_check, last_check(t, record)));
    if let Some(at) = record.last_seen_at {
        facts.push((t.last_seen, times::ago(t, at)));
    }
    facts.push((t.list_last_change, times::ago_or_never(t, record.last_changed_at)));
    if let Some(at) = record.next_check_at {
        facts.push((t.next_check, times::ago(t, at)));
    }
    if known {
        facts.extend(private_facts(t, record));
    }
    facts
}

/// Ids, other names and counts.
fn measured(t: &'static Texts, record: &ProfileRecord) -> Vec<(&'static str, Html)> {
    let mut facts = Vec::new();
    for (name, count) in record.counts.named() {
        if let Some(count) = count.present() {
            facts.push((t.count(name), Html::text(&t.number(*count))));
        }
    }
    let Some(state) = &record.state else { return facts };
    if let Some(id) = state.telegram_id.present() {
        facts.push((t.field_telegram_id, Html::text(&id.to_string())));
    }
    if let Some(names) = state.usernames.present().filter(|names| !names.is_empty()) {
        let names: Vec<String> = names.iter().map(|name| format!("@{name}")).collect();
        facts.push((t.field_usernames, Html::text(&names.join(", "))));
    }
    facts
}

fn last_check(t: &Texts, record: &ProfileRecord) -> Html {
    let mut html = times::ago_or_never(t, record.last_checked_at);
    if let Some(health) = &record.health {
        let words = t.outcome_and_reason(health.outcome, health.reason.as_deref());
        html.markup(" (").push(&plain::text(&words)).markup(")");
    }
    html
}

/// What only those see who log in.
fn private_facts(t: &'static Texts, record: &ProfileRecord) -> Vec<(&'static str, Html)> {
    let interval = record.interval.map_or_else(|| t.interval_adaptive.to_owned(), |interval| times::span(t, interval));
    let mut facts = vec![(t.interval, Html::text(&interval))];
    if let Some(note) = &record.note {
        facts.push((t.note, plain::text(note)));
    }
    if !record.tags.is_empty() {
        facts.push((t.tags, plain::text(&record.tags.join(", "))));
    }
    facts
}

/// How well the profile was watched, in words, with the longest gaps.
fn coverage(t: &Texts, spans: &[Span]) -> Html {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Html::text(t.coverage_none) };
    let ends = [&times::time(t, first.from), &times::time(t, last.until)];
    let mut gaps: Vec<(Duration, Span)> = Vec::new();
    for pair in spans.windows(2) {
        let gap = Span { from: pair[0].until, until: pair[1].from };
        gaps.push((gap.length(), gap));
    }
    if gaps.is_empty() {
        return fill(t.coverage_whole, &ends);
    }
    let all = gaps.len();
    gaps.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.from.cmp(&a.1.from)));
    gaps.truncate(MOST_GAPS);
    let mut html = fill(t.coverage_gaps, &ends);
    if all > MOST_GAPS {
        let count = t.many(&t.gaps, u64::try_from(all).unwrap_or(u64::MAX));
        html.markup(" ").push(&fill(t.coverage_longest, &[&Html::text(&count)]));
    }
    list_gaps(&mut html, t, &gaps);
    html
}

fn list_gaps(html: &mut Html, t: &Texts, gaps: &[(Duration, Span)]) {
    html.markup("<ul>");
    for (length, gap) in gaps {
        html.markup("<li>").push(&fill(t.coverage_gap, &[&times::time(t, gap.from), &times::time(t, gap.until)]));
        html.markup(" (").push_text(&times::span(t, *length)).markup(")</li>");
    }
    html.markup("</ul>");
}
