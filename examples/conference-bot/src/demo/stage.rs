//! A conference in a folder: the bots in this process, Telegram and mail on loopback.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tgbio_core::{Clock, ProfileFetcher};
use tgbio_testkit::botapi::{BotApi, Person};
use tgbio_testkit::smtp::Smtp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::{DAY, Role};
use crate::store::passes::Gift;
use crate::store::{Durability, Res, passes};
use crate::{World, run};

/// Token of the participants' bot.
pub const MAIN: &str = "100:main";
/// Token of the bot for the staff.
pub const STAFF: &str = "200:staff";

/// Everything that a story needs.
#[derive(Debug)]
pub struct Stage {
    /// Telegram.
    pub api: BotApi,
    /// Mail.
    pub smtp: Smtp,
    /// The conference.
    pub world: World,
    /// The settings, for another start.
    pub config: Config,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<(), run::RunError>>>,
}

impl Stage {
    /// Starts everything with a database in a folder.
    ///
    /// # Panics
    /// When something cannot be started.
    pub async fn start(folder: &Path, tweak: impl FnOnce(&mut Config)) -> Self {
        Self::with(folder, tweak, None, None).await
    }

    /// The same with a clock that is turned by hand, or somebody who looks up @names.
    ///
    /// # Panics
    /// When something cannot be started.
    pub async fn with(
        folder: &Path,
        tweak: impl FnOnce(&mut Config),
        clock: Option<Arc<dyn Clock>>,
        names: Option<Arc<dyn ProfileFetcher>>,
    ) -> Self {
        let (api, smtp) = (BotApi::start().await, Smtp::start().await);
        api.bot(MAIN, "sri_bot");
        api.bot(STAFF, "sri_staff_bot");
        let mut config = settings(folder, &api, &smtp);
        tweak(&mut config);
        let world = open(config.clone(), clock, names).await;
        let mut stage = Self { api, smtp, world, config, stop: CancellationToken::new(), running: None };
        stage.go();
        stage
    }

    /// Starts the bots.
    pub fn go(&mut self) {
        self.stop = CancellationToken::new();
        match run::bots(&self.world) {
            Ok(bots) => {
                self.running = Some(tokio::spawn(run::run(self.world.clone(), bots, self.stop.clone())));
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Ends the bots, in the middle of whatever they do, and starts them again.
    ///
    /// # Panics
    /// When they cannot be started.
    pub async fn restart(&mut self) {
        self.halt().await;
        self.go();
    }

    /// Ends the bots; Telegram, mail and database stay.
    pub async fn halt(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            let _ = running.await;
        }
    }

    /// Ends the bots.
    pub async fn stop(mut self) {
        self.halt().await;
    }

    /// A person who speaks with the participants' bot.
    pub fn person(&self, id: i64, name: &str) -> Person {
        self.api.person(MAIN, id, name)
    }

    /// Reads something from the database.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Res<T> + Send + 'static,
    ) -> T {
        match self.world.db.read(job).await {
            Ok(found) => found,
            Err(error) => panic!("{error}"),
        }
    }

    /// Changes something in the database.
    ///
    /// # Panics
    /// When it cannot be changed.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Res<T> + Send + 'static,
    ) -> T {
        match self.world.db.write(Durability::Normal, job).await {
            Ok(done) => done,
            Err(error) => panic!("{error}"),
        }
    }

    /// A number from the database.
    pub async fn number(&self, sql: &'static str) -> i64 {
        self.read(move |conn| crate::store::number(conn, sql, [])).await
    }

    /// How many letters went to chats.
    pub async fn sent(&self) -> i64 {
        self.number("SELECT count(*) FROM outbox WHERE channel = 'telegram' AND state = 'sent'").await
    }

    /// The text of a message that opens a link giving a role.
    pub async fn role_link(&self, role: Role) -> String {
        let now = self.world.now();
        let made =
            move |conn: &Connection| passes::create(conn, Gift::Role(role, None), 1, "demo", now + DAY, now);
        format!("/start {}", self.write(made).await)
    }
}

fn settings(folder: &Path, api: &BotApi, smtp: &Smtp) -> Config {
    Config {
        database: folder.join("conference.db"),
        listen: "127.0.0.1:0".to_owned(),
        bot_token: Some(MAIN.to_owned().into()),
        moderator_bot_token: Some(STAFF.to_owned().into()),
        api_url: api.base_url().to_owned(),
        messages_per_second: 0,
        messages_per_chat: 0,
        smtp_url: Some(smtp.url().into()),
        mail_from: "conference@example.org".to_owned(),
        name_lookup: false,
        ..Config::default()
    }
}

async fn open(
    config: Config,
    clock: Option<Arc<dyn Clock>>,
    names: Option<Arc<dyn ProfileFetcher>>,
) -> World {
    let mut world = match World::open(config).await {
        Ok(world) => world,
        Err(error) => panic!("{error}"),
    };
    if let Some(clock) = clock {
        world = world.with_clock(clock);
    }
    let names = match names {
        Some(names) => Some(names),
        None => match crate::names::fetcher(&world).await {
            Ok(configured) => configured,
            Err(error) => panic!("{error}"),
        },
    };
    match names {
        Some(names) => world.with_names(names),
        None => world,
    }
}
