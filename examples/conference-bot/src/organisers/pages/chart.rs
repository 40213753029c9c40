//! Plots: bars beside the numbers of a table, and columns for days. Plain SVG without script or style of its own.

use crate::organisers::read::statistics::{Count, Day};

/// A line of a table with its bar; its length is of 100.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) count: i64,
    pub(super) length: i64,
}

/// Bars whose longest is 100.
pub(super) fn bars(counts: &[Count], label: impl Fn(&str) -> String) -> Vec<Bar> {
    let most = counts.iter().map(|count| count.count).max().unwrap_or(0).max(1);
    let bar = |count: &Count| Bar {
        label: label(&count.name),
        count: count.count,
        length: count.count * 100 / most,
    };
    counts.iter().map(bar).collect()
}

/// Width of the picture of days.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 200;
const LEFT: i64 = 44;
const BOTTOM: i64 = 30;
const TOP: i64 = 14;

/// A column of a day: two bars side by side.
pub(super) struct Column {
    pub(super) date: String,
    pub(super) registrations: i64,
    pub(super) papers: i64,
    pub(super) x: i64,
    pub(super) x2: i64,
    pub(super) y: i64,
    pub(super) y2: i64,
    pub(super) h: i64,
    pub(super) h2: i64,
    pub(super) width: i64,
    pub(super) shown: Option<String>,
}

/// A line across with its value.
pub(super) struct Level {
    pub(super) value: i64,
    pub(super) y: i64,
    pub(super) text_y: i64,
}

/// The picture of days.
pub(super) struct Days {
    pub(super) columns: Vec<Column>,
    pub(super) levels: Vec<Level>,
    pub(super) left: i64,
    pub(super) right: i64,
    pub(super) label_y: i64,
    pub(super) any: bool,
}

/// Draws days.
pub(super) fn days(days: &[Day]) -> Days {
    let most = days.iter().map(|day| day.registrations.max(day.papers)).max().unwrap_or(0);
    let step = step(most);
    let top = (most + step - 1) / step * step;
    let top = top.max(step);
    let tall = HEIGHT - TOP - BOTTOM;
    let y = |value: i64| TOP + tall - value * tall / top;
    let count = i64::try_from(days.len()).unwrap_or(1).max(1);
    let room = (WIDTH - LEFT) / count;
    let width = (room / 2 - 1).max(2);
    let column = |(at, day): (usize, &Day)| {
        let x = LEFT + i64::try_from(at).unwrap_or(0) * room + 1;
        let short = day.date.get(5..).unwrap_or_default();
        let short = short.split_once('-').map(|(month, day)| format!("{day}.{month}"));
        Column {
            date: day.date.clone(),
            registrations: day.registrations,
            papers: day.papers,
            x,
            x2: x + width,
            y: y(day.registrations),
            y2: y(day.papers),
            h: HEIGHT - BOTTOM - y(day.registrations),
            h2: HEIGHT - BOTTOM - y(day.papers),
            width,
            shown: short.filter(|_| at % 7 == 1 && at + 4 < days.len()),
        }
    };
    let level = |n: i64| Level { value: n * step, y: y(n * step), text_y: y(n * step) + 5 };
    Days {
        columns: days.iter().enumerate().map(column).collect(),
        levels: (0..=top / step).map(level).collect(),
        left: LEFT,
        right: WIDTH,
        label_y: HEIGHT - 8,
        any: most > 0,
    }
}

/// 1, 2 or 5 times a power of ten, so that there are at most five lines.
fn step(most: i64) -> i64 {
    let mut power = 1;
    loop {
        for times in [1, 2, 5] {
            if power * times * 4 >= most {
                return power * times;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_few_and_even() {
        assert_eq!([0, 4, 5, 8, 9, 20, 21, 1000].map(step), [1, 1, 2, 2, 5, 5, 10, 500]);
        let day = |n| Day { date: "2026-05-01".to_owned(), registrations: n, papers: 0 };
        let drawn = days(&[day(0), day(7), day(3)]);
        assert_eq!(drawn.levels.last().map(|level| level.value), Some(8));
        assert!(drawn.columns.iter().all(|column| column.h >= 0 && column.y >= TOP));
    }
}
