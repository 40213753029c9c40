//! Erasing a profile.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::store::{NewProfile, StoreError};

pub(super) async fn nothing_is_left_and_the_name_is_refused(store: Store) {
    let id = with_bios(&store, "someone", &["a secret", "b secret"]).await;
    let other = with_bios(&store, "other", &["a secret", "c secret"]).await;
    see(&store, id, &seen(user(&name("someone"), None), 300)).await;
    let held = claim(&store, id, 400).await;
    store.erase(id, true, at(500), &admin()).await.unwrap();
    assert_eq!(store.profile(&id.into()).await.unwrap(), None);
    assert!(store.revisions(id, 0, 9).await.unwrap().is_empty());
    assert!(store.held(None, 0, 9).await.unwrap().is_empty());
    assert_eq!(store.search("secret", 9).await.unwrap().len(), 2, "those of the other");
    assert_eq!(log(&store, id).await, [(2, None, None, true)]);
    assert!(store.changes(0, 9).await.unwrap().iter().all(|entry| entry.removed == entry.username.is_none()));
    assert_eq!(bios(&store, other).await.len(), 2);
    let check = judged(&held, Ok(&seen(user(&name("someone"), None), 510)), at(510));
    assert!(matches!(store.commit(&held, check).await, Err(StoreError::Conflict)));
    assert!(matches!(store.erase(id, true, at(501), &admin()).await, Err(StoreError::NotFound(_))));
    assert!(store.opted_out(&name("SOMEONE")).await.unwrap());
    let again = store.follow(&NewProfile::new(name("Someone")), at(600), &admin()).await;
    assert!(matches!(again, Err(StoreError::OptedOut { .. })));
    store.erase(other, false, at(601), &admin()).await.unwrap();
    follow(&store, "other").await;
}
