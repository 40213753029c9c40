//! One rule for all stores: when a text is found in another.

use crate::{Field, Profile, Username};

/// A search for fewer characters than this finds only the beginnings of current names.
const SHORTEST_TEXT: usize = 3;

/// Whether a text to look for is so short that only the beginnings of current usernames and display names are compared
/// with it: one of one or two characters.
pub fn is_short_text(text: &str) -> bool {
    Needle::new(text).is_some_and(|needle| needle.short)
}

/// Without regard to case, character by character.
pub(crate) fn fold(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let mut folded = String::with_capacity(text.len());
    for char in text.chars() {
        // Most are, and the rule for all of Unicode is slow.
        if char.is_ascii() {
            folded.push(char.to_ascii_lowercase());
        } else {
            folded.extend(char.to_lowercase());
        }
    }
    folded
}

/// A text to look for.
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    /// The text without regard to case.
    pub folded: String,
    /// It is so short that it is looked for at the beginning only.
    pub short: bool,
}

impl Needle {
    /// `None` when there is nothing to look for.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = text.trim().replace('\0', "");
        let folded = fold(named(text.trim()));
        let short = folded.chars().count() < SHORTEST_TEXT;
        (!folded.is_empty()).then_some(Self { folded, short })
    }

    /// Whether it stands in the text; a short one, at its beginning.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = fold(text);
        if self.short { text.starts_with(&self.folded) } else { text.contains(&self.folded) }
    }
}

/// The name in a link or behind an `@`, so that it is found where it stands alone; every other text as it is.
fn named(text: &str) -> String {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    match (text.strip_prefix('@').filter(|name| is_name(name)), Username::parse(text)) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(name)) => name.as_str().to_owned(),
        (None, Err(_)) => text.to_owned(),
    }
}

/// The texts of a state that a search looks at.
pub(crate) fn texts(profile: &Profile) -> [(Field, Option<&str>); 3] {
    [
        (Field::Username, Some(profile.username.as_str())),
        (Field::DisplayName, profile.display_name.present().map(String::as_str)),
        (Field::Bio, profile.bio.present().map(String::as_str)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_in_any_script() {
        assert!(Needle::new("ПРИВ").unwrap().is_in("скажи привет"));
        assert!(!Needle::new("ве").unwrap().is_in("привет"));
        assert!(Needle::new("ПР").unwrap().is_in("привет"));
        assert!(Needle::new(" \0 ").is_none());
    }

    #[test]
    fn a_name_is_looked_for_however_it_is_written() {
        for text in ["ann_ex", "@Ann_ex", " t.me/ann_ex ", "https://t.me/s/ann_ex?before=1", "ann_ex.t.me"] {
            assert_eq!(Needle::new(text).unwrap().folded, "ann_ex", "{text}");
        }
        for text in ["@", "@привет", "t.me/", "t.me/+AbCdEf", "example.org/ann_ex", "a b"] {
            assert_eq!(Needle::new(text).unwrap().folded, fold(text), "{text}");
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for short in ["😀", "北京", "@ca", " ex "] {
            assert!(is_short_text(short), "{short}");
        }
        for other in ["", "王小明", "@ann"] {
            assert!(!is_short_text(other), "{other}");
        }
    }
}
