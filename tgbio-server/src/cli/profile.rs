//! `profile`: the followed profiles.

use std::io::{IsTerminal as _, Read};
use std::path::Path;
use std::sync::Arc;

use tgbio_core::store::{Actor, NewProfile, ProfilePatch, ProfileQuery, ProfileRecord, ProfileStore};
use tgbio_core::{FollowError, Outcome, Priority, Timestamp, Tracker, Username};

use super::args::{AddOptions, ProfileCommand};
use super::context::Context;
use super::error::{CliError, CliResult};
use super::names::{self, Failures};
use super::{keeping, out, safe};
use crate::config::duration;
use crate::wire;

/// More of a list of names is not read.
const MOST_OF_A_FILE: u64 = 16 << 20;
/// Profiles that are read at once.
const PAGE: usize = 500;

/// How much a profile matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// After the others while there is not enough for all, for six hours at most
    Low,
    /// As most
    Normal,
    /// Before the others while there is not enough for all, and looked at twice as often
    High,
}

impl From<Level> for Priority {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Normal => Self::Normal,
            Level::High => Self::High,
        }
    }
}

/// Runs one of the commands.
pub async fn run(context: &mut Context, command: ProfileCommand) -> CliResult {
    match command {
        ProfileCommand::Add { names, options } => add(context, &names, &options).await,
        ProfileCommand::Import { file, options } => {
            let names = names::in_text(&read(&file)?);
            add(context, &names, &options).await
        }
        ProfileCommand::Remove { names, yes } => remove(context, &names, yes).await,
        ProfileCommand::Pause { names } => patch_all(context, &names, &monitored(false), "paused").await,
        ProfileCommand::Resume { names } => patch_all(context, &names, &monitored(true), "monitored").await,
        ProfileCommand::Priority { priority, names } => {
            let level = Priority::from(priority);
            let patch = ProfilePatch { priority: Some(level), ..ProfilePatch::default() };
            patch_all(context, &names, &patch, &format!("of {level} priority")).await
        }
        ProfileCommand::List { json } => list(context, json.json).await,
    }
}

fn read(file: &Path) -> CliResult<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MOST_OF_A_FILE).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MOST_OF_A_FILE).read_to_string(&mut text))
    };
    let why = |error| CliError::Failed(format!("the list {} cannot be read: {error}", file.display()));
    read.map(|_| text).map_err(why)
}

