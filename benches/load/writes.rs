//! Committing what looks have found, against a bare rusqlite loop that inserts the same bytes in as large transactions.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tempfile::TempDir;
use tgbio_core::canary::CanaryReport;
use tgbio_core::judge::{Context, judge};
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::sqlite::db::rusqlite::types::Value;
use tgbio_core::store::sqlite::db::rusqlite::{Connection, params_from_iter};
use tgbio_core::store::{Actor, CheckRecord, Claim, NewProfile, ProfileStore as _};
use tgbio_core::{Clock as _, ManualClock, ProfileFetcher as _, Timestamp, Username};

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::{LATER, rules};
use crate::invented::Invented;
use crate::{Outcome, row, site};

/// The part of the bare loop's rate that is wanted.
const AIM: f64 = 0.5;
/// Commits that are under way at the same time, and so the largest transaction of the store.
const TOGETHER: usize = 256;
const LEASE: Duration = Duration::from_secs(3600);
/// What a changed check writes, with the column that grows.
const GROWING: [(&str, &str); 4] =
    [("chain_link", "seq"), ("evidence", "key"), ("revision", "seq"), ("change_log", "seq")];
/// Rows that it writes over.
const REPLACED: [&str; 3] = ["profile", "look", "source"];

/// The texts of so many revisions are indexed together, as the store does it.
const INDEXED: usize = 1024;
const INDEX: &str = "INSERT INTO revision_text (rowid, bio) VALUES (?, ?)";

