//! The one form in which bios, descriptions and names are kept, whoever read them. Pure.
//!
//! A t.me page and Telegram's protocol tell the same text a little differently: the page has `<br>` for a line break,
//! entities, anchors around mentions, and white space of its markup at the ends; an emoji may stand in an element of its
//! own. A reader of pages undoes the markup (an element's text is its text, an emoji's is the character), the protocol
//! has none (custom emoji are their ordinary character there). What then still differs is what HTML itself does to a
//! text, and [`text`] does the same to both:
//!
//! - line breaks are `\n`: `\r\n` and `\r` become one;
//! - NUL, which no page can hold, is left out;
//! - ASCII white space at both ends goes: space, tab, line feed, form feed.
//!
//! Everything else is content and stays: inner white space in any number, invisible characters (U+3164, U+2800, joiners),
//! marks of direction, other controls. Links follow from the text: see [`links`](crate::links).

use crate::Observed;

/// A bio or description in the kept form; absent when nothing is left.
pub fn text(raw: &str) -> Observed<String> {
    if !raw.bytes().any(|byte| byte == b'\r' || byte == 0) {
        return present(raw);
    }
    present(&raw.replace("\r\n", "\n").replace('\r', "\n").replace('\0', ""))
}

/// The name that first and last name make, in the kept form; absent when both are empty.
pub fn name(first: &str, last: &str) -> Observed<String> {
    let part = |raw: &str| text(raw).present().cloned();
    let parts: Vec<String> = [first, last].into_iter().filter_map(part).collect();
    present(&parts.join(" "))
}

fn present(text: &str) -> Observed<String> {
    let text = text.trim_ascii();
    Observed::from_option((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_html_loses_is_lost() {
        let kept = |raw: &str| text(raw).present().cloned();
        assert_eq!(kept(" a\r\nb\rc\n\nd \t\n").as_deref(), Some("a\nb\nc\n\nd"));
        assert_eq!(kept("a  \u{3164} \0b").as_deref(), Some("a  \u{3164} b"));
        assert_eq!(kept("\u{2800}").as_deref(), Some("\u{2800}"));
        assert_eq!(kept(" \u{b}").as_deref(), Some("\u{b}"), "a vertical tab is no white space in HTML");
        assert_eq!(text(" \r\n\t\u{c}"), Observed::Absent);
    }

    #[test]
    fn names_are_joined_by_one_space() {
        let name = |first, last| name(first, last).present().cloned();
        assert_eq!(name("Ann", " Example ").as_deref(), Some("Ann Example"));
        assert_eq!(name(" Ann", "").as_deref(), Some("Ann"));
        assert_eq!(name("", " "), None);
    }

    proptest! {
        #[test]
        fn the_kept_form_stays_as_it_is(raw in "([ \\t\\n\\r\\x00\\x0b\\x0c]|\\PC){0,20}") {
            if let Observed::Present(once) = text(&raw) {
                prop_assert_eq!(text(&once), Observed::Present(once));
            }
        }
    }
}
