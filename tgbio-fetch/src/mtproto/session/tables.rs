//! The session's tables: the log-in and the data centres with their keys.

use std::collections::HashMap;
use std::net::{SocketAddrV4, SocketAddrV6};

use rusqlite::{Connection, OptionalExtension, Row, params};
use tgbio_core::store::sqlite::ERASES_ACCOUNTS_KNOWLEDGE;
use tgbio_core::store::sqlite::db::{Database, Durability};
use tgbio_core::store::{StoreError, StoreResult};
use tgbio_core::{Timestamp, Username};

use super::super::MtprotoAccount;
use super::super::telethon::KEY;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Where the steps of these tables are noted.
const HISTORY: &str = "mtproto_schema_history";
/// The data centre that a new log-in begins with, as in the library.
const FIRST_DC: i32 = 2;

/// A data centre. It holds a secret: never shown.
#[derive(Clone, PartialEq, Eq)]
pub(in super::super) struct Dc {
    pub(in super::super) ipv4: SocketAddrV4,
    pub(in super::super) ipv6: SocketAddrV6,
    pub(in super::super) key: Option<[u8; KEY]>,
    /// A person gave the address, so it stays whatever the configuration says that Telegram sends.
    pub(in super::super) pinned: bool,
}

/// What is known of the log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// There is none.
    None,
    /// There is one, and nothing speaks against it.
    Open,
    /// Telegram has ended it, with this word.
    Ended(String),
}

/// Everything that is kept of the log-in but the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct LogIn {
    pub(in super::super) generation: i64,
    pub(in super::super) home_dc: i32,
    pub(in super::super) ipv6: bool,
    pub(in super::super) account: Option<MtprotoAccount>,
    pub(in super::super) standing: Standing,
    pub(in super::super) since: Timestamp,
}

impl LogIn {
    fn none() -> Self {
        Self {
            generation: 0,
            home_dc: FIRST_DC,
            ipv6: false,
            account: None,
            standing: Standing::None,
            since: Timestamp::default(),
        }
    }
}

pub(in super::super) type Dcs = HashMap<i32, Dc>;

/// The tables of the backend in an open database.
#[derive(Debug, Clone)]
pub(in super::super) struct Tables(Database);

impl Tables {
    /// Brings the tables up to date.
    pub(in super::super) async fn open(database: Database) -> StoreResult<Self> {
        database.migrate(embedded::migrations::runner(), HISTORY).await?;
        let tables = Self(database);
        if tables.0.read(lacks_trigger).await? {
            let sql = ERASES_ACCOUNTS_KNOWLEDGE.replacen("TRIGGER", "TRIGGER IF NOT EXISTS", 1);
            tables.write(move |conn| execute(conn, &sql, [])).await?;
        }
        Ok(tables)
    }

    pub(in super::super) fn database(&self) -> &Database {
        &self.0
    }

    pub(in super::super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.0.write(Durability::Synced, job).await
    }

    /// The log-in and its data centres.
    pub(in super::super) async fn load(&self) -> StoreResult<(LogIn, Dcs)> {
        self.0.read(|conn| Ok((log_in(conn)?, dcs(conn)?))).await
    }

    pub(in super::super) async fn save_dc(&self, id: i32, dc: Dc) -> StoreResult<()> {
        self.write(move |conn| put_dc(conn, id, &dc)).await
    }

    pub(in super::super) async fn save_home(&self, home: i32) -> StoreResult<()> {
        self.write(move |conn| {
            row(conn)?;
            execute(conn, "UPDATE mtproto_session SET home_dc = ?1", params![home])
        })
        .await
    }

    /// How far updates were seen.
    pub(in super::super) async fn save_updates(&self, state: [i32; 4]) -> StoreResult<()> {
        self.write(move |conn| {
            row(conn)?;
            let sql = "UPDATE mtproto_session SET pts = ?1, qts = ?2, date = ?3, seq = ?4";
            execute(conn, sql, state)
        })
        .await
    }

    pub(in super::super) async fn updates(&self) -> StoreResult<[i32; 4]> {
        self.0
            .read(|conn| {
                let sql = "SELECT pts, qts, date, seq FROM mtproto_session";
                let row = |row: &Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
                Ok(conn.query_row(sql, [], row).optional()?.unwrap_or_default())
            })
            .await
    }

    /// Notes how the log-in stands now.
    pub(in super::super) async fn save_log_in(&self, log_in: LogIn) -> StoreResult<()> {
        self.write(move |conn| put_log_in(conn, &log_in)).await
    }

    /// Puts another log-in into the place of the one before, with its data centres.
    pub(in super::super) async fn replace(&self, log_in: LogIn, dcs: Dcs) -> StoreResult<()> {
        self.write(move |conn| {
            conn.execute("DELETE FROM mtproto_dc", [])?;
            put_log_in(conn, &log_in)?;
            dcs.iter().try_for_each(|(id, dc)| put_dc(conn, *id, dc))
        })
        .await
    }

