//! What a person or the poller waits for, with few and with many profiles: nothing may grow with their number.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tempfile::TempDir;
use tgbio_core::store::ProfileStore as _;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::sqlite::db::rusqlite::Connection;
use tgbio_core::{ManualClock, Timestamp, Tracker};

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::{AT_ONCE, Followed, LATER, rules};
use crate::invented::{Invented, NEEDLE};
use crate::program::{Serving, program};
use crate::site::{self, Site};
use crate::{Outcome, proc, row};

/// Revisions of each profile.
const REVISIONS: u32 = 10;
/// Due profiles that are claimed at once, and how long a claim lasts.
const CLAIMS: usize = 100;
const LEASE: Duration = Duration::from_secs(600);
/// The time of the claims: later than anything that is planned.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Checks that are measured.
const CHECKS: usize = 2_000;
const MB: f64 = 1e6;
const DATABASE: &str = "tgbio.db";

/// A database with so many profiles.
struct Grown {
    folder: TempDir,
    profiles: usize,
}

/// The figures of one database, by their names.
type Figures = Vec<(String, f64)>;

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let sizes = match (args.million, args.quick) {
        (_, true) => [200, 1_000],
        (true, false) => [10_000, 1_000_000],
        (false, false) => [10_000, 100_000],
    };
    let (runtime, site) = (runtime()?, Site::start(1)?);
    runtime.block_on(async {
        let mut figures = Vec::new();
        for profiles in sizes {
            let begun = Instant::now();
            let grown = Grown::kept_or_new(args.kept.as_deref(), profiles, !args.million).await?;
            eprintln!("{profiles} profiles were made in {:.0} s", begun.elapsed().as_secs_f64());
            figures.push(grown.measure(args, &site).await?);
        }
        let (many, few) = (figures.pop().unwrap_or_default(), figures.pop().unwrap_or_default());
        println!("| with {} profiles, against {}: | | | | | |", sizes[1], sizes[0]);
        many.iter().zip(&few).for_each(|((name, many), (_, few))| tell(name, *many, *few));
        Ok(())
    })
}

/// Prints a line; each figure has its aim.
fn tell(name: &str, many: f64, few: f64) {
    let ratio = many / few;
    let (aim, met) = match name.split(',').next().unwrap_or_default() {
        "claim of 100 due" => ("<= 1.5", ratio <= 1.5),
        "history page" | "history page just after a write" => ("<= 1.2", ratio <= 1.2),
        "start to first answer" => ("< 1000 ms and <= 2", many < 1000.0 && ratio <= 2.0),
        "resident memory" => ("< 150 MB", many < 150.0),
        "file" | "first sight of a history page" => ("-", true),
        "unchanged checks" => (">= 0.67", ratio >= 0.67),
        _ => ("<= 1.5", ratio <= 1.5),
    };
    row::line(name, &format!("{many:.1}"), &format!("{few:.1}"), Some(ratio), aim, met);
}

impl Grown {
    /// A copy of the one that is kept, so that it can be measured again; or a new one, which is kept from now on.
    async fn kept_or_new(kept: Option<&Path>, profiles: usize, pages: bool) -> Outcome<Self> {
        let Some(kept) = kept else { return Self::new(profiles, pages).await };
        let kept = kept.join(format!("{profiles}{}.db", if pages { "-with-pages" } else { "" }));
        if kept.exists() {
            let folder = TempDir::new()?;
            let path = folder.path().join(DATABASE);
            copy(&kept, &path)?;
            // So that it is as warm as one that was just made.
            std::io::copy(&mut File::open(path)?, &mut std::io::sink())?;
            return Ok(Self { folder, profiles });
        }
        let grown = Self::new(profiles, pages).await?;
        copy(&grown.folder.path().join(DATABASE), &kept)?;
        Ok(grown)
    }

    async fn new(profiles: usize, pages: bool) -> Outcome<Self> {
        let folder = TempDir::new()?;
        // The last look is some days ago, so that all that is measured lies behind the time of the machine.
        let clock = Arc::new(ManualClock::new(Timestamp::now().before(LATER * REVISIONS + DAY * 4)));
        let fetcher = Arc::new(Invented::new(clock.clone()).with_needle_every(profiles / 40));
        let mut followed = Followed::keeping(folder.path(), profiles, fetcher.clone(), clock, pages).await?;
        for _ in 1..REVISIONS {
            fetcher.edit();
            followed.look_at_all().await?;
        }
        let (revisions, wanted) =
            (followed.totals().await?.revisions, profiles as u64 * u64::from(REVISIONS));
        if revisions != wanted {
            return Err(format!("{wanted} revisions were to be written, and {revisions} were").into());
        }
        followed.stop().await?;
        Ok(Self { folder, profiles })
    }

    async fn measure(self, args: &Args, site: &Site) -> Outcome<Figures> {
        let (path, profiles) = (self.folder.path().join(DATABASE), self.profiles);
        let bytes = std::fs::metadata(&path)?.len();
        let mut figures = vec![("file, MB".to_owned(), bytes as f64 / MB)];
        let store = Arc::new(SqliteStore::open(&path)?);
        let (claim, checks) = (claim(&store).await?, check(store.clone(), profiles).await?);
        figures.push(("claim of 100 due, us".to_owned(), claim));
        figures.push(("unchanged checks, 1/s".to_owned(), checks));
        drop(store);
        plan_later(&path)?;
        figures.extend(serve(args, self.folder, profiles, site).await?);
        Ok(figures)
    }
}

