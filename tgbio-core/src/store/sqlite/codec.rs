//! How values stand in columns: times as milliseconds, states as JSON.

use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::copied;
use crate::store::{StoreError, StoreResult};
use crate::{Field, FieldValue, Link, Timestamp, Username};

/// A row that does not read as it was written.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn damaged(why: impl ToString) -> StoreError {
    StoreError::Damaged { path: std::path::PathBuf::new(), why: why.to_string() }
}

/// Says in which row stands what is damaged.
pub(super) fn in_row<T>(
    read: StoreResult<T>,
    table: &'static str,
    row: impl std::fmt::Display,
) -> StoreResult<T> {
    read.map_err(|error| match error {
        StoreError::Damaged { path, why } => {
            StoreError::Damaged { path, why: format!("row {row} of {table}: {why}") }
        }
        other => other,
    })
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(StoreError::failed)
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(damaged)
}

/// A count or place as a column holds it.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count or place as it is given out.
pub(super) fn number(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

pub(super) fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

pub(super) fn name(text: &str) -> StoreResult<Username> {
    Username::parse(text).map_err(|_| damaged("a stored username is none"))
}

pub(super) fn field(text: &str) -> StoreResult<Field> {
    Field::from_name(text).ok_or_else(|| damaged("a stored field is unknown"))
}

/// A value in the type that its field has.
pub(super) fn value(field: Field, json: &str) -> StoreResult<FieldValue> {
    match field {
        Field::Links => Ok(FieldValue::Links(from_json::<Vec<Link>>(json)?)),
        Field::Usernames => Ok(FieldValue::Names(from_json::<Vec<Username>>(json)?)),
        Field::Birthday => Ok(FieldValue::Birthday(from_json(json)?)),
        Field::PersonalChannel => Ok(FieldValue::Channel(from_json(json)?)),
        Field::BusinessIntro => Ok(FieldValue::Intro(from_json(json)?)),
        _ => from_json(json),
    }
}

pub(super) fn value_json(value: Option<&FieldValue>) -> StoreResult<Option<String>> {
    value.map(to_json).transpose()
}

/// The cells of a row, one after the other.
pub(super) struct Cells<'r, 's>(Rest<'r, 's>);

/// The cells that were not read yet.
enum Rest<'r, 's> {
    OfRow { row: &'r Row<'s>, at: usize },
    Copied(&'r [u8]),
}

impl<'r, 's> Cells<'r, 's> {
    pub(super) fn new(row: &'r Row<'s>) -> Self {
        Self(Rest::OfRow { row, at: 0 })
    }

    /// Those of a row of [`CopiedRows`](copied::CopiedRows).
    pub(super) fn copied(bytes: &'r [u8]) -> Self {
        Self(Rest::Copied(bytes))
    }

    fn next(&mut self) -> StoreResult<ValueRef<'r>> {
        match &mut self.0 {
            Rest::OfRow { row, at } => {
                let cell = row.get_ref(*at)?;
                *at += 1;
                Ok(cell)
            }
            Rest::Copied(rest) => copied::next(rest).ok_or_else(|| damaged("a copied row is too short")),
        }
    }

    pub(super) fn maybe_int(&mut self) -> StoreResult<Option<i64>> {
        self.next()?.as_i64_or_null().map_err(damaged)
    }

    pub(super) fn int(&mut self) -> StoreResult<i64> {
        self.next()?.as_i64().map_err(damaged)
    }

    pub(super) fn number(&mut self) -> StoreResult<u64> {
        self.int().map(number)
    }

    pub(super) fn flag(&mut self) -> StoreResult<bool> {
        Ok(self.int()? != 0)
    }

    pub(super) fn maybe_time(&mut self) -> StoreResult<Option<Timestamp>> {
        Ok(self.maybe_int()?.map(Timestamp::from_millis))
    }

    pub(super) fn time(&mut self) -> StoreResult<Timestamp> {
        self.int().map(Timestamp::from_millis)
    }

    pub(super) fn maybe_str(&mut self) -> StoreResult<Option<&'r str>> {
        self.next()?.as_str_or_null().map_err(damaged)
    }

    pub(super) fn str(&mut self) -> StoreResult<&'r str> {
        self.next()?.as_str().map_err(damaged)
    }

    pub(super) fn maybe_text(&mut self) -> StoreResult<Option<String>> {
        Ok(self.maybe_str()?.map(str::to_owned))
    }

    pub(super) fn text(&mut self) -> StoreResult<String> {
        self.str().map(str::to_owned)
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(&mut self) -> StoreResult<Option<T>> {
        self.maybe_str()?.map(from_json).transpose()
    }

    pub(super) fn blob(&mut self) -> StoreResult<&'r [u8]> {
        self.next()?.as_blob().map_err(damaged)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> StoreResult<[u8; N]> {
        self.blob()?.try_into().map_err(damaged)
    }

    /// Bytes that an outer join may have left out.
    pub(super) fn maybe_bytes<const N: usize>(&mut self) -> StoreResult<Option<[u8; N]>> {
        let bytes = self.next()?.as_blob_or_null().map_err(damaged)?;
        bytes.map(|bytes| bytes.try_into().map_err(damaged)).transpose()
    }
}

/// Reads every row.
pub(super) fn all<T>(
    mut rows: Rows<'_>,
    mut read: impl FnMut(&mut Cells<'_, '_>) -> StoreResult<T>,
) -> StoreResult<Vec<T>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(&mut Cells::new(row))?);
    }
    Ok(found)
}

/// Reads the first row.
pub(super) fn first<T>(
    mut rows: Rows<'_>,
    read: impl FnOnce(&mut Cells<'_, '_>) -> StoreResult<T>,
) -> StoreResult<Option<T>> {
    match rows.next()? {
        Some(row) => read(&mut Cells::new(row)).map(Some),
        None => Ok(None),
    }
}
