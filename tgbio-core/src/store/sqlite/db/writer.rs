//! The writer thread: jobs that queue up while a transaction runs are committed together in the next one.

mod checkpoints;
mod job;
mod queue;

use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::oneshot;

use super::place::{Fate, Place};
use super::{Durability, at_path};
use crate::store::{StoreError, StoreResult};
use checkpoints::Checkpoints;
use job::{Again, Job, Once, Task};
use queue::{Queue, Taken};

/// Jobs in one transaction at most, so that nobody waits long for the first answer.
const GROUP: usize = 256;
/// After a transaction of so many jobs it is worth waiting a little for the next ones.
const MANY: usize = 12;

type Alone = Box<dyn FnOnce(&mut Connection) + Send>;

/// How soon a job is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// As soon as the writer is free.
    Now,
    /// With others of its kind, for which it may wait some milliseconds where they come in numbers.
    WithOthers,
}

enum Message {
    /// Runs with others in a transaction.
    Job(Box<dyn Job>),
    /// The same, and may wait a little for others.
    Patient(Box<dyn Job>),
    /// Runs between transactions.
    Alone(Alone),
    /// Empties the write-ahead log.
    TruncateLog(oneshot::Sender<StoreResult<bool>>),
}

/// The handle of the writer thread.
pub(super) struct Writer {
    jobs: Arc<Queue<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the writer of the database has stopped")]
struct Stopped;

impl Writer {
    pub(super) fn start(mut conn: Connection, path: Option<PathBuf>) -> StoreResult<Self> {
        let jobs = Arc::new(Queue::new());
        let inbox = Inbox(jobs.clone());
        let place = Place::of(path.as_deref());
        let checkpoints = path.clone().map(|path| Checkpoints::new(&mut conn, path)).transpose()?;
        let mut state = State { checkpoints, conn, path, place, synced: false, truncate: false };
        let thread = std::thread::Builder::new()
            .name("tgbio-writer".to_owned())
            .spawn(move || {
                state.run(&inbox.0);
                state.close();
            })
            .map_err(StoreError::failed)?;
        Ok(Self { jobs, thread: Mutex::new(Some(thread)) })
    }

    fn send(&self, message: Message) -> StoreResult<()> {
        let urgent = !matches!(message, Message::Patient(_));
        if self.jobs.send(message, urgent) { Ok(()) } else { Err(StoreError::failed(Stopped)) }
    }

    pub(super) async fn write<T, E, F>(&self, durability: Durability, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Job(Box::new(Task::new(durability, Once(Some(job)), reply))))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::failed(Stopped).into()))
    }

    /// The same for a job that may be run again, which makes it cheaper in a group.
    pub(super) async fn write_again<T, E, F>(&self, haste: Haste, job: F) -> Result<T, E>
    where
        F: FnMut(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task::new(Durability::Normal, Again(job), reply));
        self.send(match haste {
            Haste::Now => Message::Job(job),
            Haste::WithOthers => Message::Patient(job),
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::failed(Stopped).into()))
    }

    /// Runs a job between transactions, with the connection for itself.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Alone(Box::new(move |conn| drop(reply.send(job(conn))))))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::failed(Stopped)))
    }

    pub(super) fn alone_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = channel();
        self.send(Message::Alone(Box::new(move |conn| drop(reply.send(job(conn))))))?;
        answer.recv().unwrap_or_else(|_| Err(StoreError::failed(Stopped)))
    }

    pub(super) async fn truncate_log(&self) -> StoreResult<bool> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::TruncateLog(reply))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::failed(Stopped)))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs.close();
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// The thread's end of the queue: when it goes, however that happens, nobody waits for answers any more.
struct Inbox(Arc<Queue<Message>>);

impl Drop for Inbox {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// What the thread owns.
struct State {
    /// `None` in memory. Goes before the connection.
    checkpoints: Option<Checkpoints>,
    conn: Connection,
    path: Option<PathBuf>,
    place: Place,
    /// `synchronous` is FULL now.
    synced: bool,
    /// The write-ahead log is to be emptied as soon as no reader is in the way.
    truncate: bool,
}

impl State {
    fn run(&mut self, inbox: &Queue<Message>) {
        let (mut group, mut many) = (Vec::new(), false);
        loop {
            let quiet = self.checkpoints.as_ref().and_then(Checkpoints::quiet);
            let messages = match inbox.take(many, quiet) {
                Taken::Messages(messages) => messages,
                Taken::Nothing => {
                    self.rest();
                    continue;
                }
                Taken::Closed => return,
            };
            many = messages.len() >= MANY;
            for message in messages {
                match message {
                    Message::Job(job) | Message::Patient(job) => group.push(job),
                    other => self.between(&mut group, other),
                }
                if group.len() == GROUP {
                    self.commit(&mut group);
                }
            }
            self.commit(&mut group);
            if self.truncate {
                let _ = self.try_truncate();
            }
        }
    }

    /// Nothing was written for a while.
    fn rest(&mut self) {
        if let (Some(checkpoints), Ok(())) = (&mut self.checkpoints, self.place.check()) {
            checkpoints.rest(&self.conn);
        }
    }

    /// Of a file that was moved and replaced SQLite leaves the log where it is. It is moved into that file, wherever that is
    /// now, and not left to the new one. Into a file that was deleted nothing is moved: that would be gone with the process.
    fn close(self) {
        let Self { checkpoints, conn, place, .. } = self;
        let fate = place.fate();
        let _ = match fate {
            Fate::Kept => Ok(true),
            Fate::Replaced => conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(true)),
            Fate::Deleted | Fate::DeletedAndReplaced => {
                conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            }
        };
        drop(checkpoints);
        drop(conn);
        match fate {
            Fate::Kept => {}
            Fate::Replaced | Fate::DeletedAndReplaced => place.set_logs_aside(),
            Fate::Deleted => place.tell_of_log(),
        }
    }

