//! Text of strangers made harmless for terminals: nothing in it moves the cursor, changes colors or the window's title,
//! turns the direction of what follows, or hides.

/// The text in one line: line breaks are shown as `⏎`, other characters that act are shown by their number.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('⏎'),
            c if acts(c) => push_number(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// The text with its line breaks; each line is as harmless as with [`line`].
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// As [`line`], with at most `most` characters and `…` for the rest.
pub fn short(text: &str, most: usize) -> String {
    let safe = line(text);
    match safe.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", &safe[..cut]),
        None => safe,
    }
}

/// JSON in which no character acts on a terminal either: those stand inside strings only, so they can be escaped.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn push_number(out: &mut String, c: char) {
    out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
}

/// Characters that do something instead of being seen. Joiners stay: emoji and Persian words need them.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets the title, clears the screen, rings, turns the direction, rubs out, and uses the one-byte forms of C1.
    const HOSTILE: &str = "\x1b]0;owned\x07\x1b[2J\u{9b}31m\u{9d}0;x\u{9c}a\u{202e}b\u{2066}c\rd\x08\x7f\u{200f}\u{feff}\0\u{2028}\te";

    fn is_harmless(text: &str) -> bool {
        !text.chars().any(|c| c != '\n' && acts(c))
    }

    #[test]
    fn nothing_acts_and_everything_is_shown() {
        for safe in [line(HOSTILE), lines(HOSTILE), short(HOSTILE, 1000), json(HOSTILE)] {
            assert!(is_harmless(&safe), "{safe:?}");
        }
        assert_eq!(line("a\nb\x1b[1m"), "a⏎b\\u{1b}[1m");
        assert_eq!(lines("a\nb\x07"), "a\nb\\u{7}");
    }

    #[test]
    fn ordinary_text_of_all_scripts_stays() {
        for text in ["Привет, мир! 👩‍👩‍👧", "سارة محمد", "می‌خواهم", "名前", "a\u{301}"]
        {
            assert_eq!(line(text), text);
            assert_eq!(json(text), text);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(short("яяяя", 3), "яяя…");
        assert_eq!(short("яяя", 3), "яяя");
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "bio": HOSTILE, "tag": "\u{e0041}" });
        let safe = json(&value.to_string());
        assert!(is_harmless(&safe));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
