//! The commands that work on the database and end.

use clap::ArgMatches;
use tgbio_server::auth::Accounts;
use tgbio_server::auth::db::Db;

use super::{CliError, tell};
use crate::domain::{DAY, DeadlineKind, Role};
use crate::store::passes::Gift;
use crate::store::{Durability, Res, audit, deadlines, one, passes};
use crate::{World, run};

fn text<'a>(matches: &'a ArgMatches, name: &str) -> &'a str {
    matches.try_get_one::<String>(name).ok().flatten().map_or("", String::as_str)
}

/// A number that has a usual value.
fn number(matches: &ArgMatches, name: &str) -> i64 {
    matches.get_one(name).copied().unwrap_or_default()
}

async fn section(world: &World, matches: &ArgMatches) -> Result<Option<i64>, CliError> {
    let code = text(matches, "section").to_owned();
    if code.is_empty() {
        return Ok(None);
    }
    let at = code.clone();
    let found = world
        .db
        .read(move |conn| one(conn, "SELECT id FROM section WHERE code = ?1", [at], |row| row.get(0)));
    found.await?.map(Some).ok_or_else(|| CliError::Wrong(format!("there is no section {code}")))
}

fn deadline_kind(matches: &ArgMatches) -> Result<DeadlineKind, CliError> {
    let kind = text(matches, "kind");
    DeadlineKind::of(kind).ok_or_else(|| CliError::Wrong(format!("{kind} is no kind of time limit")))
}

/// Runs one.
pub(super) async fn run(name: &str, matches: &ArgMatches, world: World) -> Result<(), CliError> {
    match name {
        "invite-staff" => {
            let word = text(matches, "role");
            let role = Role::of(word).ok_or_else(|| CliError::Wrong(format!("{word} is no role")))?;
            let gift = Gift::Role(role, section(&world, matches).await?);
            link(&world, matches, gift).await
        }
        "late-pass" => {
            let gift = Gift::Late(deadline_kind(matches)?, section(&world, matches).await?);
            link(&world, matches, gift).await
        }
        "deadline" => set_deadline(&world, matches).await,
        "reset-password" => reset_password(&world, text(matches, "user")).await,
        "backup" => backup(&world, text(matches, "file")).await,
        "verify" => verify(&world).await,
        _ => letters(&world, matches.get_flag("again")).await,
    }
}

async fn link(world: &World, matches: &ArgMatches, gift: Gift) -> Result<(), CliError> {
    let now = world.now();
    let expires = now + number(matches, "days") * DAY;
    let uses = number(matches, "uses");
    let made = world.db.write(Durability::Synced, move |conn| {
        passes::create(conn, gift, uses, "command line", expires, now)
    });
    let payload = made.await?;
    if let Some(bot) = run::bots(world).ok().and_then(|bots| bots.into_iter().next())
        && let Ok(name) = bot.api.name().await
    {
        tell(&format!("https://t.me/{name}?start={payload}"));
        return Ok(());
    }
    tell(&format!("/start {payload}"));
    Ok(())
}

async fn set_deadline(world: &World, matches: &ArgMatches) -> Result<(), CliError> {
    let kind = deadline_kind(matches)?;
    let section = section(world, matches).await?;
    let at = match text(matches, "at") {
        "none" => None,
        text => {
            let time: tgbio_core::Timestamp = text
                .parse()
                .map_err(|error: tgbio_core::TimestampError| CliError::Wrong(error.to_string()))?;
            Some(time.as_millis())
        }
    };
    let now = world.now();
    let grace = number(matches, "grace");
    let done = world.db.write(Durability::Synced, move |conn| -> Res<()> {
        deadlines::set(conn, kind, section, at, grace * 60)?;
        audit::write(
            conn,
            now,
            "command line",
            "deadline.set",
            ("deadline", section.unwrap_or(0)),
            kind.code(),
        )
    });
    done.await?;
    let limit = at.map_or_else(|| "none".to_owned(), |at| world.shown_limit(at));
    tell(&format!("the time limit of {} is now: {limit}", kind.code()));
    Ok(())
}

/// A new password for a log-in of the desk; whoever is logged in with it has to log in again.
async fn reset_password(world: &World, user: &str) -> Result<(), CliError> {
    let user = if user.is_empty() { world.config.admin_user.clone() } else { user.to_owned() };
    let made = Accounts::new(Db::over(world.db.clone()).await?).reset_password(&user).await?;
    let (name, now) = (user.clone(), world.now());
    let noted = world.db.write(Durability::Synced, move |conn| -> Res<()> {
        let sql = "SELECT person_id FROM web_identity WHERE kind = 'user' AND name = ?1";
        let person: Option<i64> = one(conn, sql, [&name], |row| row.get(0))?;
        audit::write(conn, now, "command line", "user.reset", ("person", person.unwrap_or(0)), &name)
    });
    noted.await?;
    let password = secrecy::ExposeSecret::expose_secret(&made.0);
    tell(&format!("log in as {user} with the password {password} (shown only once)"));
    Ok(())
}

async fn backup(world: &World, file: &str) -> Result<(), CliError> {
    world.db.backup(file).await?;
    tell(&format!("the database is copied to {file}"));
    Ok(())
}

async fn verify(world: &World) -> Result<(), CliError> {
    match world.db.read(audit::broken).await? {
        None => {
            tell("the audit log is whole");
            Ok(())
        }
        Some(line) => Err(CliError::Wrong(format!("the audit log is broken at line {line}"))),
    }
}

async fn letters(world: &World, again: bool) -> Result<(), CliError> {
    let dead = world.db.read(|conn| {
        let sql = "SELECT id, channel, recipient, ifnull(last_error, '') FROM outbox WHERE state = 'dead' ORDER BY id";
        crate::store::all(conn, sql, [], |row| {
            Ok(format!("{}\t{}\t{}\t{}", row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        })
    });
    for line in dead.await? {
        tell(&line);
    }
    if again {
        let sql = "UPDATE outbox SET state = 'queued', attempts = 0, not_before = 0 WHERE state = 'dead'";
        world.db.write(Durability::Synced, move |conn| crate::store::run(conn, sql, [])).await?;
    }
    Ok(())
}
