//! Moving the write-ahead log into the file: most of it on a thread of its own, so that writes need not wait for the
//! disk, and the rest, which came meanwhile, between two transactions, so that the log begins anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};

use crate::store::StoreResult;
use crate::store::sqlite::db::opening;

/// The log is moved when it has this many pages: pages that are written often are then moved once.
const LOG_PAGES: u32 = 12288;
/// When it has this many more, writes wait until it is moved.
const LOG_PAGES_MORE: u32 = LOG_PAGES;

/// Watches the log of one writer.
pub(super) struct Checkpoints {
    path: PathBuf,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicU32>,
    /// The log is moved when it has so many.
    due: u32,
    mover: Option<Mover>,
    moving: bool,
}

/// The thread that moves the log when it is asked to.
struct Mover {
    requests: Sender<()>,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Takes over from SQLite, which would do it within a commit.
    pub(super) fn new(conn: &mut Connection, path: PathBuf) -> StoreResult<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let counted = pages.clone();
        conn.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            counted.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { path, pages, due: LOG_PAGES, mover: None, moving: false })
    }

    /// Called after every commit.
    pub(super) fn committed(&mut self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if self.moving {
            self.finish(conn, pages);
        } else if pages < LOG_PAGES {
            self.due = LOG_PAGES;
        } else if pages >= self.due {
            self.begin(conn, pages);
        }
    }

    fn begin(&mut self, conn: &Connection, pages: u32) {
        if self.mover.is_none() {
            self.mover = Mover::start(&self.path);
        }
        self.moving = self.mover.as_ref().is_some_and(|mover| mover.requests.send(()).is_ok());
        if !self.moving {
            self.mover = None;
            self.move_rest(conn, pages);
        }
    }

    /// When the thread is ready, or too much has come meanwhile.
    fn finish(&mut self, conn: &Connection, pages: u32) {
        let Some(mover) = &self.mover else { return };
        let waits = pages >= self.due.saturating_add(LOG_PAGES_MORE);
        let ready = if waits { mover.done.recv().is_ok() } else { mover.done.try_recv().is_ok() };
        if ready {
            self.moving = false;
            self.move_rest(conn, pages);
        } else if mover.thread.is_finished() {
            (self.moving, self.mover) = (false, None);
        }
    }

    /// A reader in the way keeps the log from beginning anew: it is then moved again when it has grown as much again.
    fn move_rest(&mut self, conn: &Connection, pages: u32) {
        checkpoint(conn);
        self.due = pages.saturating_add(LOG_PAGES);
    }
}

/// A failure is met again by the next write, which can tell of it.
fn checkpoint(conn: &Connection) {
    let _ = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}

impl Mover {
    fn start(path: &Path) -> Option<Self> {
        let (requests, asked) = channel();
        let (ready, done) = channel();
        let conn = opening::open_plain(path, OpenFlags::SQLITE_OPEN_READ_WRITE).ok()?;
        let work = move || {
            while let Ok(()) = asked.recv() {
                // The second time what came meanwhile, so that little is left for the writer.
                checkpoint(&conn);
                checkpoint(&conn);
                if ready.send(()).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("tgbio-log".to_owned()).spawn(work).ok()?;
        Some(Self { requests, done, thread })
    }
}

impl Drop for Checkpoints {
    /// The thread's connection is closed before that of the writer, which takes the log away.
    fn drop(&mut self) {
        if let Some(Mover { requests, thread, done }) = self.mover.take() {
            drop((requests, done));
            let _ = thread.join();
        }
    }
}
