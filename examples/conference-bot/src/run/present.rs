//! How a bot presents itself: name, descriptions and commands in each language, and its picture.

use sha2::{Digest as _, Sha256};

use super::Bot;
use crate::World;
use crate::store::{Durability, Res, number, run};
use crate::texts::{Locale, Say};
use crate::transport::{BotError, Profile};

/// Learns the bot's @name, and presents it where something has changed: Telegram allows that a few times a day.
pub(super) async fn introduce(world: &World, bot: &Bot) -> Result<(), BotError> {
    let name = bot.api.name().await?;
    world
        .bot_names
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .insert(bot.code.to_owned(), name);
    let profiles: Vec<Profile> = [(None, Locale::Ru), (Some("en"), Locale::En)]
        .map(|(language, locale)| profile(world, language, locale))
        .into();
    if let Err(error) = picture(world, bot).await {
        tracing::warn!(bot = bot.code, %error, "the picture of the bot could not be looked after");
    }
    let (key, value) = (format!("profile:{}", bot.code), format!("{profiles:?}"));
    if is_noted(world, &key, &value).await {
        return Ok(());
    }
    for profile in &profiles {
        match bot.api.present(profile).await {
            Ok(()) => {}
            // It is an ornament: the bot works without.
            Err(error @ (BotError::TooMany(_) | BotError::Refused(_))) => {
                tracing::warn!(bot = bot.code, %error, "the bot could not be presented");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    note(world, key, value).await
}

/// Sets the picture when it is another than before. Where there is none at all, the log says how to come by one.
async fn picture(world: &World, bot: &Bot) -> Result<(), BotError> {
    let Some(path) = world.config.bot_picture.clone() else {
        if !bot.api.has_picture().await? {
            tracing::info!(
                bot = bot.code,
                "the bot has no picture: set bot_picture to a JPEG, or send /setuserpic to @BotFather"
            );
        }
        return Ok(());
    };
    let read = tokio::fs::read(&path).await.map_err(|error| BotError::Refused(error.to_string()))?;
    let (key, value) = (format!("picture:{}", bot.code), hex::encode(Sha256::digest(&read)));
    if is_noted(world, &key, &value).await {
        return Ok(());
    }
    bot.api.set_picture(&path).await?;
    note(world, key, value).await
}

/// Whether this is what was presented last.
async fn is_noted(world: &World, key: &str, value: &str) -> bool {
    let (key, value) = (key.to_owned(), value.to_owned());
    let same = world.db.read(move |conn| -> Res<bool> {
        Ok(number(conn, "SELECT count(*) FROM setting WHERE key = ?1 AND value = ?2", (key, value))? > 0)
    });
    same.await.unwrap_or(false)
}

async fn note(world: &World, key: String, value: String) -> Result<(), BotError> {
    let written = world.db.write(Durability::Normal, move |conn| -> Res<()> {
        let sql =
            "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        run(conn, sql, (key, value)).map(|_| ())
    });
    written.await.map_err(|error| BotError::Unreachable(error.to_string()))
}

fn profile(world: &World, language: Option<&'static str>, locale: Locale) -> Profile {
    let say = |key: &str, most: usize| -> String {
        let say = Say::new(key).with("title", world.title(locale)).with("support", world.support());
        say.text(locale).chars().take(most).collect()
    };
    let commands = ["menu", "back", "cancel", "help", "lang", "error"];
    Profile {
        language,
        name: say("bot.name", 64),
        description: say("bot.about", 512),
        short_description: say("bot.short", 120),
        commands: commands.map(|name| (name, say(&format!("command.{name}"), 256))).into(),
    }
}
