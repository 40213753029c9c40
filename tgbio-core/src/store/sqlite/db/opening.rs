//! Opening a file: what stands in it is checked before anything is written.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::copying::{beside, create_for_owner, unopened};
use super::{Options, at_path, uri};
use crate::store::{StoreError, StoreResult};

/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The write-ahead log is cut to this many bytes when it has been larger.
const LOG_LIMIT: i64 = 48 << 20;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 96;

/// The connection that writes.
pub(super) fn open_writer(path: &Path, options: &Options) -> StoreResult<Connection> {
    check_file(path, options, true)?;
    // The file holds hashes of passwords and people's notes. What fails here, SQLite says better.
    let _ = create_for_owner(path);
    let conn = open_plain(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    prepare(&conn, path, options).map_err(|error| at_path(error, path))?;
    Ok(conn)
}

fn prepare(conn: &Connection, path: &Path, options: &Options) -> StoreResult<()> {
    conn.busy_timeout(options.busy_timeout)?;
    claim_file(conn, path, options)?;
    begin_log(conn, options)?;
    configure(conn, options)
}

/// Where several open a new file at once, SQLite does not wait for the others here.
fn begin_log(conn: &Connection, options: &Options) -> StoreResult<()> {
    let start = Instant::now();
    loop {
        match conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error) if is_busy(&error) && start.elapsed() < options.busy_timeout => {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return Ok(result?),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// A new file gets the program's number first of all, so that it never looks like somebody else's.
fn claim_file(conn: &Connection, path: &Path, options: &Options) -> StoreResult<()> {
    let application = || conn.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    let schema: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    check_schema(path, schema, options)?;
    if application()? == options.application_id {
        return Ok(());
    }
    // Somebody else may be making the same file new just now: whoever is second sees what the first has written.
    let claim = rusqlite::Transaction::new_unchecked(conn, rusqlite::TransactionBehavior::Immediate)?;
    let found = application()?;
    if found == options.application_id {
        return Ok(());
    }
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found != 0 || tables != 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    conn.pragma_update(None, "application_id", options.application_id)?;
    Ok(claim.commit()?)
}

/// A connection that reads.
pub(super) fn open_reader(path: &Path, options: &Options) -> StoreResult<Connection> {
    let conn = match options.immutable {
        true => open_immutable(path).map_err(|error| at_path(error.into(), path))?,
        false => open_plain(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
    };
    let settle = || -> rusqlite::Result<()> {
        conn.busy_timeout(options.busy_timeout)?;
        set_cache(&conn, options.reader_cache)?;
        harden(&conn)
    };
    settle().map_err(|error| at_path(error.into(), path))?;
    Ok(conn)
}

/// Checks a file that is only to be read, and finds out how: whoever uses it in a writable folder has a log beside it,
/// which has to be read as well; without one the file is all there is.
pub(super) fn ways_to_read(path: &Path, options: &Options) -> StoreResult<Options> {
    check_file(path, options, false)?;
    let immutable = !beside(path, "-wal").exists() && !beside(path, "-journal").exists();
    Ok(Options { immutable, ..options.clone() })
}

/// A checked file that only a copy is made of, also where nothing can be written beside it.
pub(crate) fn open_to_copy(path: &Path, options: &Options) -> StoreResult<Connection> {
    open_reader(path, &ways_to_read(path, options)?)
}

/// A connection that reads without locks and without files beside the database.
fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri::immutable(path), flags)
}

/// A connection without any settings.
pub(crate) fn open_plain(path: &Path, flags: OpenFlags) -> StoreResult<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| at_path(error.into(), path))
}

/// The writer's settings.
pub(super) fn configure(conn: &Connection, options: &Options) -> StoreResult<()> {
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    set_cache(conn, options.writer_cache)?;
    conn.pragma_update_and_check(None, "journal_size_limit", LOG_LIMIT, |_| Ok(()))?;
    Ok(harden(conn)?)
}

/// Bounds the pages that a connection keeps, in KiB.
pub(super) fn set_cache(conn: &Connection, kib: u32) -> rusqlite::Result<()> {
    conn.pragma_update(None, "cache_size", -i64::from(kib))
}

fn harden(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Without it a statement is compiled anew whenever a value is bound that might fit a partial index.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, 64 << 20)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1 << 10)?;
    Ok(())
}

