//! A database in files, and what a power cut leaves of it.
//!
//! What was synced is there. Of the log's frames behind it the first ones may be there, as many as there are writes that
//! survive; the next frame is not, and of each sector after it the disk has what was written last or what stood there before;
//! a file that has grown may end anywhere. While the log is moved into the file, it has been synced, and each sector of the
//! file is the old or the new one. The format of the log is told at <https://sqlite.org/fileformat.html#the_write_ahead_log>.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tgbio_core::store::sqlite::db::rusqlite::Connection;
use tgbio_core::store::{SqliteStore, StoreError, StoreResult};

use super::rng::Rng;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// The log is moved when it has so many frames: before the program does so, whose threads would not do the same again.
const MOVED_AT: u64 = 1_500;

/// What a power cut undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Of the writes that were not synced any number of the last ones.
    Some,
    /// Everything that was not synced.
    All,
    /// Nothing: it comes while the log is moved into the file.
    WhileMoved,
    /// What was synced last as well. No disk does so that keeps its word; this is to try the oracle.
    Synced,
}

/// The files of a run.
pub(super) struct Files {
    store: SqliteStore,
    folder: TempDir,
    log: Log,
    /// How many frames the log had after each write since what was synced last.
    ends: Vec<u64>,
    /// How many it had when it was synced the time before, and the last time.
    synced: (u64, u64),
}

/// The log as it stands.
#[derive(Debug, Default)]
struct Log {
    path: PathBuf,
    salts: [u8; 8],
    page: u64,
    /// Those that are whole, up to the last one that ends a transaction, and the checksum there.
    frames: u64,
    sum: Sum,
    /// It is the one that was found: a power cut may have left pieces of it behind its end.
    torn: bool,
    /// What stood in the file before this log was begun, or when it was found.
    before: Vec<u8>,
}

fn failed(error: io::Error) -> StoreError {
    StoreError::failed(error)
}

impl Files {
    pub fn new() -> StoreResult<Self> {
        Self::open(tempfile::tempdir().map_err(failed)?)
    }

    fn open(folder: TempDir) -> StoreResult<Self> {
        let store = SqliteStore::open(database(&folder))?;
        let path = database(&folder).with_extension("db-wal");
        let before = read(&path).map_err(failed)?;
        let log = Log { torn: true, before, path, ..Log::default() };
        let mut files = Self { store, folder, log, ends: Vec::new(), synced: (0, 0) };
        files.synced();
        Ok(files)
    }

    pub fn store(&self) -> &SqliteStore {
        &self.store
    }

    /// Something was written; whether the log was moved after it, which syncs all of it.
    pub fn wrote(&mut self) -> bool {
        self.catch_up();
        self.ends.push(self.log.frames);
        let moved = self.log.frames >= MOVED_AT;
        if moved {
            self.move_log();
        }
        moved
    }

    /// Everything that was written is synced.
    pub fn synced(&mut self) {
        self.catch_up();
        self.ends.clear();
        if self.log.frames != self.synced.1 {
            self.synced = (self.synced.1, self.log.frames);
        }
    }

    fn catch_up(&mut self) {
        let anew = self.log.catch_up().unwrap_or_else(|error| panic!("the log cannot be read: {error}"));
        if anew {
            // All that was in the log before is synced, in the file.
            self.synced = (0, 0);
            self.ends.clear();
        }
    }

    pub fn move_log(&mut self) {
        self.synced();
        self.checkpoint().unwrap_or_else(|error| panic!("the log cannot be moved: {error}"));
    }

