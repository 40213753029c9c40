//! Verifying the whole chain, against reading the same bytes and hashing them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use tgbio_core::store::sqlite::commitment;
use tgbio_core::store::sqlite::db::rusqlite::{Connection, OpenFlags};
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
/// A page has so many bytes.
const PAGE: usize = 10_000;

/// A source whose profiles change at every look.
struct Changing {
    clock: Arc<ManualClock>,
    looks: AtomicUsize,
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
        let mut page = format!("<html>bio number {look}").into_bytes();
        let mut noise = commitment(&[7; 32], &page);
        while page.len() < PAGE {
            noise = commitment(&noise, &page[..32]);
            page.extend(noise);
            page.extend([b' '; 64]);
        }
        let mut seen = Observation::new(profile, self.clock.now(), "changing", "changing/1");
        seen.evidence = Some(Evidence::new("https://site.test/x", 200, "text/html", page.into()));
        Ok(seen)
    }
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let users = args.size(1_000, 50);
    let folder = tempfile::tempdir()?;
    runtime()?.block_on(async {
        let clock = clock();
        let source = Changing { clock: clock.clone(), looks: AtomicUsize::new(0) };
        let mut followed = Followed::start(folder.path(), users, Arc::new(source), clock).await?;
        for _ in 1..EACH {
            followed.look_at_all().await?;
        }
        let (mut verified, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..args.repeat {
            bare.push(read_and_hash(&folder.path().join("tgbio.db"))?);
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

/// Reads every content and every kept page as they are stored, and hashes them.
fn read_and_hash(path: &Path) -> Outcome<f64> {
    let begun = Instant::now();
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sql = "SELECT r.content, e.body FROM revision r JOIN evidence e ON e.key = r.evidence ORDER BY r.seq";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut hash = [0; 32];
    while let Some(row) = rows.next()? {
        hash = commitment(&hash, row.get_ref(0)?.as_bytes()?);
        hash = commitment(&hash, row.get_ref(1)?.as_bytes()?);
    }
    std::hint::black_box(hash);
    Ok(begun.elapsed().as_secs_f64())
}