    /// Takes keys, account and what it knew of others away, also from the write-ahead log. Waits and spent look-ups
    /// stay: Telegram goes on counting them if the same account comes back.
    pub(in super::super) async fn forget(&self) -> StoreResult<()> {
        self.write(|conn| {
            let generation = log_in(conn)?.generation + 1;
            for table in ["dc", "session", "peer", "absent"] {
                conn.execute(&format!("DELETE FROM mtproto_{table}"), [])?;
            }
            put_log_in(conn, &LogIn { generation, ..LogIn::none() })
        })
        .await?;
        // Where readers are in the way, the log is emptied after one of the next writes.
        self.0.truncate_log().await.map(drop)
    }
}

/// Whether profiles are kept in this database and their erasure does not reach these tables yet.
fn lacks_trigger(conn: &Connection) -> StoreResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'profile') \
        AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = 'mtproto_erased')";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

fn execute(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> StoreResult<()> {
    conn.prepare_cached(sql)?.execute(params)?;
    Ok(())
}

/// There is exactly one row from now on.
fn row(conn: &Connection) -> StoreResult<()> {
    let sql = "INSERT OR IGNORE INTO mtproto_session (id, generation, home_dc, ipv6, standing, since) \
        VALUES (1, 0, ?1, 0, 'none', 0)";
    execute(conn, sql, [FIRST_DC])
}

fn put_log_in(conn: &Connection, log_in: &LogIn) -> StoreResult<()> {
    row(conn)?;
    let (standing, ended_by) = match &log_in.standing {
        Standing::None => ("none", None),
        Standing::Open => ("open", None),
        Standing::Ended(by) => ("ended", Some(by)),
    };
    let account = log_in.account.as_ref();
    let sql = "UPDATE mtproto_session SET generation = ?1, home_dc = ?2, ipv6 = ?3, account = ?4, bot = ?5, \
        username = ?6, standing = ?7, ended_by = ?8, since = ?9";
    let values = params![
        log_in.generation,
        log_in.home_dc,
        log_in.ipv6,
        account.map(|account| account.id.cast_signed()),
        account.map(|account| account.bot),
        account.and_then(|account| account.username.as_ref()).map(Username::as_str),
        standing,
        ended_by,
        log_in.since.as_millis(),
    ];
    execute(conn, sql, values)
}

fn put_dc(conn: &Connection, id: i32, dc: &Dc) -> StoreResult<()> {
    let sql =
        "INSERT OR REPLACE INTO mtproto_dc (id, ipv4, ipv6, auth_key, pinned) VALUES (?1, ?2, ?3, ?4, ?5)";
    let key = dc.key.as_ref().map(<[u8; KEY]>::as_slice);
    execute(conn, sql, params![id, dc.ipv4.to_string(), dc.ipv6.to_string(), key, dc.pinned])
}

fn log_in(conn: &Connection) -> StoreResult<LogIn> {
    let sql = "SELECT generation, home_dc, ipv6, account, bot, username, standing, ended_by, since \
        FROM mtproto_session";
    Ok(conn.query_row(sql, [], read_log_in).optional()?.unwrap_or_else(LogIn::none))
}

fn read_log_in(row: &Row<'_>) -> rusqlite::Result<LogIn> {
    let username: Option<String> = row.get(5)?;
    let account = match row.get::<_, Option<i64>>(3)? {
        Some(id) => Some(MtprotoAccount {
            id: id.cast_unsigned(),
            bot: row.get::<_, Option<bool>>(4)?.unwrap_or(false),
            username: username.and_then(|name| Username::parse(&name).ok()),
        }),
        None => None,
    };
    let standing = match row.get::<_, String>(6)?.as_str() {
        "open" => Standing::Open,
        "ended" => Standing::Ended(row.get::<_, Option<String>>(7)?.unwrap_or_default()),
        _ => Standing::None,
    };
    Ok(LogIn {
        generation: row.get(0)?,
        home_dc: row.get(1)?,
        ipv6: row.get(2)?,
        account,
        standing,
        since: Timestamp::from_millis(row.get(8)?),
    })
}

fn dcs(conn: &Connection) -> StoreResult<Dcs> {
    let mut found = Dcs::new();
    let mut statement = conn.prepare_cached("SELECT id, ipv4, ipv6, auth_key, pinned FROM mtproto_dc")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (ipv4, ipv6): (String, String) = (row.get(1)?, row.get(2)?);
        let key = row.get::<_, Option<Vec<u8>>>(3)?.map(<[u8; KEY]>::try_from).transpose();
        let (Ok(ipv4), Ok(ipv6), Ok(key)) = (ipv4.parse(), ipv6.parse(), key) else {
            let why = "a data centre of the Telegram session does not read as it was written".to_owned();
            return Err(StoreError::Damaged { path: std::path::PathBuf::new(), why });
        };
        found.insert(row.get(0)?, Dc { ipv4, ipv6, key, pinned: row.get(4)? });
    }
    Ok(found)
}
