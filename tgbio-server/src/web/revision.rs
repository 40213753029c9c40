//! One entry of a history.

use tgbio_core::store::{ProfileStore, Revision, StoreResult, changes_told};
use tgbio_core::{Change, Field, FieldValue, Observed, PhotoId, Profile, ProfileId};

use super::change::Changes;
use super::html::{Html, fill, fill_plain};
use super::texts::Texts;
use super::times;

/// An entry as the page shows it.
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) when: Html,
    pub(super) held: Option<Html>,
    pub(super) corrected: Option<Html>,
    pub(super) changes: Html,
    pub(super) read_by: String,
    pub(super) evidence: bool,
    pub(super) remove: String,
}

/// Revisions that are drawn, newest first, and what stands beside them.
pub(super) struct Shown<'a> {
    /// The one that follows the first.
    pub(super) newer: Option<&'a Revision>,
    pub(super) revisions: &'a [Revision],
    /// The one before the last.
    pub(super) older: Option<&'a Revision>,
    /// The present state, where nothing follows the first.
    pub(super) now: Option<&'a Profile>,
}

/// Draws revisions, newest first, as what changed from each one before.
pub(super) async fn entries(
    t: &'static Texts,
    store: &dyn ProfileStore,
    id: ProfileId,
    shown: &Shown<'_>,
) -> StoreResult<Vec<Entry>> {
    let all: Vec<&Revision> = shown.newer.into_iter().chain(shown.revisions).chain(shown.older).collect();
    let unseen = usize::from(shown.newer.is_some());
    let mut told = Vec::with_capacity(all.len());
    for at in 0..unseen + shown.revisions.len() {
        told.push(match all.get(at + 1) {
            Some(before) => changes_told(store, id, before, all[at]).await?,
            None => beginnings(all[at]),
        });
    }
    let states = with_pictures(&all, &told, shown.now);
    let drawn = shown.revisions.iter().zip(unseen..).map(|(revision, at)| {
        let drawn = Changes { t, id, before: states.get(at + 1), after: states.get(at) };
        entry(&drawn, revision, &told[at])
    });
    Ok(drawn.collect())
}

/// The states of revisions, newest first, each with its picture also where that was read only after the state was written
/// down: the photo is the same until a change tells of another.
fn with_pictures(revisions: &[&Revision], told: &[Vec<Change>], now: Option<&Profile>) -> Vec<Profile> {
    let mut known = now.and_then(Profile::photo_id).cloned();
    let mut states = Vec::with_capacity(told.len() + 1);
    for (at, revision) in revisions.iter().enumerate() {
        let mut state = revision.profile.clone();
        if let Observed::Present(photo) = &mut state.photo {
            photo.id = photo.id.take().or(known);
        }
        let replaced = told.get(at).and_then(|told| told.iter().find(|change| change.field == Field::Photo));
        known = match replaced {
            Some(change) => change.before.as_ref().and_then(FieldValue::as_text).and_then(picture),
            None => state.photo_id().cloned(),
        };
        states.push(state);
    }
    states
}

/// The photo of this name, where that is the hash of its bytes.
fn picture(name: &str) -> Option<PhotoId> {
    let mut hash = [0; 32];
    hex::decode_to_slice(name.strip_prefix("sha256:")?, &mut hash).ok()?;
    Some(PhotoId::sha256(&hash))
}

fn entry(drawn: &Changes<'_>, revision: &Revision, changes: &[Change]) -> Entry {
    let (t, before) = (drawn.t, drawn.before);
    let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
    Entry {
        number: revision.number,
        title: match before {
            None => t.first_revision.to_owned(),
            Some(_) if fields.is_empty() => t.no_change.to_owned(),
            Some(_) => t.fields(&fields),
        },
        when: times::interval(t, revision),
        held: times::held_until(t, revision),
        corrected: revision.corrected_at.map(|at| fill(t.history_corrected, &[&times::time(t, at)])),
        changes: if before.is_some() { drawn.draw(changes, true) } else { drawn.first(changes) },
        read_by: fill_plain(t.read_by, &[t.source(&revision.fetcher)]),
        evidence: revision.evidence_sha256.is_some(),
        remove: fill_plain(t.remove_revision, &[&revision.number.to_string()]),
    }
}

/// What the first revision has to show: everything that is there.
fn beginnings(revision: &Revision) -> Vec<Change> {
    let shown = |field: &Field| {
        !matches!(field, Field::Links | Field::Username | Field::UsernameOwner | Field::Photo)
    };
    let fields = Field::OF_PROFILE.into_iter().filter(shown);
    fields
        .filter_map(|field| match revision.profile.value(field) {
            Observed::Present(FieldValue::Flag(false)) => None,
            Observed::Present(value) => Some(Change::new(field, None, Some(value))),
            _ => None,
        })
        .collect()
}
