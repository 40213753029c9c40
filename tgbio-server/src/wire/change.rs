//! Changes in JSON: what differs, the change log, and the difference of two revisions.

use poem_openapi::Object;
use serde::Serialize;
use serde_json::Value;
use tgbio_core::{FieldValue, PieceKind, TextDiff, store};
use uuid::Uuid;

use super::Time;

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Change")]
pub struct Change {
    /// The field's name.
    pub field: String,
    /// The value before, in the field's own type (text, number, flag, list of names or of links); `null` is nothing.
    pub before: Value,
    /// The value after, likewise.
    pub after: Value,
}

/// An entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "LoggedChange")]
pub struct LoggedChange {
    /// Its place in the log, from 1, never used again.
    pub seq: u64,
    /// Whose.
    pub profile_id: Uuid,
    /// The username at the time; `null` when the profile was erased since.
    #[oai(nullable)]
    pub username: Option<String>,
    /// The revision's number.
    pub revision: u64,
    /// The field's name.
    pub field: String,
    /// The value before, in the field's own type; `null` is nothing, or removed.
    pub before: Value,
    /// The value after, likewise.
    pub after: Value,
    /// When the old value was last seen.
    #[oai(nullable)]
    pub last_seen_before: Option<Time>,
    /// When the new value was first seen.
    pub first_seen: Time,
    /// It was removed later, and both values with it.
    pub removed: bool,
}

/// A piece of the change log.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ChangePage")]
pub struct ChangePage {
    /// The entries, oldest first.
    pub items: Vec<LoggedChange>,
    /// What to send as `after` to go on: the last `seq` of this page, or what was asked when nothing is new.
    pub next_after: u64,
}

/// A piece of a text's difference. Without the added pieces the old text can be put together, without the removed
/// ones the new.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Piece")]
pub struct Piece {
    /// `same`, `removed` or `added`.
    pub kind: String,
    /// The text.
    pub text: String,
}

/// What differs in one field.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "FieldDifference")]
pub struct FieldDifference {
    /// The field's name.
    pub field: String,
    /// The value in `from`, in the field's own type; `null` is nothing.
    pub before: Value,
    /// The value in `to`, likewise.
    pub after: Value,
    /// The difference by words, for display names and bios; `null` for other fields.
    #[oai(nullable)]
    pub pieces: Option<Vec<Piece>>,
}

/// What differs between two revisions of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "RevisionDiff")]
pub struct RevisionDiff {
    /// Number of the revision that is compared.
    pub from: u64,
    /// Number of the revision it is compared with.
    pub to: u64,
    /// The fields that both know and that differ.
    pub changes: Vec<FieldDifference>,
}

/// A value in the JSON type of its field.
pub(super) fn json(value: Option<&FieldValue>) -> Value {
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default()
}

impl From<&tgbio_core::Change> for Change {
    fn from(change: &tgbio_core::Change) -> Self {
        Self {
            field: change.field.to_string(),
            before: json(change.before.as_ref()),
            after: json(change.after.as_ref()),
        }
    }
}

impl From<&store::LoggedChange> for LoggedChange {
    fn from(change: &store::LoggedChange) -> Self {
        Self {
            seq: change.seq,
            profile_id: change.profile_id.uuid(),
            username: change.username.as_ref().map(ToString::to_string),
            revision: change.revision,
            field: change.field.to_string(),
            before: json(change.before.as_ref()),
            after: json(change.after.as_ref()),
            last_seen_before: change.last_seen_before.map(Time),
            first_seen: change.first_seen.into(),
            removed: change.removed,
        }
    }
}

impl FieldDifference {
    fn new(change: &tgbio_core::Change) -> Self {
        let Change { field, before, after } = change.into();
        let text =
            |value: &Option<FieldValue>| value.as_ref().and_then(FieldValue::as_text).map(str::to_owned);
        let prose = matches!(change.field, tgbio_core::Field::Bio | tgbio_core::Field::DisplayName);
        let pieces = prose.then(|| {
            let (old, new) = (text(&change.before), text(&change.after));
            pieces(&TextDiff::words(&old.unwrap_or_default(), &new.unwrap_or_default()))
        });
        Self { field, before, after, pieces }
    }
}

fn pieces(diff: &TextDiff) -> Vec<Piece> {
    let kind = |kind| match kind {
        PieceKind::Same => "same",
        PieceKind::Removed => "removed",
        PieceKind::Added => "added",
    };
    diff.pieces()
        .iter()
        .map(|piece| Piece { kind: kind(piece.kind).to_owned(), text: piece.text.clone() })
        .collect()
}

impl RevisionDiff {
    /// Compares two revisions of the same profile.
    pub fn between(from: &store::Revision, to: &store::Revision) -> Self {
        let changes = tgbio_core::history::changes_between(from, to);
        Self { from: from.number, to: to.number, changes: changes.iter().map(FieldDifference::new).collect() }
    }
}
