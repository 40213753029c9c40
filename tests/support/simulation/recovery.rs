//! What is looked at in a database that is opened after a power cut.

use tgbio_core::ProfileId;
use tgbio_core::store::{ProfileRecord, ProfileStore, SqliteStore, StoreError};

use super::disk::Disk;
use super::world::World;

/// What does not hold of it, in words.
pub(super) async fn broken(disk: &Disk, world: &World) -> Result<Vec<String>, StoreError> {
    let Some(store) = disk.files().map(|files| files.store().clone()) else { return Ok(Vec::new()) };
    let mut broken = store.check_integrity().await?;
    if let Some(link) = store.verify_chain().await?.broken {
        broken.push(format!("the chain is broken: {link:?}"));
    }
    let ids: Vec<(ProfileId, usize)> = world.shared().ids.iter().map(|(id, place)| (*id, *place)).collect();
    for (id, place) in ids {
        let Some(record) = store.profile(&id.into()).await? else {
            broken.push(format!("FOLLOWED: profile {place} is not there"));
            continue;
        };
        let wrong =
            [last_look(&record, place, world), noted(&record, world), revisions(&store, &record).await?];
        broken.extend(wrong.into_iter().flatten().map(|words| format!("profile {place}: {words}")));
    }
    let now = world.now();
    Ok(broken.into_iter().map(|words| format!("POWER: after the cut of {now}: {words}")).collect())
}

/// Every look that was not undone is there, and no other.
fn last_look(record: &ProfileRecord, place: usize, world: &World) -> Option<String> {
    let (expected, found) = (world.last_written(place), record.last_checked_at);
    let is_right = found.map_or(expected.is_empty(), |found| expected.contains(&found));
    (!is_right).then(|| format!("the last look is {found:?} and should be one of {expected:?}"))
}

fn noted(record: &ProfileRecord, world: &World) -> Option<String> {
    let noted = world.shared().script.notes.get(&record.id).cloned();
    (record.note != noted).then(|| format!("NOTED: the note is {:?} and was {noted:?}", record.note))
}

/// None is missing in between, nor at the end of those that the record counts.
async fn revisions(store: &SqliteStore, record: &ProfileRecord) -> Result<Option<String>, StoreError> {
    let rows = store.revisions(record.id, 0, usize::MAX >> 1).await?;
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    let whole = numbers.iter().copied().eq(1..=record.revisions);
    Ok((!whole).then(|| format!("of {} revisions these are there: {numbers:?}", record.revisions)))
}
