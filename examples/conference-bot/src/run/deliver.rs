//! Delivering the letters of one bot: in order for each chat, fairly between chats, within Telegram's limits.

use std::collections::HashSet;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::pace::Pace;
use super::{Bot, Part, unrefused};
use crate::World;
use crate::blank;
use crate::domain::{HOUR, MINUTE, Millis};
use crate::store::outbox::{Letter, Out, Queued};
use crate::store::{Durability, Res, StoreError, dialogs, documents, one, outbox, people, run};
use crate::texts::Locale;
use crate::transport::{Attachment, BotError, Sent};

/// Letters that are under way at once.
const AT_ONCE: usize = 16;
/// Without news it is looked at least this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// After so many failures a letter is dead.
pub(super) const ATTEMPTS: i64 = 12;

#[derive(Clone)]
pub(super) struct Deliver {
    world: World,
    bot: Bot,
    /// Survives a restart of this part.
    pace: Arc<Mutex<Pace>>,
}

/// The wait before the next attempt: doubling, within an hour.
pub(super) fn pause(attempts: i64) -> Millis {
    let doublings = u32::try_from(attempts.clamp(0, 12)).unwrap_or(12);
    (1000_i64 << doublings).min(HOUR)
}

impl Deliver {
    pub(super) fn new(world: World, bot: Bot) -> Self {
        let pace = Pace::new(world.config.messages_per_second, world.config.messages_per_chat);
        Self { world, bot, pace: Arc::new(Mutex::new(pace)) }
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn due(&self) -> Result<Vec<Queued>, StoreError> {
        let (bot, now) = (self.bot.code, self.world.now());
        let read = self.world.db.read(move |conn| outbox::due(conn, "telegram", bot, now, 200));
        read.await.map_err(unrefused)
    }

    /// The next letter whose chat is free.
    fn pick(&self, due: Vec<Queued>, busy: &HashSet<String>) -> (Option<Queued>, Option<Instant>) {
        let (pace, now) = (self.pace(), Instant::now());
        let wait = pace.soonest(due.iter().map(|letter| letter.recipient.as_str()));
        let free = |letter: &Queued| !busy.contains(&letter.recipient) && pace.open(&letter.recipient, now);
        (due.into_iter().find(free), wait)
    }

    async fn send(self, letter: Queued) -> Result<String, String> {
        let id = letter.id;
        let begun = self.world.db.write(Durability::Normal, move |conn| outbox::sending(conn, id));
        begun.await.map_err(|error| error.to_string())?;
        let result = match &letter.body {
            Out::Document { document_id, caption, name } => {
                self.document(&letter, *document_id, caption, name.as_deref()).await
            }
            Out::Blank { person, locale, caption } => {
                self.blank(&letter.recipient, *person, locale, caption).await
            }
            body => self.bot.api.deliver(&letter.recipient, body).await,
        };
        let recipient = letter.recipient.clone();
        match result {
            Ok(sent) => self.sent(letter, sent).await,
            Err(error) => self.failed(letter, error).await,
        }
        .map_err(|error| error.to_string())?;
        Ok(recipient)
    }

    /// A document goes by what the bot knows it, and else from the database through a temporary file.
    async fn document(
        &self,
        letter: &Queued,
        id: i64,
        caption: &str,
        name: Option<&str>,
    ) -> Result<Sent, BotError> {
        let bot = self.bot.code;
        let broken = |error: &dyn std::fmt::Display| BotError::Unreachable(error.to_string());
        let read = self.world.db.read(move |conn| -> Res<_> {
            Ok((documents::get(conn, id)?, documents::file_id(conn, id, bot)?))
        });
        let (document, known) = read.await.map_err(|error| broken(&error))?;
        let Some(document) = document else {
            return Err(BotError::Refused("the document is gone".to_owned()));
        };
        if let Some((file_id, photo)) = known.filter(|_| name.is_none()) {
            let file = Attachment::Known { file_id: &file_id, photo };
            match self.bot.api.document(&letter.recipient, file, caption).await {
                Err(BotError::Refused(_)) => {}
                other => return other,
            }
            let forget =
                self.world.db.write(Durability::Normal, move |conn| documents::forget_file_id(conn, id, bot));
            forget.await.map_err(|error| broken(&error))?;
        }
        let file = tempfile::NamedTempFile::new().map_err(|error| broken(&error))?;
        let mut target = file.reopen().map_err(|error| broken(&error))?;
        let written = self.world.db.read(move |conn| documents::read_body(conn, id, &mut target));
        written.await.map_err(|error| broken(&error))?;
        let upload = Attachment::File(file.path(), name.unwrap_or(&document.file_name));
        self.bot.api.document(&letter.recipient, upload, caption).await
    }

    /// The form of consent is written anew each time: it has the answers as they are now.
    async fn blank(&self, chat: &str, person: i64, locale: &str, caption: &str) -> Result<Sent, BotError> {
        let broken = |error: &dyn std::fmt::Display| BotError::Unreachable(error.to_string());
        let found = self.world.db.read(move |conn| people::load(conn, person)).await;
        let (world, found) = (self.world.clone(), found.map_err(|error| broken(&error))?);
        let locale = Locale::of_code(locale).unwrap_or(Locale::Ru);
        let made = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
            let blank = blank::of(&world, &found, locale)?;
            let mut file = tempfile::NamedTempFile::new()?;
            file.write_all(&blank.body)?;
            Ok((blank.name, file))
        });
        let (name, file) = made.await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))?;
        self.bot.api.document(chat, Attachment::File(file.path(), &name), caption).await
    }

    async fn sent(&self, letter: Queued, sent: Sent) -> Result<(), StoreError> {
        let (bot, now) = (self.bot.code, self.world.now());
        let done = self.world.db.write(Durability::Normal, move |conn| -> Res<()> {
            let remote = sent.message_id.map(|id| id.to_string()).unwrap_or_default();
            outbox::sent(conn, &letter, &remote, now)?;
            if let (Out::Document { document_id, name: None, .. }, Some(file_id)) =
                (&letter.body, &sent.file_id)
                && documents::file_id(conn, *document_id, bot)?.is_none()
            {
                documents::know_file_id(conn, *document_id, bot, file_id, false)?;
            }
            match (letter.dialog_rev, sent.message_id, letter.recipient.parse()) {
                (Some(rev), Some(message), Ok(tg_id)) => dialogs::prompted(conn, bot, tg_id, rev, message),
                _ => Ok(()),
            }
        });
        done.await.map_err(unrefused)
    }

    async fn failed(&self, letter: Queued, error: BotError) -> Result<(), StoreError> {
        let (world, bot) = (self.world.clone(), self.bot.code);
        let done = self.world.db.write(Durability::Normal, move |conn| -> Res<()> {
            let now = world.now();
            let why = error.to_string();
            match error {
                BotError::TooMany(wait) => {
                    let until = now + Millis::try_from(wait.as_millis()).unwrap_or(MINUTE);
                    outbox::later(conn, letter.id, until, &why)?;
                    // The rest of the bot goes on: a limit of the bot as a whole shows itself again at once.
                    outbox::hold(conn, bot, Some(&letter.recipient), until)
                }
                BotError::Blocked => blocked(conn, &world, &letter, &why),
                // The message to be changed is gone: the same goes as a new one.
                BotError::Refused(_) if matches!(letter.body, Out::Edit { .. }) => {
                    resend(conn, &world, &letter, &why)
                }
                BotError::Refused(_) => outbox::dead(conn, &letter, &why),
                _ if letter.attempts >= ATTEMPTS => outbox::dead(conn, &letter, &why),
                _ => outbox::later(conn, letter.id, now + pause(letter.attempts), &why),
            }
        });
        done.await.map_err(unrefused)
    }
}

