//! `export --evidence`: a bundle that proves a history without this program.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::{Checkpoint, SqliteStore};
use tgbio_core::store::{ProfileStore, StoreError};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::{names, out};
use crate::bundle;
use crate::checkpoint::Checkpoints;

/// Checkpoints that are read at once.
const PAGE: usize = 500;

/// Writes the bundle of a profile to a new file, or to standard output.
pub async fn run(context: &mut Context, name: &str, to: Option<&Path>) -> CliResult {
    if to.is_none() && context.out.is_terminal() {
        return Err(CliError::usage("a bundle is no text for a terminal: name a file with --to FILE"));
    }
    let store = context.sqlite().await?;
    let record = names::find(&*store, name).await?;
    if record.revisions == 0 {
        return Err(CliError::Failed(names::no_history(&record)));
    }
    let maker = Checkpoints::new(store.clone(), &context.config);
    let made = maker.make(Timestamp::now(), &context.actor()).await.map_err(CliError::failed)?;
    let until = made.checkpoint.head.seq;
    let checkpoints = checkpoints_until(&store, until).await?;
    let target = to.map(Target::new).transpose()?;
    let writing = target.as_ref().map(|target| target.part.clone());
    let called = record.username.clone();
    let written = store.prove(record.id, until, move |proofs| {
        let first = proofs.before().seq;
        let on_it: Vec<Checkpoint> = checkpoints.into_iter().filter(|made| made.head.seq >= first).collect();
        match writing {
            Some(path) => to_file(&path, |file| bundle::write(&called, proofs, &on_it, file).map(drop)),
            None => {
                let out = standard_output().map_err(StoreError::failed)?;
                bundle::write(&called, proofs, &on_it, BufWriter::new(out)).map(drop)
            }
        }
    });
    let written = written.await.map_err(CliError::from);
    match target {
        Some(target) => target.finish(written)?,
        None => written?,
    }
    store.audit(Timestamp::now(), &context.actor(), "profile.export_evidence", None).await?;
    if let Some(to) = to {
        out::note(&format!(
            "{} holds the bundle: unpack it (`tar xf`); {}/HOW-TO-CHECK.md says how to check it",
            to.display(),
            record.username
        ));
    }
    Ok(())
}

/// The kept checkpoints up to a link, oldest first.
async fn checkpoints_until(store: &SqliteStore, until: u64) -> CliResult<Vec<Checkpoint>> {
    let (mut found, mut before) = (Vec::new(), u64::MAX);
    loop {
        let page = store.checkpoints(before, PAGE).await?;
        let full = page.len() == PAGE;
        before = page.last().map_or(0, |kept| kept.id);
        found.extend(page.into_iter().map(|kept| kept.checkpoint).filter(|made| made.head.seq <= until));
        if !full {
            found.sort_by_key(|made| (made.head.seq, made.at));
            return Ok(found);
        }
    }
}

/// Standard output, which the context holds locked, by a descriptor of its own.
#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<File> {
    Err(io::Error::other("on this system name a file with --to FILE"))
}

fn to_file(
    path: &Path,
    write: impl FnOnce(BufWriter<&File>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let file = File::create_new(path).map_err(StoreError::failed)?;
    write(BufWriter::new(&file))?;
    file.sync_all().map_err(StoreError::failed)
}

/// A new file that gets its name when it is whole.
struct Target {
    part: PathBuf,
    name: PathBuf,
}

impl Target {
    fn new(name: &Path) -> CliResult<Self> {
        if name.exists() {
            return Err(CliError::Failed(format!("{} exists: choose another name", name.display())));
        }
        let mut part = name.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let _ = fs::remove_file(&part);
        Ok(Self { part, name: name.to_owned() })
    }

    fn finish(self, written: CliResult) -> CliResult {
        let done = written.and_then(|()| Ok(fs::rename(&self.part, &self.name)?));
        if done.is_err() {
            let _ = fs::remove_file(&self.part);
        }
        done
    }
}
