//! The pool of connections that read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, options: Options) -> Self {
        let free = Arc::new(Semaphore::new(options.readers.max(1)));
        Self { pool: Arc::new(Pool { path, options, idle: Mutex::new(Some(Vec::new())) }), free }
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
        let Some(conn) = self.pool.idle() else { return Err(job) };
        let result = job(&conn);
        self.pool.give_back(conn);
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
            let conn = pool.take()?;
            let result = job(&conn);
            pool.give_back(conn);
            result
        });
        work.await.unwrap_or_else(|error| Err(StoreError::failed(error).into()))
    }
}

impl Pool {
    fn idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut().and_then(Vec::pop)
    }

    fn take(&self) -> StoreResult<Connection> {
        match self.idle() {
            Some(conn) => Ok(conn),
            None => opening::open_reader(&self.path, &self.options),
        }
    }

    fn give_back(&self, conn: Connection) {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            idle.push(conn);
        }
    }
}
