//! What is to be sent: written in the transaction that decides it, delivered afterwards.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{Res, all, number, one, run};
use crate::domain::Millis;

/// The rows of buttons under a message: label and data.
pub type Keyboard = Vec<Vec<(String, String)>>;

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the Bot API and of an e-mail")]
pub enum Out {
    Send {
        text: String,
        keyboard: Keyboard,
    },
    Edit {
        message_id: i64,
        text: String,
        keyboard: Keyboard,
    },
    Answer {
        callback_id: String,
        text: String,
    },
    /// With a name it is uploaded under that name, so that its own is not seen.
    Document {
        document_id: i64,
        caption: String,
        name: Option<String>,
    },
    /// The form of consent with the answers of a person.
    Blank {
        person: i64,
        locale: String,
        caption: String,
    },
    Mail {
        subject: String,
        text: String,
    },
}

/// To whom, when and how it is told apart from others.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// The bot, or nothing for e-mail.
    pub bot: String,
    /// A chat or an address.
    pub recipient: String,
    /// Whom it is for.
    pub person: Option<i64>,
    /// 0 answers a person who waits, 1 tells of something, 2 is for many.
    pub priority: i64,
    /// A letter with the key of one that was written before is not written.
    pub dedupe: Option<String>,
    /// It is the prompt of this revision of the conversation.
    pub dialog_rev: Option<i64>,
    /// It brings this invitation.
    pub invitation: Option<i64>,
    /// Not before this time.
    pub not_before: Millis,
}

/// A letter on its way.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Queued {
    pub id: i64,
    pub bot: String,
    pub recipient: String,
    pub person: Option<i64>,
    pub body: Out,
    pub attempts: i64,
    pub priority: i64,
    pub dialog_rev: Option<i64>,
    pub invitation: Option<i64>,
}

/// Telegram counts in UTF-16, and takes 4096 of a text and 1024 of a caption.
fn fitting(text: &str, most: usize) -> String {
    let mut length = 0;
    let fits = |c: &char| {
        length += c.len_utf16();
        length <= most
    };
    let kept: String = text.chars().take_while(fits).collect();
    if kept.len() == text.len() { kept } else { format!("{kept}…") }
}

impl Out {
    /// The same, cut to what Telegram takes.
    fn fitting(&self) -> Self {
        let mut same = self.clone();
        match &mut same {
            Self::Send { text, .. } | Self::Edit { text, .. } => *text = fitting(text, 4000),
            Self::Answer { text, .. } => *text = fitting(text, 190),
            Self::Document { caption, .. } | Self::Blank { caption, .. } => *caption = fitting(caption, 1000),
            Self::Mail { .. } => {}
        }
        same
    }
}

/// Writes a letter; `None` when it was written before.
pub fn write(conn: &Connection, letter: &Letter, body: &Out, now: Millis) -> Res<Option<i64>> {
    let channel = if matches!(body, Out::Mail { .. }) { "email" } else { "telegram" };
    let text = serde_json::to_string(&body.fitting()).map_err(super::StoreError::failed)?;
    let sql =
        "INSERT INTO outbox (channel, bot, recipient, person_id, priority, body, dedupe_key, not_before,
        created_at, dialog_rev, invitation_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT DO NOTHING";
    let written = run(
        conn,
        sql,
        params![
            channel,
            letter.bot,
            letter.recipient,
            letter.person,
            letter.priority,
            text,
            letter.dedupe,
            letter.not_before.max(now),
            now,
            letter.dialog_rev,
            letter.invitation
        ],
    )?;
    Ok((written == 1).then(|| conn.last_insert_rowid()))
}

const QUEUED: &str =
    "SELECT id, bot, recipient, person_id, body, attempts, priority, dialog_rev, invitation_id FROM outbox";

