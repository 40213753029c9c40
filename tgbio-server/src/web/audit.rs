//! `/audit`: who did what.

use std::collections::{HashMap, HashSet};

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;
use tgbio_core::ProfileId;
use tgbio_core::store::{AuditEntry, ProfileStore, StoreResult};

use super::html::Html;
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{names, times};

const PER_PAGE: usize = 100;
/// Higher than any place in the log, and still a number for every store.
const ABOVE_ALL: u64 = 1 << 53;

#[derive(Debug, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    page: Page,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<u64>,
    first: bool,
}

struct Row {
    when: Html,
    who: String,
    what: String,
    code: String,
    profile: Option<Whom>,
    detail: String,
}

/// Whom a line is about.
struct Whom {
    id: ProfileId,
    /// What the profile is called now, as long as it is followed.
    handle: Option<Html>,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(from): Query<From>) -> Reply {
    visitor.manages()?;
    let before = from.before.unwrap_or(ABOVE_ALL).min(ABOVE_ALL);
    let entries = visitor.web.app.store().audit_log(before, PER_PAGE).await?;
    let handles = handles(&**visitor.web.app.store(), &entries).await?;
    let t = visitor.t;
    visitor.show(&Audit {
        page: visitor.page(Section::Audit, t.nav_audit),
        t,
        rows: entries.iter().map(|entry| row(t, entry, &handles)).collect(),
        next: entries.last().filter(|_| entries.len() == PER_PAGE).map(|entry| entry.seq),
        first: from.before.is_some(),
    })
}

/// What the profiles of these lines are called now: at most one look-up a line.
async fn handles(store: &dyn ProfileStore, entries: &[AuditEntry]) -> StoreResult<HashMap<ProfileId, Html>> {
    let ids: HashSet<ProfileId> = entries.iter().filter_map(|entry| entry.profile_id).collect();
    let mut handles = HashMap::with_capacity(ids.len());
    for id in ids {
        if let Some(record) = store.profile(&id.into()).await? {
            handles.insert(id, names::handle(&record));
        }
    }
    Ok(handles)
}

fn row(t: &Texts, entry: &AuditEntry, handles: &HashMap<ProfileId, Html>) -> Row {
    Row {
        when: times::time(t, entry.at),
        who: entry.actor.clone(),
        what: t.action(&entry.action).to_owned(),
        code: entry.action.clone(),
        profile: entry.profile_id.map(|id| Whom { id, handle: handles.get(&id).cloned() }),
        detail: entry.detail.clone().unwrap_or_default(),
    }
}
