//! Pages of followed profiles. Whatever is asked, the cost stays bounded: what matches few rows is looked up and
//! sorted, what matches many is found by walking along the order.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::codec::limit;
use super::{record, search, text};
use crate::store::{Cursor, Needle, Order, Page, ProfileQuery, ProfileRecord, StoreResult};

/// So many rows are looked up and sorted at most.
const FEW: usize = 1000;

/// A query as it grows.
#[derive(Default, Clone)]
struct Sql {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// Something selects few rows, and nothing else may use an index.
    driven: bool,
}

impl Sql {
    /// The place of a new parameter.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// A filter by one column, with its index or without.
    fn equal(&mut self, column: &str, value: impl Into<Value>, indexed: bool) {
        let place = self.bind(value);
        let plus = if indexed && !self.driven { "" } else { "+" };
        self.conditions.push(format!("{plus}p.{column} = {place}"));
    }
}

/// The statement of a query; for tests of its plan.
#[cfg(test)]
pub(super) fn sql_of(conn: &Connection, query: &ProfileQuery) -> StoreResult<String> {
    let mut sql = Sql::default();
    filter_columns(conn, query, &mut sql)?;
    Ok(statement(query.order, &mut sql, query.limit))
}

pub(super) fn page(conn: &Connection, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
    let cursor = query.cursor.as_deref().map(|text| Cursor::parse(text, query.order)).transpose()?;
    let mut sql = Sql::default();
    if let Some(wanted) = &query.text {
        let Some(needle) = Needle::new(wanted) else { return unfiltered(conn, query) };
        filter_text(conn, &needle, &mut sql)?;
    }
    filter_columns(conn, query, &mut sql)?;
    let rows = query.limit.clamp(1, FEW);
    let mut found = match &cursor {
        Some(cursor) if cursor.order == Order::LastChanged && !sql.driven => {
            along_changes(conn, cursor, &sql, rows)?
        }
        _ => {
            cursor.iter().for_each(|cursor| go_on(cursor, &mut sql));
            record::list(conn, &statement(query.order, &mut sql, rows), params_from_iter(sql.values))?
        }
    };
    let more = found.len() > rows;
    found.truncate(rows);
    let next =
        found.last().filter(|_| more).map(|row| Cursor::at(query.order, row.key, &row.record).to_string());
    Ok(Page::new(found.into_iter().map(|row| row.record).collect(), next))
}

/// A text of white space asks for nothing in particular.
fn unfiltered(conn: &Connection, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>> {
    page(conn, &ProfileQuery { text: None, ..query.clone() })
}

fn statement(order: Order, sql: &mut Sql, rows: usize) -> String {
    let order = match order {
        Order::Followed => "p.key",
        Order::Username => "p.name_key, p.key",
        Order::LastChanged => "p.last_changed_at DESC, p.key DESC",
    };
    let place = sql.bind(limit(rows + 1));
    let conditions = if sql.conditions.is_empty() { "1".to_owned() } else { sql.conditions.join(" AND ") };
    let (columns, from) = (record::COLUMNS, record::FROM);
    format!("SELECT {columns} FROM {from} WHERE {conditions} ORDER BY {order} LIMIT {place}")
}

fn filter_text(conn: &Connection, needle: &Needle, sql: &mut Sql) -> StoreResult<()> {
    let place = sql.bind(needle.folded.clone());
    if needle.short {
        let end = sql.bind(search::range_end(&needle.folded));
        let starts =
            |plus: &str, column: &str| format!("({plus}p.{column} >= {place} AND {plus}p.{column} < {end})");
        let indexed = format!("({} OR {})", starts("", "name_key"), starts("", "title_key"));
        sql.driven = few(conn, &indexed, &sql.values)?;
        let walked = format!("({} OR {})", starts("+", "name_key"), starts("+", "title_key"));
        sql.conditions.push(if sql.driven { indexed } else { walked });
        return Ok(());
    }
    sql.conditions.push(format!("(instr(p.name_key, {place}) > 0 OR instr(p.title_key, {place}) > 0)"));
    if let Some(keys) = text::profiles_with(conn, needle, FEW)? {
        let keys = sql.bind(text::keys_json(&keys)?);
        sql.conditions.push(format!("p.key IN (SELECT value FROM json_each({keys}))"));
        sql.driven = true;
    }
    Ok(())
}

/// Whether few rows meet a condition that has an index.
fn few(conn: &Connection, condition: &str, values: &[Value]) -> StoreResult<bool> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM profile p WHERE {condition} LIMIT {})", FEW + 1);
    let count: i64 = conn.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(count <= limit(FEW))
}

fn filter_columns(conn: &Connection, query: &ProfileQuery, sql: &mut Sql) -> StoreResult<()> {
    if let Some(tag) = &query.tag {
        let place = sql.bind(tag.clone());
        sql.conditions.push(format!("p.key IN (SELECT profile FROM profile_tag WHERE tag = {place})"));
        sql.driven = true;
    }
    if query.failing {
        sql.conditions.push(if sql.driven { "+p.failures > 0" } else { "p.failures > 0" }.to_owned());
    }
    let columns = [
        ("kind", query.kind.map(|kind| Value::from(kind.as_str().to_owned()))),
        ("presence", query.presence.map(|presence| Value::from(presence.as_str().to_owned()))),
        ("monitored", query.monitored.map(|monitored| Value::from(i64::from(monitored)))),
    ];
    for (column, value) in columns {
        if let Some(value) = value {
            let indexed = query.order != Order::LastChanged
                || few(conn, &format!("p.{column} = ?1"), std::slice::from_ref(&value))?;
            sql.equal(column, value, indexed);
        }
    }
    Ok(())
}

/// What follows a cursor in the order of the last change: first those that changed at the same time, then the others. SQLite
/// seeks by one of both alone, and most profiles may have changed at the same time, which is never.
fn along_changes(
    conn: &Connection,
    cursor: &Cursor,
    sql: &Sql,
    rows: usize,
) -> StoreResult<Vec<record::Row>> {
    let mut found = Vec::new();
    for same_time in [true, false] {
        if found.len() > rows {
            break;
        }
        let mut part = sql.clone();
        let at = part.bind(cursor.changed);
        let condition = if same_time {
            format!("p.last_changed_at = {at} AND p.key < {}", part.bind(cursor.key))
        } else {
            format!("p.last_changed_at < {at}")
        };
        part.conditions.push(condition);
        let statement = statement(cursor.order, &mut part, rows - found.len());
        found.extend(record::list(conn, &statement, params_from_iter(part.values))?);
    }
    Ok(found)
}

fn go_on(cursor: &Cursor, sql: &mut Sql) {
    let plus = if sql.driven { "+" } else { "" };
    let key = sql.bind(cursor.key);
    let condition = match cursor.order {
        Order::Followed => format!("{plus}p.key > {key}"),
        Order::Username => {
            let name = sql.bind(cursor.name.clone());
            format!("({plus}p.name_key, {plus}p.key) > ({name}, {key})")
        }
        Order::LastChanged => {
            let at = sql.bind(cursor.changed);
            format!("({plus}p.last_changed_at, {plus}p.key) < ({at}, {key})")
        }
    };
    sql.conditions.push(condition);
}
