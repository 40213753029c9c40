//! Tests of what only the SQLite store does; the contract is the suite's.

mod chain;
mod correcting;
mod crash;
mod erasing;
mod fields;
mod files;
mod listed;
mod opening;
mod opting_out;
mod pages;
mod plans;
mod power;
mod readers;
mod sharing;
mod speed;
mod text;
mod unchanged;
mod vanishing;
mod walks;
mod writer;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::store::{
    Actor, CheckRecord, Claim, EvidenceSource, NewProfile, NewRevision, ProfileStore, SqliteStore,
};
use crate::{
    Change, Counts, Evidence, Field, Health, Observed, Outcome, Presence, Profile, ProfileId, ProfileKind,
    Timestamp, Username,
};

const LEASE: std::time::Duration = std::time::Duration::from_secs(120);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tgbio.db");
    (folder, path)
}

/// Everything in a folder: names and bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

async fn follow(store: &SqliteStore, name: &str) -> ProfileId {
    let new = NewProfile::new(Username::parse(name).unwrap());
    store.follow(&new, at(0), &Actor::system()).await.unwrap().id
}

/// A look that saw this bio, as the judgement would have it.
fn saw(claim: &Claim, bio: &str, now: Timestamp) -> CheckRecord {
    let record = &claim.record;
    let mut profile = Profile::new(record.username.clone());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present(format!("Name {}", record.username));
    profile.bio = Observed::Present(bio.to_owned());
    let health = Health::new(Outcome::Profile, None, now);
    let mut check = CheckRecord::nothing(record, health, now.after(LEASE));
    check.seen = true;
    check.presence = Presence::Present;
    let before = record.state.as_ref().and_then(|state| state.bio.present().cloned());
    if before.as_deref() == Some(bio) {
        return check;
    }
    let text = |text: &str| Some(text.into());
    let change = before.map(|before| Change::new(Field::Bio, text(&before), text(bio)));
    check.evidence = EvidenceSource::New(Evidence::new("https://t.me/x", 200, "text/html", page(bio).into()));
    check.state = Some((profile.clone(), "test".into()));
    check.revisions.push(NewRevision {
        changes: change.into_iter().collect(),
        profile,
        presence: Presence::Present,
        counts: Counts::default(),
        last_seen_before: record.last_seen_at,
        first_seen: now,
        confirmed_at: now,
        fetcher: "test".into(),
        parser: "test/1".into(),
    });
    check
}

/// Ten kilobytes of a page, a third of them new for each bio.
fn page(bio: &str) -> String {
    let mut text = String::with_capacity(10_500);
    while text.len() < 7_000 {
        text.push_str("<div class=\"tgme_page_description\"></div>\n");
    }
    let mut noise = crate::store::sqlite::commitment(&[1; 32], bio.as_bytes());
    while text.len() < 10_400 {
        noise = crate::store::sqlite::commitment(&noise, bio.as_bytes());
        text.push_str(&hex::encode(noise));
    }
    text.push_str(bio);
    text
}

async fn see(store: &SqliteStore, id: ProfileId, seconds: i64, bio: &str) {
    let claim = store.claim(id, at(seconds), LEASE).await.unwrap().unwrap();
    store.commit(&claim, saw(&claim, bio, at(seconds))).await.unwrap();
}
