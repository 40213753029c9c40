//! Differences of two texts for people: by words, and inside a changed word by graphemes.

use similar::{ChangeTag, TextDiff as Similar};

/// Longest text that is compared; longer ones are shown as replaced as a whole, so that hostile input stays cheap.
pub const MAX_CHARS: usize = 20_000;

/// How a piece stands in the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// In both.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

/// A run of text that is the same, removed or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// How it stands.
    pub kind: PieceKind,
    /// The text itself.
    pub text: String,
}

/// The difference of two texts as a list of pieces: without the added ones they make the old text, without the removed
/// ones the new text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextDiff {
    pieces: Vec<Piece>,
}

impl TextDiff {
    /// Compares by the words of Unicode (UAX 29): the readable form.
    pub fn words(old: &str, new: &str) -> Self {
        Self::build(old, new, |old, new| collect(&Similar::from_unicode_words(old, new)))
    }

    /// Compares by user-perceived characters: shows the one letter that changed.
    pub fn graphemes(old: &str, new: &str) -> Self {
        Self::build(old, new, |old, new| collect(&Similar::from_graphemes(old, new)))
    }

    fn build(old: &str, new: &str, compare: impl Fn(&str, &str) -> Vec<Piece>) -> Self {
        let too_long = old.len().max(new.len()) > MAX_CHARS;
        let pieces = if too_long { replaced(old, new) } else { compare(old, new) };
        Self { pieces }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether the texts are the same.
    pub fn is_same(&self) -> bool {
        self.pieces.iter().all(|piece| piece.kind == PieceKind::Same)
    }
}

fn replaced(old: &str, new: &str) -> Vec<Piece> {
    let piece = |kind, text: &str| Piece { kind, text: text.to_owned() };
    if old == new {
        return vec![piece(PieceKind::Same, old)];
    }
    let mut pieces = vec![piece(PieceKind::Removed, old), piece(PieceKind::Added, new)];
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn collect(diff: &Similar<'_, '_, str>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => PieceKind::Same,
            ChangeTag::Delete => PieceKind::Removed,
            ChangeTag::Insert => PieceKind::Added,
        };
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => pieces.push(Piece { kind, text: change.value().to_owned() }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn without(diff: &TextDiff, kind: PieceKind) -> String {
        diff.pieces().iter().filter(|piece| piece.kind != kind).map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn a_changed_word_is_one_piece() {
        let diff = TextDiff::words("I like red cars", "I like blue cars");
        let changed: Vec<_> = diff.pieces().iter().filter(|p| p.kind != PieceKind::Same).collect();
        assert_eq!(changed.len(), 2);
        assert_eq!((changed[0].text.as_str(), changed[1].text.as_str()), ("red", "blue"));
    }

    #[test]
    fn graphemes_stay_whole() {
        let diff = TextDiff::graphemes("a👩‍👩‍👧b", "a👩‍👩‍👦b");
        assert!(diff.pieces().iter().any(|piece| piece.text == "👩‍👩‍👧"));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_put_together_again(old in "\\PC{0,40}", new in "\\PC{0,40}") {
            for diff in [TextDiff::words(&old, &new), TextDiff::graphemes(&old, &new)] {
                prop_assert_eq!(without(&diff, PieceKind::Added), old.clone());
                prop_assert_eq!(without(&diff, PieceKind::Removed), new.clone());
                prop_assert_eq!(diff.is_same(), old == new);
            }
        }
    }
}