    /// Moves the log into the file; the next write begins it anew.
    fn checkpoint(&mut self) -> StoreResult<()> {
        self.log.before = read(&self.log.path).map_err(failed)?;
        let conn = Connection::open(database(&self.folder)).map_err(StoreError::failed)?;
        let moved = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            Ok(row.get::<_, i64>(0)? == 0 && row.get::<_, i64>(1)? == row.get::<_, i64>(2)?)
        });
        if moved.map_err(StoreError::failed)? { Ok(()) } else { Err(StoreError::Busy) }
    }

    /// The power goes. What a disk can be left with is opened again; how many writes that has undone.
    pub fn cut(&mut self, cut: Cut, rng: &mut Rng) -> StoreResult<usize> {
        let left = match cut {
            Cut::WhileMoved => self.ends.len(),
            Cut::Some => rng.below(self.ends.len() + 1),
            Cut::All | Cut::Synced => 0,
        };
        let lost = self.ends.len() - left;
        let reached = if left == 0 { self.synced.1 } else { self.ends[left - 1] };
        let reached = if cut == Cut::Synced { self.synced.0 } else { reached };
        let (file, log) =
            if cut == Cut::WhileMoved { self.while_moved(rng)? } else { self.stopped(reached, rng)? };
        let folder = tempfile::tempdir().map_err(failed)?;
        fs::write(database(&folder), file).map_err(failed)?;
        fs::write(database(&folder).with_extension("db-wal"), log).map_err(failed)?;
        let found = Self::open(folder)?;
        // A disk that does not keep its word may have lost all there was: the store begins anew then.
        let anew = cut == Cut::Synced && reached == 0;
        assert!(
            found.log.frames == reached || cut == Cut::WhileMoved || anew,
            "{} of {reached} frames after {cut:?}",
            found.log.frames
        );
        *self = found;
        Ok(lost)
    }

    fn while_moved(&mut self, rng: &mut Rng) -> StoreResult<(Vec<u8>, Vec<u8>)> {
        let path = database(&self.folder);
        let before = read(&path).map_err(failed)?;
        self.checkpoint()?;
        let mut file = read(&path).map_err(failed)?;
        let length = file.len();
        tear(&mut file, &before, (0, length), rng);
        Ok((file, read(&self.log.path).map_err(failed)?))
    }

    /// The file as it stands, and the log up to here with some of what follows.
    fn stopped(&self, reached: u64, rng: &mut Rng) -> StoreResult<(Vec<u8>, Vec<u8>)> {
        let file = read(&database(&self.folder)).map_err(failed)?;
        let mut log = read(&self.log.path).map_err(failed)?;
        let next = match self.ends.iter().find(|end| **end > reached) {
            _ if reached < self.synced.1 => reached + 1,
            Some(next) => *next,
            None => return Ok((file, log)),
        };
        // One frame of the next transaction is not there, and so that is not.
        let lost = reached + rng.below(usize::try_from(next - reached).unwrap_or(1)) as u64;
        let (from, until) = (self.log.place_of(lost), self.log.place_of(self.log.frames));
        let header_end = from + FRAME_HEADER as usize;
        let rest = header_end.next_multiple_of(SECTOR);
        put_back(&mut log, &self.log.before, from..rest);
        tear(&mut log, &self.log.before, (rest, until), rng);
        Ok((file, log))
    }
}

/// Of each sector there is what is written, or what stood there before; what has grown may end anywhere.
fn tear(written: &mut Vec<u8>, before: &[u8], (from, until): (usize, usize), rng: &mut Rng) {
    // From a disk that has nearly everything to one that has nothing.
    let lost = [0, 1, 8, 32, 64][rng.below(5)];
    let sectors = (from / SECTOR * SECTOR..until).step_by(SECTOR);
    for start in sectors.filter(|start| *start >= from) {
        if rng.below(64) < lost {
            put_back(written, before, start..(start + SECTOR).min(until));
        }
    }
    let least = from.max(before.len());
    if least < written.len() {
        written.truncate(least + rng.below(written.len() - least + 1));
    }
}

/// What stood there before stands there again.
fn put_back(written: &mut [u8], before: &[u8], places: Range<usize>) {
    let (from, until) = (places.start, places.end.min(written.len()));
    let bytes = written.get_mut(from..until).unwrap_or_default();
    bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = before.get(from + at).copied().unwrap_or(0));
}

impl Log {
    /// Where a frame begins.
    fn place_of(&self, frame: u64) -> usize {
        usize::try_from(LOG_HEADER + frame * (FRAME_HEADER + self.page)).unwrap_or(usize::MAX)
    }

