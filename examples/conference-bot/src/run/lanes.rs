//! One lane for each person and bot: their updates go in order, and nobody waits for anybody else.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Bot, fetch, unrefused};
use crate::World;
use crate::engine::{self, Incoming};
use crate::store::{Durability, Res, Stop, StoreError, updates};

/// An update that fails so often is put aside.
const FAILURES: i64 = 3;

/// The lanes of a bot.
#[derive(Clone)]
pub struct Lanes {
    world: World,
    bot: Bot,
    stop: CancellationToken,
    /// What waits in the lanes that are being worked on.
    waiting: Arc<Mutex<HashMap<i64, VecDeque<i64>>>>,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").field("bot", &self.bot).finish_non_exhaustive()
    }
}

impl Lanes {
    /// Empty lanes.
    pub fn new(world: World, bot: Bot, stop: CancellationToken) -> Self {
        Self { world, bot, stop, waiting: Arc::default() }
    }

    /// Keeps updates as they came, and then sets to work on them. Once this has ended well, Telegram may forget them.
    ///
    /// # Errors
    /// When they could not be kept.
    pub async fn take(&self, raw: Vec<Value>) -> Result<(), StoreError> {
        let bot = self.bot.code;
        let now = self.world.now();
        let new = self.world.db.write(Durability::Normal, move |conn| -> Res<Vec<(i64, i64)>> {
            let mut new = Vec::new();
            for update in raw {
                match Incoming::read(&update) {
                    Ok(incoming) => {
                        let (id, tg_id) = (incoming.update_id, incoming.tg_id);
                        if updates::keep(conn, bot, id, tg_id, &update.to_string(), now)? {
                            new.push((id, tg_id));
                        }
                    }
                    Err(Some(id)) => {
                        updates::keep(conn, bot, id, 0, "", now)?;
                        updates::done(conn, bot, id, now)?;
                    }
                    Err(None) => tracing::warn!(bot, "an update without a number was passed over"),
                }
            }
            Ok(new)
        });
        for (update, tg_id) in new.await.map_err(unrefused)? {
            self.enter(update, tg_id);
        }
        Ok(())
    }

    /// Takes up what was kept before the program ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn resume(&self) -> Result<i64, StoreError> {
        let bot = self.bot.code;
        let read = self
            .world
            .db
            .read(move |conn| -> Res<_> { Ok((updates::all_open(conn, bot)?, updates::next(conn, bot)?)) });
        let (open, next) = read.await.map_err(unrefused)?;
        for (update, tg_id) in open {
            self.enter(update, tg_id);
        }
        Ok(next)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, VecDeque<i64>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an update into its lane, and has somebody work there.
    fn enter(&self, update: i64, tg_id: i64) {
        let mut lanes = self.lock();
        let idle = !lanes.contains_key(&tg_id);
        let lane = lanes.entry(tg_id).or_default();
        if !lane.contains(&update) {
            lane.push_back(update);
        }
        if idle {
            tokio::spawn(self.clone().work(tg_id));
        }
    }

    async fn work(self, tg_id: i64) {
        while let Some(update) = self.next(tg_id) {
            let one = tokio::spawn(self.clone().handle(update, tg_id));
            let Some(ended) = self.stop.run_until_cancelled(one).await else { return };
            let why = match ended {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            match why {
                None => self.leave(tg_id),
                Some(why) => self.failed(update, tg_id, &why).await,
            }
        }
    }

    /// The next of a lane; an empty lane is given up under the same lock.
    fn next(&self, tg_id: i64) -> Option<i64> {
        let mut lanes = self.lock();
        let next = lanes.get(&tg_id).and_then(|lane| lane.front().copied());
        if next.is_none() {
            lanes.remove(&tg_id);
        }
        next
    }

    fn leave(&self, tg_id: i64) {
        if let Some(lane) = self.lock().get_mut(&tg_id) {
            lane.pop_front();
        }
    }

    /// A failed update is tried again, and put aside with a word to the person when it fails for good.
    async fn failed(&self, update: i64, tg_id: i64, why: &str) {
        let (bot, world, text) = (self.bot.code, self.world.clone(), why.to_owned());
        let noted = self.world.db.write(Durability::Normal, move |conn| -> Res<i64> {
            let count = updates::failed(conn, bot, update, &text)?;
            if count >= FAILURES && updates::done(conn, bot, update, world.now())? {
                engine::apologise(conn, &world, bot, tg_id)?;
            }
            Ok(count)
        });
        let count = noted.await.unwrap_or(0);
        tracing::error!(bot, update, why, count, "an update failed");
        if count >= FAILURES {
            self.world.deliver.notify_waiters();
            self.leave(tg_id);
        } else {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn handle(self, update: i64, tg_id: i64) -> Result<(), StoreError> {
        let bot = self.bot.code;
        let read = self.world.db.read(move |conn| -> Res<_> {
            Ok((updates::open(conn, bot, update)?, engine::place(conn, bot, tg_id)?))
        });
        let (Some(body), place) = read.await.map_err(unrefused)? else { return Ok(()) };
        let Ok(incoming) =
            serde_json::from_str(&body).map_err(|_| None).and_then(|value: Value| Incoming::read(&value))
        else {
            return Ok(());
        };
        // The file, if there is one, and its turn last until the transaction is over.
        let (event, _file) = fetch::event(&self.world, &self.bot, place, &incoming).await;
        let world = self.world.clone();
        let done = self
            .world
            .db
            .write(Durability::Normal, move |conn| engine::handle(conn, &world, bot, &incoming, event));
        match done.await {
            Ok(()) => {
                self.world.deliver.notify_waiters();
                Ok(())
            }
            Err(Stop::Failed(error)) => Err(error),
            Err(refused) => Err(unrefused(refused)),
        }
    }
}
