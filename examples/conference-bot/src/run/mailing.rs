//! Delivering e-mail.

use std::time::Duration;

use super::deliver::{ATTEMPTS, pause};
use super::{Part, unrefused};
use crate::World;
use crate::mail::{MailError, Mailer};
use crate::store::outbox::{Out, Queued};
use crate::store::{Durability, Res, StoreError, outbox};

/// Without news it is looked at least this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Mailing {
    world: World,
    mailer: Option<Mailer>,
}

impl Mailing {
    pub(super) fn new(world: World, mailer: Option<Mailer>) -> Self {
        Self { world, mailer }
    }

    async fn send(&self, letter: Queued) -> Result<(), StoreError> {
        let id = letter.id;
        self.world
            .db
            .write(Durability::Normal, move |conn| outbox::sending(conn, id))
            .await
            .map_err(unrefused)?;
        let result = match (&self.mailer, &letter.body) {
            (Some(mailer), Out::Mail { subject, text }) => {
                mailer.send(&letter.recipient, subject, text).await
            }
            (None, _) => Err(MailError::Refused("no mail server is set: set CONFERENCE_SMTP_URL".to_owned())),
            _ => Err(MailError::Refused("this is no mail".to_owned())),
        };
        let now = self.world.now();
        let done = self.world.db.write(Durability::Normal, move |conn| -> Res<()> {
            match result {
                Ok(remote) => outbox::sent(conn, &letter, &remote, now),
                Err(MailError::Later(why)) if letter.attempts < ATTEMPTS => {
                    outbox::later(conn, letter.id, now + pause(letter.attempts), &why)
                }
                Err(error) => outbox::dead(conn, &letter, &error.to_string()),
            }
        });
        done.await.map_err(unrefused)
    }
}

impl Part for Mailing {
    async fn work(self) -> Result<(), String> {
        let reset = self.world.db.write(Durability::Normal, |conn| -> Res<()> {
            let sql = "UPDATE outbox SET state = 'queued' WHERE state = 'sending' AND channel = 'email'";
            crate::store::run(conn, sql, []).map(|_| ())
        });
        reset.await.map_err(|error| error.to_string())?;
        loop {
            let mut news = std::pin::pin!(self.world.deliver.notified());
            news.as_mut().enable();
            let now = self.world.now();
            let due = self.world.db.read(move |conn| outbox::due(conn, "email", "", now, 20));
            let due = due.await.map_err(|error| error.to_string())?;
            if due.is_empty() {
                let _ = tokio::time::timeout(LOOK_AGAIN, news).await;
            }
            for letter in due {
                self.send(letter).await.map_err(|error| error.to_string())?;
            }
        }
    }
}
