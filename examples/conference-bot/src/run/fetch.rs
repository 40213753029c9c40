//! What must be found out before an update is handled: files are fetched and looked at, @names are looked up.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tgbio_core::{FetchError, FetchErrorKind, Observation, ProfileFetcher, ProfileKind, Target, Username};

use super::Bot;
use super::turns::{self, Turn};
use crate::World;
use crate::dialog::event::{Event, Got, Named};
use crate::dialog::place::Place;
use crate::domain::{DocumentKind, file};
use crate::engine::{self, FileRef, Incoming, Need};
use crate::transport::BotError;

/// People wait so long at most for a look at a @name; it is looked up again later anyway.
const PATIENCE: Duration = Duration::from_secs(5);

/// A fetched file with the turn that it has. Dropping it deletes the file and lets the next one in.
pub(super) struct Fetched {
    _file: TempPath,
    _turn: Turn,
}

/// The event of an update, with the file that it speaks of.
pub(super) async fn event(
    world: &World,
    bot: &Bot,
    place: Place,
    incoming: &Incoming,
) -> (Event, Option<Fetched>) {
    match engine::need(place, incoming) {
        Need::Nothing => (engine::plain_event(incoming), None),
        Need::Name(name) => {
            let named = look_up(world, &name, None).await;
            (Event::Name(name, named), None)
        }
        Need::File(wanted, kind) => match fetched(world, bot, incoming, &wanted, kind).await {
            Ok((got, fetched)) => (Event::File(got), Some(fetched)),
            Err(why) => (Event::BadFile(why), None),
        },
    }
}

/// Fetches a file when its turn has come. What is seen to be of no use before waits for no turn.
async fn fetched(
    world: &World,
    bot: &Bot,
    incoming: &Incoming,
    wanted: &FileRef,
    kind: DocumentKind,
) -> Result<(Got, Fetched), &'static str> {
    if wanted.size.is_some_and(|size| size > file::LARGEST) {
        return Err("bad.file.large");
    }
    if wanted.size == Some(0) {
        return Err("bad.file.empty");
    }
    let turn = turns::of_file(world, bot, incoming).await;
    let (got, path) = get(bot, wanted, kind).await?;
    Ok((got, Fetched { _file: path, _turn: turn }))
}

async fn get(bot: &Bot, wanted: &FileRef, kind: DocumentKind) -> Result<(Got, TempPath), &'static str> {
    let path = tempfile::NamedTempFile::new().map_err(|_| "bad.file.lost")?.into_temp_path();
    match bot.api.download(&wanted.file_id, &path, file::LARGEST).await {
        Ok(_) => {}
        Err(BotError::TooLarge) => return Err("bad.file.large"),
        Err(error) => {
            tracing::warn!(bot = bot.code, %error, "a file could not be fetched");
            return Err("bad.file.lost");
        }
    }
    let at = path.to_path_buf();
    let wanted = wanted.clone();
    let looked = tokio::task::spawn_blocking(move || inspect(&at, &wanted, kind)).await;
    Ok((looked.map_err(|_| "bad.file.broken")??, path))
}

/// Hashes a file and finds out what it is.
fn inspect(path: &Path, wanted: &FileRef, kind: DocumentKind) -> Result<Got, &'static str> {
    let mut opened = std::fs::File::open(path).map_err(|_| "bad.file.broken")?;
    let format = file::inspect(&mut opened, kind)?;
    std::io::Seek::rewind(&mut opened).map_err(|_| "bad.file.broken")?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        match std::io::Read::read(&mut opened, &mut piece).map_err(|_| "bad.file.broken")? {
            0 => break,
            read => {
                hash.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
    Ok(Got {
        path: path.to_owned(),
        sha256: hash.finalize().into(),
        size,
        format,
        name: file::shown_name(&wanted.name, format),
        file_id: wanted.file_id.clone(),
        photo: wanted.photo,
    })
}

/// Looks a @name up. Where that does not work, nothing is known, which is no reason to refuse.
pub(super) async fn look_up(world: &World, name: &str, id: Option<i64>) -> Named {
    let (Some(fetcher), Ok(username)) = (&world.names, Username::parse(name)) else {
        return Named::default();
    };
    let target = Target::new(username).with_telegram_id(id.and_then(|id| u64::try_from(id).ok()));
    match look(fetcher.as_ref(), &target).await {
        Some(Ok(seen)) => {
            let refused = match seen.profile.kind.present() {
                Some(ProfileKind::Bot) => Some("bad.name.bot"),
                Some(ProfileKind::Channel | ProfileKind::Group) => Some("bad.name.channel"),
                _ => None,
            };
            let tg_id = seen.profile.telegram_id.present().and_then(|id| i64::try_from(*id).ok());
            let username = Some(seen.profile.username.as_str().to_owned());
            Named { tg_id, username, display_name: seen.profile.display_name.present().cloned(), refused }
        }
        Some(Err(error)) if error.kind() == FetchErrorKind::NotFound && sees_others(world).await => {
            Named { refused: Some("bad.name.nobody"), ..Named::default() }
        }
        _ => Named::default(),
    }
}

/// A look within people's patience. Where a backend that knows accounts by their ids does not find the expected one, it is
/// asked who has the name.
async fn look(fetcher: &dyn ProfileFetcher, target: &Target) -> Option<Result<Observation, FetchError>> {
    let seen = tokio::time::timeout(PATIENCE, fetcher.fetch(target)).await.ok()?;
    let told = matches!(&seen, Ok(seen) if seen.profile.telegram_id.present().is_some());
    if told || target.telegram_id.is_none() || !fetcher.capabilities().follows_renames {
        return Some(seen);
    }
    tokio::time::timeout(PATIENCE, fetcher.fetch(&Target::new(target.username.clone()))).await.ok()
}

/// A name that surely exists.
const CANARY: &str = "telegram";

/// Whoever sees no name at all must not say that one is free.
async fn sees_others(world: &World) -> bool {
    let (Some(fetcher), Ok(canary)) = (&world.names, Username::parse(CANARY)) else { return false };
    matches!(look(fetcher.as_ref(), &Target::new(canary)).await, Some(Ok(_)))
}
