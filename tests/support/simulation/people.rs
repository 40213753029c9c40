//! People beside the poller: what they are told and what they do survives a power cut.

use tgbio_core::store::{Actor, ProfilePatch, ProfileStore};

use super::plan::DiskState;
use super::world::World;

/// Somebody asks for the changes since those that they know, if the program runs and can read its file.
pub(super) async fn ask_changes(world: &World, store: &dyn ProfileStore, runs: bool) {
    let known = world.shared().script.told.last().map_or(0, |change| change.seq);
    if runs && let Ok(told) = store.changes(known, usize::MAX >> 1).await {
        world.shared().script.told.extend(told);
    }
}

/// Somebody notes something beside one of the profiles.
pub(super) async fn note(world: &World, store: &dyn ProfileStore, runs: bool, number: usize) {
    let works = world.shared().disk == DiskState::Works;
    let mut ids: Vec<_> = world.shared().ids.iter().map(|(id, place)| (*place, *id)).collect();
    ids.sort_by_key(|(place, _)| *place);
    let (_, id) = ids[number % ids.len()];
    let note = format!("noted at {}", world.now());
    let patch = ProfilePatch { note: Some(Some(note.clone())), ..ProfilePatch::default() };
    if runs && works && store.update(id, &patch, world.now(), &Actor::system()).await.is_ok() {
        world.shared().script.notes.insert(id, note);
    }
}
