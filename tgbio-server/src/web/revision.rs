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

/// Draws revisions, newest first, as what changed from each one before; `older` is the one before the last. `now` is the
/// present state, where the first of them is the newest.
pub(super) async fn entries(
    t: &'static Texts,
    store: &dyn ProfileStore,
    id: ProfileId,
    (shown, older): (&[Revision], Option<&Revision>),
    now: Option<&Profile>,
) -> StoreResult<Vec<Entry>> {
    let befores = shown.iter().skip(1).map(Some).chain([older]);
    let mut told = Vec::with_capacity(shown.len());
    for (revision, before) in shown.iter().zip(befores) {
        told.push(match before {
            Some(before) => changes_told(store, id, before, revision).await?,
            None => beginnings(revision),
        });
    }
    let states = with_pictures(shown.iter().chain(older), &told, now);
    let drawn = shown.iter().zip(&told).enumerate().map(|(at, (revision, changes))| {
        let drawn = Changes { t, id, before: states.get(at + 1), after: states.get(at) };
        entry(&drawn, revision, changes)
    });
    Ok(drawn.collect())
}

/// The states of revisions, newest first, each with its picture also where that was read only after the state was written
/// down: the photo is the same until a change tells of another.
fn with_pictures<'a>(
    revisions: impl Iterator<Item = &'a Revision>,
    told: &[Vec<Change>],
    now: Option<&Profile>,
) -> Vec<Profile> {
    let mut known = now.and_then(Profile::photo_id).cloned();
    let mut states = Vec::with_capacity(told.len() + 1);
    for (at, revision) in revisions.enumerate() {
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
        read_by: fill_plain(t.read_by, &[&revision.fetcher]),
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
