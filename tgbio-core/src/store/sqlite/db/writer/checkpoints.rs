//! Moving the write-ahead log into the file: most of it on a thread of its own, so that writes need not wait for the
//! disk, and the rest, which came meanwhile, between two transactions, so that the log begins anew. Its file keeps the
//! room that it has had, until nothing is written for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::StoreResult;
use crate::store::sqlite::db::copying::beside;
use crate::store::sqlite::db::opening;

/// The log is moved when it has this many pages: pages that are written often are then moved once.
const LOG_PAGES: u32 = 12288;
/// Beside a small file it is moved when it has so many times as many pages: more would not save much.
const TIMES_THE_FILE: u32 = 4;
/// And when it has this many, however small the file is.
const LEAST_LOG_PAGES: u32 = 2048;
/// The room of so many pages is kept for what comes next.
const KEPT_PAGES: u32 = 256;
const PAGE: u64 = 4096;
/// A larger log is emptied when nothing was written for so long.
const QUIET: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// Watches the log of one writer.
pub(super) struct Checkpoints {
    path: PathBuf,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicU32>,
    /// Pages that the log's file has room for.
    room: u32,
    /// How many pages are let come together, given the size of the file.
    most: u32,
    /// The log is moved when it has so many.
    due: u32,
    mover: Option<Mover>,
    moving: bool,
    /// It was to be emptied, and somebody was in the way; nothing was written since.
    tried: bool,
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
        // Of a process that was killed.
        let left = fs::metadata(beside(&path, "-wal")).map_or(0, |log| log.len() / PAGE);
        let (room, most) = (u32::try_from(left).unwrap_or(u32::MAX), LEAST_LOG_PAGES);
        Ok(Self { path, pages, room, most, due: most, mover: None, moving: false, tried: false })
    }

    /// Called after every commit.
    pub(super) fn committed(&mut self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        (self.room, self.tried) = (self.room.max(pages), false);
        if self.moving {
            self.finish(conn, pages);
        } else if pages < LEAST_LOG_PAGES {
            self.due = LEAST_LOG_PAGES;
        } else if pages >= self.due {
            self.measure(conn);
            if pages >= self.most { self.begin(conn, pages) } else { self.due = self.most }
        }
    }

    fn measure(&mut self, conn: &Connection) {
        let file: u32 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap_or(u32::MAX);
        self.most = file.saturating_mul(TIMES_THE_FILE).clamp(LEAST_LOG_PAGES, LOG_PAGES);
    }

    /// For how long nothing may be written until [`rest`](Self::rest) is worth it.
    pub(super) fn quiet(&self) -> Option<Duration> {
        (self.room > KEPT_PAGES && !self.tried).then_some(QUIET)
    }

    /// Empties the log and gives its room back, unless somebody is in the way: nobody is waited for.
    pub(super) fn rest(&mut self, conn: &Connection) {
        if self.moving && !self.is_moved() {
            return;
        }
        (self.moving, self.tried) = (false, true);
        let at_once = || -> rusqlite::Result<bool> {
            let timeout: u32 = conn.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
            conn.busy_timeout(Duration::ZERO)?;
            let busy = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            conn.busy_timeout(Duration::from_millis(timeout.into()))?;
            Ok(busy? == 0)
        };
        if at_once().unwrap_or(false) {
            self.emptied();
        }
    }

    /// Nothing is left in the log.
    pub(super) fn emptied(&mut self) {
        self.pages.store(0, Ordering::Relaxed);
        (self.room, self.due) = (0, LEAST_LOG_PAGES);
    }

    fn is_moved(&self) -> bool {
        let moved = |mover: &Mover| mover.done.try_recv().is_ok() || mover.thread.is_finished();
        self.mover.as_ref().is_none_or(moved)
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

    /// When the thread is ready. When as much again has come meanwhile, writes wait for it.
    fn finish(&mut self, conn: &Connection, pages: u32) {
        let Some(mover) = &self.mover else { return };
        let waits = pages >= self.due.saturating_add(self.most);
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
        self.due = pages.saturating_add(self.most);
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
