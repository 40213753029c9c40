//! Getting the updates of one bot: polled, or called by Telegram.

use std::time::Duration;

use super::{Bot, Lanes, Part, present};
use crate::World;
use crate::transport::BotError;

/// How long Telegram keeps a question open.
const WAIT: Duration = Duration::from_secs(25);

#[derive(Clone)]
pub(super) struct Poll {
    world: World,
    bot: Bot,
    lanes: Lanes,
    polling: bool,
}

impl Poll {
    pub(super) fn new(world: World, bot: Bot, lanes: Lanes, polling: bool) -> Self {
        Self { world, bot, lanes, polling }
    }

    async fn begin(&self) -> Result<i64, String> {
        let next = self.lanes.resume().await.map_err(|error| error.to_string())?;
        present::introduce(&self.world, &self.bot).await.map_err(|error| error.to_string())?;
        let hook = match (&self.world.config.public_url, &self.world.config.webhook_secret) {
            (Some(url), Some(secret)) if !self.polling => Some((
                format!("{}/tg/{}", url.as_str().trim_end_matches('/'), self.bot.code),
                secrecy::ExposeSecret::expose_secret(secret).to_owned(),
            )),
            _ => None,
        };
        let to = hook.as_ref().map(|(url, secret)| (url.as_str(), secret.as_str()));
        self.bot.api.webhook(to).await.map_err(|error| error.to_string())?;
        Ok(next)
    }
}

impl Part for Poll {
    async fn work(self) -> Result<(), String> {
        let mut next = self.begin().await?;
        if !self.polling {
            self.world.hooks.register(self.bot.code, self.lanes.clone());
            std::future::pending::<()>().await;
        }
        loop {
            match self.bot.api.updates(next, WAIT).await {
                Ok(updates) => {
                    let last = updates.iter().filter_map(|update| update["update_id"].as_i64()).max();
                    self.lanes.take(updates).await.map_err(|error| error.to_string())?;
                    // Only now: what Telegram forgets is kept here.
                    next = last.map_or(next, |last| last + 1);
                }
                Err(BotError::TooMany(wait)) => tokio::time::sleep(wait).await,
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}
