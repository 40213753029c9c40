//! What can be read from a history: differences, measurements, and how well the profile was watched.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use tgbio_core::store::{ProfileRecord, Revision};
use tgbio_core::{ProfileId, Timestamp};

use super::Group;
use super::access::{By, Level, Reader};
use super::cursor::{self, usual_limit};
use super::revisions::no_such_revision;
use crate::http::{Problem, kinds};
use crate::watched::Watched;
use crate::wire::{CountPage, CountPoint, Coverage, Delay, RevisionDiff, Time};

/// The operations.
pub(super) struct Reading;

/// The revision of a number, or the newest.
async fn newer_side<L: Level>(by: &By<L>, id: ProfileId, number: Option<u64>) -> Result<Revision, Problem> {
    let found = match number {
        Some(number) => by.app.store().revision(id, number).await?,
        None => by.app.store().revisions_before(id, i64::MAX.unsigned_abs(), 1).await?.pop(),
    };
    found.ok_or_else(no_such_revision)
}

/// The revision of a number, or the one before `newer`, or `newer` itself when it is the first.
async fn older_side<L: Level>(
    by: &By<L>,
    id: ProfileId,
    number: Option<u64>,
    newer: &Revision,
) -> Result<Revision, Problem> {
    match number {
        Some(number) => by.app.store().revision(id, number).await?.ok_or_else(no_such_revision),
        None => {
            let before = by.app.store().revisions_before(id, newer.number, 1).await?.pop();
            Ok(before.unwrap_or_else(|| newer.clone()))
        }
    }
}

fn not_backwards(from: Timestamp, until: Timestamp) -> Result<(), Problem> {
    let wrong = || Problem::new(kinds::BAD_PARAMETER, "`from` is later than `until`: exchange them");
    (from <= until).then_some(()).ok_or_else(wrong)
}

/// The coverage of a period, by itself from the first good look until now.
async fn coverage_of<L: Level>(
    by: &By<L>,
    record: &ProfileRecord,
    from: Option<Time>,
    until: Option<Time>,
) -> Result<Coverage, Problem> {
    let now = by.app.now();
    // What is still to come is no gap.
    let until = until.map_or(now, |until| until.0.min(now));
    if from.is_some_and(|from| from.0 > now) {
        let detail = "`from` lies in the future: nothing can have been observed there yet";
        return Err(Problem::new(kinds::BAD_PARAMETER, detail));
    }
    let Some(from) = from.map(|from| from.0).or(record.first_observed_at.map(|first| first.min(until)))
    else {
        return Ok(Coverage::none(until));
    };
    not_backwards(from, until)?;
    Ok(Coverage::from(&Watched::over(&by.app, record, from, until).await?))
}

#[OpenApi(tag = "Group::History")]
impl Reading {
    /// What differs between two revisions.
    ///
    /// Without `to` it is the newest one, without `from` the one before `to`.
    #[oai(path = "/profiles/:p/diff", method = "get", operation_id = "diffRevisions")]
    async fn diff(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// Number of a revision.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        from: Query<Option<u64>>,
        /// Number of the revision to compare with.
        #[oai(validator(minimum(value = "1"), maximum(value = "9000000000000000")))]
        to: Query<Option<u64>>,
    ) -> Result<Json<RevisionDiff>, Problem> {
        let id = by.profile(&p).await?.id;
        let newer = newer_side(&by, id, to.0).await?;
        let older = older_side(&by, id, from.0, &newer).await?;
        Ok(Json(RevisionDiff::between(&older, &newer)))
    }

    /// Measurements: subscribers, members, monthly users.
    ///
    /// Each page is oldest first; the first page holds the newest, and the cursor leads to older ones.
    #[oai(path = "/profiles/:p/counts", method = "get", operation_id = "listCounts")]
    async fn counts(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// Not before this time.
        from: Query<Option<Time>>,
        /// Not after this time.
        until: Query<Option<Time>>,
        /// `next_cursor` of the page before.
        #[oai(validator(pattern = "^c[0-9a-f]{1,15}$"))]
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<u32>,
    ) -> Result<Json<CountPage>, Problem> {
        let older = cursor::read('c', cursor.as_deref())?.map(Timestamp::from_millis);
        let end = Timestamp::from_millis(i64::MAX);
        let (from, until) = (
            from.0.map_or(Timestamp::from_millis(i64::MIN), |from| from.0),
            until.0.map_or(end, |until| until.0),
        );
        not_backwards(from, until)?;
        let (id, limit) = (by.profile(&p).await?.id, limit.0 as usize);
        let until = older.map_or(until, |older| older.min(until));
        let mut points = by.app.store().counts(id, from, until, limit + 1).await?;
        let more = points.len() > limit;
        points.drain(..points.len().saturating_sub(limit));
        let next = points.first().filter(|_| more).map(|first| first.at.as_millis().saturating_sub(1).max(0));
        let next_cursor = next.map(|millis| cursor::write('c', millis));
        Ok(Json(CountPage { items: points.iter().map(CountPoint::from).collect(), next_cursor }))
    }

    /// How well a profile was watched: spans, share of the time, gaps, and how late a change was seen at worst.
    #[oai(path = "/profiles/:p/coverage", method = "get", operation_id = "getCoverage")]
    async fn coverage(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
        /// Start of the period, not in the future; the first good look unless said otherwise.
        from: Query<Option<Time>>,
        /// End of the period; now unless said otherwise.
        until: Query<Option<Time>>,
    ) -> Result<Json<Coverage>, Problem> {
        let record = by.profile(&p).await?;
        Ok(Json(coverage_of(&by, &record, from.0, until.0).await?))
    }

    /// With what delay a change is told, and what it would cost in requests to halve that. While a profile is paused there is
    /// none.
    #[oai(path = "/profiles/:p/delay", method = "get", operation_id = "getDelay")]
    async fn delay(
        &self,
        by: By<Reader>,
        /// The id, or the current username in any spelling.
        p: Path<String>,
    ) -> Result<Json<Delay>, Problem> {
        let record = by.profile(&p).await?;
        if !record.monitored {
            return Err(Problem::not_found(format!(
                "@{} is paused: it is not looked at, so that no change of it is told until that goes on",
                record.username
            )));
        }
        let next_due = by.app.store().next_due().await?;
        Ok(Json(Delay::from(record.expectation(by.app.tracker.rules(), next_due, by.app.now()))))
    }
}
