//! One rule for all stores: when a text is found in another.

use crate::{Field, Profile};

/// A search for fewer characters than this finds only the beginnings of current names.
pub(crate) const SHORTEST_TEXT: usize = 3;

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
        let folded = fold(text.trim().replace('\0', ""));
        let short = folded.chars().count() < SHORTEST_TEXT;
        (!folded.is_empty()).then_some(Self { folded, short })
    }

    /// Whether it stands in the text; a short one, at its beginning.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = fold(text);
        if self.short { text.starts_with(&self.folded) } else { text.contains(&self.folded) }
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
}
