//! Erasing a person: nothing that they wrote, sent or are named by stays, but the audit log, which holds no texts.

use rusqlite::params;

use super::Act;
use crate::domain::{Part, Role};
use crate::store::{Res, all, one, people, refuse, run};

/// Tells the columns by which a person is known from outside.
struct Known {
    name: Option<String>,
    email_key: Option<String>,
    tg_id: i64,
    username: Option<String>,
}

/// Erases a person. Papers that they share pass to the first co-author, the others lose all content.
pub fn erase(act: &Act<'_>, person: i64) -> Res<()> {
    act.with_role(Role::Organiser, None)?;
    let found = people::get(act.conn, person)?.filter(|found| found.erased_at.is_none());
    let Some(found) = found else { return refuse("erase.none") };
    let login =
        one(act.conn, "SELECT 1 FROM web_identity WHERE person_id = ?1 LIMIT 1", [person], |_| Ok(()))?;
    if login.is_some() {
        return refuse("erase.login");
    }
    let tg_id = people::account(act.conn, person)?.map_or(0, |(tg_id, _)| tg_id);
    let username = people::username(act.conn, tg_id)?;
    let known = Known { name: found.full_name, email_key: found.email_key, tg_id, username };
    give_up_papers(act, person)?;
    invitations(act, person, &known)?;
    own_words(act, person)?;
    documents(act, person)?;
    letters(act, person, &known)?;
    account(act, person, &known)?;
    bare(act, person)?;
    act.audit("person.erased", ("person", person), "")
}

fn give_up_papers(act: &Act<'_>, person: i64) -> Res<()> {
    let owned: Vec<i64> =
        all(act.conn, "SELECT id FROM submission WHERE owner_id = ?1", [person], |row| row.get(0))?;
    for paper in owned {
        let sql = "SELECT person_id FROM authorship WHERE submission_id = ?1 AND person_id <> ?2 AND role = 'co_author'
            ORDER BY position LIMIT 1";
        match one(act.conn, sql, [paper, person], |row| row.get::<_, i64>(0))? {
            Some(heir) => pass_on(act, paper, heir)?,
            None => empty(act, paper)?,
        }
    }
    run(act.conn, "DELETE FROM authorship WHERE person_id = ?1", [person])?;
    Ok(())
}

fn pass_on(act: &Act<'_>, paper: i64, heir: i64) -> Res<()> {
    run(act.conn, "UPDATE submission SET owner_id = ?2 WHERE id = ?1", [paper, heir])?;
    let sql = "UPDATE authorship SET role = ?3 WHERE submission_id = ?1 AND person_id = ?2";
    run(act.conn, sql, params![paper, heir, Part::Author])?;
    act.audit("paper.passed_on", ("submission", paper), &heir.to_string())
}

/// Statements that leave nothing of a paper but its number.
const EMPTY: &[&str] = &[
    "DELETE FROM programme_slot WHERE submission_id = ?1",
    "DELETE FROM submission_version WHERE submission_id = ?1",
    "UPDATE review SET comment_author = NULL, comment_private = NULL WHERE assignment_id IN
        (SELECT id FROM review_assignment WHERE submission_id = ?1)",
    "UPDATE review_assignment SET reason = NULL,
        state = iif(state IN ('offered', 'accepted'), 'declined', state) WHERE submission_id = ?1",
    "UPDATE decision SET comment = NULL WHERE submission_id = ?1",
    "UPDATE outbox SET invitation_id = NULL WHERE invitation_id IN
        (SELECT id FROM invitation WHERE submission_id = ?1)",
    "DELETE FROM invitation WHERE submission_id = ?1",
    "DELETE FROM authorship WHERE submission_id = ?1",
    "UPDATE submission SET title = NULL, abstract = NULL, keywords = NULL, comment = NULL, permit_doc = NULL, paper_doc = NULL,
        state = 'withdrawn', rev = rev + 1, claimed_by = NULL, claim_expires = NULL WHERE id = ?1",
];

fn empty(act: &Act<'_>, paper: i64) -> Res<()> {
    for sql in EMPTY {
        run(act.conn, sql, [paper])?;
    }
    act.audit("paper.erased", ("submission", paper), "")
}

/// Invitations to or answered by the person name nobody any more.
fn invitations(act: &Act<'_>, person: i64, known: &Known) -> Res<()> {
    let sql = "UPDATE invitation SET shown = '—', target = 'erased:' || id, target_tg_id = NULL, reason = NULL,
        state = iif(state = 'pending', 'revoked', state) WHERE decided_by = ?1 OR (?2 <> 0 AND target_tg_id = ?2)
        OR (kind = 'contact' AND target = CAST(?2 AS TEXT)) OR (kind = 'email' AND target = ?3)
        OR (kind = 'username' AND target = ?4)";
    run(act.conn, sql, params![person, known.tg_id, known.email_key, known.username])?;
    Ok(())
}

