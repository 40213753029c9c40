//! Papers: the list and the card.

use poem_openapi::Object;
use rusqlite::{Connection, Row, params};

use super::audit::AuditRow;
use super::people::PartRow;
use super::{Listed, found, listed};
use crate::domain::PaperState;
use crate::store::{Res, all, one};

/// A paper in the list.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct PaperRow {
    pub id: i64,
    pub code: Option<String>,
    pub title: Option<String>,
    pub keywords: Option<String>,
    pub section_id: Option<i64>,
    pub section: Option<String>,
    pub state: String,
    pub version: i64,
    pub owner_id: i64,
    pub author: Option<String>,
    pub presentation: Option<String>,
    pub paper_doc: Option<i64>,
    pub permit_doc: Option<i64>,
    pub claimed_by: Option<i64>,
    pub claimed_by_name: Option<String>,
    pub claim_expires: Option<i64>,
    pub submitted_at: Option<i64>,
    pub updated_at: i64,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of a title, of the keywords, a code or the author's name.
    pub text: String,
    /// The section.
    pub section: Option<i64>,
    /// How far it is.
    pub state: Option<PaperState>,
    /// Only these sections and nothing that was never sent, for those who have a role there.
    pub within: Option<Vec<i64>>,
}

const PAPER: &str =
    "SELECT s.id, s.code, s.title, s.section_id, c.code, s.state, s.version, s.owner_id, p.full_name,
    (SELECT d.presentation FROM decision d WHERE d.submission_id = s.id ORDER BY d.id DESC LIMIT 1),
    s.paper_doc, s.permit_doc, s.claimed_by, h.full_name, s.claim_expires, s.submitted_at, s.updated_at, s.keywords
    FROM submission s JOIN person p ON p.id = s.owner_id LEFT JOIN section c ON c.id = s.section_id
    LEFT JOIN person h ON h.id = s.claimed_by";

fn paper(row: &Row<'_>) -> rusqlite::Result<PaperRow> {
    Ok(PaperRow {
        id: row.get(0)?,
        code: row.get(1)?,
        title: row.get(2)?,
        section_id: row.get(3)?,
        section: row.get(4)?,
        state: row.get(5)?,
        version: row.get(6)?,
        owner_id: row.get(7)?,
        author: row.get(8)?,
        presentation: row.get(9)?,
        paper_doc: row.get(10)?,
        permit_doc: row.get(11)?,
        claimed_by: row.get(12)?,
        claimed_by_name: row.get(13)?,
        claim_expires: row.get(14)?,
        submitted_at: row.get(15)?,
        updated_at: row.get(16)?,
        keywords: row.get(17)?,
    })
}

/// Those that fit, newest first.
pub fn list(conn: &Connection, filter: &Filter, before: Option<i64>, limit: usize) -> Res<Listed<PaperRow>> {
    let sql = format!(
        "{PAPER} WHERE s.id < ?1 AND (?2 IS NULL OR s.section_id = ?2) AND (?3 IS NULL OR s.state = ?3) ORDER BY s.id DESC"
    );
    let fits = |row: &PaperRow| {
        let within = filter.within.as_ref().is_none_or(|sections| {
            row.submitted_at.is_some() && row.section_id.is_some_and(|section| sections.contains(&section))
        });
        within
            && found(&filter.text, &[&row.title, &row.keywords, &row.code, &row.author].map(Option::as_deref))
    };
    let params = params![before.unwrap_or(i64::MAX), filter.section, filter.state];
    listed(conn, &sql, params, limit, paper, fits, |row| row.id)
}

/// Those that were ever sent, by section and code, one after the other.
pub fn each_sent(conn: &Connection, mut with: impl FnMut(&PaperRow) -> Res<()>) -> Res<()> {
    let sql = format!("{PAPER} WHERE s.code IS NOT NULL ORDER BY c.position, s.code");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        with(&paper(row)?)?;
    }
    Ok(())
}

/// Those in a state that wait for somebody, oldest first.
pub fn waiting(conn: &Connection, state: PaperState) -> Res<Vec<PaperRow>> {
    all(conn, &format!("{PAPER} WHERE s.state = ?1 ORDER BY s.submitted_at, s.id"), [state], paper)
}

/// One of them.
pub fn get(conn: &Connection, id: i64) -> Res<Option<PaperRow>> {
    one(conn, &format!("{PAPER} WHERE s.id = ?1"), [id], paper)
}

/// A version that was sent.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct VersionRow {
    pub no: i64,
    pub title: String,
    pub paper_doc: i64,
    pub permit_doc: Option<i64>,
    pub by: Option<String>,
    pub at: i64,
}

/// An invitation to a paper.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct InvitationRow {
    pub part: String,
    pub shown: String,
    pub state: String,
    pub delivery: String,
    pub created_at: i64,
    pub expires_at: i64,
}

/// A review that was asked for.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct ReviewRow {
    pub id: i64,
    pub paper_id: i64,
    pub code: Option<String>,
    pub version: i64,
    pub reviewer: Option<String>,
    pub state: String,
    pub due_at: Option<i64>,
    pub scores: String,
    pub advice: Option<String>,
    pub to_author: Option<String>,
    pub private: Option<String>,
    pub reason: Option<String>,
}