/// The rows of one table.
struct Rows {
    table: &'static str,
    rows: Vec<Vec<Value>>,
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let users = args.size(10_000, 500);
    let (mut rates, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    runtime()?.block_on(async {
        let folder = TempDir::new()?;
        let path = folder.path().join("tgbio.db");
        let store = SqliteStore::open(&path)?;
        let clock = Arc::new(ManualClock::new(Timestamp::now()));
        let source = Invented::new(clock.clone());
        for number in 0..users {
            let new = NewProfile::new(Username::parse(&site::name(number))?);
            store.follow(&new, clock.now(), &Actor::system()).await?;
        }
        commit_all(&store, &source, &clock, users).await?;
        for _ in 0..args.repeat {
            source.edit();
            clock.advance(LATER);
            let before = marks(&path)?;
            let commits = commit_all(&store, &source, &clock, users).await?.as_secs_f64();
            let inserts = insert_all(&path, &before, users)?.as_secs_f64();
            rates.push(users as f64 / commits);
            bare.push(users as f64 / inserts);
            ratios.push(inserts / commits);
        }
        Outcome::Ok(())
    })?;
    let (rate, bare, ratio) = (row::median(rates), row::median(bare), row::median(ratios));
    let work = format!("commit {users} changed checks with their pages");
    row::line(&work, &row::rate(rate), &row::rate(bare), Some(ratio), &format!(">= {AIM}"), ratio >= AIM);
    Ok(())
}

/// Judges a look at everybody, and measures the commits alone.
async fn commit_all(
    store: &SqliteStore,
    source: &Invented,
    clock: &ManualClock,
    users: usize,
) -> Outcome<Duration> {
    let mut work = Vec::new();
    for claim in store.claim_due(clock.now(), users, LEASE).await? {
        let check = checked(&claim, source).await?;
        if check.revisions.len() != 1 {
            return Err("a check writes no revision".into());
        }
        work.push((claim, check));
    }
    if work.len() != users {
        return Err(format!("{} of {users} profiles were due", work.len()).into());
    }
    let begun = Instant::now();
    let commit =
        |(claim, check): (Claim, CheckRecord)| async move { store.commit(&claim, check).await.map(drop) };
    stream::iter(work).map(commit).buffer_unordered(TOGETHER).try_collect::<()>().await?;
    Ok(begun.elapsed())
}

async fn checked(claim: &Claim, source: &Invented) -> Outcome<CheckRecord> {
    let look = source.fetch(&claim.target()).await?;
    let (record, held, rules) = (&claim.record, &claim.held[..], &rules());
    let context =
        Context { record, held, rules, surges: &[], since_recovery: None, now: look.at, random: 0.5 };
    Ok(judge(&context, Ok(&look), Some(&CanaryReport::unwatched())))
}

/// How far the growing tables are.
fn marks(path: &Path) -> Outcome<Vec<i64>> {
    let conn = Connection::open(path)?;
    let mark = |(table, key): &(&str, &str)| {
        let sql = format!("SELECT coalesce(max({key}), 0) FROM {table}");
        conn.query_row(&sql, [], |row| row.get(0)).map_err(Into::into)
    };
    GROWING.iter().map(mark).collect()
}

/// Inserts what was written since `before` into the same tables, with the same indexes (that of texts as well), of a new
/// file.
fn insert_all(path: &Path, before: &[i64], checks: usize) -> Outcome<Duration> {
    let source = Connection::open(path)?;
    let mut tables = Vec::new();
    for ((table, key), mark) in GROWING.iter().zip(before) {
        tables.push(Rows {
            table,
            rows: rows(&source, &format!("SELECT * FROM {table} WHERE {key} > {mark}"))?,
        });
    }
    for table in REPLACED {
        tables.push(Rows { table, rows: rows(&source, &format!("SELECT * FROM {table}"))? });
    }
    let folder = TempDir::new()?;
    let conn = Connection::open(folder.path().join("bare.db"))?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.pragma_update(None, "synchronous", "normal")?;
    conn.pragma_update(None, "foreign_keys", "off")?;
    for Rows { table, .. } in &tables {
        create(
            &source,
            &conn,
            &format!("tbl_name = '{table}' AND type IN ('table', 'index') AND sql IS NOT NULL"),
        )?;
    }
    let bios = bios(&source, before)?;
    create_index(&source, &conn)?;
    let begun = Instant::now();
    for from in (0..checks).step_by(TOGETHER) {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        if from > 0 && from.is_multiple_of(INDEXED) {
            index(&conn, &bios[from - INDEXED..from])?;
        }
        for check in from..checks.min(from + TOGETHER) {
            tables.iter().try_for_each(|table| table.insert(&conn, check, checks))?;
        }
        conn.execute_batch("COMMIT")?;
    }
    Ok(begun.elapsed())
}

/// Makes the same tables in another file.
fn create(source: &Connection, conn: &Connection, which: &str) -> Outcome<()> {
    for statement in rows(source, &format!("SELECT sql FROM sqlite_master WHERE {which} ORDER BY type DESC"))?
    {
        if let [Value::Text(sql)] = &statement[..] {
            conn.execute_batch(sql)?;
        }
    }
    Ok(())
}

/// The text index, with the settings that the store has chosen.
fn create_index(source: &Connection, conn: &Connection) -> Outcome<()> {
    create(source, conn, "name = 'revision_text'")?;
    for setting in rows(source, "SELECT k, v FROM revision_text_config WHERE k <> 'version'")? {
        let sql = "INSERT INTO revision_text (revision_text, rank) VALUES (?, ?)";
        conn.execute(sql, params_from_iter(setting))?;
    }
    Ok(())
}

/// The bios of the new revisions, as they stand in the text index.
fn bios(source: &Connection, before: &[i64]) -> Outcome<Vec<Vec<Value>>> {
    let of_revisions = GROWING.iter().zip(before).find(|((table, _), _)| *table == "revision");
    let (_, after) = of_revisions.ok_or("no revisions are written")?;
    let sql = "SELECT seq, lower(json_extract(content, '$.profile.bio')) FROM revision WHERE seq > ";
    rows(source, &format!("{sql}{after} ORDER BY seq"))
}

fn index(conn: &Connection, bios: &[Vec<Value>]) -> Outcome<()> {
    let mut statement = conn.prepare_cached(INDEX)?;
    for bio in bios {
        statement.execute(params_from_iter(bio))?;
    }
    Ok(())
}

fn rows(conn: &Connection, sql: &str) -> Outcome<Vec<Vec<Value>>> {
    let mut statement = conn.prepare(sql)?;
    let columns = statement.column_count();
    let read = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
    Ok(read.collect::<Result<_, _>>()?)
}

impl Rows {
    /// Inserts the share of one of so many checks.
    fn insert(&self, conn: &Connection, check: usize, checks: usize) -> Outcome<()> {
        let Some(first) = self.rows.first() else { return Ok(()) };
        let places = vec!["?"; first.len()].join(", ");
        let mut statement = conn.prepare_cached(&format!("INSERT INTO {} VALUES ({places})", self.table))?;
        let share = |check: usize| self.rows.len() * check / checks;
        for row in &self.rows[share(check)..share(check + 1)] {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }
}
