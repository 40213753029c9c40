//! How a database is opened, and how sure a write is.

use std::time::Duration;

/// How a database is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The number by which the program knows its own files.
    pub application_id: i32,
    /// The newest schema (`PRAGMA user_version`) that the program knows; newer files are refused.
    pub newest_schema: Option<i64>,
    /// Connections that read at the same time; opened when they are needed.
    pub readers: usize,
    /// How long to wait for another process that is writing.
    pub busy_timeout: Duration,
    /// Page cache of the writer, in KiB.
    pub writer_cache: u32,
    /// Page cache of each reader, in KiB.
    pub reader_cache: u32,
    /// The most page cache of the reader that is asked first, in KiB: it has a 256th of the file, which is room for the
    /// inner pages of the trees and for what was read last.
    pub first_reader_cache: u32,
    /// Nobody writes to the file, and nothing can be written beside it.
    pub(super) immutable: bool,
}

impl Options {
    /// The defaults, for files with this number.
    pub fn new(application_id: i32) -> Self {
        Self {
            application_id,
            newest_schema: None,
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            writer_cache: 8192,
            reader_cache: 1024,
            first_reader_cache: 64 * 1024,
            immutable: false,
        }
    }
}

/// What an acknowledged write survives. It always survives the end of the process, however sudden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A power cut may undo the last of these writes, in order and each whole or not at all.
    Normal,
    /// It survives a power cut as well.
    Synced,
}
