//! The protocol backend against the fake data centre.

mod both;
mod evidence;
mod faults;
mod following;
mod glances;
mod limits;
mod login;
mod lost_names;
mod session;
mod suite;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{
    FetchError, FetchErrorKind, ManualClock, Observation, Observed, ProfileFetcher, Target, Timestamp,
    Username,
};
use tgbio_fetch::MtprotoFetcher;
use tgbio_fetch::mtproto::{MtprotoBuilder, MtprotoSession};
use tgbio_testkit::dc::{AccountId, Dc, Options, Truth};

const API_ID: i32 = 4_242;
const API_HASH: &str = "an api hash";
/// Longer than an answer takes on a busy machine, and short enough to wait for.
const PATIENCE: Duration = Duration::from_secs(3);

/// A data centre, a database with a session of it, and a clock that stands still.
struct Home {
    truth: Truth,
    dc: Arc<Dc>,
    folder: TempDir,
    store: SqliteStore,
    clock: ManualClock,
}

impl Home {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let home = Self::signed_out(options).await;
        let session = MtprotoSession::open(home.store.database()).await.unwrap();
        session.import_telethon(&home.dc.telethon_session()).await.unwrap();
        home
    }

    async fn signed_out(options: Options) -> Self {
        let truth = Truth::new();
        let dc = Arc::new(Dc::start(&truth, options).await);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("tgbio.db")).unwrap();
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        dc.measure_waits_by(Arc::new(clock.clone()));
        Self { truth, dc, folder, store, clock }
    }

    /// Without pauses, distances and chance.
    fn builder(&self) -> MtprotoBuilder {
        MtprotoFetcher::builder(self.store.database().clone(), API_ID, API_HASH)
            .timeout(PATIENCE)
            .backoff(Duration::ZERO, Duration::ZERO)
            .resolve_budget(1_000_000)
            .resolve_distance(Duration::ZERO)
            .full_distance(Duration::ZERO)
            .glance_distance(Duration::ZERO)
            .absent_distance(Duration::ZERO, Duration::ZERO)
            .clock(Arc::new(self.clock.clone()))
            .jitter(|| 0.0)
            .used_by("a test")
    }

    async fn fetcher(&self) -> MtprotoFetcher {
        self.builder().open().await.unwrap()
    }
}

impl Drop for Home {
    /// Whatever the test was about, no method was called before its time.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let calls = self.dc.calls().into_iter();
            let early: Vec<_> = calls.filter(|call| call.early).map(|call| call.method).collect();
            assert_eq!(self.dc.early_calls(), 0, "{early:?}");
        }
    }
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn named(text: &str) -> Target {
    Target::new(name(text))
}

fn numbered(text: &str, id: i64) -> Target {
    named(text).with_telegram_id(Some(id.unsigned_abs()))
}

/// The bio that a fetch shows.
async fn bio(fetcher: &MtprotoFetcher, target: &Target) -> Observed<String> {
    fetcher.fetch(target).await.unwrap().profile.bio
}

#[track_caller]
fn kind(answer: Result<Observation, FetchError>) -> FetchErrorKind {
    match answer {
        Ok(seen) => panic!("there was an answer: {seen:?}"),
        Err(error) => error.kind(),
    }
}

/// The first account of the data centre.
const FIRST: AccountId = AccountId::FIRST;