/// Copies a database that nobody uses, and waits until the copy is on the disk.
fn copy(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::copy(from, to)?;
    Ok(File::open(to)?.sync_all()?)
}

/// Makes nothing due for a day, in the same order, so that a server only serves.
fn plan_later(path: &Path) -> Outcome<()> {
    let conn = Connection::open(path)?;
    let days = i64::try_from((DAY * 6).as_millis())?;
    conn.execute("UPDATE look SET next_check_at = next_check_at + ?1", [days])?;
    Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// When everybody is due, and a server is not told a time that is still to come.
fn yesterday() -> Timestamp {
    Timestamp::now().before(DAY)
}

/// How long a claim of due work takes, in microseconds.
async fn claim(store: &SqliteStore) -> Outcome<f64> {
    let at = yesterday();
    let mut took = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let claims = store.claim_due(at, CLAIMS, LEASE).await?;
        took.push(begun.elapsed().as_secs_f64() * 1e6);
        if claims.len() != CLAIMS {
            return Err(format!("{} were claimed", claims.len()).into());
        }
        for claim in &claims {
            store.release(claim).await?;
        }
    }
    Ok(row::median(took))
}

/// How many looks at unchanged profiles are stored in a second.
async fn check(store: Arc<SqliteStore>, profiles: usize) -> Outcome<f64> {
    let at = yesterday();
    let clock = Arc::new(ManualClock::new(at));
    let source = Arc::new(
        Invented::new(clock.clone()).with_needle_every(profiles / 40).at_edition(REVISIONS as usize - 1),
    );
    let tracker = Tracker::builder(source, store.clone()).clock(clock).rules(rules()).build();
    let (mut done, mut changed, begun) = (0, 0, Instant::now());
    while done < CHECKS {
        let claims = store.claim_due(at, CLAIMS, LEASE).await?;
        if claims.is_empty() {
            break;
        }
        let looks = stream::iter(claims).map(|claim| tracker.check(claim)).buffer_unordered(AT_ONCE);
        let looks: Vec<_> = looks.try_collect().await?;
        done += looks.len();
        changed += looks.iter().filter(|look| !look.changed.is_empty()).count();
    }
    if changed > 0 || done == 0 {
        return Err(format!("{changed} of {done} profiles have changed").into());
    }
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

/// What is asked of a server, and its memory afterwards.
async fn serve(args: &Args, folder: TempDir, profiles: usize, site: &Site) -> Outcome<Figures> {
    let program = program(folder.path(), site)?;
    let first = format!("/profiles/{}", site::name(profiles / 2));
    let mut starts = Vec::new();
    for _ in 0..args.repeat {
        let begun = Instant::now();
        let server = program.serve()?;
        crate::load::Asker::new(server.address()).connect().await?.get(&first).await?;
        starts.push(begun.elapsed().as_secs_f64() * 1e3);
        server.stop()?;
    }
    let mut figures = vec![("start to first answer, ms".to_owned(), row::median(starts))];
    let other = Connection::open(folder.path().join(DATABASE))?;
    let serving = Serving::start(folder, &program)?;
    let last = serving.client.connect().await?.get("/api/v1/status").await?;
    let last: serde_json::Value = serde_json::from_slice(&last.body)?;
    let revisions = last["totals"]["revisions"].as_u64().ok_or("no total of the revisions")?;
    // A first revision is no change.
    let changes = revisions.saturating_sub(profiles as u64);
    let each = |head: &str, tail: &str| -> Vec<String> {
        let name = |at: usize| site::name(at * 7919 % profiles);
        (0..args.size(300, 40)).map(|at| format!("{head}{}{tail}", name(at))).collect()
    };
    let same = |path: String| vec![path; args.size(300, 40)];
    for (name, asker, paths) in [
        // A view of its own: what is asked for then is drawn anew, from rows that the machine has read before.
        ("first sight of a history page", &serving.reader, each("/profiles/", "?before=1000")),
        ("history page", &serving.reader, each("/profiles/", "")),
        ("one profile, call", &serving.client, each("/api/v1/profiles/", "")),
        ("history, call", &serving.client, each("/api/v1/profiles/", "/revisions")),
        ("list, call", &serving.client, same("/api/v1/profiles?order=changed".to_owned())),
        ("search for a name, call", &serving.client, same(format!("/api/v1/profiles?q={NEEDLE}"))),
        ("change log, first", &serving.client, same("/api/v1/changes?after=0&limit=100".to_owned())),
        (
            "change log, last",
            &serving.client,
            same(format!("/api/v1/changes?after={}&limit=100", changes.saturating_sub(200))),
        ),
    ] {
        let mut line = asker.connect().await?;
        let mut took = Vec::new();
        for path in paths {
            took.push(line.time(&path).await?.as_secs_f64() * 1e6);
        }
        figures.push((format!("{name}, us"), row::median(took)));
    }
    let (mut line, mut took) = (serving.reader.connect().await?, Vec::new());
    for (at, path) in each("/profiles/", "?before=999").iter().enumerate() {
        other.execute("UPDATE look SET next_check_at = next_check_at WHERE profile = ?1", [at as i64 + 1])?;
        took.push(line.time(path).await?.as_secs_f64() * 1e6);
    }
    figures.push(("history page just after a write, us".to_owned(), row::median(took)));
    let resident = proc::resident(serving.server.pid())?.0;
    figures.push(("resident memory, MB".to_owned(), resident as f64 / MB));
    Ok(figures)
}
