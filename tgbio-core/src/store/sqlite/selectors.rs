//! How often what the backends read by was found on pages.

use rusqlite::{Connection, params};

use super::codec::{all, field, int, millis};
use crate::drift::{self, SelectorRate};
use crate::store::StoreResult;

pub(super) fn list(conn: &Connection) -> StoreResult<Vec<SelectorRate>> {
    let sql = "SELECT fetcher, selector, field, pages, hits, missed, last_hit_at, lost FROM selector \
        ORDER BY fetcher, selector, field";
    all(conn.prepare_cached(sql)?.query([])?, |cells| {
        let (fetcher, selector) = (cells.text()?, cells.text()?);
        let of = Some(cells.str()?).filter(|name| !name.is_empty()).map(field).transpose()?;
        let mut rate = SelectorRate::new(fetcher, selector, of);
        (rate.pages, rate.hits, rate.missed) = (cells.number()?, cells.number()?, cells.number()?);
        (rate.last_hit_at, rate.lost) = (cells.maybe_time()?, cells.number()?);
        Ok(rate)
    })
}

pub(super) fn count(conn: &Connection, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>> {
    let mut rates = list(conn)?;
    drift::add_up(&mut rates, counted);
    for rate in rates.iter().filter(|rate| counted.iter().any(|counted| counted.is_of(rate))) {
        set(conn, rate)?;
    }
    Ok(rates)
}

fn set(conn: &Connection, rate: &SelectorRate) -> StoreResult<()> {
    let sql = "INSERT OR REPLACE INTO selector \
        (fetcher, selector, field, pages, hits, missed, last_hit_at, lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        rate.fetcher,
        rate.selector,
        rate.field.map_or("", |field| field.as_str()),
        int(rate.pages),
        int(rate.hits),
        int(rate.missed),
        millis(rate.last_hit_at),
        int(rate.lost),
    ])?;
    Ok(())
}
