//! `reparse`: reads the kept pages with the present reader and corrects history, without telling it as a change.

use std::collections::HashMap;

use serde::Serialize;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{
    Correction, Corrector, KeptEvidence, ProfileQuery, ProfileRecord, ProfileStore, Reread, Revision,
    STRAY_PAGES, StoreError,
};
use tgbio_core::{Evidence, FieldValue, Observed, Presence, ProfileId, Timestamp, Username};
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
    /// Of the pages that were not judged when they came: those that are read now.
    strays: u64,
    strays_unreadable: u64,
    strays_unknown: u64,
}

/// What is made of the pages that were not judged when they came, by their profiles.
type Strays = HashMap<ProfileId, Vec<(Timestamp, Option<Reread>)>>;

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
    let strays = strays(&store).await?;
    let (mut count, mut rows) = (Count::default(), Vec::new());
    let mut query = ProfileQuery { limit: PAGE, ..ProfileQuery::default() };
    loop {
        let page = store.profiles(&query).await?;
        for record in &page.items {
            let corrections = profile(context, (&store, &strays), record, dry_run, &mut count).await?;
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
    (store, strays): (&SqliteStore, &Strays),
    record: &ProfileRecord,
    dry_run: bool,
    count: &mut Count,
) -> CliResult<Vec<Correction>> {
    for _ in 0..TRIES {
        let mut seen = Count::default();
        let of_profile = strays.get(&record.id).map_or(&[][..], Vec::as_slice);
        let planned = plan(store, record, of_profile, &mut seen).await?;
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

/// Reads the pages that were not judged.
async fn strays(store: &SqliteStore) -> CliResult<Strays> {
    let mut strays = Strays::new();
    for page in store.stray_pages(STRAY_PAGES).await? {
        if page.fetcher != scrape::NAME || !page.evidence.media_type.starts_with("text/html") {
            continue;
        }
        let Some(record) = store.profile(&page.profile_id.into()).await? else { continue };
        let reread = reread(&page.evidence, &record.username);
        strays.entry(page.profile_id).or_default().push((page.at, reread));
    }
    Ok(strays)
}

async fn plan(
    store: &SqliteStore,
    record: &ProfileRecord,
    strays: &[(Timestamp, Option<Reread>)],
    count: &mut Count,
) -> CliResult<Vec<Correction>> {
    let read: Vec<_> = strays.iter().filter_map(|(at, read)| Some((*at, read.clone()?))).collect();
    (count.strays, count.strays_unreadable) = (read.len() as u64, (strays.len() - read.len()) as u64);
    let (mut corrector, mut planned, mut after) = (Corrector::with_strays(read), Vec::new(), 0);
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
            count.strays_unknown = corrector.unknown() as u64;
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
    reread(&kept.evidence, &revision.profile.username)
        .map_or(Page::Unreadable, |read| Page::Read(Box::new(read)))
}

/// What the present reader makes of a page of this name.
fn reread(page: &Evidence, name: &Username) -> Option<Reread> {
    let reading = scrape::read_saved_page(&page.body, name, Some(page.status)).ok()?;
    Some(Reread { profile: reading.profile, parser: scrape::PARSER.to_owned() })
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
        self.strays += other.strays;
        self.strays_unreadable += other.strays_unreadable;
        self.strays_unknown += other.strays_unknown;
    }
}

fn tell(count: &Count, dry_run: bool) {
    let what = if dry_run { "revisions would be corrected" } else { "revisions are corrected" };
    out::note(&format!(
        "{} pages read, {} {what}; left as they are: {} without a page, {} of another backend, {} that cannot be read",
        count.read, count.corrected, count.no_page, count.foreign, count.unreadable
    ));
    if count.strays + count.strays_unreadable > 0 {
        out::note(&format!(
            "of the pages that were not judged when they came: {} are read now, {} of them show what the history has not; {} cannot be read",
            count.strays, count.strays_unknown, count.strays_unreadable
        ));
    }
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
    let time = |at: Timestamp| serde_json::Value::from(at.to_string());
    if old.first_seen != new.first_seen {
        lines.push(line("first_seen", time(old.first_seen), time(new.first_seen)));
    }
    if old.last_seen_before != new.last_seen_before {
        let maybe = |at: Option<Timestamp>| at.map(time).unwrap_or_default();
        lines.push(line("last_seen_before", maybe(old.last_seen_before), maybe(new.last_seen_before)));
    }
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
