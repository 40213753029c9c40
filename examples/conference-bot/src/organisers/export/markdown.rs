//! Markdown (CommonMark): the programme, and how what people wrote stands in it as text and never as markup.

use std::fmt::Write as _;

use crate::World;
use crate::organisers::read::programme::SlotRow;
use crate::texts::Locale;

/// A text in one line, in which nothing is markup.
pub fn line(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text whose lines stay lines, in which nothing is markup.
pub fn lines(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn escaped(line: &str) -> String {
    let mut plain = String::with_capacity(line.len() + 8);
    // Only at the beginning of a line do these mean something.
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let ordered =
        (number.len() < line.len() && number.starts_with(['.', ')'])).then(|| line.len() - number.len());
    for (at, c) in line.char_indices() {
        let begins = at == 0 && matches!(c, '+' | '-' | '=' | '~');
        if begins || ordered == Some(at) || "\\`*_[]<>#&|!".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// The programme, day by day.
pub fn programme(world: &World, locale: Locale, slots: &[SlotRow]) -> String {
    let mut text = format!("# {}\n", line(world.title(locale)));
    let mut day = String::new();
    for slot in slots {
        let begins = world.local(slot.starts_at);
        let date = begins.strftime("%d.%m.%Y").to_string();
        if date != day {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n## {date}\n\n");
            day = date;
        }
        let (from, to) = (begins.strftime("%H:%M"), world.local(slot.ends_at()).strftime("%H:%M"));
        let _ = write!(text, "- {from}–{to}, {}: **{}**", line(&slot.room), line(&slot.title));
        let section = if locale == Locale::Ru { &slot.section_ru } else { &slot.section_en };
        for about in [&slot.speakers, section].into_iter().flatten() {
            let _ = write!(text, "\\\n  {}", line(about));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_no_markup() {
        let cases = [
            ("# Заголовок", "\\# Заголовок"),
            ("1. раз", "1\\. раз"),
            ("2026) два", "2026\\) два"),
            ("- a - b", "\\- a - b"),
            ("<script>&amp;", "\\<script\\>\\&amp;"),
            ("![x](http://evil) `c` *b* _i_ a|b", "\\!\\[x\\](http://evil) \\`c\\` \\*b\\* \\_i\\_ a\\|b"),
            ("C:\\dir", "C:\\\\dir"),
            ("  two   words ", "two words"),
        ];
        for (text, plain) in cases {
            assert_eq!(line(text), plain);
        }
        assert_eq!(lines("один\n    # два\n\n=="), "один\n\\# два\n\n\\==");
    }
}
