//! The evidence bundle of one profile: its history, its raw pages, and what proves them without this program.

mod tar;

use std::io::{self, Write};

use tgbio_core::Username;
use tgbio_core::store::sqlite::{Checkpoint, Proofs};
use tgbio_core::store::{StoreError, StoreResult};

use self::tar::Archive;
use crate::checkpoint;

const HOW_TO: &str = include_str!("../../assets/bundle/HOW-TO-CHECK.md");
const CHECK: &str = include_str!("../../assets/bundle/check.py");
/// A line of `chain.txt`: a number of 20 digits, a hash, a space and the end.
const LINK: u64 = 20 + 1 + 64 + 1;

/// Writes the bundle as a tar archive, all in a folder that is named after the profile. The last checkpoint is the one that the links reach to.
///
/// # Errors
/// As reading the store, or [`StoreError::Failed`] when the archive cannot be written.
pub fn write<W: Write>(
    name: &Username,
    proofs: &Proofs<'_>,
    checkpoints: &[Checkpoint],
    out: W,
) -> StoreResult<W> {
    let Some(last) = checkpoints.last() else { return Err(StoreError::NotFound("checkpoint")) };
    let time = u64::try_from(last.at.as_millis() / 1000).unwrap_or(0);
    let mut archive = Archive::new(out, name.as_str(), time);
    let lines: String = checkpoints.iter().map(|checkpoint| checkpoint::line(checkpoint) + "\n").collect();
    let files = [
        ("HOW-TO-CHECK.md", HOW_TO),
        ("check.py", CHECK),
        ("key.pem", &checkpoint::public_pem(&last.key)),
        ("checkpoints.txt", &lines),
    ];
    files.iter().try_for_each(|(name, text)| archive.file(name, text.as_bytes())).map_err(failed)?;
    history(proofs, &mut archive)?;
    chain(proofs, &mut archive)?;
    pages(proofs, &mut archive)?;
    archive.end().map_err(failed)
}

fn failed(error: io::Error) -> StoreError {
    StoreError::failed(error)
}

/// The contents, and beside them their links and salts.
fn history<W: Write>(proofs: &Proofs<'_>, archive: &mut Archive<W>) -> StoreResult<()> {
    let (bytes, contents) = proofs.content_length()?;
    let mut salts = String::new();
    let mut entry = archive.entry("history.jsonl", bytes + contents).map_err(failed)?;
    proofs.each_content(&mut |proven| {
        salts.push_str(&format!("{} {}\n", proven.link, hex::encode(proven.salt)));
        entry.write(proven.content).and_then(|()| entry.write(b"\n")).map_err(failed)
    })?;
    entry.end().map_err(failed)?;
    archive.file("proofs.txt", salts.as_bytes()).map_err(failed)
}

fn chain<W: Write>(proofs: &Proofs<'_>, archive: &mut Archive<W>) -> StoreResult<()> {
    let line = |number: u64, hash: [u8; 32]| format!("{number:020} {}\n", hex::encode(hash));
    let before = proofs.before();
    let mut entry = archive.entry("chain.txt", LINK * (1 + proofs.links())).map_err(failed)?;
    entry.write(line(before.seq, before.hash).as_bytes()).map_err(failed)?;
    proofs.each_link(&mut |number, commitment| {
        entry.write(line(number, commitment).as_bytes()).map_err(failed)
    })?;
    entry.end().map_err(failed)
}

/// Names are hashes: nothing of a stranger becomes a path.
fn pages<W: Write>(proofs: &Proofs<'_>, archive: &mut Archive<W>) -> StoreResult<()> {
    proofs.each_page(&mut |page| {
        let end = if page.media_type.starts_with("text/html") { "html" } else { "bin" };
        let name = format!("pages/{}.{end}", hex::encode(page.sha256));
        archive.file(&name, page.body).map_err(failed)
    })
}