    /// Reads what was added; whether the log has begun anew.
    fn catch_up(&mut self) -> io::Result<bool> {
        let mut header = [0; LOG_HEADER as usize];
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        if !fill(&mut file, &mut header)? {
            return Ok(false);
        }
        let anew = header[16..24] != self.salts;
        if anew {
            // The first one that is read is the one that was left.
            self.torn &= self.salts == [0; 8];
            self.salts.copy_from_slice(&header[16..24]);
            self.page = u64::from(number(&header[8..12]));
            self.sum =
                Sum { of_big: header[3] & 1 == 1, sums: (number(&header[24..28]), number(&header[28..32])) };
            self.frames = 0;
        }
        let (mut at, mut sum) = (self.frames, self.sum);
        // Where pieces of this log may stand behind its end, only the checksum tells; otherwise there are none.
        let with_page = if self.torn { self.page } else { 0 };
        let mut frame = vec![0; usize::try_from(FRAME_HEADER + with_page).unwrap_or(0)];
        loop {
            file.seek(SeekFrom::Start(self.place_of(at) as u64))?;
            if !fill(&mut file, &mut frame)? || frame[8..16] != self.salts {
                return Ok(anew);
            }
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME_HEADER as usize..]);
            if self.torn && sum.sums != (number(&frame[16..20]), number(&frame[20..24])) {
                return Ok(anew);
            }
            at += 1;
            let ends_transaction = frame[4..8] != [0; 4];
            if ends_transaction {
                (self.frames, self.sum) = (at, sum);
            }
        }
    }
}

/// The checksum that runs through the log.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    /// Of numbers whose first byte counts most.
    of_big: bool,
    sums: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let (mut first, mut second) = self.sums;
        for pair in bytes.chunks_exact(8) {
            let of = |bytes: &[u8]| if self.of_big { number(bytes) } else { number(bytes).swap_bytes() };
            first = first.wrapping_add(of(&pair[..4])).wrapping_add(second);
            second = second.wrapping_add(of(&pair[4..])).wrapping_add(first);
        }
        self.sums = (first, second);
    }
}

/// Four bytes, the first of which counts most.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Whether there was enough to read.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        done => done.map(|()| true),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        bytes => bytes,
    }
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("tgbio.db")
}

#[cfg(test)]
mod tests {
    use tgbio_core::canary::CanaryRecord;
    use tgbio_core::store::ProfileStore;
    use tgbio_core::{Timestamp, Username};

    use super::*;

    fn name() -> Username {
        Username::parse("telegram").unwrap()
    }

    async fn set(files: &Files, number: i64) {
        let record = CanaryRecord::new(name(), Timestamp::from_millis(number));
        files.store().set_canary(&record).await.unwrap();
    }

    /// Writes numbers, one in each transaction.
    async fn write(files: &mut Files, numbers: Range<i64>) {
        for number in numbers {
            set(files, number).await;
            assert!(!files.wrote());
        }
    }

    async fn number(files: &Files) -> i64 {
        files.store().canary(&name()).await.unwrap().unwrap().checked_at.as_millis()
    }

    #[tokio::test]
    async fn exactly_the_last_writes_are_undone_however_the_rest_is_torn() {
        let mut lost_some = 0;
        for seed in 0..12 {
            let (mut files, mut rng) = (Files::new().unwrap(), Rng::new(seed, 1));
            write(&mut files, 0..9).await;
            if seed % 2 == 0 {
                files.move_log();
            }
            write(&mut files, 10..20).await;
            files.synced();
            write(&mut files, 20..40).await;
            let lost = files.cut(Cut::Some, &mut rng).unwrap();
            assert_eq!(number(&files).await, 39 - i64::try_from(lost).unwrap());
            lost_some += usize::from((1..20).contains(&lost));
            write(&mut files, 40..50).await;
            assert_eq!(files.cut(Cut::All, &mut rng).unwrap(), 10);
            assert_eq!(
                number(&files).await,
                39 - i64::try_from(lost).unwrap(),
                "what survived one is on the disk"
            );
            write(&mut files, 50..60).await;
            assert_eq!((files.cut(Cut::WhileMoved, &mut rng).unwrap(), number(&files).await), (0, 59));
            files.synced();
            write(&mut files, 60..65).await;
            files.synced();
            assert_eq!(
                (files.cut(Cut::Synced, &mut rng).unwrap(), number(&files).await),
                (0, 59),
                "a broken word"
            );
        }
        assert!(lost_some > 6, "{lost_some}");
    }
}
