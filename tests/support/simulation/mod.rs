//! The simulation: whole months of followed profiles in seconds, with every fault that is promised to be survived.
//!
//! One seed is twenty profiles over thirty days, looked at every hour. The real poller, tracker, judgement and store
//! run on a clock that is turned by hand; the truth is known, so it can be asked of every entry whether it is true and
//! of every true change whether it was recorded. The same seed does the same again.
//!
//! # The fault model
//! - **Throttling**: for minutes to hours every name looks free, the canary too.
//! - **Layout changes**: for an hour to half a day one or all of the fields that a canary shows look empty everywhere.
//! - **Host-wide failures**: for minutes to hours every answer is a refusal, a rate limit, no answer or no profile page.
//! - **Independent faults** on 30 of 100 single answers, the canary's too: every kind of failure; not found; one field or
//!   all look empty; another kind or another owner. Of these not more than `confirm_checks - 1` in a row look like the
//!   same false change, where only a right answer ends a row. The first look at a profile may fail but is not spoilt in a way that no rule could notice.
//! - **The process** is stopped, or killed when it has claimed work, before an answer, between the answer and the write,
//!   between the write and its acknowledgement, while a canary is remembered, or when the store was told the time; it starts
//!   again seconds to hours later.
//! - **The clock** is set forward and back by up to hours, and once back by up to a day and a half, whether a process runs or
//!   not; twice it is ahead by up to two days for some seconds; the machine sleeps for up to ten hours.
//! - **The disk** is full, or locked or gone so that nothing can be read either, for seconds to hours; and one commit of a
//!   hundred fails by itself, half of those after they were written.
//! - **The power** goes, with SQLite, at once or in the middle of a check: what was not synced is undone from any write on, of
//!   every sector written since there is the new or the old one, also while the log is moved into the file or after it began
//!   anew; see `power`. Beside the poller somebody asks for changes, and somebody notes things, which is synced. What is undone
//!   was not looked at.
//!
//! # What must hold
//! See [`oracle`]: no false entry, nothing lost, the order and the intervals right, and the coverage true.

mod at_once;
mod disk;
mod drive;
mod faults;
mod lives;
pub mod oracle;
mod pages;
mod people;
pub mod plan;
mod power;
mod recovery;
mod rng;
pub mod script;
mod source;
pub mod truth;
mod undo;
pub mod world;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tgbio_core::store::{MemoryStore, ProfileKey, StoreError};
use tgbio_core::{ProfileId, Rules, Timestamp};

use disk::{Disk, Place};
use drive::Drive;
use oracle::Evidence;
use plan::Plan;
use power::Files;
use script::Script;
use world::{Faults, World};

const HOUR: Duration = Duration::from_secs(3600);
/// Nothing changes and nothing goes wrong host-wide so long at the ends.
const QUIET: Duration = Duration::from_secs(24 * 3600);
/// In the last hours every answer is right, so that nothing need wait in the end.
const CALM: Duration = Duration::from_secs(12 * 3600);

/// How a seed is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Profiles.
    pub profiles: usize,
    /// Simulated days.
    pub days: u32,
    /// Answers are drawn as pages and read by the scraper, and the store is SQLite on disk.
    pub real: bool,
    /// The independent faults.
    pub faults: Faults,
    /// What the program goes by; the oracle goes by [`rules`].
    pub program: Rules,
    /// So many of a hundred looks are forgotten: acknowledged and never written. None are, but to try the oracle.
    pub forgets: f64,
    /// The disk breaks its word: a power cut undoes what was synced last as well. It does not, but to try the oracle.
    pub breaks_word: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profiles: 20,
            days: 30,
            real: false,
            faults: Faults { percent: 30.0, alike: 2 },
            program: rules(),
            forgets: 0.0,
            breaks_word: false,
        }
    }
}

/// Everything that a run left behind.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What does not hold, in words; nothing when all is well.
    pub violations: Vec<String>,
    /// Checks that were acknowledged.
    pub checks: u64,
    /// Answers about profiles and canaries.
    pub answers: u64,
    /// Entries of the histories.
    pub revisions: usize,
    /// Time on the wall, without the oracle.
    pub took: Duration,
    /// The profiles with their truth, looks and histories.
    pub evidence: Vec<Evidence>,
    /// What was done to the program.
    pub script: Script,
}

/// Runs one seed and asks the oracle.
///
/// # Errors
/// [`StoreError`] when the store itself fails outside the plan.
pub fn run(seed: u64, options: &Options) -> Result<Outcome, StoreError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StoreError::failed)?;
    runtime.block_on(run_here(seed, options))
}

/// The rules of a run: a look every hour.
pub fn rules() -> Rules {
    let mut rules = Rules::default();
    (rules.interval_min, rules.interval_max) = (HOUR, HOUR);
    rules
}

async fn run_here(seed: u64, options: &Options) -> Result<Outcome, StoreError> {
    let place = if options.real {
        Place::Files(Box::new(Mutex::new(Files::new()?)))
    } else {
        Place::Memory(Arc::new(MemoryStore::new()))
    };
    let start = Timestamp::from_millis(1_793_491_200_000);
    let end = start.after(options.days * 24 * HOUR);
    let lives =
        (0..options.profiles).map(|place| lives::invent(seed, place, (start, end), QUIET, options.real));
    let mut plan = Plan::draw(seed, start, end, QUIET);
    if options.real {
        plan = plan.with_power_cuts(seed, (start, end), QUIET, options.breaks_word);
    }
    let world = Arc::new(World::new(seed, (start, end.before(CALM)), lives.collect(), plan, options.faults));
    let begun = Instant::now();
    let disk = Arc::new(Disk::new(world.clone(), place, options.forgets));
    Drive::new(world.clone(), disk.clone(), options, seed).run(end).await?;
    let took = begun.elapsed();
    let (evidence, changes) = (gather(&world, &disk).await?, disk.store().changes(0, usize::MAX >> 1).await?);
    let shared = world.shared();
    let (log, script) = (&shared.log, &shared.script);
    let looks: usize = log.looks.iter().map(Vec::len).sum();
    Ok(Outcome {
        seed,
        violations: oracle::judge(&evidence, &changes, script, &rules(), (start, end)),
        checks: log.checks,
        answers: (looks + script.canaries.len()) as u64,
        revisions: evidence.iter().map(|one| one.revisions.len()).sum(),
        took,
        evidence,
        script: script.clone(),
    })
}

/// What the store says about everybody in the end.
async fn gather(world: &World, disk: &Disk) -> Result<Vec<Evidence>, StoreError> {
    let store = disk.store();
    let mut ids: Vec<(usize, ProfileId)> =
        world.shared().ids.iter().map(|(id, place)| (*place, *id)).collect();
    ids.sort_by_key(|(place, _)| *place);
    let mut all = Vec::new();
    for (place, id) in ids {
        let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let Some(record) = store.profile(&ProfileKey::Id(id)).await? else {
            world.shared().script.broken.push(format!("FOLLOWED: profile {place} is not there in the end"));
            continue;
        };
        all.push(Evidence {
            life: world.lives[place].clone(),
            looks: world.looks_at(place),
            record,
            revisions: store.revisions(id, 0, usize::MAX >> 1).await?,
            held: store.held(Some(id), 0, 1_000).await?,
            spans: store.coverage(id, first, last).await?,
        });
    }
    Ok(all)
}
