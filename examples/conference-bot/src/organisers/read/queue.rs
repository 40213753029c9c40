//! What waits for moderators.

use rusqlite::Connection;

use super::people::{APPLICATION, ApplicationRow, application};
use crate::store::{Res, all};

/// Applications that wait, oldest first; those that somebody has in hand as well.
pub fn applications(conn: &Connection) -> Res<Vec<ApplicationRow>> {
    let sql = format!("{APPLICATION} WHERE a.state = 'submitted' ORDER BY a.submitted_at, a.id");
    all(conn, &sql, [], application)
}