/// Whoever has blocked the bot gets by e-mail what was not an answer to themselves.
fn blocked(conn: &rusqlite::Connection, world: &World, letter: &Queued, why: &str) -> Res<()> {
    let sql = "UPDATE tg_account SET blocked_at = ifnull(blocked_at, ?2) WHERE tg_id = ?1";
    run(conn, sql, rusqlite::params![letter.recipient.parse::<i64>().unwrap_or(0), world.now()])?;
    outbox::dead(conn, letter, why)?;
    let (Some(person), Out::Send { text, .. }, true) = (letter.person, &letter.body, letter.priority > 0)
    else {
        return Ok(());
    };
    let found = people::load(conn, person)?;
    let Some(address) = found.email else { return Ok(()) };
    let (subject, text) = world.letter(found.locale.unwrap_or(Locale::Ru), text);
    let mail = Letter {
        recipient: address,
        person: Some(person),
        priority: 1,
        dedupe: Some(format!("instead:{}", letter.id)),
        invitation: letter.invitation,
        ..Letter::default()
    };
    outbox::write(conn, &mail, &Out::Mail { subject, text }, world.now())?;
    Ok(())
}

fn resend(conn: &rusqlite::Connection, world: &World, letter: &Queued, why: &str) -> Res<()> {
    let Out::Edit { text, keyboard, .. } = letter.body.clone() else { return Ok(()) };
    let new = Letter {
        bot: letter.bot.clone(),
        recipient: letter.recipient.clone(),
        person: letter.person,
        dialog_rev: letter.dialog_rev,
        dedupe: Some(format!("again:{}", letter.id)),
        ..Letter::default()
    };
    outbox::write(conn, &new, &Out::Send { text, keyboard }, world.now())?;
    run(
        conn,
        "UPDATE outbox SET state = 'sent', body = '{}', last_error = ?2 WHERE id = ?1",
        (letter.id, why),
    )?;
    Ok(())
}

