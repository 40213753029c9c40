//! What a revision changed, as it is told.

use crate::store::{ProfileStore, Revision, StoreResult};
use crate::{Change, Field, ProfileId, history};

/// What changed from one revision to the next.
///
/// The states say it, as a rule. A field that became known only after the revision before (from another backend, say)
/// has its old value in the change log alone; the log is asked only then.
///
/// # Errors
/// [`StoreError`](crate::store::StoreError): the log could not be read.
pub async fn changes_told(
    store: &dyn ProfileStore,
    id: ProfileId,
    before: &Revision,
    revision: &Revision,
) -> StoreResult<Vec<Change>> {
    let mut changes = history::changes_between(before, revision);
    let missing = |changes: &[Change], field: &Field| changes.iter().all(|change| change.field != *field);
    if revision.changed.iter().any(|field| missing(&changes, field)) {
        let logged = store.changes_of(id, revision.number).await?;
        let more: Vec<Change> =
            logged.into_iter().filter(|change| missing(&changes, &change.field)).collect();
        changes.extend(more);
        changes.sort_by_key(|change| change.field);
    }
    Ok(changes)
}
