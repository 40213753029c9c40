//! Many followed profiles on disk, with a poller over them whose time the harness turns.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{Actor, NewProfile, ProfileStore, Totals};
use tgbio_core::{
    Checked, Clock as _, ManualClock, Outcome as Ended, Poller, PollerHandle, ProfileFetcher, Rules,
    Timestamp, Tracker, Username,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Outcome, site};

/// Looks that go on at the same time.
pub const AT_ONCE: usize = 16;
/// How long so many looks may take.
fn patience(looks: usize) -> Duration {
    Duration::from_secs(120) + Duration::from_millis(2) * u32::try_from(looks).unwrap_or(u32::MAX)
}
/// More than the shortest interval, and less than two: everything is due after it, and nothing was late.
pub const LATER: Duration = Duration::from_secs(9 * 60);

/// The database and its poller.
pub struct Followed {
    /// The database.
    pub store: Arc<SqliteStore>,
    clock: Arc<ManualClock>,
    looks: Arc<Looks>,
    wanted: usize,
    poller: PollerHandle,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// Looks that have ended so far.
#[derive(Debug, Default)]
struct Looks {
    done: AtomicUsize,
    failed: AtomicUsize,
    /// Whoever waits is woken when so many have ended.
    wanted: AtomicUsize,
    changed: Notify,
}

impl Looks {
    fn count(&self, checked: &Checked) {
        if checked.outcome != Ended::Profile {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if self.done.fetch_add(1, Ordering::SeqCst) + 1 == self.wanted.load(Ordering::SeqCst) {
            self.changed.notify_one();
        }
    }

    async fn until(&self, wanted: usize) -> Outcome<()> {
        self.wanted.store(wanted, Ordering::SeqCst);
        while self.done.load(Ordering::SeqCst) < wanted {
            tokio::time::timeout(patience(wanted), self.changed.notified()).await?;
        }
        match self.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            failed => Err(format!("{failed} looks failed").into()),
        }
    }
}

/// A clock for [`Followed`] that comes to the time of the machine when everybody was looked at so often.
pub fn clock(looks: usize) -> Arc<ManualClock> {
    let looks = u32::try_from(looks).unwrap_or(u32::MAX);
    Arc::new(ManualClock::new(Timestamp::now().before(LATER * looks)))
}

impl Followed {
    /// Follows `users` profiles in a new database in `folder` and looks at each once with `fetcher`.
    pub async fn start(
        folder: &Path,
        users: usize,
        fetcher: Arc<dyn ProfileFetcher>,
        clock: Arc<ManualClock>,
    ) -> Outcome<Self> {
        Self::keeping(folder, users, fetcher, clock, true).await
    }

    /// The same, where it is said whether pages are kept.
    pub async fn keeping(
        folder: &Path,
        users: usize,
        fetcher: Arc<dyn ProfileFetcher>,
        clock: Arc<ManualClock>,
        pages: bool,
    ) -> Outcome<Self> {
        let store = Arc::new(SqliteStore::open(folder.join("tgbio.db"))?);
        follow(&store, users, clock.now()).await?;
        let looks = Arc::new(Looks::default());
        let counted = looks.clone();
        let tracker = Tracker::builder(fetcher, store.clone())
            .clock(clock.clone())
            .rules(rules())
            .keep_evidence(pages)
            .on_checked(move |checked| counted.count(checked))
            .build();
        let poller = Poller::new(tracker, AT_ONCE);
        let (handle, stop) = (poller.handle(), CancellationToken::new());
        let running = tokio::spawn(poller.run(stop.clone()));
        let followed = Self { store, clock, looks, wanted: users, poller: handle, stop, running };
        followed.looks.until(users).await?;
        Ok(followed)
    }

    /// Makes every profile due, and waits until each was looked at once more.
    pub async fn look_at_all(&mut self) -> Outcome<()> {
        let each = usize::try_from(self.store.totals().await?.profiles)?;
        self.wanted += each;
        self.looks.wanted.store(self.wanted, Ordering::SeqCst);
        self.clock.advance(LATER);
        self.poller.wake();
        self.looks.until(self.wanted).await
    }

    /// The store's totals.
    pub async fn totals(&self) -> Outcome<Totals> {
        Ok(self.store.totals().await?)
    }

    /// Stops the poller and waits for its end.
    pub async fn stop(self) -> Outcome<()> {
        self.stop.cancel();
        Ok(self.running.await?)
    }
}

/// The usual rules, where all profiles may change at once.
pub fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.surge_profiles = 0;
    rules
}

/// Follows `users` profiles in a new database in `folder`.
pub async fn follow_only(folder: &Path, users: usize) -> Outcome<()> {
    follow(&SqliteStore::open(folder.join("tgbio.db"))?, users, Timestamp::now()).await
}

async fn follow(store: &SqliteStore, users: usize, now: Timestamp) -> Outcome<()> {
    let actor = Actor::system();
    let names: Vec<Username> =
        (0..users).map(|number| Username::parse(&site::name(number))).collect::<Result<_, _>>()?;
    let follow = |name| {
        let actor = &actor;
        async move { store.follow(&NewProfile::new(name), now, actor).await.map(drop) }
    };
    stream::iter(names).map(follow).buffer_unordered(256).try_collect::<()>().await?;
    Ok(())
}
