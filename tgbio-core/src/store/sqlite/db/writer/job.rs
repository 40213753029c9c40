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

    /// Does the work; `false` means that what it wrote is to be undone.
    fn run(&mut self, conn: &Connection) -> bool;

    /// The error of the store that it ended with, if that is what it ended with.
    fn store_error(&self) -> Option<StoreError>;

    /// The transaction failed: a success before it is none.
    fn fail(&mut self, error: &StoreError);

    /// Answers.
    fn finish(self: Box<Self>);
}

/// A closure, and who waits for what it returns.
pub(super) struct Task<T, E, F> {
    durability: Durability,
    job: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Task<T, E, F> {
    pub(super) fn new(durability: Durability, job: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { durability, job: Some(job), result: None, reply }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a job of the database panicked")]
struct Panicked;

impl<T, E, F> Job for Task<T, E, F>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send + 'static,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run(&mut self, conn: &Connection) -> bool {
        let Some(job) = self.job.take() else { return false };
        let result = catch_unwind(AssertUnwindSafe(|| job(conn)));
        let result = result.unwrap_or_else(|_| Err(StoreError::failed(Panicked).into()));
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
        if let Some(result) = self.result {
            let _ = self.reply.send(result);
        }
    }
}
