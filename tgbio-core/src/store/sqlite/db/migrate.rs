//! Migrations, forward only, one history table per module.

use std::path::Path;

use refinery::error::Kind;
use rusqlite::{Connection, TransactionBehavior};

use super::at_path;
use crate::store::{StoreError, StoreResult};

/// Two processes may open a new file at once; the one that comes second finds the work done.
const ATTEMPTS: usize = 3;

/// Brings the tables of a module up to date.
pub(crate) fn run(
    conn: &mut Connection,
    mut runner: refinery::Runner,
    history: &str,
    path: Option<&Path>,
) -> StoreResult<()> {
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    runner.set_migration_table_name(history);
    let runner = runner.set_grouped(true).set_abort_divergent(true).set_abort_missing(true);
    let mut last = Ok(());
    for _ in 0..ATTEMPTS {
        last = match runner.run(conn) {
            Ok(_) => return Ok(()),
            Err(error) => Err(meaning(&error, &runner, path)),
        };
        if !matches!(last, Err(StoreError::Failed(_))) {
            break;
        }
    }
    last
}

fn meaning(error: &refinery::Error, runner: &refinery::Runner, path: Option<&Path>) -> StoreError {
    let path = path.unwrap_or(Path::new(""));
    let known = runner.get_migrations().iter().map(|step| i64::from(step.version())).max().unwrap_or(0);
    match error.kind() {
        Kind::MissingVersion(step) if i64::from(step.version()) > known => {
            StoreError::Newer { path: path.to_owned(), found: i64::from(step.version()), known }
        }
        Kind::DivergentVersion(..) | Kind::MissingVersion(_) => {
            StoreError::Damaged { path: path.to_owned(), why: "its schema is not the program's".to_owned() }
        }
        Kind::Connection(_, cause) => match cause.downcast_ref::<rusqlite::Error>() {
            Some(cause) => at_path(below(cause), path),
            None => StoreError::failed(Failed(error.to_string())),
        },
        _ => StoreError::failed(Failed(error.to_string())),
    }
}

/// The meaning of an error that is only lent.
fn below(cause: &rusqlite::Error) -> StoreError {
    match cause.sqlite_error() {
        Some(code) => rusqlite::Error::SqliteFailure(*code, Some(cause.to_string())).into(),
        None => StoreError::failed(Failed(cause.to_string())),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the tables could not be brought up to date: {0}")]
struct Failed(String);