/// A decision.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct DecisionRow {
    pub version: i64,
    pub outcome: String,
    pub presentation: Option<String>,
    pub comment: Option<String>,
    pub by: Option<String>,
    pub at: i64,
}

/// All about a paper.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct PaperCard {
    pub paper: PaperRow,
    #[oai(rename = "abstract")]
    pub summary: Option<String>,
    pub comment: Option<String>,
    pub people: Vec<PartRow>,
    pub versions: Vec<VersionRow>,
    pub invitations: Vec<InvitationRow>,
    pub reviews: Vec<ReviewRow>,
    pub decisions: Vec<DecisionRow>,
    pub history: Vec<AuditRow>,
}

/// All about a paper.
pub fn card(conn: &Connection, id: i64) -> Res<Option<PaperCard>> {
    let Some(paper) = get(conn, id)? else { return Ok(None) };
    let texts = one(conn, "SELECT abstract, comment FROM submission WHERE id = ?1", [id], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let (summary, comment) = texts.unwrap_or_default();
    let people = format!("{} WHERE w.submission_id = ?1 ORDER BY w.position", super::people::PART);
    Ok(Some(PaperCard {
        paper,
        summary,
        comment,
        people: all(conn, &people, [id], super::people::part)?,
        versions: versions(conn, id)?,
        invitations: invitations(conn, id)?,
        reviews: all(conn, &format!("{REVIEW} WHERE a.submission_id = ?1 ORDER BY a.id"), [id], review)?,
        decisions: decisions(conn, id)?,
        history: super::audit::about(conn, &[("submission", id)])?,
    }))
}

fn versions(conn: &Connection, id: i64) -> Res<Vec<VersionRow>> {
    let sql = "SELECT v.no, v.title, v.paper_doc, v.permit_doc, p.full_name, v.at FROM submission_version v
        LEFT JOIN person p ON p.id = v.by WHERE v.submission_id = ?1 ORDER BY v.no DESC";
    all(conn, sql, [id], |row| {
        Ok(VersionRow {
            no: row.get(0)?,
            title: row.get(1)?,
            paper_doc: row.get(2)?,
            permit_doc: row.get(3)?,
            by: row.get(4)?,
            at: row.get(5)?,
        })
    })
}

fn invitations(conn: &Connection, id: i64) -> Res<Vec<InvitationRow>> {
    let sql = "SELECT role, shown, state, delivery, created_at, expires_at FROM invitation
        WHERE submission_id = ?1 ORDER BY id DESC";
    all(conn, sql, [id], |row| {
        Ok(InvitationRow {
            part: row.get(0)?,
            shown: row.get(1)?,
            state: row.get(2)?,
            delivery: row.get(3)?,
            created_at: row.get(4)?,
            expires_at: row.get(5)?,
        })
    })
}

const REVIEW: &str = "SELECT a.id, a.submission_id, s.code, a.version, p.full_name, a.state, a.due_at,
    ifnull(r.scores, '{}'), r.recommendation, r.comment_author, r.comment_private, a.reason
    FROM review_assignment a JOIN submission s ON s.id = a.submission_id JOIN person p ON p.id = a.reviewer_id
    LEFT JOIN review r ON r.assignment_id = a.id";

fn review(row: &Row<'_>) -> rusqlite::Result<ReviewRow> {
    Ok(ReviewRow {
        id: row.get(0)?,
        paper_id: row.get(1)?,
        code: row.get(2)?,
        version: row.get(3)?,
        reviewer: row.get(4)?,
        state: row.get(5)?,
        due_at: row.get(6)?,
        scores: row.get(7)?,
        advice: row.get(8)?,
        to_author: row.get(9)?,
        private: row.get(10)?,
        reason: row.get(11)?,
    })
}

/// The reviews that a person was asked for.
pub fn reviews_of(conn: &Connection, person: i64) -> Res<Vec<ReviewRow>> {
    all(conn, &format!("{REVIEW} WHERE a.reviewer_id = ?1 ORDER BY a.id DESC"), [person], review)
}

/// All reviews, one after the other.
pub fn each_review(conn: &Connection, mut with: impl FnMut(&ReviewRow) -> Res<()>) -> Res<()> {
    let mut statement = conn.prepare_cached(&format!("{REVIEW} ORDER BY s.code, a.id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        with(&review(row)?)?;
    }
    Ok(())
}

fn decisions(conn: &Connection, id: i64) -> Res<Vec<DecisionRow>> {
    let sql = "SELECT d.version, d.outcome, d.presentation, d.comment, p.full_name, d.at FROM decision d
        LEFT JOIN person p ON p.id = d.by WHERE d.submission_id = ?1 ORDER BY d.id DESC";
    all(conn, sql, [id], |row| {
        Ok(DecisionRow {
            version: row.get(0)?,
            outcome: row.get(1)?,
            presentation: row.get(2)?,
            comment: row.get(3)?,
            by: row.get(4)?,
            at: row.get(5)?,
        })
    })
}
