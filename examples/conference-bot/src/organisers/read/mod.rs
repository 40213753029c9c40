//! What the desk shows: rows in the form that pages, API and exports share. Times are milliseconds since 1970 in UTC.

pub mod abstracts;
pub mod audit;
pub mod broadcasts;
pub mod delivery;
pub mod papers;
pub mod people;
pub mod privacy;
pub mod programme;
pub mod queue;
pub mod settings;
pub mod statistics;

use rusqlite::{Connection, Params, Row};

use crate::store::Res;

/// Rows of a page of a list.
pub const PER_PAGE: usize = 50;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The place after which the next page begins, if there is one.
    pub next: Option<i64>,
}

/// The first rows that fit, up to `limit`. What cannot be asked in SQL (letters of any case) is looked at here.
pub(super) fn listed<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    limit: usize,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    fits: impl Fn(&T) -> bool,
    place: impl Fn(&T) -> i64,
) -> Res<Listed<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let item = read(row)?;
        if !fits(&item) {
            continue;
        }
        if items.len() == limit {
            let next = items.last().map(&place);
            return Ok(Listed { items, next });
        }
        items.push(item);
    }
    Ok(Listed { items, next: None })
}

/// Whether one of the texts holds what is looked for, in any case of letters, with е for ё.
pub(super) fn found(wanted: &str, texts: &[Option<&str>]) -> bool {
    let fold = |text: &str| text.to_lowercase().replace('ё', "е");
    let wanted = fold(wanted.trim().trim_start_matches('@'));
    wanted.is_empty() || texts.iter().flatten().any(|text| fold(text).contains(&wanted))
}