async fn add(context: &mut Context, names: &[String], options: &AddOptions) -> CliResult {
    let interval = options.interval.as_deref().map(interval).transpose()?;
    let follow = Follow::new(context, options.no_verify).await?;
    let progress = context.progress(names.len());
    let mut failures = Failures::default();
    for text in names {
        let added = add_one(context, &follow, text, options, interval).await;
        progress.suspend(|| {
            let told = added.and_then(|record| context.tell(&format!("@{} is followed", record.username)));
            failures.note(told)
        })?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    failures.end()
}

async fn add_one(
    context: &Context,
    follow: &Follow,
    text: &str,
    options: &AddOptions,
    interval: Option<std::time::Duration>,
) -> CliResult<ProfileRecord> {
    let mut new = NewProfile::new(Username::parse(text)?);
    new.note.clone_from(&options.note);
    new.tags.clone_from(&options.tags);
    new.interval = interval;
    new.priority = options.priority.into();
    follow.one(&new, &context.actor()).await
}

/// How names are followed: with a look at each, or without any, which needs no backend.
enum Follow {
    Verified(Tracker),
    Unseen(Arc<dyn ProfileStore>),
}

impl Follow {
    async fn new(context: &Context, unseen: bool) -> CliResult<Self> {
        Ok(match unseen {
            true => Self::Unseen(context.sqlite_or_new().await?),
            false => Self::Verified(context.tracker_or_new().await?),
        })
    }

    async fn one(&self, new: &NewProfile, actor: &Actor) -> CliResult<ProfileRecord> {
        match self {
            Self::Verified(tracker) => {
                tracker.follow(new, true, actor).await.map_err(|error| not_followed(&error))
            }
            Self::Unseen(store) => Ok(store.follow(new, Timestamp::now(), actor).await?),
        }
    }
}

fn not_followed(error: &FollowError) -> CliError {
    let reason = if let FollowError::Fetch(error) = error { error.reason() } else { None };
    CliError::Failed(names::with_advice(error.to_string(), reason))
}

fn interval(text: &str) -> CliResult<std::time::Duration> {
    let span = duration::parse(text).filter(|span| !span.is_zero());
    span.ok_or_else(|| {
        CliError::Usage(format!("the flag --interval is {text:?}, but {} is expected", duration::EXPECTED))
    })
}

async fn remove(context: &mut Context, names: &[String], yes: bool) -> CliResult {
    let store = context.sqlite().await?;
    let (mut failures, mut found) = (Failures::default(), Vec::<ProfileRecord>::new());
    for text in names {
        let record = failures.note(names::find(&*store, text).await)?;
        // The same one may be named twice.
        found.extend(record.filter(|record| found.iter().all(|other| other.id != record.id)));
    }
    if found.is_empty() {
        return failures.end();
    }
    // Whoever calls it from a program has been asked already.
    if !yes && std::io::stdin().is_terminal() {
        keeping::ask_to_erase(&found)?;
    }
    for record in &found {
        failures.note(keeping::erase_one(context, &store, record, false).await)?;
    }
    keeping::end_erasing(context, &store).await?;
    failures.end()
}

fn monitored(on: bool) -> ProfilePatch {
    ProfilePatch { monitored: Some(on), ..ProfilePatch::default() }
}

/// Changes each of the profiles, and says what it is now.
async fn patch_all(context: &mut Context, names: &[String], patch: &ProfilePatch, now: &str) -> CliResult {
    let store = context.store().await?;
    let mut failures = Failures::default();
    for text in names {
        let done = patch_one(context, &*store, text, (patch, now)).await;
        failures.note(done)?;
    }
    failures.end()
}

async fn patch_one(
    context: &mut Context,
    store: &dyn ProfileStore,
    text: &str,
    (patch, now): (&ProfilePatch, &str),
) -> CliResult {
    let record = names::find(store, text).await?;
    store.update(record.id, patch, Timestamp::now(), &context.actor()).await?;
    context.tell(&format!("{} is {now}", names::called(&record)))
}

async fn list(context: &mut Context, json: bool) -> CliResult {
    let store = context.to_read().await?;
    let mut query = ProfileQuery { limit: PAGE, ..ProfileQuery::default() };
    let mut rows = Vec::new();
    loop {
        let page = store.profiles(&query).await?;
        for record in &page.items {
            if json { context.out.json(&wire::FollowedProfile::new(record))? } else { rows.push(row(record)) }
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    if !json {
        table(context, rows)?;
    }
    Ok(())
}

fn table(context: &mut Context, rows: Vec<Vec<String>>) -> CliResult {
    if rows.is_empty() {
        out::note("no profile is followed: add one with `tgbio profile add NAME`");
        return Ok(());
    }
    let head =
        ["name", "kind", "display name", "presence", "checks", "last check", "last change", "revisions"];
    context.out.table(&head, rows)
}

fn row(record: &ProfileRecord) -> Vec<String> {
    let state = record.state.as_ref();
    let kind = state.and_then(|state| state.kind.present()).map_or(String::new(), ToString::to_string);
    let name = state.and_then(|state| state.display_name.present());
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), seconds);
    vec![
        names::called(record),
        kind,
        name.map_or(String::new(), |name| safe::short(name, 40)),
        record.presence.to_string(),
        checks(record),
        time(record.last_checked_at),
        time(record.last_changed_at),
        record.revisions.to_string(),
    ]
}

/// How the last look ended, in one word.
fn checks(record: &ProfileRecord) -> String {
    match &record.health {
        _ if !record.monitored => "paused".to_owned(),
        Some(health) if health.outcome != Outcome::Profile => {
            health.reason.clone().unwrap_or_else(|| health.outcome.to_string())
        }
        Some(health) if health.doubted => "doubted".to_owned(),
        Some(_) => "ok".to_owned(),
        None => "not yet".to_owned(),
    }
}

/// A time without its milliseconds.
pub fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    text.split('.').next().map_or(text.clone(), |head| format!("{head}Z"))
}