    /// What cannot share a transaction; the jobs before it come first.
    fn between(&mut self, group: &mut Vec<Box<dyn Job>>, message: Message) {
        self.commit(group);
        match message {
            Message::Job(job) | Message::Patient(job) => group.push(job),
            Message::Alone(job) => job(&mut self.conn),
            Message::TruncateLog(reply) => {
                self.truncate = true;
                let _ = reply.send(self.try_truncate());
            }
        }
    }

    /// Says whether nobody was in the way.
    fn try_truncate(&mut self) -> StoreResult<bool> {
        self.place.check()?;
        let busy: i64 = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        self.truncate = busy != 0;
        if let (Some(checkpoints), false) = (&mut self.checkpoints, self.truncate) {
            checkpoints.emptied();
        }
        Ok(!self.truncate)
    }

    /// Commits the jobs; when SQLite itself gives up a transaction, those that are left get another one.
    fn commit(&mut self, group: &mut Vec<Box<dyn Job>>) {
        if self.commit_plainly(group) {
            group.drain(..).for_each(|job| job.finish());
        } else {
            self.commit_guarded(group);
        }
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.committed(&self.conn);
        }
    }

    fn commit_guarded(&mut self, group: &mut Vec<Box<dyn Job>>) {
        let mut jobs = std::mem::take(group).into_iter();
        while jobs.len() > 0 {
            let (mut done, result) = match self.begin(jobs.as_slice()) {
                Ok(()) => self.transaction(&mut jobs),
                Err(error) => (jobs.by_ref().collect(), Err(error)),
            };
            let result = result.map_err(|error| self.named(error));
            for job in &mut done {
                if let Err(error) = &result {
                    job.fail(error);
                }
            }
            done.into_iter().for_each(|job| job.finish());
        }
    }

    /// Commits jobs that can be repeated without guarding them from each other, which is much cheaper and nearly always
    /// right. When one has failed after it wrote something, all is undone and `false` comes back: they are run again.
    fn commit_plainly(&mut self, jobs: &mut [Box<dyn Job>]) -> bool {
        let plain = jobs.len() > 1 && jobs.iter().all(|job| job.repeatable());
        if !plain || self.begin(jobs).is_err() {
            return false;
        }
        let clean = jobs.iter_mut().all(|job| {
            let before = self.conn.total_changes();
            let kept = job.run(&self.conn);
            (kept || self.conn.total_changes() == before) && !self.conn.is_autocommit()
        });
        let done = clean && self.execute("COMMIT").is_ok();
        if !done && !self.conn.is_autocommit() {
            let _ = self.execute("ROLLBACK");
        }
        done
    }

    fn named(&self, error: StoreError) -> StoreError {
        match &self.path {
            Some(path) => at_path(error, path),
            None => error,
        }
    }

    fn begin(&mut self, jobs: &[Box<dyn Job>]) -> StoreResult<()> {
        self.place.check()?;
        let synced = jobs.iter().any(|job| job.durability() == Durability::Synced);
        if synced != self.synced {
            self.conn.pragma_update(None, "synchronous", if synced { "FULL" } else { "NORMAL" })?;
            self.synced = synced;
        }
        self.execute("BEGIN IMMEDIATE")?;
        self.place.learn_logs();
        Ok(())
    }

    /// Runs jobs until the group is done or the transaction is lost.
    fn transaction(
        &self,
        jobs: &mut std::vec::IntoIter<Box<dyn Job>>,
    ) -> (Vec<Box<dyn Job>>, StoreResult<()>) {
        let alone = jobs.len() == 1;
        let mut ran: Vec<Box<dyn Job>> = Vec::with_capacity(jobs.len());
        for mut job in jobs.by_ref() {
            let kept = if alone { Ok(job.run(&self.conn)) } else { self.in_savepoint(&mut *job) };
            ran.push(job);
            match kept {
                Ok(false) if alone => return (ran, self.execute("ROLLBACK")),
                Ok(_) if !self.conn.is_autocommit() => {}
                Ok(_) => {
                    let cause = ran.iter().find_map(|job| job.store_error());
                    return (ran, Err(cause.unwrap_or_else(|| StoreError::failed(RolledBack))));
                }
                Err(error) => {
                    let _ = self.execute("ROLLBACK");
                    return (ran, Err(error));
                }
            }
        }
        let result = self.execute("COMMIT");
        if result.is_err() && !self.conn.is_autocommit() {
            let _ = self.execute("ROLLBACK");
        }
        (ran, result)
    }

    /// One job that fails does not harm the others.
    fn in_savepoint(&self, job: &mut dyn Job) -> StoreResult<bool> {
        self.execute("SAVEPOINT job")?;
        let kept = job.run(&self.conn);
        if self.conn.is_autocommit() {
            return Ok(kept);
        }
        if !kept {
            self.execute("ROLLBACK TO job")?;
        }
        self.execute("RELEASE job")?;
        Ok(kept)
    }

    fn execute(&self, sql: &'static str) -> StoreResult<()> {
        Ok(self.conn.prepare_cached(sql)?.execute([]).map(|_| ())?)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the transaction was rolled back")]
struct RolledBack;
