//! Rows that are copied out as they stand: they are read by whoever asked for them, and keep the writer for writing.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::codec::Cells;
use crate::store::StoreResult;

/// Rows, one behind the other.
#[derive(Debug, Default)]
pub(super) struct CopiedRows {
    bytes: Vec<u8>,
    /// Where each begins.
    begins: Vec<usize>,
}

impl CopiedRows {
    /// Adds so many columns of a row.
    pub(super) fn add(&mut self, row: &Row<'_>, columns: usize) -> StoreResult<()> {
        let begin = self.bytes.len();
        for column in 0..columns {
            self.cell(row.get_ref(column)?);
        }
        self.begins.push(begin);
        Ok(())
    }

    fn cell(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.bytes.push(NULL),
            ValueRef::Integer(number) => self.fixed(INTEGER, number.to_ne_bytes()),
            ValueRef::Real(number) => self.fixed(REAL, number.to_ne_bytes()),
            ValueRef::Text(text) => self.counted(TEXT, text),
            ValueRef::Blob(bytes) => self.counted(BLOB, bytes),
        }
    }

    fn fixed(&mut self, kind: u8, value: [u8; 8]) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(&value);
    }

    fn counted(&mut self, kind: u8, value: &[u8]) {
        self.fixed(kind, (value.len() as u64).to_ne_bytes());
        self.bytes.extend_from_slice(value);
    }

    /// Takes all rows out; the room for others stays.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.begins.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.begins.len()
    }

    /// Puts the rows into the order of what is read from the first cells of each.
    pub(super) fn sort_by_key(
        &mut self,
        key: impl Fn(&mut Cells<'_, '_>) -> StoreResult<i64>,
    ) -> StoreResult<()> {
        let keyed =
            self.begins.iter().map(|begin| Ok((key(&mut Cells::copied(&self.bytes[*begin..]))?, *begin)));
        let mut keyed: Vec<(i64, usize)> = keyed.collect::<StoreResult<_>>()?;
        keyed.sort_unstable();
        self.begins.clear();
        self.begins.extend(keyed.into_iter().map(|(_, begin)| begin));
        Ok(())
    }

    /// The cells of each row, in the order in which they were added or put.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cells<'_, '_>> {
        self.begins.iter().map(|begin| Cells::copied(&self.bytes[*begin..]))
    }
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// Takes the next cell off; `None` behind the last one.
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Option<ValueRef<'a>> {
    Some(match *rest.split_off_first()? {
        INTEGER => ValueRef::Integer(i64::from_ne_bytes(fixed(rest)?)),
        REAL => ValueRef::Real(f64::from_ne_bytes(fixed(rest)?)),
        TEXT => ValueRef::Text(counted(rest)?),
        BLOB => ValueRef::Blob(counted(rest)?),
        _ => ValueRef::Null,
    })
}

fn fixed(rest: &mut &[u8]) -> Option<[u8; 8]> {
    let (value, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*value)
}

fn counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u64::from_ne_bytes(fixed(rest)?)).ok()?;
    rest.split_off(..length)
}

#[cfg(test)]
#[test]
fn what_is_copied_reads_as_the_row_does() {
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    let sql = "SELECT NULL, -7, 'a''b', x'00ff', '' UNION ALL SELECT 9, NULL, 'ж', x'', 'last'";
    let (mut copied, mut statement) = (CopiedRows::default(), conn.prepare(sql).unwrap());
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        copied.add(row, 5).unwrap();
    }
    let mut read = Vec::new();
    for mut cells in copied.cells() {
        let numbers = (cells.maybe_int().unwrap(), cells.maybe_int().unwrap());
        let bytes = (cells.str().unwrap().to_owned(), cells.blob().unwrap().to_owned());
        read.push((numbers, bytes, cells.text().unwrap()));
    }
    let wanted = [
        ((None, Some(-7)), ("a'b".to_owned(), vec![0, 255]), String::new()),
        ((Some(9), None), ("ж".to_owned(), Vec::new()), "last".to_owned()),
    ];
    assert_eq!((copied.len(), read), (2, wanted.to_vec()));
    assert!(copied.cells().next().unwrap().int().is_err(), "NULL is no number");
    copied.sort_by_key(|cells| Ok(cells.maybe_int()?.map_or(1, |number| -number))).unwrap();
    assert!(copied.cells().next().unwrap().int().is_ok_and(|first| first == 9), "the order is another one");
    copied.clear();
    assert_eq!((copied.len(), copied.cells().count()), (0, 0));
}
