//! Turns for files: only so many are fetched, looked at and stored at the same time, by all bots together. So many is
//! what memory and the folder of temporary files have to hold; whoever sends a file beyond waits in their lane.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Bot, unrefused};
use crate::World;
use crate::engine::{self, Incoming};
use crate::store::{Durability, StoreError};

/// A wait that is longer is told to the person.
const UNTOLD: Duration = Duration::from_secs(2);

/// The turns that are left.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Semaphore>);

/// A turn. Dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many at once, at least one.
    pub fn new(at_once: u32) -> Self {
        Self(Arc::new(Semaphore::new(usize::try_from(at_once).unwrap_or(1).max(1))))
    }

    /// A turn, in the order of asking.
    async fn next(&self) -> Turn {
        // Nobody closes the semaphore; if somebody did, files would go without a bound rather than not at all.
        Turn { _permit: Arc::clone(&self.0).acquire_owned().await.ok() }
    }
}

/// Waits for the turn of a file, and tells its sender when that takes long.
pub(super) async fn of_file(world: &World, bot: &Bot, incoming: &Incoming) -> Turn {
    let mut turn = std::pin::pin!(world.files.next());
    match tokio::time::timeout(UNTOLD, turn.as_mut()).await {
        Ok(turn) => turn,
        Err(_) => {
            if let Err(error) = tell(world, bot, incoming).await {
                tracing::warn!(bot = bot.code, %error, "somebody waits for a turn and could not be told");
            }
            turn.await
        }
    }
}

async fn tell(world: &World, bot: &Bot, incoming: &Incoming) -> Result<(), StoreError> {
    let (shared, code, incoming) = (world.clone(), bot.code, incoming.clone());
    let told = world
        .db
        .write(Durability::Normal, move |conn| engine::tell_of_waiting(conn, &shared, code, &incoming));
    told.await.map_err(unrefused)?;
    world.deliver.notify_waiters();
    Ok(())
}
