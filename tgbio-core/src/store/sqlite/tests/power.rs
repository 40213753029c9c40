//! A power cut. The disk has kept what it was told to keep; of every sector that was written since, it has the new bytes or
//! the old ones, whatever the order, and a file may end anywhere after what was kept.
//!
//! Such images are made of copies of the files from before and after. SQLite tells the disk to keep the log at the end of a
//! synced write, before it moves the log into the file, and the log's header before it begins the log anew.

use crate::HostLimits;
use crate::store::sqlite::Checkpoint;
use crate::store::sqlite::db::Durability;
use crate::store::{Decision, HeldId, ProfilePatch};

use super::*;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// The log's header, which is kept before anything that comes after it is written.
const LOG_HEADER: usize = 32;
/// Images of each moment.
const CUTS: u64 = 12;

/// Chance that does the same again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// The bytes of a file after the cut: `kept` is what the disk was told to keep, `written` what came later.
    fn cut(&mut self, kept: &[u8], written: &[u8]) -> Vec<u8> {
        let end = kept.len() + self.below(written.len().saturating_sub(kept.len()) + 1);
        let mut left = written[..end.min(written.len())].to_vec();
        // From a disk that has kept nearly everything to one that has kept nothing.
        let lost = [0, 1, 8, 32, 64][self.below(5)];
        for start in (0..left.len()).step_by(SECTOR) {
            if self.below(64) < lost {
                for place in start..(start + SECTOR).min(left.len()) {
                    left[place] = kept.get(place).copied().unwrap_or(0);
                }
            }
        }
        left
    }

    /// The same of a log.
    fn cut_log(&mut self, kept: &[u8], written: &[u8]) -> Vec<u8> {
        let mut left = self.cut(kept, written);
        left[..LOG_HEADER].copy_from_slice(&written[..LOG_HEADER]);
        left
    }
}

/// The two files as they stand.
#[derive(Clone, PartialEq)]
struct Image {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Image {
    fn of(path: &Path) -> Self {
        let read = |path: PathBuf| std::fs::read(path).unwrap();
        Self { file: read(path.to_owned()), log: read(path.with_extension("db-wal")) }
    }

    /// The store that finds these files after the cut.
    fn opened(&self) -> (TempDir, SqliteStore) {
        let (folder, path) = folder();
        std::fs::write(&path, &self.file).unwrap();
        std::fs::write(path.with_extension("db-wal"), &self.log).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        (folder, store)
    }
}

/// What must be there again, and may be.
struct Expected {
    ids: Vec<ProfileId>,
    /// Revisions that were synced, and all that were written.
    revisions: (u64, u64),
    note: String,
}

/// A store with profiles that are looked at.
struct Before {
    _folder: TempDir,
    path: PathBuf,
    store: SqliteStore,
    ids: Vec<ProfileId>,
    looks: i64,
}

impl Before {
    async fn new() -> Self {
        let (_folder, path) = folder();
        let store = SqliteStore::open(&path).unwrap();
        let mut ids = Vec::new();
        for name in ["one_one", "two_two", "three_three"] {
            ids.push(follow(&store, name).await);
        }
        Self { _folder, path, store, ids, looks: 0 }
    }

    /// Looks of which every other one sees a change.
    async fn look(&mut self, times: usize) {
        for _ in 0..times {
            for id in &self.ids {
                self.looks += 1;
                let bio = format!("bio {}", self.looks / 2);
                see(&self.store, *id, self.looks, &bio).await;
            }
        }
    }

    async fn revisions(&self) -> u64 {
        self.store.totals().await.unwrap().revisions
    }

    /// Something that a person did, which is synced, and how many revisions were there by then.
    async fn note(&self, note: &str) -> (Image, u64) {
        let patch = ProfilePatch { note: Some(Some(note.to_owned())), ..ProfilePatch::default() };
        self.store.update(self.ids[0], &patch, at(self.looks), &Actor::system()).await.unwrap();
        (Image::of(&self.path), self.revisions().await)
    }

    fn expected(&self, revisions: (u64, u64), note: &str) -> Expected {
        Expected { ids: self.ids.clone(), revisions, note: note.to_owned() }
    }

