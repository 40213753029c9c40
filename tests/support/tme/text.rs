//! Text as the site writes it: entities, line breaks, linked mentions, spaced numbers.

use super::card::{Bio, Part};

/// Appends `text` with the entities that the site uses, `&#33;` for `!` among them.
pub(super) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '!' => out.push_str("&#33;"),
            other => out.push(other),
        }
    }
}

/// `text` with the site's entities.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape_into(&mut out, text);
    out
}

/// The content of `og:description`: chats have a TAB for each line break, people real line breaks.
pub(super) fn meta_description(text: &str, chat: bool) -> String {
    if chat { escape(&text.replace('\n', "\t")) } else { escape(text) }
}

/// The inside of the description block.
pub(super) fn bio_html(bio: &Bio) -> String {
    let mut out = String::new();
    for part in &bio.parts {
        match part {
            Part::Text(text) => mentions_into(&mut out, text),
            Part::Link { text, href } => link_into(&mut out, href, text),
            Part::Markup { html, .. } => out.push_str(html),
        }
    }
    out
}

fn link_into(out: &mut String, href: &str, text: &str) {
    out.push_str("<a href=\"");
    escape_into(out, href);
    out.push_str("\">");
    lines_into(out, text);
    out.push_str("</a>");
}

fn lines_into(out: &mut String, text: &str) {
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push_str("<br/>");
        }
        escape_into(out, line);
    }
}

fn mentions_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some((start, end)) = next_mention(rest) {
        let mention = &rest[start..end];
        lines_into(out, &rest[..start]);
        link_into(out, &format!("https://t.me/{}", &mention[1..]), mention);
        rest = &rest[end..];
    }
    lines_into(out, rest);
}

/// Where the next `@name` lies; an `@` inside a word (a mail address) is none.
fn next_mention(text: &str) -> Option<(usize, usize)> {
    text.match_indices('@').find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let name: usize =
            text[at + 1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let starts_well = text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
        let free = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        (free && starts_well && (3..=32).contains(&name)).then_some((at, at + 1 + name))
    })
}

/// `11110268` as `11 110 268`.
pub(super) fn spaced(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `32812` as `32.8K`, as the preview page rounds.
pub(super) fn rounded(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => tenths(number / 100, "K"),
        _ => tenths(number / 100_000, "M"),
    }
}

fn tenths(tenths: u64, unit: &str) -> String {
    match tenths % 10 {
        0 => format!("{}{unit}", tenths / 10),
        rest => format!("{}.{rest}{unit}", tenths / 10),
    }
}

/// `1 subscriber`, `2 832 subscribers`.
pub(super) fn counted(number: u64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", spaced(number))
}

/// A string for a script: everything that is not plainly harmless as `\uXXXX`.
pub(super) fn script_string(text: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'/') => out.push_str("\\/"),
            Ok(b) if b.is_ascii_alphanumeric() || b"_-.?=@+".contains(&b) => out.push(char::from(b)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

/// Standard base64, percent-escaped where an address needs it.
pub(super) fn base64_for_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 3 / 2);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (i, b)| word | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            match ALPHABET[(word >> (18 - 6 * i)) as usize & 63] {
                _ if i > chunk.len() => out.push_str("%3D"),
                b'+' => out.push_str("%2B"),
                other => out.push(char::from(other)),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_breaks_lines() {
        assert_eq!(
            bio_html(&"R&D <3\n\"two\" it's!".into()),
            "R&amp;D &lt;3<br/>&quot;two&quot; it&#39;s&#33;"
        );
    }

    #[test]
    fn links_mentions_but_neither_mail_nor_bare_addresses() {
        let html = bio_html(&"@chan_a, a@example.org @ https://t.me/+x @ab".into());
        assert_eq!(html, "<a href=\"https://t.me/chan_a\">@chan_a</a>, a@example.org @ https://t.me/+x @ab");
    }

    #[test]
    fn links_keep_their_own_target() {
        let bio = Bio::from("see ").link("here", "https://example.org/?a=1&b=2");
        assert_eq!(bio_html(&bio), "see <a href=\"https://example.org/?a=1&amp;b=2\">here</a>");
    }

    #[test]
    fn writes_numbers_as_the_site_does() {
        assert_eq!(counted(11_110_268, "subscriber"), "11 110 268 subscribers");
        assert_eq!(counted(1, "subscriber"), "1 subscriber");
        assert_eq!(counted(999, "member"), "999 members");
        assert_eq!(
            (rounded(32_812), rounded(2_000_000), rounded(7)),
            ("32.8K".into(), "2M".into(), "7".into())
        );
    }

    #[test]
    fn base64_pads_and_escapes() {
        assert_eq!(base64_for_url(b"Ma"), "TWE%3D");
        assert_eq!(base64_for_url(b"Man"), "TWFu");
        assert_eq!(base64_for_url(&[0xfb, 0xff]), "%2B/8%3D");
    }
}
