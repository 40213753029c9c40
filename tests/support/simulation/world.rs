//! Everything that the parts of a run share: the time, the truth, the faults, and what was looked at.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tgbio_core::coverage::Span;
use tgbio_core::{FetchErrorKind, Field, ManualClock, ProfileId, Timestamp};

use super::at_once::at_once;
use super::plan::{DiskState, Plan, Trap};
use super::rng::Rng;
use super::script::Script;
use super::truth::Life;
use super::undo::Journal;

/// A canary vouches for looks of the same minute.
pub const VOUCHED_FOR: Duration = Duration::from_secs(60);

/// How long nobody is asked after a refusal that names no time.
const UNNAMED_PAUSE: Duration = Duration::from_secs(30);

/// How an answer was spoilt.
#[derive(Debug, Clone, PartialEq)]
pub enum Spoilt {
    /// Not at all.
    No,
    /// A failure in place of the answer.
    Fails(FetchErrorKind),
    /// These fields look empty.
    Lost(Vec<Field>),
    /// It looks like something else.
    OtherKind,
    /// It looks like somebody else.
    OtherOwner,
}

/// One answer of the source.
#[derive(Debug, Clone)]
pub struct Look {
    /// True time.
    pub at: Timestamp,
    /// What the wall clock showed.
    pub wall: Timestamp,
    /// By how much the store had moved what it knows back by then, because the clock was set back: in milliseconds.
    pub moved: u64,
    /// What was wrong with it.
    pub spoilt: Spoilt,
    /// The whole host was wrong without a break, for longer than a canary's word lasts.
    pub host_wide: bool,
    /// The store has it.
    pub written: bool,
    /// The store has it, and it was judged.
    pub kept: bool,
    /// The store had it until a power cut.
    pub undone: bool,
}

impl Look {
    /// Its time as the store knew it when it had moved everything back by so much in all.
    pub fn told(&self, moved: u64) -> Timestamp {
        self.wall.before(Duration::from_millis(moved.saturating_sub(self.moved)))
    }

    /// It was spoilt by itself in a way that looks like a change.
    pub fn is_false(&self) -> bool {
        let gone = [FetchErrorKind::NotFound, FetchErrorKind::InvalidName];
        !self.host_wide
            && match &self.spoilt {
                Spoilt::No => false,
                Spoilt::Fails(kind) => gone.contains(kind),
                _ => true,
            }
    }

    /// It told something.
    pub fn tells(&self) -> bool {
        self.spoilt == Spoilt::No || self.is_false()
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// By the place of the profile.
    pub looks: Vec<Vec<Look>>,
    /// Checks that the store acknowledged.
    pub checks: u64,
}

pub(super) struct Shared {
    pub now: Timestamp,
    /// What the wall clock shows more than the true time, in milliseconds.
    pub offset: i64,
    pub script: Script,
    /// Since when nothing runs, or the disk refuses everything.
    pub down_since: Option<Timestamp>,
    pub full_since: Option<Timestamp>,
    pub rng: Rng,
    pub log: Log,
    pub ids: HashMap<ProfileId, usize>,
    /// What the independent faults of each profile looked like since its last right answer.
    pub recent: HashMap<usize, Vec<u32>>,
    pub trap: Option<Trap>,
    pub sprung: bool,
    pub disk: DiskState,
    pub journal: Journal,
}

/// A world that is looked at.
pub(super) struct World {
    pub clock: ManualClock,
    pub lives: Vec<Life>,
    pub plan: Plan,
    pub faults: Faults,
    /// From here on no single answer is spoilt.
    pub calm_from: Timestamp,
    shared: Mutex<Shared>,
    activity: AtomicU64,
}

/// The independent faults.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Spoilt answers of a hundred.
    pub percent: f64,
    /// So many in a row may look like the same false change.
    pub alike: usize,
}

impl World {
    pub fn new(
        seed: u64,
        (start, calm_from): (Timestamp, Timestamp),
        lives: Vec<Life>,
        plan: Plan,
        faults: Faults,
    ) -> Self {
        let log = Log { looks: vec![Vec::new(); lives.len()], ..Log::default() };
        let shared = Shared {
            now: start,
            offset: 0,
            script: Script::default(),
            down_since: None,
            full_since: None,
            rng: Rng::new(seed, 2),
            log,
            ids: HashMap::new(),
            recent: HashMap::new(),
            trap: None,
            sprung: false,
            disk: DiskState::Works,
            journal: Journal::new(start),
        };
        Self {
            clock: ManualClock::new(start),
            lives,
            plan,
            faults,
            calm_from,
            shared: Mutex::new(shared),
            activity: AtomicU64::new(0),
        }
    }

    pub fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Timestamp {
        self.shared().now
    }

    /// Moves the true time on, and the wall clock with it.
    pub fn set_now(&self, now: Timestamp) {
        let wall = {
            let mut shared = self.shared();
            shared.now = now;
            shifted(now, shared.offset)
        };
        self.clock.set(wall);
    }

    /// Sets the wall clock forward or back, while a process runs that may notice it, or while none does.
    pub fn jump(&self, by: i64, noticed: bool) {
        {
            let mut shared = self.shared();
            shared.offset += by;
            let now = shared.now;
            if by < 0 {
                shared.journal.set_back.push(now);
            }
            if by < 0 && !noticed {
                shared.script.unnoticed.push(now);
            }
        }
        self.set_now(self.now());
    }

    /// The wall clock is set, and a clock that nobody sets goes on as before.
    pub fn blink(&self, by: i64, noticed: bool) {
        let wall = shifted(self.now(), self.shared().offset + by);
        self.clock.put(wall);
        self.jump(by, noticed);
    }

