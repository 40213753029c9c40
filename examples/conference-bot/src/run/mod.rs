//! Everything that goes on at once: each bot's updates, the lanes, the letters, the clockwork. Each part is watched: one
//! that fails is started again and harms no other.

mod clockwork;
mod deliver;
mod fetch;
mod lanes;
mod mailing;
mod names;
mod pace;
mod poll;
mod present;
mod turns;
pub mod web;

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, params};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::World;
use crate::domain::{Millis, Role};
use crate::mail::{MailError, Mailer};
use crate::store::{self, Durability, Res, Stop, StoreError};
use crate::texts::Locale;
use crate::transport::{BotApi, BotError, BotTransport};

pub use lanes::Lanes;
pub use turns::Turns;

/// Why the bots do not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is nothing to run.
    #[error("there is no bot: set CONFERENCE_BOT_TOKEN to the token that @BotFather gave you")]
    NoBot,
    /// A client could not be made.
    #[error(transparent)]
    Bot(#[from] BotError),
    /// The mailer could not be made.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The listening socket failed.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// The organisers' desk does not open.
    #[error(transparent)]
    Desk(#[from] crate::organisers::DeskError),
    /// A setting is missing.
    #[error("{0}")]
    Settings(&'static str),
}

/// One bot with its client.
#[derive(Clone)]
pub struct Bot {
    /// Its short name, like `main`.
    pub code: &'static str,
    /// Its client.
    pub api: Arc<dyn BotTransport>,
}

impl std::fmt::Debug for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

/// The bots of the configuration.
///
/// # Errors
/// [`RunError`] when there is none.
pub fn bots(world: &World) -> Result<Vec<Bot>, RunError> {
    let tokens = world.config.bots();
    if tokens.is_empty() {
        return Err(RunError::NoBot);
    }
    let bot = |(code, token)| Ok(Bot { code, api: Arc::new(BotApi::new(&world.config.api_url, &token)?) });
    tokens.into_iter().map(bot).collect()
}

/// Runs bots, letters and clockwork until `stop`.
///
/// # Errors
/// [`RunError`] when they cannot be started.
pub async fn run(world: World, bots: Vec<Bot>, stop: CancellationToken) -> Result<(), RunError> {
    let mailer = match &world.config.smtp_url {
        Some(url) => Some(Mailer::new(url, &world.config.mail_from, world.config.smtp_ca.as_deref())?),
        None => None,
    };
    world.db.write(Durability::Normal, store::outbox::resume).await.map_err(failed)?;
    first_organisers(&world).await?;
    let tasks = TaskTracker::new();
    for bot in bots {
        let lanes = Lanes::new(world.clone(), bot.clone(), stop.clone());
        let polling = !world.config.webhook;
        watch(&tasks, &stop, "updates", poll::Poll::new(world.clone(), bot.clone(), lanes.clone(), polling));
        watch(&tasks, &stop, "letters", deliver::Deliver::new(world.clone(), bot));
    }
    watch(&tasks, &stop, "mail", mailing::Mailing::new(world.clone(), mailer));
    watch(&tasks, &stop, "clockwork", clockwork::Clockwork::new(world.clone()));
    watch(&tasks, &stop, "names", names::Names::new(world));
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// The accounts of the configuration are organisers.
async fn first_organisers(world: &World) -> Result<(), RunError> {
    let (shared, ids) = (world.clone(), world.config.organisers.clone());
    let made = world.db.write(Durability::Normal, move |conn| -> Res<()> {
        for tg_id in ids {
            organiser(conn, tg_id, shared.now())?;
        }
        Ok(())
    });
    made.await.map_err(failed)
}

/// Makes the person of an account an organiser, once: who takes the role away later is not overruled.
fn organiser(conn: &Connection, tg_id: i64, now: Millis) -> Res<()> {
    let person = match store::people::of_account(conn, tg_id)? {
        Some(person) => person,
        None => {
            let sql = "INSERT INTO tg_account (tg_id, seen_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            store::run(conn, sql, [tg_id, now])?;
            let person = store::people::create(conn, None, Locale::Ru, now)?;
            store::people::bind(conn, tg_id, person)?;
            person
        }
    };
    let (role, by) = (Role::Organiser, "configuration");
    let before = "SELECT count(*) FROM role_grant WHERE person_id = ?1 AND role = ?2 AND granted_by = ?3";
    if store::number(conn, before, params![person, role, by])? > 0 {
        return Ok(());
    }
    store::people::grant(conn, person, role, None, by, now)?;
    store::audit::write(conn, now, by, "role.granted", ("person", person), role.code())
}

/// A failure of the database; a refusal cannot come from here.
fn failed(stop: Stop) -> RunError {
    RunError::Store(unrefused(stop))
}

fn unrefused(stop: Stop) -> StoreError {
    match stop {
        Stop::Failed(error) => error,
        Stop::Refused(say) => StoreError::failed(std::io::Error::other(say.key().to_owned())),
    }
}

/// A part that goes on until it is stopped.
trait Part: Clone + Send + Sync + 'static {
    /// Works until something goes wrong.
    fn work(self) -> impl Future<Output = Result<(), String>> + Send;
}

/// The longest pause before a part that failed is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs a part; when it fails, or panics, it is started again after a pause that grows.
fn watch<P: Part>(tasks: &TaskTracker, stop: &CancellationToken, what: &'static str, part: P) {
    let stop = stop.clone();
    tasks.spawn(async move {
        let mut pause = Duration::from_millis(200);
        loop {
            let begun = tokio::time::Instant::now();
            let mut running = tokio::spawn(part.clone().work());
            let ended = tokio::select! {
                () = stop.cancelled() => {
                    running.abort();
                    return;
                }
                ended = &mut running => ended,
            };
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(what, %error, "goes on after a pause"),
                Err(error) => tracing::error!(what, %error, "failed inside and is started again"),
            }
            if begun.elapsed() > LONGEST_PAUSE {
                pause = Duration::from_millis(200);
            }
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}
