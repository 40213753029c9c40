//! `reparse`: reads the kept pages with the present reader and corrects history, without telling it as a change.

use serde::Serialize;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{
    Correction, Corrector, KeptEvidence, ProfileQuery, ProfileRecord, ProfileStore, Reread, Revision,
    StoreError,
};
use tgbio_core::{FieldValue, Observed, Presence, Timestamp};
use tgbio_fetch::scrape;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::{out, safe};

/// Profiles and revisions that are read at once.
const PAGE: usize = 100;
/// Tries when somebody changes the same history meanwhile.
const TRIES: usize = 5;
/// Characters of a value in the table.
const SHORT: usize = 60;

/// What was done.
#[derive(Debug, Default)]
struct Count {
    read: u64,
    no_page: u64,
    foreign: u64,
    unreadable: u64,
    corrected: u64,
}

/// What became of one page.
enum Page {
    None,
    /// Another backend's.
    Foreign,
    Unreadable,
    Read(Box<Reread>),
}

/// One field that is corrected.
#[derive(Debug, Serialize)]
struct Line {
    profile_id: String,
    username: String,
    revision: u64,
    field: &'static str,
    was: serde_json::Value,
    becomes: serde_json::Value,
    parser_was: String,
    parser: String,
    dry_run: bool,
}

/// Reads all pages again.
pub async fn run(context: &mut Context, dry_run: bool, json: bool) -> CliResult {
    let store = context.sqlite().await?;
    let (mut count, mut rows) = (Count::default(), Vec::new());
    let mut query = ProfileQuery { limit: PAGE, ..ProfileQuery::default() };
    loop {
        let page = store.profiles(&query).await?;
        for record in &page.items {
            let corrections = profile(context, &store, record, dry_run, &mut count).await?;
            for line in corrections.iter().flat_map(|correction| lines(record, correction, dry_run)) {
                if json {
                    context.out.json(&line)?;
                } else {
                    rows.push(cells(&line));
                }
            }
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    if !json && !rows.is_empty() {
        context.out.table(&["name", "revision", "field", "was", "becomes"], rows)?;
    }
    tell(&count, dry_run);
    Ok(())
}

/// Corrects one profile; the whole of it again when somebody changed its history meanwhile.
async fn profile(
    context: &Context,
    store: &SqliteStore,
    record: &ProfileRecord,
    dry_run: bool,
    count: &mut Count,
) -> CliResult<Vec<Correction>> {
    for _ in 0..TRIES {
        let mut seen = Count::default();
        let planned = plan(store, record, &mut seen).await?;
        let done = match planned.is_empty() || dry_run {
            true => Ok(()),
            false => store.correct(record.id, planned.clone(), Timestamp::now(), &context.actor()).await,
        };
        match done {
            Ok(()) => {
                count.add(&seen);
                return Ok(planned);
            }
            // Erased meanwhile: nothing is left to correct.
            Err(StoreError::NotFound(_)) => return Ok(Vec::new()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CliError::Failed(format!(
        "the history of @{} was changed by somebody else again and again: try later",
        record.username
    )))
}

async fn plan(store: &SqliteStore, record: &ProfileRecord, count: &mut Count) -> CliResult<Vec<Correction>> {
    let (mut corrector, mut planned, mut after) = (Corrector::default(), Vec::new(), 0);
    loop {
        let revisions = store.revisions(record.id, after, PAGE).await?;
        for revision in &revisions {
            let page = page_of(store, record, revision).await?;
            let reread = count.page(page);
            planned.extend(corrector.next(revision, reread.as_ref(), Timestamp::now()));
            after = revision.number;
        }
        if revisions.len() < PAGE {
            count.corrected = planned.len() as u64;
            return Ok(planned);
        }
    }
}

async fn page_of(store: &SqliteStore, record: &ProfileRecord, revision: &Revision) -> CliResult<Page> {
    if revision.evidence_sha256.is_none() || revision.presence != Presence::Present {
        return Ok(Page::None);
    }
    let kept = store.evidence(record.id, revision.number).await?;
    Ok(kept.map_or(Page::None, |kept| read(&kept, revision)))
}

fn read(kept: &KeptEvidence, revision: &Revision) -> Page {
    if revision.fetcher != scrape::NAME || !kept.evidence.media_type.starts_with("text/html") {
        return Page::Foreign;
    }
    let (body, name) = (&kept.evidence.body, &revision.profile.username);
    match scrape::read_saved_page(body, name, Some(kept.evidence.status)) {
        Ok(reading) => {
            Page::Read(Box::new(Reread { profile: reading.profile, parser: scrape::PARSER.to_owned() }))
        }
        Err(_) => Page::Unreadable,
    }
}

impl Count {
    fn page(&mut self, page: Page) -> Option<Reread> {
        match page {
            Page::None => self.no_page += 1,
            Page::Foreign => self.foreign += 1,
            Page::Unreadable => self.unreadable += 1,
            Page::Read(reread) => {
                self.read += 1;
                return Some(*reread);
            }
        }
        None
    }

    fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.no_page += other.no_page;
        self.foreign += other.foreign;
        self.unreadable += other.unreadable;
        self.corrected += other.corrected;
    }
}

fn tell(count: &Count, dry_run: bool) {
    let what = if dry_run { "revisions would be corrected" } else { "revisions are corrected" };
    out::note(&format!(
        "{} pages read, {} {what}; left as they are: {} without a page, {} of another backend, {} that cannot be read",
        count.read, count.corrected, count.no_page, count.foreign, count.unreadable
    ));
}

fn lines(record: &ProfileRecord, correction: &Correction, dry_run: bool) -> Vec<Line> {
    let (old, new) = (&correction.old, &correction.new);
    let line = |field, was, becomes| Line {
        profile_id: record.id.to_string(),
        username: new.profile.username.to_string(),
        revision: new.number,
        field,
        was,
        becomes,
        parser_was: old.parser.clone(),
        parser: new.parser.clone(),
        dry_run,
    };
    let value = |value: Observed<FieldValue>| serde_json::to_value(value.present()).unwrap_or_default();
    let mut lines: Vec<Line> = correction
        .fields()
        .into_iter()
        .map(|field| line(field.as_str(), value(old.profile.value(field)), value(new.profile.value(field))))
        .collect();
    if old.changed != new.changed {
        let names = |revision: &Revision| {
            revision.changed.iter().map(|field| field.as_str()).collect::<Vec<_>>().into()
        };
        lines.push(line("changed", names(old), names(new)));
    }
    lines
}

fn cells(line: &Line) -> Vec<String> {
    let short = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "nothing".to_owned(),
        serde_json::Value::String(text) => safe::short(text, SHORT),
        other => safe::short(&other.to_string(), SHORT),
    };
    let (was, becomes) = (short(&line.was), short(&line.becomes));
    vec![format!("@{}", line.username), format!("#{}", line.revision), line.field.to_owned(), was, becomes]
}
