//! What the reading of a photo writes. Pure, and the same for every store.

use crate::store::{CheckRecord, NewRevision, PhotoReading, ProfileRecord};
use crate::{Change, Field, Health, Observed, Outcome, Photo, PhotoBytes, PhotoId, Presence, Profile};

/// Kept pictures per profile; the oldest go.
pub(crate) const KEPT: usize = 20;

/// The identity of a picture that was read.
pub(crate) fn id_of(bytes: &PhotoBytes) -> PhotoId {
    PhotoId::sha256(&bytes.sha256())
}

/// What a reading writes: the first identity is a baseline, another one of the same source a revision.
pub(crate) fn read(record: &ProfileRecord, reading: &PhotoReading) -> CheckRecord {
    let mut check = no_look(record, reading);
    let mut progress = record.photo.clone();
    progress.tried_at = Some(reading.at);
    let shown = record.state.as_ref().and_then(|state| Some((state, state.photo.present()?)));
    if let (Some((state, photo)), Some(bytes)) = (shown, &reading.bytes) {
        let id = id_of(bytes);
        let before = photo.id_by(id.source()).cloned();
        progress.read_url = Some(reading.url.clone());
        progress.seen_at = Some(reading.at);
        if before.as_ref() != Some(&id) {
            let url = photo.url.clone().unwrap_or_else(|| reading.url.clone());
            let seen = photo.seen_again(&Photo { id: Some(id.clone()), ..Photo::at(url) });
            let next = Profile { photo: Observed::Present(seen), ..state.clone() };
            let fetcher = record.state_fetcher.clone().unwrap_or_else(|| reading.fetcher.clone());
            check.state = Some((next.clone(), fetcher));
            if let Some(before) = before.filter(|before| before.differs_from(&id)) {
                check.revisions.push(revision(record, reading, next, (&before, &id)));
            }
        }
    }
    check.photo = Some(progress);
    check
}

/// A reading is no look: health, failures and the next look stay.
fn no_look(record: &ProfileRecord, reading: &PhotoReading) -> CheckRecord {
    let at = record.last_checked_at.unwrap_or(reading.at);
    let health = record.health.clone().unwrap_or_else(|| Health::new(Outcome::Profile, None, at));
    let next = record.next_check_at.unwrap_or(reading.at);
    CheckRecord { at, ..CheckRecord::nothing(record, health, next) }
}

fn revision(
    record: &ProfileRecord,
    reading: &PhotoReading,
    profile: Profile,
    (before, after): (&PhotoId, &PhotoId),
) -> NewRevision {
    let missing = record.presence == Presence::Missing;
    NewRevision {
        changes: vec![Change::new(Field::Photo, Some(before.as_str().into()), Some(after.as_str().into()))],
        profile,
        presence: if missing { Presence::Missing } else { Presence::Present },
        counts: record.counts,
        last_seen_before: record.photo.seen_at,
        first_seen: reading.at,
        confirmed_at: reading.at,
        fetcher: reading.fetcher.clone(),
        parser: reading.parser.clone(),
    }
}
