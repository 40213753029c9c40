//! One entry of a history.

use tgbio_core::store::{ProfileStore, Revision, StoreResult, changes_told};
use tgbio_core::{Change, Field, FieldValue, Observed, ProfileId};

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

/// Draws revisions, newest first, as what changed from each one before; `before` the last is the one that follows.
pub(super) async fn entries(
    t: &'static Texts,
    store: &dyn ProfileStore,
    id: ProfileId,
    (shown, older): (&[Revision], Option<&Revision>),
) -> StoreResult<Vec<Entry>> {
    let befores = shown.iter().skip(1).map(Some).chain([older]);
    let mut entries = Vec::with_capacity(shown.len());
    for (revision, before) in shown.iter().zip(befores) {
        let changes = match before {
            Some(before) => changes_told(store, id, before, revision).await?,
            None => beginnings(revision),
        };
        entries.push(entry(t, id, (revision, before), &changes));
    }
    Ok(entries)
}

fn entry(
    t: &'static Texts,
    id: ProfileId,
    (revision, before): (&Revision, Option<&Revision>),
    changes: &[Change],
) -> Entry {
    let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
    let drawn =
        Changes { t, id, before: before.map(|before| &before.profile), after: Some(&revision.profile) };
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
