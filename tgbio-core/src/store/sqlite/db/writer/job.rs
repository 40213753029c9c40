//! A job of the writer: runs in a transaction, and answers after the commit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;
use crate::store::sqlite::db::Durability;

/// A job whose types the writer does not need to know.
pub(super) trait Job: Send {
    fn durability(&self) -> Durability;

    /// Whether it can be run again after what it wrote was undone.
    fn repeatable(&self) -> bool;

    /// Does the work; `false` means that what it wrote is to be undone.
    fn run(&mut self, conn: &Connection) -> bool;

    /// The error of the store that it ended with, if that is what it ended with.
    fn store_error(&self) -> Option<StoreError>;

    /// The transaction failed: a success before it is none.
    fn fail(&mut self, error: &StoreError);

    /// Answers.
    fn finish(self: Box<Self>);
}

/// What a task does: once, or again and again.
pub(super) trait Work<T, E>: Send {
    const REPEATABLE: bool;

    /// `None` when it cannot be done any more.
    fn work(&mut self, conn: &Connection) -> Option<Result<T, E>>;
}

/// Work that can be done once.
pub(super) struct Once<F>(pub Option<F>);

/// Work that can be done again.
pub(super) struct Again<F>(pub F);

impl<T, E, F: FnOnce(&Connection) -> Result<T, E> + Send> Work<T, E> for Once<F> {
    const REPEATABLE: bool = false;

    fn work(&mut self, conn: &Connection) -> Option<Result<T, E>> {
        self.0.take().map(|job| job(conn))
    }
}

impl<T, E, F: FnMut(&Connection) -> Result<T, E> + Send> Work<T, E> for Again<F> {
    const REPEATABLE: bool = true;

    fn work(&mut self, conn: &Connection) -> Option<Result<T, E>> {
        Some((self.0)(conn))
    }
}

/// A closure, and who waits for what it returns.
pub(super) struct Task<T, E, W> {
    durability: Durability,
    work: W,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W> Task<T, E, W> {
    pub(super) fn new(durability: Durability, work: W, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { durability, work, result: None, reply }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a job of the database panicked")]
struct Panicked;

impl<T, E, W> Job for Task<T, E, W>
where
    W: Work<T, E>,
    T: Send,
    E: From<StoreError> + Send + 'static,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn repeatable(&self) -> bool {
        W::REPEATABLE
    }

    fn run(&mut self, conn: &Connection) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| self.work.work(conn)));
        let result = result.unwrap_or_else(|_| Some(Err(StoreError::failed(Panicked).into())));
        let Some(result) = result else { return false };
        let kept = result.is_ok();
        self.result = Some(result);
        kept
    }

    fn store_error(&self) -> Option<StoreError> {
        let Some(Err(error)) = &self.result else { return None };
        (error as &dyn Any).downcast_ref::<StoreError>().cloned()
    }

    fn fail(&mut self, error: &StoreError) {
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(error.clone().into()));
        }
    }

    fn finish(self: Box<Self>) {
        let Self { work, result, reply, .. } = *self;
        // First what it holds, so that whoever gets the answer is the last one to hold it.
        drop(work);
        if let Some(result) = result {
            let _ = reply.send(result);
        }
    }
}
