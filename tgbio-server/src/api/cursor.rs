//! Cursors of lists that go on after a number, and pages of them.

use crate::http::{Problem, kinds};

/// Rows of a page when nothing is asked.
pub(super) const fn usual_limit() -> u32 {
    50
}

/// A cursor of the list that `letter` stands for.
pub(super) fn write(letter: char, number: i64) -> String {
    format!("{letter}{number:x}")
}

/// The number in a cursor; `None` without a cursor.
pub(super) fn read(letter: char, cursor: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let number = cursor.strip_prefix(letter).and_then(|number| i64::from_str_radix(number, 16).ok());
    let wrong =
        || Problem::new(kinds::BAD_PARAMETER, "the cursor is not valid: start the list again without one");
    number.filter(|number| *number >= 0).map(Some).ok_or_else(wrong)
}

/// Cuts a list, of which one row too many was asked for, to its page; says where the next one starts.
pub(super) fn cut<T>(
    rows: &mut Vec<T>,
    limit: usize,
    letter: char,
    place: impl Fn(&T) -> i64,
) -> Option<String> {
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(|row| write(letter, place(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        assert_eq!(read('r', Some(&write('r', 300))).unwrap(), Some(300));
        assert_eq!(read('r', None).unwrap(), None);
        for wrong in ["", "r", "h1", "r-1", "rx"] {
            assert!(read('r', Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_row_too_many_says_that_there_is_more() {
        let mut rows = vec![1, 2, 3];
        assert_eq!(cut(&mut rows, 2, 'r', |row| *row), Some("r2".to_owned()));
        assert_eq!(rows, [1, 2]);
        assert_eq!(cut(&mut rows, 2, 'r', |row| *row), None);
    }
}
