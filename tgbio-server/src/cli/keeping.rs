//! `backup`, `restore` and `erase`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::{CarriedOver, Restored, SqliteStore};
use tgbio_core::store::{ProfileRecord, ProfileStore};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::{names, out};

/// Each waits some seconds for readers.
const TRIES: usize = 3;

/// Copies the database into a new file, while others may use it.
pub async fn backup(context: &mut Context, file: &Path) -> CliResult {
    let store = context.sqlite().await?;
    if file.exists() {
        return Err(CliError::Failed(format!(
            "the file {} exists already and is left as it is: name another file for the backup",
            file.display()
        )));
    }
    store.backup(file).await?;
    note_in_audit(context, "database.backup").await;
    context.tell(&format!("the database is copied to {}", file.display()))
}

/// What is done stays done when it cannot be noted, as on a full disk; that is said.
async fn note_in_audit(context: &Context, action: &str) {
    if let Err(error) = context.audit(action).await {
        let why = error.sentence().unwrap_or_default();
        out::note(&format!("it is done, but the audit log does not say so ({action}): {why}"));
    }
}

/// Puts a backup in the place of the database.
pub async fn restore(context: &mut Context, file: &Path, force: bool) -> CliResult {
    let database = context.config.database.clone();
    if context.has_database() && !force {
        let there = if database.exists() {
            "exists"
        } else {
            "is gone, but its log is still there, with what is newest"
        };
        return Err(CliError::Failed(format!(
            "the database {} {there}: stop the server and use --force to replace it, or name another with --database",
            database.display()
        )));
    }
    let from = file.to_owned();
    let restored = tokio::task::spawn_blocking(move || SqliteStore::restore(&from, &database)).await;
    let Restored { before, carried, .. } = restored.map_err(CliError::failed)??;
    note_in_audit(context, "database.restore").await;
    let kept =
        before.map(|kept| format!("; the one before is kept as {}", kept.display())).unwrap_or_default();
    context.tell(&format!("{} is the database now{kept}", file.display()))?;
    who_came_back(context, carried)
}

/// Says what became of those who were erased after the backup was made.
fn who_came_back(context: &mut Context, carried: Option<CarriedOver>) -> CliResult {
    let Some(carried) = carried else {
        out::note(
            "there was no database in its place that could be read: who was erased or has opted out since the backup is followed again",
        );
        return Ok(());
    };
    if carried.opted_out > 0 || carried.erased > 0 {
        context.tell(&format!(
            "names that have opted out since the backup and stay refused: {}; profiles that were erased again for that: {}",
            carried.opted_out, carried.erased
        ))?;
    }
    if carried.names_lost {
        out::note(
            "parts of the list of refused names could not be read: who stands only there is followed again, and is not refused",
        );
    }
    if carried.erased_lost {
        out::note(
            "parts of the audit log could not be read: who was erased since the backup may be followed again",
        );
    }
    if carried.back > 0 {
        out::note(&format!(
            "profiles that were erased since the backup, without --opt-out, and are back with it: {}; erase them again if that is not what you want",
            carried.back
        ));
    }
    Ok(())
}

/// Erases a profile for good, unless whoever is asked says no.
pub async fn erase(context: &mut Context, name: &str, opt_out: bool, yes: bool) -> CliResult {
    let store = context.sqlite().await?;
    let record = names::find(&*store, name).await?;
    if !yes {
        ask_to_erase(std::slice::from_ref(&record))?;
    }
    erase_one(context, &store, &record, opt_out).await?;
    end_erasing(context, &store).await
}

/// Erases one profile and says so.
pub(super) async fn erase_one(
    context: &mut Context,
    store: &SqliteStore,
    record: &ProfileRecord,
    opt_out: bool,
) -> CliResult {
    store.erase(record.id, opt_out, Timestamp::now(), &context.actor()).await?;
    context.tell(&format!("{} is erased, with everything that was known of it", names::called(record)))
}

/// Asks once for all of them.
pub(super) fn ask_to_erase(records: &[ProfileRecord]) -> CliResult {
    let names: Vec<String> = records.iter().map(names::called).collect();
    let revisions = out::many(records.iter().map(|record| record.revisions).sum(), "revision");
    ask(&format!("Erase {} and {revisions} for good? [y/N] ", names.join(", ")))
}

/// What is left to do and to say when profiles were erased.
pub(super) async fn end_erasing(context: &Context, store: &SqliteStore) -> CliResult {
    let copies = copies_of_before(&context.config.database);
    if !copies.is_empty() {
        out::note(&format!(
            "what lies beside the database since it was restored or replaced may hold it still: {}; delete what you do not need",
            copies.join(", ")
        ));
    }
    empty_log(store).await
}

/// Databases of before a restore, and logs of such, which no erasing reaches.
fn copies_of_before(database: &Path) -> Vec<String> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return Vec::new() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let start = format!("{}.before-", name.to_string_lossy());
    let there = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<String> = there
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(&start))
        .collect();
    found.sort_unstable();
    found
}

/// Waits for readers that still see the erased content in the write-ahead log.
async fn empty_log(store: &SqliteStore) -> CliResult {
    for _ in 0..TRIES {
        if store.database().truncate_log().await? {
            return Ok(());
        }
    }
    out::note(
        "it is erased, but another program is reading the database: parts stay in the write-ahead log until it ends; `serve` empties the log every ten minutes",
    );
    Ok(())
}

/// Only a yes is one, also where nobody is there to be asked.
fn ask(question: &str) -> CliResult {
    let (stdin, mut stderr) = (io::stdin(), io::stderr());
    let person = stdin.is_terminal();
    if person || stderr.is_terminal() {
        // Nobody can be told when standard error is closed; without a yes nothing is erased.
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    }
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ if person => Err(CliError::failed("nothing was erased")),
        _ => Err(CliError::failed(
            "nothing was erased: standard input did not say yes; use --yes to erase without being asked",
        )),
    }
}
