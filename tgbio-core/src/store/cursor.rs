//! Where a list of profiles goes on: the last row's place in the order, so that rows may come and go.

use std::fmt;

use crate::store::{Order, ProfileRecord, StoreError, StoreResult};

/// The place of a row. Its text is `f.KEY`, `u.NAME.KEY` or `c.MILLISECONDS.KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub order: Order,
    /// The row's own number, larger for rows that came later.
    pub key: i64,
    /// The username in lower case.
    pub name: String,
    /// The last change in milliseconds; the smallest number for none.
    pub changed: i64,
}

impl Cursor {
    /// The place of a record.
    pub(crate) fn at(order: Order, key: i64, record: &ProfileRecord) -> Self {
        let changed = record.last_changed_at.map_or(i64::MIN, crate::Timestamp::as_millis);
        Self { order, key, name: record.username.key(), changed }
    }

    /// Reads the mark of an order.
    pub(crate) fn parse(text: &str, order: Order) -> StoreResult<Self> {
        Self::read(text).filter(|cursor| cursor.order == order).ok_or(StoreError::BadCursor)
    }

    fn read(text: &str) -> Option<Self> {
        let (order, rest) = text.split_once('.')?;
        let mut cursor = Self { order: Order::Followed, key: 0, name: String::new(), changed: i64::MIN };
        let key = match order {
            "f" => rest,
            "u" => {
                let (name, key) = rest.split_once('.')?;
                (cursor.order, cursor.name) = (Order::Username, name.to_owned());
                key
            }
            "c" => {
                let (changed, key) = rest.split_once('.')?;
                (cursor.order, cursor.changed) = (Order::LastChanged, changed.parse().ok()?);
                key
            }
            _ => return None,
        };
        cursor.key = key.parse().ok()?;
        Some(cursor)
    }

    /// Compares two places of the same order.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        match self.order {
            Order::Followed => self.key < other.key,
            Order::Username => (&self.name, self.key) < (&other.name, other.key),
            Order::LastChanged => (self.changed, self.key) > (other.changed, other.key),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.order {
            Order::Followed => write!(f, "f.{}", self.key),
            Order::Username => write!(f, "u.{}.{}", self.name, self.key),
            Order::LastChanged => write!(f, "c.{}.{}", self.changed, self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProfileId, Timestamp, Username};

    #[test]
    fn a_cursor_belongs_to_one_order() {
        let name = Username::parse("Some_one").unwrap();
        let record = ProfileRecord::new(ProfileId::new(), name, Timestamp::from_millis(1));
        for order in [Order::Followed, Order::Username, Order::LastChanged] {
            let cursor = Cursor::at(order, 7, &record);
            let read = Cursor::parse(&cursor.to_string(), order).unwrap();
            assert_eq!(read.to_string(), cursor.to_string());
        }
        let text = Cursor::at(Order::Followed, 7, &record).to_string();
        assert!(matches!(Cursor::parse(&text, Order::Username), Err(StoreError::BadCursor)));
        assert!(matches!(Cursor::parse("f.x", Order::Followed), Err(StoreError::BadCursor)));
    }
}
