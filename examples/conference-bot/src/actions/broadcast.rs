//! Messages to many: written, looked at with the number of those who get them, then sent once.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{Act, News};
use crate::domain::{ApplicationState, PaperState, Role, Status};
use crate::store::{Res, StoreError, all, one, refuse, run};
use crate::texts::{Locale, Say};

/// Longest text: a message of Telegram holds 4096.
const LONGEST: usize = 3500;

/// Whom a message is for; what is left out does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the form; words are those of the database")]
pub struct Audience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A message that is ready to be looked at.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the table")]
pub struct Draft {
    pub id: i64,
    pub audience: Audience,
    pub text_ru: String,
    pub text_en: String,
    pub sent_at: Option<i64>,
    pub recipients: i64,
}

/// How many people a message reaches, and by what way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Reach {
    pub people: i64,
    pub telegram: i64,
    pub email: i64,
    pub unreachable: i64,
}

impl Audience {
    /// Refuses words that do not exist.
    fn checked(&self) -> Res<()> {
        let good = self.status.as_deref().is_none_or(|word| Status::of(word).is_some())
            && self.application.as_deref().is_none_or(|word| ApplicationState::of(word).is_some())
            && self.paper.as_deref().is_none_or(|word| PaperState::of(word).is_some())
            && self.role.as_deref().is_none_or(|word| Role::of(word).is_some());
        if good { Ok(()) } else { refuse("broadcast.audience") }
    }
}

/// Those who fit, with whether Telegram or only e-mail reaches them.
fn recipients(conn: &Connection, audience: &Audience) -> Res<Vec<(i64, bool, bool)>> {
    let sql = "SELECT p.id, EXISTS (SELECT 1 FROM tg_account t JOIN dialog d ON d.tg_id = t.tg_id
            WHERE t.person_id = p.id AND t.blocked_at IS NULL), p.email IS NOT NULL
        FROM person p LEFT JOIN application a ON a.person_id = p.id WHERE p.erased_at IS NULL
        AND (?1 IS NULL OR p.status = ?1) AND (?2 IS NULL OR a.state = ?2)
        AND ((?3 IS NULL AND ?4 IS NULL) OR EXISTS (SELECT 1 FROM authorship w JOIN submission s
            ON s.id = w.submission_id WHERE w.person_id = p.id AND (?3 IS NULL OR s.section_id = ?3)
            AND (?4 IS NULL OR s.state = ?4)))
        AND (?5 IS NULL OR EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = p.id AND g.role = ?5
            AND g.revoked_at IS NULL)) ORDER BY p.id";
    let Audience { status, application, section, paper, role } = audience;
    all(conn, sql, params![status, application, section, paper, role], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// Counts those who fit.
pub fn reach(conn: &Connection, audience: &Audience) -> Res<Reach> {
    let mut reach = Reach::default();
    for (_, telegram, email) in recipients(conn, audience)? {
        reach.people += 1;
        match (telegram, email) {
            (true, _) => reach.telegram += 1,
            (false, true) => reach.email += 1,
            (false, false) => reach.unreachable += 1,
        }
    }
    Ok(reach)
}

fn text(given: &str) -> Res<String> {
    let clean = crate::domain::check::paragraphs(given);
    if (1..=LONGEST).contains(&clean.chars().count()) { Ok(clean) } else { refuse("broadcast.text") }
}

/// Writes a message down without sending it.
pub fn draft(act: &Act<'_>, audience: &Audience, text_ru: &str, text_en: &str) -> Res<i64> {
    act.with_role(Role::Organiser, None)?;
    audience.checked()?;
    let (ru, en) = (text(text_ru)?, text(text_en)?);
    let written = serde_json::to_string(audience).map_err(StoreError::failed)?;
    let sql =
        "INSERT INTO broadcast (audience, text_ru, text_en, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(act.conn, sql, params![written, ru, en, act.who.actor, act.now])?;
    let id = act.conn.last_insert_rowid();
    act.audit("broadcast.drafted", ("broadcast", id), "")?;
    Ok(id)
}

/// By its number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Draft>> {
    let sql = "SELECT id, audience, text_ru, text_en, sent_at, recipients FROM broadcast WHERE id = ?1";
    one(conn, sql, [id], |row| {
        let audience: String = row.get(1)?;
        Ok(Draft {
            id: row.get(0)?,
            audience: serde_json::from_str(&audience).unwrap_or_default(),
            text_ru: row.get(2)?,
            text_en: row.get(3)?,
            sent_at: row.get(4)?,
            recipients: row.get(5)?,
        })
    })
}

/// Sends a message, once: everybody gets it in their language. How many get it.
pub fn send(act: &Act<'_>, id: i64) -> Res<i64> {
    act.with_role(Role::Organiser, None)?;
    let Some(draft) = get(act.conn, id)? else { return refuse("broadcast.none") };
    let sql = "UPDATE broadcast SET sent_at = ?2 WHERE id = ?1 AND sent_at IS NULL";
    if run(act.conn, sql, [id, act.now])? == 0 {
        return refuse("broadcast.sent");
    }
    let mut count = 0;
    for (person, ..) in recipients(act.conn, &draft.audience)? {
        let text = if act.language(person)? == Locale::Ru { &draft.text_ru } else { &draft.text_en };
        let mut news = News::new(Say::new("raw").with("text", text)).once(format!("broadcast:{id}"));
        news.priority = 2;
        count += i64::from(act.tell(person, &news)?);
    }
    run(act.conn, "UPDATE broadcast SET recipients = ?2 WHERE id = ?1", [id, count])?;
    act.audit("broadcast.sent", ("broadcast", id), &count.to_string())?;
    Ok(count)
}
