//! Runs the real poller through a world: moves the clock to what comes next, kills, starts and jumps.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, NewProfile, ProfileStore, StoreError};
use tgbio_core::{Poller, PollerHandle, Rules, Timestamp, Tracker, Username};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::disk::Disk;
use super::plan::Event;
use super::power::Cut;
use super::rng::Rng;
use super::source::{CANARY, Source};
use super::world::World;
use super::{Options, people, recovery};

/// Passes over all tasks without anything done after which everything is said to wait.
const QUIET_PASSES: usize = 6;

/// A process that polls.
struct Running {
    task: JoinHandle<()>,
    stop: CancellationToken,
    handle: PollerHandle,
}

/// A run of one seed.
pub(super) struct Drive {
    world: Arc<World>,
    store: Arc<Disk>,
    source: Arc<Source>,
    rules: Rules,
    seed: u64,
    starts: u64,
    running: Option<Running>,
    /// The process is not killed but loses its power.
    cut: Option<Cut>,
    cuts: u64,
}

impl Drive {
    pub fn new(world: Arc<World>, store: Arc<Disk>, options: &Options, seed: u64) -> Self {
        let source = Arc::new(Source::new(world.clone(), options.real));
        let rules = options.program.clone();
        Self { world, store, source, rules, seed, starts: 0, running: None, cut: None, cuts: 0 }
    }

    /// Follows everybody, and runs until the end.
    pub async fn run(mut self, end: Timestamp) -> Result<(), StoreError> {
        for (place, life) in self.world.lives.iter().enumerate() {
            let new = NewProfile::new(life.name.clone());
            let record = self.store.follow(&new, self.world.now(), &Actor::system()).await?;
            self.world.shared().ids.insert(record.id, place);
        }
        self.start();
        for (at, event) in self.world.plan.events.clone() {
            self.until(at.min(end)).await?;
            self.happen(event).await?;
            // A poller looks at the clock every second, and at a store that failed every half minute.
            for seconds in [1, 31] {
                self.until(self.world.now().after(Duration::from_secs(seconds)).min(end)).await?;
            }
        }
        self.until(end).await?;
        self.stop().await;
        Ok(())
    }

    fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        self.starts += 1;
        self.world.runs(true);
        let chance = std::sync::Mutex::new(Rng::new(self.seed, 1_000 + self.starts));
        let draw = move || chance.lock().unwrap_or_else(std::sync::PoisonError::into_inner).unit();
        let canary = Username::parse(CANARY).unwrap_or_else(|error| panic!("{error}"));
        let tracker = Tracker::builder(self.source.clone(), self.store.clone())
            .clock(Arc::new(self.world.clock.clone()))
            .rules(self.rules.clone())
            .canaries(vec![canary])
            .chance(draw)
            .build();
        let (poller, stop) = (Poller::new(tracker, 2), CancellationToken::new());
        let handle = poller.handle();
        let task = tokio::spawn(poller.run(stop.clone()));
        self.running = Some(Running { task, stop, handle });
    }

    async fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        self.world.runs(false);
        running.stop.cancel();
        if running.task.await.is_err_and(|error| error.is_panic()) {
            panic!("the poller panicked");
        }
    }

    /// Nothing of the process happens any more.
    async fn kill(&mut self) -> Result<(), StoreError> {
        if let Some(running) = self.running.take() {
            self.world.runs(false);
            running.task.abort();
            if running.task.await.is_err_and(|error| error.is_panic()) {
                panic!("the poller panicked");
            }
            let mut shared = self.world.shared();
            (shared.trap, shared.sprung) = (None, false);
        }
        self.lose_power().await
    }

    async fn happen(&mut self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Stop => self.stop().await,
            Event::Kill(trap) => self.world.shared().trap = Some(trap),
            Event::Start => {
                if self.world.shared().trap.is_some() {
                    self.kill().await?;
                }
                self.start();
            }
            Event::Jump(by) => self.world.jump(by, self.running.is_some()),
            Event::Blink(ahead, time) => {
                self.world.blink(ahead, self.running.is_some());
                self.until(self.world.now().after(time)).await?;
                self.world.blink(-ahead, self.running.is_some());
            }
            Event::Sleep(time) => self.world.sleep(time),
            Event::Disk(state) => self.world.disk(state),
            Event::LosePower(cut, trap) => {
                self.cut = Some(cut);
                match trap {
                    Some(trap) if self.running.is_some() => self.world.shared().trap = Some(trap),
                    _ => self.kill().await?,
                }
            }
            Event::MoveLog => self.store.move_log(),
            Event::AskChanges => people::ask_changes(&self.world, &*self.store, self.running.is_some()).await,
            Event::Note(note) => people::note(&self.world, &*self.store, self.running.is_some(), note).await,
        }
        Ok(())
    }

    /// The power comes back, and what the disk was left with is looked at.
    async fn lose_power(&mut self) -> Result<(), StoreError> {
        let Some(cut) = self.cut.take() else { return Ok(()) };
        self.cuts += 1;
        // A stream for each: how much of it is used hangs on how the file lies on the disk.
        self.store.lose_power(cut, &mut Rng::new(self.seed, 2_000 + self.cuts))?;
        let broken = recovery::broken(&self.store, &self.world).await?;
        let mut shared = self.world.shared();
        let now = shared.now;
        shared.script.failures.push(now);
        shared.script.broken.extend(broken);
        Ok(())
    }

    /// Lets the process work until this time.
    async fn until(&mut self, end: Timestamp) -> Result<(), StoreError> {
        loop {
            self.idle().await;
            if self.world.shared().sprung {
                self.kill().await?;
            }
            let now = self.world.now();
            if now >= end {
                return Ok(());
            }
            self.world.set_now(self.next(now).await.min(end));
        }
    }

    /// Waits until every task waits.
    async fn idle(&self) {
        let mut quiet = 0;
        let mut before = self.world.activity();
        while self.running.is_some() && quiet < QUIET_PASSES && !self.world.shared().sprung {
            tokio::task::yield_now().await;
            let now = self.world.activity();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
    }

    /// When there is something to do again.
    async fn next(&self, now: Timestamp) -> Timestamp {
        let Some(running) = &self.running else { return Timestamp::from_millis(i64::MAX) };
        let status = running.handle.status();
        let due = self.store.next_due().await.ok().flatten();
        let due = due.map_or(Timestamp::from_millis(i64::MAX), |due| self.world.true_time(due));
        let paused = status.paused_until.map(|until| self.world.true_time(until));
        let step = Duration::from_secs(if status.store_error.is_some() { 20 } else { 1 });
        // When a pause ends the poller asks for due work, and follows a clock that was set back meanwhile.
        paused.unwrap_or(due).max(now.after(step)).min(now.after(Duration::from_secs(1800)))
    }
}
