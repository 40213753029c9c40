//! Whether what is told of a field beside the chain is what the revisions tell of it, as far as they know it.

use crate::store::Revision;
use crate::{Change, Field, FieldValue, Observed, Profile, links};

/// Fields of which more may become known without a change, so that what is known now need not be what was told. How they
/// go on is only sure from a revision to the very next one.
const GATHERED: [Field; 2] = [Field::Links, Field::Photo];

/// Whether both sides of a change are those of the revisions; of what was before, these fields are [`unsure`].
pub(super) fn says(change: &Change, (older, unsure): (&Revision, &[Field]), newer: &Revision) -> bool {
    came(change, newer) && (unsure.contains(&change.field) || was(change, older))
}

fn came(change: &Change, newer: &Revision) -> bool {
    match change.field {
        Field::Photo => {
            let mut ids = newer.profile.photo.present().into_iter().flat_map(|photo| photo.ids());
            let told = change.after.as_ref().and_then(FieldValue::as_text);
            ids.any(|id| Some(id.as_str()) == told)
        }
        field => is(&side(newer, field), field, change.after.as_ref()),
    }
}

fn was(change: &Change, older: &Revision) -> bool {
    let (field, before) = (change.field, change.before.as_ref());
    match field {
        Field::Photo => photo_was(&older.profile, before),
        Field::Links => links_were(&older.profile, before),
        field => is(&side(older, field), field, before),
    }
}

fn side(revision: &Revision, field: Field) -> Observed<FieldValue> {
    match field {
        Field::Presence => Observed::Present(revision.presence.as_str().into()),
        field => revision.profile.value(field),
    }
}

/// Whether that is the value, be it spelt otherwise, or nobody knows.
fn is(known: &Observed<FieldValue>, field: Field, told: Option<&FieldValue>) -> bool {
    match (known, told) {
        (Observed::Hidden, _) | (Observed::Absent, None) => true,
        (Observed::Present(FieldValue::Text(known)), Some(FieldValue::Text(told)))
            if field == Field::Username =>
        {
            known.eq_ignore_ascii_case(told)
        }
        // Its name may have become known, or another one.
        (Observed::Present(FieldValue::Channel(known)), Some(FieldValue::Channel(told))) => {
            !known.differs_from(told)
        }
        (Observed::Present(known), Some(told)) => known == told,
        _ => false,
    }
}

/// A source that had not named the photo yet may have done so since.
fn photo_was(older: &Profile, before: Option<&FieldValue>) -> bool {
    let Some(told) = before.and_then(FieldValue::as_text) else { return false };
    let source = told.split(':').next().unwrap_or_default();
    let known = older.photo.present().and_then(|photo| photo.id_by(source));
    known.is_none_or(|known| known.as_str() == told)
}

/// Where they are only what the bio's text says, another backend may have told the targets since.
fn links_were(older: &Profile, before: Option<&FieldValue>) -> bool {
    let told = match before {
        None => Observed::Absent,
        Some(FieldValue::Links(links)) => Observed::Present(links.clone()),
        Some(_) => return false,
    };
    let text = links::of_bio(&older.bio);
    older.links.is_hidden() || text.is_hidden() || told == older.links || older.links == text
}

/// Fields that a state, or what the next change is told to have changed from, may have otherwise than the newest revision
/// up to then: behind a revision that was removed, and of one that was corrected (`before` that it was like these), what was
/// learnt since is not known.
pub(super) fn unsure(newest: &Revision, last_number: u64, before: &[Revision]) -> Vec<Field> {
    let hidden = |field: &Field| before.iter().any(|was| was.profile.value(*field).is_hidden());
    let mut fields: Vec<Field> = Field::OF_PROFILE.into_iter().filter(hidden).collect();
    if newest.number != last_number || !before.is_empty() {
        fields.extend(GATHERED);
    }
    if !before.is_empty() {
        fields.push(Field::PersonalChannel);
    }
    fields
}

/// Whether a state goes on from the newest revision in all other fields: it may know more and never knows less.
pub(super) fn goes_on(newest: &Profile, state: &Profile, unsure: &[Field]) -> bool {
    let sure = |field: &Field| !unsure.contains(field);
    let hides = |field: Field| newest.value(field).is_known() && state.value(field).is_hidden();
    let differs = |field: Field| field != Field::Links || newest.links != links::of_bio(&state.bio);
    let other = crate::diff(newest, state).into_iter().map(|change| change.field);
    !Field::OF_PROFILE.into_iter().filter(sure).any(hides) && !other.filter(sure).any(differs)
}
