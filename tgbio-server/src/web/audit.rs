//! `/audit`: who did what.

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;
use tgbio_core::store::AuditEntry;

use super::html::Html;
use super::texts::Texts;
use super::times;
use super::visitor::{Page, Reply, Section, Visitor};

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
    profile: Option<String>,
    detail: String,
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(from): Query<From>) -> Reply {
    visitor.manages()?;
    let before = from.before.unwrap_or(ABOVE_ALL).min(ABOVE_ALL);
    let entries = visitor.web.app.store().audit_log(before, PER_PAGE).await?;
    let t = visitor.t;
    visitor.show(&Audit {
        page: visitor.page(Section::Audit, t.nav_audit),
        t,
        rows: entries.iter().map(|entry| row(t, entry)).collect(),
        next: entries.last().filter(|_| entries.len() == PER_PAGE).map(|entry| entry.seq),
        first: from.before.is_some(),
    })
}

fn row(t: &Texts, entry: &AuditEntry) -> Row {
    Row {
        when: times::time(t, entry.at),
        who: entry.actor.clone(),
        what: entry.action.clone(),
        profile: entry.profile_id.map(|id| id.to_string()),
        detail: entry.detail.clone().unwrap_or_default(),
    }
}