    /// Nothing runs from here on, or something runs again.
    pub fn runs(&self, runs: bool) {
        let mut shared = self.shared();
        let now = shared.now;
        match (runs, shared.down_since) {
            (false, None) => shared.down_since = Some(now),
            (true, Some(from)) => {
                shared.script.outages.push(Span::between(from, now));
                shared.down_since = None;
            }
            _ => {}
        }
    }

    /// How the disk does from here on.
    pub fn disk(&self, state: DiskState) {
        let mut shared = self.shared();
        let now = shared.now;
        shared.disk = state;
        if state != DiskState::Works {
            shared.full_since = shared.full_since.or(Some(now));
        } else if let Some(from) = shared.full_since.take() {
            shared.script.outages.push(Span::between(from, now));
        }
    }

    /// The machine sleeps: time goes on and nothing runs.
    pub fn sleep(&self, time: Duration) {
        let from = self.now();
        self.shared().script.outages.push(Span::between(from, from.after(time)));
        self.set_now(from.after(time));
    }

    /// A write fails by itself, or the process is killed here.
    pub fn fails_here(&self) {
        let mut shared = self.shared();
        let now = shared.now;
        shared.script.failures.push(now);
    }

    /// An alarm is raised, written anew or ended; whether that is news.
    pub fn alarm(&self, key: &str, goes_on: bool) -> bool {
        let mut shared = self.shared();
        let now = shared.now;
        let last = shared.script.alarms.iter().rev().find(|(_, known, _)| known == key);
        let is_news = last.is_some_and(|(_, _, went_on)| *went_on) != goes_on;
        if is_news {
            shared.script.alarms.push((now, key.to_owned(), goes_on));
        }
        is_news
    }

    /// The store has moved back what it knows.
    pub fn moved_back(&self, by: Duration) {
        self.shared().script.moved += u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    }

    /// The true time at which the wall clock will show this.
    pub fn true_time(&self, wall: Timestamp) -> Timestamp {
        shifted(wall, -self.shared().offset)
    }

    /// A number that grows with everything that is done.
    pub fn activity(&self) -> u64 {
        self.activity.load(Ordering::Relaxed)
    }

    pub fn acts(&self) {
        self.activity.fetch_add(1, Ordering::Relaxed);
    }

    /// A call of the store, to its end: nothing else goes on meanwhile, and nobody is killed in the middle of it but where
    /// the plan says so. So a store with threads of its own does the same again for the same seed.
    pub fn during<T>(&self, call: impl Future<Output = T>) -> T {
        self.acts();
        at_once(call)
    }

    /// The process is killed here if it was to be.
    pub async fn may_die(&self, here: Trap) {
        let dies = {
            let mut shared = self.shared();
            let dies = shared.trap == Some(here) && !shared.sprung;
            shared.sprung |= dies;
            dies
        };
        if dies {
            self.fails_here();
            std::future::pending::<()>().await;
        }
    }

    /// Remembers an answer about a profile.
    pub fn looked(&self, place: usize, spoilt: Spoilt) {
        let mut shared = self.shared();
        let (at, wall) = (shared.now, shifted(shared.now, shared.offset));
        let host_wide = self.plan.wrong_throughout(at.before(VOUCHED_FOR), at);
        if let Spoilt::Fails(FetchErrorKind::RateLimited { retry_after, .. }) = &spoilt {
            let until = at.after(retry_after.unwrap_or(UNNAMED_PAUSE));
            shared.script.waits.push(Span::between(at, until));
        }
        let moved = shared.script.moved;
        shared.log.looks[place].push(Look {
            at,
            wall,
            moved,
            spoilt,
            host_wide,
            written: false,
            kept: false,
            undone: false,
        });
    }

    /// Every answer about a profile.
    pub fn looks_at(&self, place: usize) -> Vec<Look> {
        self.shared().log.looks[place].clone()
    }

    /// The store has the last look at this profile; which one that is.
    pub fn kept(&self, id: ProfileId, judged: bool) -> Option<(usize, usize)> {
        let mut shared = self.shared();
        shared.log.checks += 1;
        let place = shared.ids.get(&id).copied()?;
        let moved = shared.script.moved;
        let look = shared.log.looks[place].last_mut()?;
        (look.written, look.kept, look.moved) = (true, judged, moved);
        if judged && look.spoilt == Spoilt::No {
            shared.recent.remove(&place);
        }
        Some((place, shared.log.looks[place].len() - 1))
    }

    /// When a profile was looked at last as far as the store has it, as the store may tell that by now.
    pub fn last_written(&self, place: usize) -> Vec<Timestamp> {
        let shared = self.shared();
        let looks = &shared.log.looks[place];
        let moved = looks.iter().map(|look| look.moved).chain([shared.script.moved]);
        let last = looks.iter().rfind(|look| look.written);
        last.map_or(Vec::new(), |look| {
            moved.filter(|moved| *moved >= look.moved).map(|moved| look.told(moved)).collect()
        })
    }

    /// Whether the profile was ever seen as it is: a first look is not spoilt in a way that nobody could notice.
    pub fn ever_seen(&self, place: usize) -> bool {
        self.shared().log.looks[place].iter().any(|look| look.kept && look.spoilt == Spoilt::No)
    }
}

fn shifted(time: Timestamp, by: i64) -> Timestamp {
    let span = Duration::from_millis(by.unsigned_abs());
    if by < 0 { time.before(span) } else { time.after(span) }
}
