//! The programme for calendars (RFC 5545): lines end with CR LF, long ones are folded, texts are escaped.

use tgbio_core::Timestamp;

use crate::World;
use crate::organisers::read::programme::SlotRow;
use crate::texts::Locale;

/// Octets of a line.
const LONGEST: usize = 75;

/// Writes lines.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a line. It is cut between characters, and what is left begins with a space.
    fn add(&mut self, line: &str) {
        let mut used = 0;
        for c in line.chars() {
            if used + c.len_utf8() > LONGEST {
                self.0.push_str("\r\n ");
                used = 1;
            }
            self.0.push(c);
            used += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.add(&format!("{name}:{}", escaped(text)));
    }
}

/// A text without what has a meaning in a line.
fn escaped(text: &str) -> String {
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => clean.extend(['\\', c]),
            '\n' => clean.push_str("\\n"),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

/// A time in UTC, as in `20260501T050000Z`.
fn time(at: i64) -> String {
    let text: String = Timestamp::from_millis(at).to_string();
    let digits: String =
        text.chars().take_while(|c| *c != '.' && *c != 'Z').filter(|c| !"-:".contains(*c)).collect();
    format!("{digits}Z")
}

/// The whole calendar.
pub fn write(world: &World, locale: Locale, slots: &[SlotRow]) -> String {
    let mut lines = Lines::default();
    lines.add("BEGIN:VCALENDAR");
    lines.add("VERSION:2.0");
    lines.add("PRODID:-//tgbio//conference-bot//EN");
    lines.add("CALSCALE:GREGORIAN");
    lines.text("X-WR-CALNAME", world.title(locale));
    for slot in slots {
        event(&mut lines, world, locale, slot);
    }
    lines.add("END:VCALENDAR");
    lines.0
}

fn event(lines: &mut Lines, world: &World, locale: Locale, slot: &SlotRow) {
    let code = world.config.code.to_lowercase();
    lines.add("BEGIN:VEVENT");
    lines.add(&format!("UID:slot-{}@{code}.conference", slot.id));
    lines.add(&format!("DTSTAMP:{}", time(world.now())));
    lines.add(&format!("DTSTART:{}", time(slot.starts_at)));
    lines.add(&format!("DTEND:{}", time(slot.ends_at())));
    lines.text("SUMMARY", &slot.title);
    lines.text("LOCATION", &slot.room);
    let section = if locale == Locale::Ru { &slot.section_ru } else { &slot.section_en };
    let about = [slot.speakers.as_deref(), section.as_deref(), slot.code.as_deref()];
    let about: Vec<&str> = about.into_iter().flatten().collect();
    if !about.is_empty() {
        lines.text("DESCRIPTION", &about.join("\n"));
    }
    lines.add("END:VEVENT");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_characters_and_escaped() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", &"я".repeat(100));
        for line in lines.0.trim_end().split("\r\n") {
            assert!(line.len() <= LONGEST, "{line}");
        }
        let unfolded = lines.0.replace("\r\n ", "");
        assert_eq!(unfolded.trim_end(), format!("SUMMARY:{}", "я".repeat(100)));
        assert_eq!(escaped("a;b,c\\d\r\nEND:VEVENT\u{7}"), "a\\;b\\,c\\\\d\\nEND:VEVENT");
        assert_eq!(time(1_777_626_000_000), "20260501T090000Z");
    }
}
