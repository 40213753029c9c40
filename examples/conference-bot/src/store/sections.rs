//! What sections ask of their papers.

use rusqlite::Connection;

use super::{Res, one};
use crate::domain::{Demand, PaperFormat};

/// What a section asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    /// The permit for open publication.
    pub permit: Demand,
    /// The format of the paper itself.
    pub paper: PaperFormat,
}

impl Default for Asks {
    /// As long as no section is chosen: a permit, and a paper in any format that is taken.
    fn default() -> Self {
        Self { permit: Demand::Required, paper: PaperFormat::Any }
    }
}

/// What the section of a paper asks for.
pub fn asks(conn: &Connection, section: Option<i64>) -> Res<Asks> {
    let sql = "SELECT permit, paper_format FROM section WHERE id = ?1";
    let found = one(conn, sql, [section], |row| Ok(Asks { permit: row.get(0)?, paper: row.get(1)? }))?;
    Ok(found.unwrap_or_default())
}
