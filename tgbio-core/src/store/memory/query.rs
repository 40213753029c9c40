//! Lists, search and totals in memory. They look at every profile: this store is for few.

use super::state::{Entry, Row, State};
use crate::Presence;
use crate::store::{
    Cursor, Needle, Page, ProfileQuery, ProfileRecord, SearchHit, StoreResult, Totals, texts,
};

impl State {
    pub(super) fn page(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
        let cursor = query.cursor.as_deref().map(|text| Cursor::parse(text, query.order)).transpose()?;
        let needle = query.text.as_deref().and_then(Needle::new);
        let fits = |record: &ProfileRecord| needle.as_ref().is_none_or(|needle| is_named(needle, record));
        let mut found: Vec<(Cursor, &ProfileRecord)> = self
            .rows
            .iter()
            .filter(|(_, row)| matches(query, &row.record) && fits(&row.record))
            .map(|(key, row)| (Cursor::at(query.order, *key, &row.record), &row.record))
            .filter(|(place, _)| cursor.as_ref().is_none_or(|cursor| cursor.is_before(place)))
            .collect();
        found.sort_by(|(a, _), (b, _)| b.is_before(a).cmp(&a.is_before(b)));
        let rows = query.limit.max(1);
        let next = (found.len() > rows).then(|| found[rows - 1].0.to_string());
        Ok(Page::new(found.into_iter().take(rows).map(|(_, record)| record.clone()).collect(), next))
    }

    pub(super) fn search(&self, text: &str, limit: usize) -> Vec<SearchHit> {
        let Some(needle) = Needle::new(text) else { return Vec::new() };
        let mut found: Vec<(u64, SearchHit)> = Vec::new();
        for row in self.rows.values() {
            match needle.short {
                true if is_named(&needle, &row.record) => {
                    found.extend(
                        row.history
                            .values()
                            .next_back()
                            .into_iter()
                            .flat_map(|entry| short(&needle, row, entry)),
                    );
                }
                true => {}
                false => found.extend(row.history.values().flat_map(|entry| hits(&needle, row, entry))),
            }
        }
        found.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
        let mut hits: Vec<SearchHit> = found.into_iter().take(limit).map(|(_, hit)| hit).collect();
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.first_seen));
        hits
    }

    pub(super) fn totals(&self) -> Totals {
        let count = |test: &dyn Fn(&ProfileRecord) -> bool| {
            self.rows.values().filter(|row| test(&row.record)).count() as u64
        };
        Totals {
            profiles: self.rows.len() as u64,
            monitored: count(&|record| record.monitored),
            missing: count(&|record| record.presence == Presence::Missing),
            failing: count(&|record| record.failures > 0),
            revisions: self.rows.values().map(|row| row.record.revisions).sum(),
            held: self.held.values().filter(|(held, _)| !held.rejected).count() as u64,
        }
    }
}

fn is_named(needle: &Needle, record: &ProfileRecord) -> bool {
    let title = record.state.as_ref().and_then(|state| state.display_name.present());
    needle.is_in(record.username.as_str()) || title.is_some_and(|title| needle.is_in(title))
}

fn matches(query: &ProfileQuery, record: &ProfileRecord) -> bool {
    let kind = record.state.as_ref().and_then(|state| state.kind.present().copied());
    query.kind.is_none_or(|wanted| kind == Some(wanted))
        && query.tag.as_ref().is_none_or(|tag| record.tags.contains(tag))
        && query.presence.is_none_or(|presence| record.presence == presence)
        && query.monitored.is_none_or(|monitored| record.monitored == monitored)
        && (!query.failing || record.failures > 0)
}

/// The texts that are new in a revision and hold the text.
fn hits(needle: &Needle, row: &Row, entry: &Entry) -> Vec<(u64, SearchHit)> {
    let changed = &entry.revision.changed;
    found(needle, row, entry).into_iter().filter(|(_, hit)| changed.contains(&hit.field)).collect()
}

/// A short text finds current names.
fn short(needle: &Needle, row: &Row, entry: &Entry) -> Vec<(u64, SearchHit)> {
    found(needle, row, entry).into_iter().filter(|(_, hit)| hit.field != crate::Field::Bio).collect()
}

fn found(needle: &Needle, row: &Row, entry: &Entry) -> Vec<(u64, SearchHit)> {
    let revision = &entry.revision;
    let held = texts(&revision.profile).into_iter().filter_map(|(field, text)| Some((field, text?)));
    held.filter(|(_, text)| needle.is_in(text))
        .map(|(field, text)| {
            let (id, name) = (row.record.id, row.record.username.clone());
            let hit = SearchHit::new(id, name, revision.number, field, text.to_owned(), revision.first_seen);
            (entry.seq, hit)
        })
        .collect()
}