    /// Moves the log into the file, as far as that goes without beginning it anew.
    fn move_log(&self) {
        let moved = self.store.database().alone_blocking(|conn| {
            Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
            })?)
        });
        assert_eq!(moved.unwrap(), (0, 0), "nobody is in the way, and nothing is left");
    }
}

/// What is found after the cut is whole, and it goes on. Gives how many revisions there are.
async fn survives(image: &Image, expected: &Expected, what: &str) -> u64 {
    let (_folder, store) = image.opened();
    let report = store.verify_chain().await.unwrap();
    let (least, most) = expected.revisions;
    assert_eq!(report.broken, None, "{what}");
    assert!((least..=most).contains(&report.revisions), "{what}: {} of {least} to {most}", report.revisions);
    assert_eq!(store.check_integrity().await.unwrap(), [""; 0], "{what}");
    for id in &expected.ids {
        let record = store.profile(&(*id).into()).await.unwrap().unwrap();
        let rows = store.revisions(*id, 0, 999).await.unwrap();
        let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (1..=record.revisions).collect::<Vec<_>>(), "{what}: no half of a look");
        assert_eq!(record.state.as_ref(), rows.last().map(|row| &row.profile), "{what}: nor another half");
        let last = store.evidence(*id, record.revisions).await.unwrap();
        assert_eq!(last.is_some(), record.revisions > 0, "{what}: with its page");
    }
    let noted = store.profile(&expected.ids[0].into()).await.unwrap().unwrap();
    assert_eq!(noted.note.as_deref(), Some(&*expected.note), "{what}: what a person did");
    see(&store, expected.ids[1], 99_999, "after the cut").await;
    let after = store.verify_chain().await.unwrap();
    assert_eq!((after.broken, after.revisions), (None, report.revisions + 1), "{what}");
    report.revisions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_undoes_newest_looks_whole_and_nothing_that_was_synced() {
    let (mut before, mut chance) = (Before::new().await, Chance(1));
    let (mut some, mut all) = (0, 0);
    for round in 0..6 {
        let note = format!("note {round}");
        let (kept, synced) = before.note(&note).await;
        before.look(3).await;
        let (written, revisions) = (Image::of(&before.path), before.revisions().await);
        assert!(kept.file == written.file && kept.log != written.log, "only the log was written");
        let expected = before.expected((synced, revisions), &note);
        for number in 0..CUTS {
            let log = chance.cut_log(&kept.log, &written.log);
            let image = Image { log, ..kept.clone() };
            let found = survives(&image, &expected, &format!("round {round}, cut {number}")).await;
            some += u32::from(found > synced && found < revisions);
            all += u32::from(found == synced);
        }
    }
    assert!(some > 5 && all > 5, "the cuts were of every kind: {some}, {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_while_the_log_is_moved_or_begun_anew_undoes_nothing_before_it() {
    let (mut before, mut chance) = (Before::new().await, Chance(2));
    for round in 0..4 {
        before.look(2).await;
        let note = format!("note {round}");
        let (full, synced) = before.note(&note).await;
        before.move_log();
        let moved = Image::of(&before.path);
        assert!(full.log == moved.log && full.file != moved.file, "the log is there until it begins anew");
        let expected = before.expected((synced, synced), &note);
        for number in 0..CUTS {
            let image = Image { file: chance.cut(&full.file, &moved.file), ..full.clone() };
            survives(&image, &expected, &format!("moved {round}, cut {number}")).await;
        }
        before.look(2).await;
        let anew = Image::of(&before.path);
        assert!(
            anew.file == moved.file && anew.log[..LOG_HEADER] != moved.log[..LOG_HEADER],
            "it has begun anew"
        );
        let expected = before.expected((synced, before.revisions().await), &note);
        for number in 0..CUTS {
            let image = Image { log: chance.cut_log(&moved.log, &anew.log), ..moved.clone() };
            survives(&image, &expected, &format!("anew {round}, cut {number}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_change_log_has_told_is_not_undone_by_a_power_cut() {
    let (mut before, mut chance) = (Before::new().await, Chance(3));
    before.note("noted").await;
    before.look(3).await;
    let told = before.store.changes(0, 999).await.unwrap();
    let (kept, revisions) = (Image::of(&before.path), before.revisions().await);
    before.look(3).await;
    let written = Image::of(&before.path);
    let expected = before.expected((revisions, before.revisions().await), "noted");
    for number in 0..CUTS {
        let image = Image { log: chance.cut_log(&kept.log, &written.log), ..kept.clone() };
        survives(&image, &expected, &format!("cut {number}")).await;
        let (_folder, store) = image.opened();
        assert_eq!(store.changes(0, told.len()).await.unwrap(), told);
    }
    let synced = "SELECT value FROM meta WHERE name = 'changes_told'";
    let job = move |conn: &rusqlite::Connection| Ok(conn.query_row(synced, [], |row| row.get::<_, i64>(0))?);
    let kept = before.store.write(Durability::Normal, job).await.unwrap();
    assert_eq!(u64::try_from(kept).unwrap(), told.last().unwrap().seq);
}

/// The disk is told to keep what is promised to survive, and only that: it takes its time.
#[tokio::test(flavor = "multi_thread")]
async fn synced_writes_are_synced() {
    let before = Before::new().await;
    for (durability, synchronous) in
        [(Durability::Synced, 2), (Durability::Normal, 1), (Durability::Synced, 2)]
    {
        let job = |conn: &rusqlite::Connection| {
            Ok(conn.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?)
        };
        assert_eq!(before.store.write(durability, job).await.unwrap(), synchronous, "{durability:?}");
    }
}

type Call = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Everything of which the README says that a power cut does not undo it.
fn promised(before: &Before) -> Vec<(&'static str, Call)> {
    let (one, two, three) = (before.ids[0], before.ids[1], before.ids[2]);
    let by = Actor::system;
    let store = || before.store.clone();
    let mut calls: Vec<(&'static str, Call)> = Vec::new();
    let mut add = |name, call: Call| calls.push((name, call));
    let s = store();
    add("following", Box::pin(async move { _ = follow(&s, "four_four").await }));
    let (s, patch) = (store(), ProfilePatch { monitored: Some(false), ..ProfilePatch::default() });
    add("changing", Box::pin(async move { drop(s.update(one, &patch, at(1), &by()).await.unwrap()) }));
    let s = store();
    add("noting", Box::pin(async move { s.audit(at(1), &by(), "tried", None).await.unwrap() }));
    let s = store();
    add("telling", Box::pin(async move { assert!(!s.changes(0, 999).await.unwrap().is_empty()) }));
    let s = store();
    let refused = async move { assert!(s.settle(HeldId(7), Decision::Accept, at(1), &by()).await.is_err()) };
    add("deciding", Box::pin(refused));
    let s = store();
    add("correcting", Box::pin(async move { s.correct(one, Vec::new(), at(1), &by()).await.unwrap() }));
    let s = store();
    add("removing", Box::pin(async move { s.remove_revision(two, 1, at(1), &by()).await.unwrap() }));
    let s = store();
    add("erasing", Box::pin(async move { s.erase(three, false, at(1), &by()).await.unwrap() }));
    let s = store();
    add("holding off", Box::pin(async move { s.hold_off("t.me", at(9), "rate_limited").await }));
    let s = store();
    let checkpoint = async move {
        let head = s.chain_head().await.unwrap();
        let made = Checkpoint { at: at(5), head, key: [1; 32], signature: [2; 64] };
        s.keep_checkpoint(&made).await.unwrap();
    };
    add("signing", Box::pin(checkpoint));
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_promised_to_survive_is_written_synced_and_looks_are_not() {
    let mut before = Before::new().await;
    before.look(2).await;
    let synchronous = |store: &SqliteStore| {
        let asked = store.database().alone_blocking(|conn| {
            Ok(conn.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?)
        });
        asked.unwrap()
    };
    for (what, call) in promised(&before) {
        see(&before.store, before.ids[0], 500, what).await;
        assert_eq!(synchronous(&before.store), 1, "a look waits for no disk");
        call.await;
        assert_eq!(synchronous(&before.store), 2, "{what}");
    }
}