/// What the person said about others.
fn own_words(act: &Act<'_>, person: i64) -> Res<()> {
    let sql = "UPDATE review SET comment_author = NULL, comment_private = NULL WHERE assignment_id IN
        (SELECT id FROM review_assignment WHERE reviewer_id = ?1)";
    run(act.conn, sql, [person])?;
    let sql = "UPDATE review_assignment SET reason = NULL,
        state = iif(state IN ('offered', 'accepted'), 'declined', state) WHERE reviewer_id = ?1";
    run(act.conn, sql, [person])?;
    Ok(())
}

const IN_USE: &str = "SELECT permit_doc FROM submission WHERE permit_doc IS NOT NULL
    UNION SELECT paper_doc FROM submission WHERE paper_doc IS NOT NULL
    UNION SELECT permit_doc FROM submission_version WHERE permit_doc IS NOT NULL
    UNION SELECT paper_doc FROM submission_version";

fn documents(act: &Act<'_>, person: i64) -> Res<()> {
    run(act.conn, "DELETE FROM consent WHERE person_id = ?1", [person])?;
    let sql = format!("DELETE FROM document WHERE uploader_id = ?1 AND id NOT IN ({IN_USE})");
    run(act.conn, &sql, [person])?;
    // What belongs to a shared paper stays, without the name of the one who sent it.
    let sql = "UPDATE document SET uploader_id = NULL, file_name = kind WHERE uploader_id = ?1";
    run(act.conn, sql, [person])?;
    run(act.conn, "DELETE FROM document_body WHERE id NOT IN (SELECT body_id FROM document)", [])?;
    Ok(())
}

/// Letters to the person, and those to others that never arrived and name them.
fn letters(act: &Act<'_>, person: i64, known: &Known) -> Res<()> {
    let sql =
        "DELETE FROM outbox WHERE person_id = ?1 OR (channel = 'telegram' AND recipient = CAST(?2 AS TEXT))
        OR (channel = 'email' AND lower(recipient) = ?3) OR (state = 'dead' AND instr(body, ?4) > 0)";
    run(act.conn, sql, params![person, known.tg_id, known.email_key, known.name])?;
    Ok(())
}

/// The Telegram account and everything that is kept by its number or by the address.
fn account(act: &Act<'_>, person: i64, known: &Known) -> Res<()> {
    for sql in [
        "DELETE FROM dialog WHERE tg_id = ?1",
        "DELETE FROM update_seen WHERE tg_id = ?1 AND done_at IS NULL",
        "UPDATE update_seen SET tg_id = 0, error = NULL WHERE tg_id = ?1",
        "UPDATE error_report SET tg_id = 0, person_id = NULL WHERE tg_id = ?1",
        "DELETE FROM email_code WHERE tg_id = ?1",
        "DELETE FROM limiter WHERE instr(key, CAST(?1 AS TEXT)) > 0",
        "DELETE FROM tg_account WHERE tg_id = ?1",
    ] {
        if known.tg_id != 0 {
            run(act.conn, sql, [known.tg_id])?;
        }
    }
    for sql in
        ["DELETE FROM email_code WHERE address_key = ?1", "DELETE FROM limiter WHERE instr(key, ?1) > 0"]
    {
        run(act.conn, sql, [&known.email_key])?;
    }
    run(act.conn, "UPDATE error_report SET person_id = NULL WHERE person_id = ?1", [person])?;
    Ok(())
}

/// What is left is a number.
fn bare(act: &Act<'_>, person: i64) -> Res<()> {
    run(act.conn, "DELETE FROM application WHERE person_id = ?1", [person])?;
    run(act.conn, "DELETE FROM late_grant WHERE person_id = ?1", [person])?;
    let sql = "UPDATE role_grant SET revoked_at = ?2 WHERE person_id = ?1 AND revoked_at IS NULL";
    run(act.conn, sql, [person, act.now])?;
    let sql =
        "UPDATE person SET full_name = NULL, birth_date = NULL, phone = NULL, email = NULL, email_key = NULL,
        email_verified_at = NULL, status = NULL, organisation_id = NULL, org_full = NULL, org_abbr = NULL,
        org_abbr_en = NULL, leaving_at = NULL, erased_at = ?2 WHERE id = ?1";
    run(act.conn, sql, [person, act.now])?;
    let sql = "DELETE FROM organisation WHERE verified_at IS NULL AND merged_into IS NULL
        AND id NOT IN (SELECT organisation_id FROM person WHERE organisation_id IS NOT NULL)
        AND id NOT IN (SELECT merged_into FROM organisation WHERE merged_into IS NOT NULL)";
    run(act.conn, sql, [])?;
    Ok(())
}
