//! `verify` and `checkpoint`: proving that history is as it was.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use tgbio_core::store::sqlite::{ChainBreak, ChainReport, Checkpoint, SqliteStore};
use tgbio_core::store::{ProfileKey, ProfileStore};
use tgbio_core::{ProfileId, Timestamp};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::out;
use crate::checkpoint::{self, Checkpoints};
use crate::config::Config;

/// Checkpoints that are read at once.
const PAGE: usize = 500;
/// A file of checkpoints is no larger.
const MOST_OF_A_FILE: u64 = 64 << 20;

/// Verifies the chain of all revisions, and that it goes through every checkpoint.
pub async fn verify(context: &mut Context, file: Option<&Path>) -> CliResult {
    let given = file.map(read_checkpoints).transpose()?.unwrap_or_default();
    let store = context.to_read().await?;
    let keys = verify_signatures(&store).await?;
    let heads = given.iter().map(|checkpoint| checkpoint.head).collect();
    let report = store.verify_chain_through(heads).await?;
    match &report.broken {
        None => {
            context.tell(&whole(&report))?;
            if report.other_case {
                out::note(
                    "display names in searches were not compared, another version of the program has written them: use the database once where it can be written",
                );
            }
            note_other_keys(context, &keys);
            given.iter().try_for_each(|checkpoint| context.tell(&passed(checkpoint)))
        }
        Some(broken) => Err(CliError::Failed(broken_sentence(&store, broken, &report).await)),
    }
}

fn whole(report: &ChainReport) -> String {
    format!(
        "the chain is whole: {}, {} checked with {}, {} removed, {} corrected, {}, {} passed, head {}",
        out::many(report.head.seq, "link"),
        out::many(report.revisions, "revision"),
        out::many(report.pages, "raw page"),
        report.tombstones,
        report.corrected,
        out::many(report.photos, "photo"),
        out::many(report.checkpoints, "checkpoint"),
        hex::encode(report.head.hash)
    )
}

fn passed(checkpoint: &Checkpoint) -> String {
    let (at, links) = (checkpoint.at, out::many(checkpoint.head.seq, "link"));
    let key = hex::encode(checkpoint.key);
    format!("the checkpoint of {at} over {links} is right; it was signed by the key {key}")
}

/// The first break, with whose revision it is.
async fn broken_sentence(store: &SqliteStore, broken: &ChainBreak, report: &ChainReport) -> String {
    let whose = match (broken.profile, broken.revision) {
        (Some(id), Some(number)) => format!(" (revision {number} of {})", name_of(store, id).await),
        (Some(id), None) => format!(" ({})", name_of(store, id).await),
        (None, _) => String::new(),
    };
    if broken.beside {
        return format!("{broken}{whose}; compare with a backup");
    }
    let good = broken.seq.saturating_sub(1).min(report.head.seq);
    let (seq, what) = (broken.seq, broken.what);
    format!(
        "the chain is broken at link {seq}{whose}: {what}; compare with a backup, the {good} links before it are good"
    )
}

async fn name_of(store: &SqliteStore, id: ProfileId) -> String {
    match store.profile(&ProfileKey::Id(id)).await {
        Ok(Some(record)) => format!("@{}, {id}", record.username),
        _ => id.to_string(),
    }
}

/// How many checkpoints are kept of each key.
type Keys = BTreeMap<[u8; 32], u64>;

/// Says when kept checkpoints have another key than the present one.
fn note_other_keys(context: &Context, keys: &Keys) {
    // A key that cannot be read is told when it is needed.
    let present = Checkpoints::public_key(&context.config).ok().flatten();
    if present.is_none() && keys.len() == 1 {
        return;
    }
    for (key, count) in keys.iter().filter(|(key, _)| Some(**key) != present) {
        let (kept, key) = (out::many(*count, "kept checkpoint"), hex::encode(key));
        let other = match present {
            Some(present) => format!("the present key is {}", hex::encode(present)),
            None => "its file is not there".to_owned(),
        };
        out::note(&format!("signed by the key {key}: {kept}; {other}"));
    }
}

/// Says when a checkpoint is signed by another key than those before.
async fn note_new_key(checkpoints: &Checkpoints, config: &Config) -> CliResult {
    let key = checkpoints.key().await.map_err(CliError::failed)?;
    if let Some(before) = checkpoints.key_before(&key).await.map_err(CliError::failed)? {
        let (before, file) = (hex::encode(before), checkpoint::key_file(config));
        out::note(&format!(
            "the checkpoints before were signed by the key {before}, and {} is another one, or was made just now: put the old file back, or tell whoever checks the signatures",
            file.display()
        ));
    }
    Ok(())
}

/// The signatures of the kept checkpoints; that they lie on the chain is seen when it is walked along.
async fn verify_signatures(store: &SqliteStore) -> CliResult<Keys> {
    let (mut before, mut keys) = (u64::MAX, Keys::new());
    loop {
        let page = store.checkpoints(before, PAGE).await?;
        for kept in &page {
            *keys.entry(kept.checkpoint.key).or_default() += 1;
            checkpoint::read_line(&checkpoint::line(&kept.checkpoint)).map_err(|error| {
                CliError::Failed(format!("the kept checkpoint {} cannot be believed: {error}", kept.id))
            })?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => before = last.id,
            _ => return Ok(keys),
        }
    }
}

fn read_checkpoints(file: &Path) -> CliResult<Vec<Checkpoint>> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(MOST_OF_A_FILE).read_to_string(&mut text),
        false => {
            std::fs::File::open(file).and_then(|file| file.take(MOST_OF_A_FILE).read_to_string(&mut text))
        }
    };
    let shown = file.display();
    read.map_err(|error| CliError::Failed(format!("the checkpoints in {shown} cannot be read: {error}")))?;
    let found = checkpoint::read_lines(&text).map_err(|(line, error)| {
        CliError::Failed(format!("line {line} of {shown} is no good checkpoint: {error}"))
    })?;
    if found.is_empty() {
        return Err(CliError::Failed(format!("there is no checkpoint in {shown}")));
    }
    Ok(found)
}

/// Makes a checkpoint, prints it, and sends it to the configured places.
pub async fn checkpoint(context: &mut Context, to: Option<&Path>) -> CliResult {
    let checkpoints = Checkpoints::new(context.sqlite().await?, &context.config);
    note_new_key(&checkpoints, &context.config).await?;
    let made = checkpoints.make(Timestamp::now(), &context.actor()).await.map_err(CliError::failed)?;
    let line = checkpoint::line(&made.checkpoint);
    context.tell(&line)?;
    if let Some(file) = to {
        checkpoint::append_line(file, &line)
            .map_err(|error| CliError::Failed(format!("{} cannot be written: {error}", file.display())))?;
    }
    let sent = checkpoints.send(made).await.map_err(CliError::failed)?;
    let failed =
        sent.deliveries.iter().filter_map(|delivery| Some((&delivery.place, delivery.error.as_ref()?)));
    let failed: Vec<String> = failed.map(|(place, why)| format!("{place}: {why}")).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(CliError::Failed(format!(
            "the checkpoint is made and kept, but could not be sent ({}); `serve` tries again",
            failed.join("; ")
        ))),
    }
}

/// Prints the public key.
pub async fn public_key(context: &mut Context) -> CliResult {
    let checkpoints = Checkpoints::new(context.sqlite().await?, &context.config);
    note_new_key(&checkpoints, &context.config).await?;
    let key = checkpoints.key().await.map_err(CliError::failed)?;
    context.out.bytes(checkpoint::public_pem(&key.public()).as_bytes())?;
    context.out.flush()
}
