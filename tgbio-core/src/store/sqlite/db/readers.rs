//! The pool of connections that read.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{Options, opening};
use crate::store::{StoreError, StoreResult};

/// Connections that read, opened when they are needed and kept.
#[derive(Debug)]
pub(super) struct Readers {
    pool: Arc<Pool>,
    free: Arc<Semaphore>,
}

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    options: Options,
    /// `None` once the database is closed.
    idle: Mutex<Option<Idle>>,
}

#[derive(Debug, Default)]
struct Idle {
    /// The first one is the last of them, so that it is asked before all others: while few people read, its cache serves
    /// them all.
    readers: Vec<Reader>,
    /// How often the first one was asked, as long as there is one.
    first: Weak<AtomicU32>,
}

/// A connection, and how often it was asked when it is the first one. With a job that panics it is gone, and the next that
/// is opened is the first one.
#[derive(Debug)]
struct Reader {
    conn: Connection,
    first: Option<Arc<AtomicU32>>,
}

/// A file may have grown when its first reader was asked so often.
const ASKED: u32 = 1024;
/// How much of a file the first reader keeps: the inner pages of the trees are about a 300th of it.
const PART: u64 = 256;

impl Readers {
    pub(super) fn new(path: PathBuf, options: Options) -> Self {
        let free = Arc::new(Semaphore::new(options.readers.max(1)));
        Self { pool: Arc::new(Pool { path, options, idle: Mutex::new(Some(Idle::default())) }), free }
    }

    /// A connection that belongs to the caller.
    pub(super) fn another(&self) -> StoreResult<Connection> {
        opening::open_reader(&self.pool.path, &self.pool.options)
    }

    /// Closes what is idle; what is in use closes when it is given back.
    pub(super) fn close(&self) {
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Runs a short job at once, if a connection is idle. Otherwise the job comes back.
    pub(super) fn read_now<T, E, F>(&self, job: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&Connection) -> Result<T, E>,
    {
        let Ok(_permit) = self.free.try_acquire() else { return Err(job) };
        let Some(reader) = self.pool.idle() else { return Err(job) };
        let result = job(&reader.conn);
        self.pool.give_back(reader);
        Ok(result)
    }

    /// Runs a job on a connection of its own, on a thread that may block.
    pub(super) async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(StoreError::failed)?;
        let pool = Arc::clone(&self.pool);
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let reader = pool.take()?;
            let result = job(&reader.conn);
            pool.give_back(reader);
            result
        });
        work.await.unwrap_or_else(|error| Err(StoreError::failed(error).into()))
    }
}

impl Idle {
    /// Makes the connection that was just opened the first one, if there is none.
    fn be_first(&mut self) -> Option<Arc<AtomicU32>> {
        let asked = Arc::default();
        let is_first = self.first.strong_count() == 0;
        is_first.then(|| {
            self.first = Arc::downgrade(&asked);
            asked
        })
    }
}

impl Pool {
    fn locked(&self) -> MutexGuard<'_, Option<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> Option<Reader> {
        let reader = self.locked().as_mut()?.readers.pop()?;
        let asked = reader.first.as_ref().map(|asked| asked.fetch_add(1, Ordering::Relaxed));
        if asked.is_some_and(|asked| asked % ASKED == ASKED - 1) {
            self.make_room(&reader.conn);
        }
        Some(reader)
    }

    fn take(&self) -> StoreResult<Reader> {
        if let Some(reader) = self.idle() {
            return Ok(reader);
        }
        let conn = opening::open_reader(&self.path, &self.options)?;
        let first = self.locked().as_mut().and_then(Idle::be_first);
        if first.is_some() {
            self.make_room(&conn);
        }
        Ok(Reader { conn, first })
    }

    fn give_back(&self, reader: Reader) {
        if let Some(idle) = self.locked().as_mut() {
            match &reader.first {
                Some(_) => idle.readers.push(reader),
                None => idle.readers.insert(0, reader),
            }
        }
    }

    /// Gives the first reader the room that the size of the file asks for; without it, it is only slower.
    fn make_room(&self, conn: &Connection) {
        let bytes = fs::metadata(&self.path).map_or(0, |file| file.len());
        let kib = u32::try_from(bytes / PART / 1024).unwrap_or(u32::MAX);
        let (least, most) = (self.options.reader_cache, self.options.first_reader_cache);
        if let Err(error) = opening::set_cache(conn, kib.min(most).max(least)) {
            tracing::debug!(%error, "the page cache of a reader stays as it is");
        }
    }
}