/// Looks at a file without writing to it or to its folder. A missing or empty file is fine, unless a log is left of it.
pub(crate) fn check_file(path: &Path, options: &Options, to_write: bool) -> StoreResult<()> {
    check_folder(path)?;
    // Asked first: whoever makes a new file begins the log after it.
    let orphan = is_filled(&beside(path, "-wal"));
    let file = open_file(path, to_write)?;
    let length = file.as_ref().map_or(Ok(0), |file| file.metadata().map(|meta| meta.len()));
    let length = length.map_err(|error| unopened(path, error))?;
    let Some(file) = file.filter(|_| length > 0) else {
        return if orphan { Err(left_behind(path)) } else { Ok(()) };
    };
    let header = Header::read(file, path)?;
    if header.application_id() != options.application_id
        && (header.application_id() != 0 || has_log(path) || has_tables(path)?)
    {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    check_schema(path, header.schema(), options)?;
    if has_log(path) {
        return Ok(());
    }
    if header.pages_length().is_some_and(|expected| length < expected) {
        return Err(damaged(path, "it is shorter than its header says"));
    }
    has_tables(path).map(|_| ())
}

fn check_folder(path: &Path) -> StoreResult<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let why = "its folder does not exist: make the folder or choose another file".to_owned();
        return Err(StoreError::Unopened { path: path.to_owned(), why });
    }
    if path.is_dir() {
        let why = "it is a folder: name a file".to_owned();
        return Err(StoreError::Unopened { path: path.to_owned(), why });
    }
    Ok(())
}

/// The file, if it is there and may be used.
fn open_file(path: &Path, to_write: bool) -> StoreResult<Option<File>> {
    match OpenOptions::new().read(true).write(to_write).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(None),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Err(StoreError::ReadOnly { path: path.to_owned() })
            }
            _ => Err(unopened(path, error)),
        },
    }
}

fn check_schema(path: &Path, found: i64, options: &Options) -> StoreResult<()> {
    match options.newest_schema {
        Some(known) if found > known => Err(StoreError::Newer { path: path.to_owned(), found, known }),
        _ => Ok(()),
    }
}

/// Whether somebody is using the file, or stopped without closing it.
fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|end| is_filled(&beside(path, end)))
}

fn is_filled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() > 0)
}

/// SQLite would throw the log away, and with it what was acknowledged and is nowhere else.
fn left_behind(path: &Path) -> StoreError {
    let log = beside(path, "-wal");
    let why = format!(
        "it is gone, but its log {} is still there: put the file back beside the log, or move the log away to begin anew",
        log.display()
    );
    StoreError::Unopened { path: path.to_owned(), why }
}

/// Reads the schema without locks and without files beside the database.
fn has_tables(path: &Path) -> StoreResult<bool> {
    let count = || -> rusqlite::Result<i64> {
        let conn = open_immutable(path)?;
        conn.busy_timeout(Duration::ZERO)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
    };
    count().map(|tables| tables > 0).map_err(|error| match at_path(error.into(), path) {
        StoreError::Failed(cause) => damaged(path, &cause.to_string()),
        other => other,
    })
}

fn damaged(path: &Path, why: &str) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), why: why.to_owned() }
}

/// The first hundred bytes of a database, see <https://sqlite.org/fileformat.html>.
struct Header([u8; 100]);

impl Header {
    fn read(mut file: File, path: &Path) -> StoreResult<Self> {
        let mut bytes = [0; 100];
        match file.read_exact(&mut bytes) {
            Ok(()) if bytes.starts_with(MAGIC) => Ok(Self(bytes)),
            Ok(()) => Err(damaged(path, "it is no SQLite database")),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(damaged(path, "it is no SQLite database"))
            }
            Err(error) => Err(unopened(path, error)),
        }
    }

    fn number(&self, at: usize) -> u32 {
        self.0[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn schema(&self) -> i64 {
        i64::from(self.number(60))
    }

    fn application_id(&self) -> i32 {
        self.number(68).cast_signed()
    }

    /// How long the file is at least, where the header can be trusted to know.
    fn pages_length(&self) -> Option<u64> {
        let page_size = match u64::from(self.0[16]) << 8 | u64::from(self.0[17]) {
            1 => 65_536,
            size => size,
        };
        (self.number(24) == self.number(92)).then(|| u64::from(self.number(28)) * page_size)
    }
}
