//! How a bot presents itself: name, descriptions and commands in each language.

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
    let (key, value) = (format!("profile:{}", bot.code), format!("{profiles:?}"));
    let known = value.clone();
    let at = key.clone();
    let same = world.db.read(move |conn| -> Res<bool> {
        Ok(number(conn, "SELECT count(*) FROM setting WHERE key = ?1 AND value = ?2", (at, known))? > 0)
    });
    if same.await.unwrap_or(false) {
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
