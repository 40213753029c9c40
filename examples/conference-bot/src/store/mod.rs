//! The rows: one module per subject, each a few functions over a connection inside the caller's transaction.

pub mod applications;
pub mod audit;
pub mod codes;
pub mod deadlines;
pub mod dialogs;
pub mod documents;
pub mod invitations;
pub mod outbox;
pub mod papers;
pub mod passes;
pub mod people;
pub mod reports;
pub mod reviews;
pub mod sections;
#[cfg(test)]
mod tests;
pub mod updates;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use tgbio_core::store::sqlite::db::{Database, Options};

pub use tgbio_core::store::StoreError;
pub use tgbio_core::store::sqlite::db::Durability;

use crate::config::Config;
use crate::texts::Say;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The number in the header of the file: "conf".
pub const APPLICATION_ID: i32 = 0x636f_6e66;
/// Where the steps of the schema are noted.
const HISTORY: &str = "conference_schema_history";
/// Large pages make large documents quick.
const PAGE: u32 = 16 * 1024;

/// Why something was not done; nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The rules do not allow it. What is said to the person.
    #[error("refused: {}", .0.key())]
    Refused(Say),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// What comes of an action.
pub type Res<T> = Result<T, Stop>;

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Refuses with a key of the texts.
pub fn refuse<T>(key: &str) -> Res<T> {
    Err(Stop::Refused(Say::new(key)))
}

/// Opens the file and brings its tables up to date.
///
/// # Errors
/// [`StoreError`] says in one sentence what is wrong with the file.
pub async fn open(config: &Config) -> Result<Database, StoreError> {
    let path = config.database.clone();
    let opened = tokio::task::spawn_blocking(move || {
        large_pages(&path)?;
        Database::open(&path, &Options::new(APPLICATION_ID))
    });
    let db = opened.await.map_err(StoreError::failed)??;
    db.migrate(migrations::migrations::runner(), HISTORY).await?;
    db.write(Durability::Synced, |conn| -> Result<(), StoreError> { Ok(sections(conn)?) }).await?;
    Ok(db)
}

/// The page size can only be chosen while the file is made.
fn large_pages(path: &Path) -> Result<(), StoreError> {
    if path.exists() || !path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
        return Ok(());
    }
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "page_size", PAGE)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

/// The sections of the first conference, as long as nobody has made others.
const SECTIONS: [(&str, &str, &str, &str); 6] = [
    ("PL", "Пленарная секция", "Plenary section", "ru"),
    ("S1", "Секция 1. Радиофизика и электроника", "Section 1. Radiophysics and Electronics", "ru"),
    (
        "S2",
        "Секция 2. Оптика, фотоника и оптоинформатика",
        "Section 2. Optics, Photonics and Optoinformatics",
        "ru",
    ),
    (
        "S3",
        "Секция 3. Информационные технологии и телекоммуникационные системы",
        "Section 3. Information Technologies and Telecommunication Systems",
        "ru",
    ),
    ("S4", "Секция 4. Шаг в науку", "Section 4. A Step into Science", "ru"),
    (
        "S5",
        "Секция 5. Recent Developments in Radiophysics, Optics, Photonics, Optoinformatics and Information Technologies",
        "Section 5. Recent Developments in Radiophysics, Optics, Photonics, Optoinformatics and Information Technologies",
        "en",
    ),
];

fn sections(conn: &Connection) -> rusqlite::Result<()> {
    let any: bool = conn.query_row("SELECT EXISTS (SELECT 1 FROM section)", [], |row| row.get(0))?;
    for (position, (code, ru, en, language)) in SECTIONS.iter().enumerate().filter(|_| !any) {
        let sql =
            "INSERT INTO section (code, title_ru, title_en, language, position) VALUES (?1, ?2, ?3, ?4, ?5)";
        conn.execute(sql, (code, ru, en, language, i64::try_from(position).unwrap_or(0)))?;
    }
    Ok(())
}

/// One row, if there is one.
pub fn one<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Res<Option<T>> {
    Ok(conn.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// All rows.
pub fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Res<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A number that a query gives, 0 where it gives none.
pub fn number(conn: &Connection, sql: &str, params: impl Params) -> Res<i64> {
    Ok(one(conn, sql, params, |row| row.get::<_, Option<i64>>(0))?.flatten().unwrap_or(0))
}

/// Changes rows; how many.
pub fn run(conn: &Connection, sql: &str, params: impl Params) -> Res<usize> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}
