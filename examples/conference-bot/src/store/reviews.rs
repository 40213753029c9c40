//! Who reviews what, what they say, and what is decided.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::{Res, all, one, run};
use crate::domain::{Advice, Criterion, Millis, Outcome, Part, Presentation, Role};

/// A review that was asked for.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the tables")]
pub struct Review {
    pub id: i64,
    pub submission_id: i64,
    pub version: i64,
    pub reviewer_id: i64,
    pub state: String,
    pub due_at: Option<Millis>,
    pub reason: Option<String>,
    pub scores: BTreeMap<String, i64>,
    pub advice: Option<Advice>,
    pub to_author: Option<String>,
    pub private: Option<String>,
}

impl Review {
    /// Every criterion has its score, and the advice and the comment are there.
    pub fn complete(&self) -> bool {
        self.scores.len() == Criterion::ALL.len() && self.advice.is_some() && self.to_author.is_some()
    }

    /// The mean score, if there is one.
    pub fn mean(&self) -> Option<f64> {
        let count = u32::try_from(self.scores.len()).ok().filter(|count| *count > 0)?;
        let sum: i64 = self.scores.values().sum();
        Some(f64::from(i32::try_from(sum).unwrap_or(0)) / f64::from(count))
    }
}

const REVIEW: &str = "SELECT a.id, a.submission_id, a.version, a.reviewer_id, a.state, a.due_at, a.reason,
    ifnull(r.scores, '{}'), r.recommendation, r.comment_author, r.comment_private
    FROM review_assignment a LEFT JOIN review r ON r.assignment_id = a.id";

fn review(row: &Row<'_>) -> rusqlite::Result<Review> {
    let scores: String = row.get(7)?;
    Ok(Review {
        id: row.get(0)?,
        submission_id: row.get(1)?,
        version: row.get(2)?,
        reviewer_id: row.get(3)?,
        state: row.get(4)?,
        due_at: row.get(5)?,
        reason: row.get(6)?,
        scores: serde_json::from_str(&scores).unwrap_or_default(),
        advice: row.get(8)?,
        to_author: row.get(9)?,
        private: row.get(10)?,
    })
}

/// By number.
pub fn get(conn: &Connection, id: i64) -> Res<Option<Review>> {
    one(conn, &format!("{REVIEW} WHERE a.id = ?1"), [id], review)
}

/// Of a paper, in order.
pub fn of_paper(conn: &Connection, paper: i64) -> Res<Vec<Review>> {
    all(conn, &format!("{REVIEW} WHERE a.submission_id = ?1 ORDER BY a.id"), [paper], review)
}

/// Those that a person has to write.
pub fn of_reviewer(conn: &Connection, person: i64) -> Res<Vec<Review>> {
    let sql = format!(
        "{REVIEW} WHERE a.reviewer_id = ?1 AND a.state IN ('offered', 'accepted') ORDER BY a.due_at, a.id"
    );
    all(conn, &sql, [person], review)
}

/// Asks somebody for a review of a version, once.
pub fn offer(
    conn: &Connection,
    paper: i64,
    version: i64,
    reviewer: i64,
    due: Option<Millis>,
    now: Millis,
) -> Res<Option<i64>> {
    let sql = "INSERT INTO review_assignment (submission_id, version, reviewer_id, state, offered_at, due_at)
        VALUES (?1, ?2, ?3, 'offered', ?4, ?5) ON CONFLICT DO NOTHING";
    let made = run(conn, sql, params![paper, version, reviewer, now, due])?;
    Ok((made == 1).then(|| conn.last_insert_rowid()))
}

/// Moves an assignment from a state to another; false when it was not in that state.
pub fn set_state(conn: &Connection, id: i64, from: &str, to: &str, reason: Option<&str>) -> Res<bool> {
    let sql = "UPDATE review_assignment SET state = ?3, reason = ?4 WHERE id = ?1 AND state = ?2";
    Ok(run(conn, sql, params![id, from, to, reason])? == 1)
}

/// Keeps what a reviewer has said so far.
pub fn save(conn: &Connection, review: &Review, now: Option<Millis>) -> Res<()> {
    let scores = serde_json::to_string(&review.scores).map_err(super::StoreError::failed)?;
    let sql = "INSERT INTO review (assignment_id, scores, recommendation, comment_author, comment_private, submitted_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (assignment_id) DO UPDATE SET scores = ?2, recommendation = ?3,
        comment_author = ?4, comment_private = ?5, submitted_at = ?6";
    run(conn, sql, params![review.id, scores, review.advice, review.to_author, review.private, now])?;
    Ok(())
}

/// Why somebody must not review a paper, as a key of the texts: they have a part in it, or share the organisation of
/// somebody who has.
pub fn conflict(conn: &Connection, paper: i64, reviewer: i64) -> Res<Option<&'static str>> {
    if super::papers::part(conn, paper, reviewer)?.is_some() {
        return Ok(Some("conflict.part"));
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM authorship a JOIN person p ON p.id = a.person_id JOIN person r ON r.id = ?2
        WHERE a.submission_id = ?1 AND p.organisation_id = r.organisation_id)";
    let same: bool = conn.prepare_cached(sql)?.query_row([paper, reviewer], |row| row.get(0))?;
    Ok(same.then_some("conflict.organisation"))
}

/// Who could review a paper: number, name, reviews in hand. Those without a conflict first, then those with less to do.
pub fn candidates(conn: &Connection, section: Option<i64>) -> Res<Vec<(i64, String, i64)>> {
    let ids = super::people::granted(conn, Role::Reviewer, section)?;
    let mut found = Vec::new();
    for id in ids {
        let sql = "SELECT ifnull(full_name, '—'), (SELECT count(*) FROM review_assignment a WHERE a.reviewer_id = p.id
            AND a.state IN ('offered', 'accepted')) FROM person p WHERE p.id = ?1";
        if let Some((name, load)) = one(conn, sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))? {
            found.push((id, name, load));
        }
    }
    found.sort_by_key(|(id, _, load): &(i64, String, i64)| (*load, *id));
    Ok(found)
}

/// Notes a decision.
pub fn decide(
    conn: &Connection,
    paper: (i64, i64),
    outcome: Outcome,
    presentation: Option<Presentation>,
    comment: Option<&str>,
    by: Option<i64>,
    now: Millis,
) -> Res<()> {
    let sql = "INSERT INTO decision (submission_id, version, outcome, presentation, comment, by, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    run(conn, sql, params![paper.0, paper.1, outcome, presentation, comment, by, now])?;
    Ok(())
}

/// Takes the last decision about a version back.
pub fn undecide(conn: &Connection, paper: i64, version: i64) -> Res<()> {
    let sql = "DELETE FROM decision WHERE id = (SELECT max(id) FROM decision WHERE submission_id = ?1 AND version = ?2)";
    run(conn, sql, [paper, version])?;
    Ok(())
}

/// How an accepted paper is to be given.
pub fn presentation(conn: &Connection, paper: i64) -> Res<Option<Presentation>> {
    let sql = "SELECT presentation FROM decision WHERE submission_id = ?1 ORDER BY id DESC LIMIT 1";
    Ok(one(conn, sql, [paper], |row| row.get(0))?.flatten())
}

/// Everybody who has a part in a paper.
pub fn parties(conn: &Connection, paper: i64) -> Res<Vec<(i64, Part)>> {
    Ok(super::papers::people(conn, paper)?.into_iter().map(|(id, _, part)| (id, part)).collect())
}
