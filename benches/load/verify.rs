//! Verifying the whole chain, against reading the same bytes from a plain table and hashing them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use tgbio_core::store::sqlite::db::rusqlite::{Connection, OpenFlags};
use tgbio_core::store::sqlite::{SqliteStore, commitment};
use tgbio_core::store::{ProfileQuery, ProfileStore as _};
use tgbio_core::{
    Capabilities, Clock, Evidence, FetchError, ManualClock, Observation, Observed, Profile, ProfileFetcher,
    Target,
};

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::{Followed, clock};
use crate::{Outcome, row};

/// How many times as long as reading and hashing.
const AIM: f64 = 3.0;
const EACH: usize = 100;
/// Bytes of a page that all pages have, and those of its own.
const SHARED: usize = 8_000;
const OWN: usize = 2_000;

/// A source whose profiles change at every look.
struct Changing {
    clock: Arc<ManualClock>,
    looks: AtomicUsize,
    frame: String,
}

/// Lines that cannot be packed by themselves, until there are so many bytes.
fn lines(seed: &str, bytes: usize) -> String {
    let mut text = format!("<html>{seed}\n");
    let mut noise = commitment(&[7; 32], seed.as_bytes());
    while text.len() < bytes {
        noise = commitment(&noise, seed.as_bytes());
        text.push_str(&noise.map(|byte| char::from(b'0' + byte % 64)).iter().collect::<String>());
        text.push('\n');
    }
    text
}

#[async_trait]
impl ProfileFetcher for Changing {
    fn name(&self) -> &str {
        "changing"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let look = self.looks.fetch_add(1, Ordering::Relaxed);
        let mut profile = Profile::new(target.username.clone());
        profile.bio = Observed::Present(format!("bio number {look}"));
        let page = self.frame.clone() + &lines(&format!("bio number {look}"), OWN);
        let mut seen = Observation::new(profile, self.clock.now(), "changing", "changing/1");
        let url = format!("https://site.test/{}", target.username);
        seen.evidence = Some(Evidence::new(url, 200, "text/html", page.into_bytes().into()));
        Ok(seen)
    }
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let users = args.size(1_000, 50);
    let folder = tempfile::tempdir()?;
    runtime()?.block_on(async {
        let clock = clock(1);
        let source =
            Changing { clock: clock.clone(), looks: AtomicUsize::new(0), frame: lines("frame", SHARED) };
        let mut followed = Followed::start(folder.path(), users, Arc::new(source), clock).await?;
        for _ in 1..EACH {
            followed.look_at_all().await?;
        }
        let plain = folder.path().join("plain.db");
        copy(&followed.store, &plain).await?;
        let (mut verified, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..args.repeat {
            bare.push(read_and_hash(&plain)?);
            let begun = Instant::now();
            let report = followed.store.verify_chain().await?;
            verified.push(begun.elapsed().as_secs_f64());
            if report.broken.is_some() || report.revisions != (users * EACH) as u64 {
                return Err(format!("the chain is not as it was made: {report:?}").into());
            }
        }
        followed.stop().await?;
        let (took, base) = (row::median(verified), row::median(bare));
        let shown = |seconds: f64| format!("{:.0} ms", seconds * 1e3);
        let work = format!("verify {} revisions with their pages", users * EACH);
        row::line(&work, &shown(took), &shown(base), Some(took / base), "3", took / base <= AIM);
        Outcome::Ok(())
    })
}

/// Writes every revision and its page into a plain table.
async fn copy(store: &SqliteStore, to: &Path) -> Outcome<()> {
    let mut plain = Connection::open(to)?;
    plain.execute_batch("PRAGMA journal_mode = OFF; CREATE TABLE plain (content BLOB, page BLOB)")?;
    let query = ProfileQuery { limit: 100_000, ..ProfileQuery::default() };
    for profile in store.profiles(&query).await?.items {
        let (revisions, rows) = (store.revisions(profile.id, 0, EACH).await?, plain.transaction()?);
        for revision in revisions {
            let kept = store.evidence(profile.id, revision.number).await?.ok_or("a page is missing")?;
            let content = serde_json::to_vec(&revision.profile)?;
            rows.execute("INSERT INTO plain VALUES (?1, ?2)", (content, &kept.evidence.body[..]))?;
        }
        rows.commit()?;
    }
    Ok(())
}

/// Reads every row and hashes it.
fn read_and_hash(path: &Path) -> Outcome<f64> {
    let begun = Instant::now();
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = conn.prepare("SELECT content, page FROM plain")?;
    let mut rows = statement.query([])?;
    let mut hash = [0; 32];
    while let Some(row) = rows.next()? {
        hash = commitment(&hash, row.get_ref(0)?.as_blob()?);
        hash = commitment(&hash, row.get_ref(1)?.as_blob()?);
    }
    std::hint::black_box(hash);
    Ok(begun.elapsed().as_secs_f64())
}
