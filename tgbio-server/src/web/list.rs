//! `/`: the followed profiles, with search, filters, order and pages.

use std::fmt::Write as _;

use askama::Template;
use poem::handler;
use poem::web::Query;
use serde::Deserialize;
use tgbio_core::store::{Order, ProfileQuery, ProfileRecord, is_short_text};
use tgbio_core::{Presence, ProfileKind};

use super::html::Html;
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{names, plain, times};
use crate::http::site::encoded;

const PER_PAGE: usize = 50;

/// The filter as it stands in the address; what is not known is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    kind: String,
    presence: String,
    monitored: String,
    tag: String,
    order: String,
    cursor: String,
}

impl Filter {
    fn query(&self, known: bool) -> ProfileQuery {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        ProfileQuery {
            cursor: given(&self.cursor),
            limit: PER_PAGE,
            order: Order::from_name(&self.order).unwrap_or_default(),
            text: given(&self.q),
            kind: ProfileKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind),
            presence: Presence::from_name(&self.presence),
            monitored: self.monitored.parse().ok(),
            tag: given(&self.tag).filter(|_| known),
            failing: false,
        }
    }

    /// The address of another page of the same list.
    fn address(&self, cursor: Option<&str>) -> String {
        let mut address = String::from("/");
        let given = [
            ("q", self.q.as_str()),
            ("kind", &self.kind),
            ("presence", &self.presence),
            ("monitored", &self.monitored),
            ("tag", &self.tag),
            ("order", &self.order),
            ("cursor", cursor.unwrap_or_default()),
        ];
        for (name, value) in given.into_iter().filter(|(_, value)| !value.is_empty()) {
            let sign = if address.len() == 1 { '?' } else { '&' };
            // Writing to a String cannot fail.
            let _ = write!(address, "{sign}{name}={}", encoded(value));
        }
        address
    }

    /// Whether the search compares the beginnings of names only.
    fn is_narrow(&self) -> bool {
        is_short_text(&self.q)
    }

    fn is_set(&self) -> bool {
        self.address(None) != "/"
    }
}

#[derive(Template)]
#[template(path = "list.html")]
struct List<'a> {
    page: Page,
    t: &'static Texts,
    filter: &'a Filter,
    known: bool,
    total: String,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    called: String,
    handle: Html,
    name: Html,
    kind: &'static str,
    presence: Presence,
    presence_words: &'static str,
    paused: bool,
    failing: Option<String>,
    changes: String,
    first_seen: Html,
    last_check: Html,
    last_change: Html,
}

impl List<'_> {
    fn kinds(&self) -> [ProfileKind; 4] {
        ProfileKind::ALL
    }

    fn presences(&self) -> [Presence; 4] {
        Presence::ALL
    }

    fn orders(&self) -> [Order; 3] {
        [Order::Followed, Order::Username, Order::LastChanged]
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor, Query(filter): Query<Filter>) -> Reply {
    visitor.reads()?;
    let (t, store) = (visitor.t, visitor.web.app.store());
    let query = filter.query(visitor.is_known());
    let (found, totals) = tokio::try_join!(store.profiles(&query), store.totals())?;
    visitor.show(&List {
        page: visitor.page(Section::Profiles, t.list_title),
        t,
        known: visitor.is_known(),
        total: t.many(&t.profiles_followed, totals.profiles),
        rows: found.items.iter().map(|record| row(t, record)).collect(),
        next: found.next_cursor.map(|cursor| filter.address(Some(&cursor))),
        first: (!filter.cursor.is_empty()).then(|| filter.address(None)),
        filter: &filter,
    })
}

fn row(t: &'static Texts, record: &ProfileRecord) -> Row {
    let state = record.state.as_ref();
    let name = state.and_then(|state| state.display_name.present());
    let kind = state.and_then(|state| state.kind.present());
    Row {
        called: names::called(record),
        handle: names::handle(record),
        name: plain::text(
            &name.map_or_else(|| format!("@{}", record.username), |name| plain::one_line(name)),
        ),
        kind: kind.map_or("", |kind| t.kind(*kind)),
        presence: record.presence,
        presence_words: t.presence(record),
        paused: !record.monitored,
        failing: failing(t, record),
        changes: t.number(record.revisions),
        first_seen: record.first_observed_at.map_or_else(|| Html::text("\u{2013}"), |at| times::time(t, at)),
        last_check: times::ago_or_never(t, record.last_checked_at),
        last_change: times::ago_or_never(t, record.last_changed_at),
    }
}

/// Why the last looks failed, if they did.
fn failing(t: &'static Texts, record: &ProfileRecord) -> Option<String> {
    let health = record.health.as_ref().filter(|_| record.failures > 0)?;
    Some(t.outcome_and_reason(health.outcome, health.reason.as_deref()))
}
