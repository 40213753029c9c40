//! Pending invitations by @name follow the account: when it is renamed they go along, when the name changes hands they
//! are suspended.

use std::time::Duration;

use super::{Part, fetch, unrefused};
use crate::World;
use crate::actions::{Act, Who, names};
use crate::store::invitations::Invitation;
use crate::store::{Durability, StoreError, invitations};
use crate::texts::Locale;

/// How often it is looked which names are due.
const EVERY: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(super) struct Names {
    world: World,
}

impl Names {
    pub(super) fn new(world: World) -> Self {
        Self { world }
    }

    async fn check(&self, invitation: Invitation) -> Result<(), StoreError> {
        let named = fetch::look_up(&self.world, &invitation.target, invitation.target_tg_id).await;
        let world = self.world.clone();
        let done = self.world.db.write(Durability::Normal, move |conn| {
            let who = Who {
                actor: "names".to_owned(),
                person: None,
                tg_id: 0,
                bot: String::new(),
                locale: Locale::Ru,
            };
            names::judge(&Act::new(conn, &world, who), &invitation, &named)
        });
        done.await.map_err(unrefused)
    }
}

impl Part for Names {
    async fn work(self) -> Result<(), String> {
        loop {
            if self.world.names.is_some() {
                let now = self.world.now();
                let due = self.world.db.read(move |conn| invitations::to_check(conn, now));
                for invitation in due.await.map_err(|error| error.to_string())? {
                    self.check(invitation).await.map_err(|error| error.to_string())?;
                }
                self.world.deliver.notify_waiters();
            }
            let next = self.world.clock.now().after(EVERY);
            self.world.clock.sleep_until(next).await;
        }
    }
}
