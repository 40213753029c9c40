//! Numbers of the conference.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use poem_openapi::Object;
use rusqlite::Connection;

use crate::World;
use crate::domain::{ApplicationState, DAY, PaperState, Status};
use crate::store::{Res, all, number};

/// How many of one kind.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Count {
    pub name: String,
    pub count: i64,
}

/// What happened on one day.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Day {
    pub date: String,
    pub registrations: i64,
    pub papers: i64,
}

/// The numbers.
#[derive(Debug, Clone, Object)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub struct Statistics {
    pub people: i64,
    pub approved: i64,
    pub papers: i64,
    pub waiting_applications: i64,
    pub waiting_papers: i64,
    pub dead_letters: i64,
    pub open_reports: i64,
    pub by_status: Vec<Count>,
    pub by_organisation: Vec<Count>,
    pub by_application: Vec<Count>,
    pub papers_by_section: Vec<Count>,
    pub papers_by_state: Vec<Count>,
    pub days: Vec<Day>,
}

/// Organisations that are shown by name.
const ORGANISATIONS: i64 = 12;
/// Days that are shown.
const DAYS: i64 = 30;

/// Counts everything.
pub fn all_of(conn: &Connection, world: &World) -> Res<Statistics> {
    let count = |sql: &str| number(conn, sql, []);
    Ok(Statistics {
        people: count("SELECT count(*) FROM application")?,
        approved: count("SELECT count(*) FROM application WHERE state = 'approved'")?,
        papers: count("SELECT count(*) FROM submission WHERE code IS NOT NULL AND state <> 'withdrawn'")?,
        waiting_applications: count("SELECT count(*) FROM application WHERE state = 'submitted'")?,
        waiting_papers: count("SELECT count(*) FROM submission WHERE state = 'submitted'")?,
        dead_letters: count("SELECT count(*) FROM outbox WHERE state = 'dead'")?,
        open_reports: count("SELECT count(*) FROM error_report WHERE closed_at IS NULL")?,
        by_status: in_order(counts(conn, STATUSES)?, Status::ALL.iter().map(|word| word.code())),
        by_organisation: all(conn, ORGANISATION, [ORGANISATIONS], |row| {
            Ok(Count { name: row.get(0)?, count: row.get(1)? })
        })?,
        by_application: in_order(
            counts(conn, APPLICATIONS)?,
            ApplicationState::ALL.iter().map(|word| word.code()),
        ),
        papers_by_section: counts(conn, SECTIONS)?,
        papers_by_state: in_order(counts(conn, STATES)?, PaperState::ALL.iter().map(|word| word.code())),
        days: days(conn, world)?,
    })
}

const STATUSES: &str = "SELECT p.status, count(*) FROM person p JOIN application a ON a.person_id = p.id
    WHERE p.status IS NOT NULL GROUP BY 1";
const ORGANISATION: &str = "SELECT o.abbr, count(*) FROM person p JOIN application a ON a.person_id = p.id
    JOIN organisation o0 ON o0.id = p.organisation_id JOIN organisation o ON o.id = ifnull(o0.merged_into, o0.id)
    GROUP BY o.id ORDER BY 2 DESC, 1 LIMIT ?1";
const APPLICATIONS: &str = "SELECT state, count(*) FROM application GROUP BY 1";
const SECTIONS: &str =
    "SELECT c.code, count(s.id) FROM section c LEFT JOIN submission s ON s.section_id = c.id
    AND s.code IS NOT NULL AND s.state <> 'withdrawn' WHERE c.active GROUP BY c.id ORDER BY c.position";
const STATES: &str = "SELECT state, count(*) FROM submission GROUP BY 1";

fn counts(conn: &Connection, sql: &str) -> Res<Vec<Count>> {
    all(conn, sql, [], |row| Ok(Count { name: row.get(0)?, count: row.get(1)? }))
}

fn in_order<'a>(found: Vec<Count>, names: impl Iterator<Item = &'a str>) -> Vec<Count> {
    let found: BTreeMap<String, i64> = found.into_iter().map(|count| (count.name, count.count)).collect();
    names.map(|name| Count { name: name.to_owned(), count: found.get(name).copied().unwrap_or(0) }).collect()
}

/// The last days where the conference is, with those on which nothing happened.
fn days(conn: &Connection, world: &World) -> Res<Vec<Day>> {
    let since = world.now() - DAYS * DAY;
    let times = |sql: &str| -> Res<Vec<Date>> {
        all(conn, sql, [since], |row| row.get::<_, i64>(0))
            .map(|times| times.into_iter().map(|at| world.day_of(at)).collect())
    };
    let people = times("SELECT submitted_at FROM application WHERE submitted_at >= ?1")?;
    let papers = times("SELECT submitted_at FROM submission WHERE submitted_at >= ?1")?;
    let mut day = world.day_of(since);
    let mut days = Vec::new();
    while day < world.today() {
        day = day.saturating_add(1.day());
        let on =
            |dates: &[Date]| i64::try_from(dates.iter().filter(|date| **date == day).count()).unwrap_or(0);
        days.push(Day { date: day.to_string(), registrations: on(&people), papers: on(&papers) });
    }
    Ok(days)
}