fn queued(row: &rusqlite::Row<'_>) -> rusqlite::Result<Queued> {
    let body: String = row.get(4)?;
    let broken =
        |error| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error));
    Ok(Queued {
        id: row.get(0)?,
        bot: row.get(1)?,
        recipient: row.get(2)?,
        person: row.get(3)?,
        body: serde_json::from_str(&body).map_err(broken)?,
        attempts: row.get(5)?,
        priority: row.get(6)?,
        dialog_rev: row.get(7)?,
        invitation: row.get(8)?,
    })
}

/// The first letter to each recipient that may go now, those that people wait for first. A letter never overtakes an
/// earlier one to the same recipient, unless it answers a press.
pub fn due(conn: &Connection, channel: &str, bot: &str, now: Millis, most: i64) -> Res<Vec<Queued>> {
    let sql = format!(
        "{QUEUED} o WHERE channel = ?1 AND bot = ?2 AND state = 'queued' AND not_before <= ?3
        AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.channel = ?1 AND e.bot = ?2 AND e.recipient = o.recipient
            AND e.state IN ('queued', 'sending') AND (e.priority < o.priority OR e.priority = o.priority AND e.id < o.id))
        ORDER BY priority, id LIMIT ?4"
    );
    all(conn, &sql, params![channel, bot, now, most], queued)
}

/// When the next letter may go, if one waits for its time.
pub fn next_time(conn: &Connection, channel: &str, bot: &str) -> Res<Option<Millis>> {
    let sql = "SELECT min(not_before) FROM outbox WHERE channel = ?1 AND bot = ?2 AND state = 'queued'";
    Ok(one(conn, sql, params![channel, bot], |row| row.get(0))?.flatten())
}

/// Notes that it is being sent.
pub fn sending(conn: &Connection, id: i64) -> Res<()> {
    run(conn, "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// Letters that were being sent when the program ended go again: twice is better than never.
pub fn resume(conn: &Connection) -> Res<()> {
    run(conn, "UPDATE outbox SET state = 'queued' WHERE state = 'sending'", [])?;
    Ok(())
}

/// It has arrived. Its text is not kept: it may hold a code or a link.
pub fn sent(conn: &Connection, letter: &Queued, remote: &str, now: Millis) -> Res<()> {
    let sql = "UPDATE outbox SET state = 'sent', sent_at = ?2, remote_id = ?3, body = '{}', last_error = NULL WHERE id = ?1";
    run(conn, sql, params![letter.id, now, remote])?;
    match letter.invitation {
        Some(id) => super::invitations::delivered(conn, id, "sent"),
        None => Ok(()),
    }
}

/// It goes again later.
pub fn later(conn: &Connection, id: i64, at: Millis, why: &str) -> Res<()> {
    let sql = "UPDATE outbox SET state = 'queued', not_before = ?2, last_error = ?3 WHERE id = ?1";
    run(conn, sql, params![id, at, why])?;
    Ok(())
}

/// Nothing of a bot, or to one chat of it, goes before this time.
pub fn hold(conn: &Connection, bot: &str, recipient: Option<&str>, until: Millis) -> Res<()> {
    let sql = "UPDATE outbox SET not_before = max(not_before, ?3) WHERE channel = 'telegram' AND bot = ?1
        AND state = 'queued' AND (?2 IS NULL OR recipient = ?2)";
    run(conn, sql, params![bot, recipient, until])?;
    Ok(())
}

/// It never arrives.
pub fn dead(conn: &Connection, letter: &Queued, why: &str) -> Res<()> {
    run(conn, "UPDATE outbox SET state = 'dead', last_error = ?2 WHERE id = ?1", params![letter.id, why])?;
    match letter.invitation {
        Some(id) => super::invitations::delivered(conn, id, "failed"),
        None => Ok(()),
    }
}

/// How many are in a state.
pub fn count(conn: &Connection, state: &str) -> Res<i64> {
    number(conn, "SELECT count(*) FROM outbox WHERE state = ?1", [state])
}