/// Answers to presses have no chat and no limit.
fn limited(letter: &Queued) -> bool {
    !matches!(letter.body, Out::Answer { .. })
}

impl Part for Deliver {
    async fn work(self) -> Result<(), String> {
        let world = self.world.clone();
        // Letters that this part had in hand when it failed.
        let bot = self.bot.code;
        let reset = world.db.write(Durability::Normal, move |conn| -> Res<()> {
            let sql = "UPDATE outbox SET state = 'queued' WHERE state = 'sending' AND channel = 'telegram' AND bot = ?1";
            run(conn, sql, [bot]).map(|_| ())
        });
        reset.await.map_err(|error| error.to_string())?;
        let mut under_way = JoinSet::new();
        let mut busy = HashSet::new();
        loop {
            let mut news = std::pin::pin!(world.deliver.notified());
            news.as_mut().enable();
            let due = self.due().await.map_err(|error| error.to_string())?;
            let (next, chat_free) = self.pick(due, &busy);
            if let Some(letter) = next.filter(|_| under_way.len() < AT_ONCE) {
                if limited(&letter) {
                    let wait = self.pace().turn(Instant::now());
                    tokio::time::sleep(wait).await;
                    self.pace().wrote(&letter.recipient, Instant::now());
                }
                busy.insert(letter.recipient.clone());
                under_way.spawn(self.clone().send(letter));
                continue;
            }
            let timed = self.next_time(chat_free).await?;
            tokio::select! {
                () = news => {}
                () = tokio::time::sleep(timed) => {}
                Some(ended) = under_way.join_next(), if !under_way.is_empty() => {
                    busy.remove(&ended.map_err(|error| error.to_string())??);
                }
            }
        }
    }
}

impl Deliver {
    /// How long there is nothing to do if nothing happens.
    async fn next_time(&self, chat_free: Option<Instant>) -> Result<Duration, String> {
        let bot = self.bot.code;
        let now = self.world.now();
        let next = self.world.db.read(move |conn| -> Res<Option<Millis>> {
            let sql = "SELECT min(not_before) FROM outbox WHERE channel = 'telegram' AND bot = ?1 AND state = 'queued'
                AND not_before > ?2";
            Ok(one(conn, sql, (bot, now), |row| row.get(0))?.flatten())
        });
        let next = next.await.map_err(|error| error.to_string())?;
        let timed = next.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0)));
        let free =
            chat_free.map(|at| at.saturating_duration_since(Instant::now()).max(Duration::from_millis(5)));
        Ok(timed.into_iter().chain(free).fold(LOOK_AGAIN, Duration::min))
    }
}
