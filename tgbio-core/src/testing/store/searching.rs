//! Search.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::Field;
use crate::store::{ProfileQuery, is_short_text};

async fn hits(store: &Store, text: &str) -> Vec<(u64, Field)> {
    let hits = store.search(text, 99).await.unwrap();
    hits.iter().map(|hit| (hit.revision, hit.field)).collect()
}

pub(super) async fn hostile_text_is_only_text(store: Store) {
    let first = "Привет, 100% \"quoted\" AND it's <b>NEAR(x)</b>";
    let id = with_bios(&store, "someone", &[first, "second bio", "second bio", "third \u{1F600} bio"]).await;
    for (text, found) in [
        ("привет", vec![(1, Field::Bio)]),
        ("00% \"QUO", vec![(1, Field::Bio)]),
        ("\" AND", vec![(1, Field::Bio)]),
        ("it's", vec![(1, Field::Bio)]),
        ("NEAR(x)", vec![(1, Field::Bio)]),
        ("bio*", vec![]),
        ("bio: second", vec![]),
        ("привет OR second", vec![]),
        ("'; DROP TABLE profile", vec![]),
        (" bio", vec![(3, Field::Bio), (2, Field::Bio)]),
        ("\u{1F600} bi", vec![(3, Field::Bio)]),
        ("meone", vec![(1, Field::Username), (1, Field::DisplayName)]),
        ("so", vec![(3, Field::Username)]),
        ("eo", vec![]),
        ("", vec![]),
        ("\0\0\0", vec![]),
        ("%%%", vec![]),
    ] {
        assert_eq!(hits(&store, text).await, found, "{text}");
    }
    let hit = store.search("привет", 9).await.unwrap().remove(0);
    assert_eq!((hit.profile_id, hit.text.as_str(), hit.first_seen), (id, first, at(60)));
    assert_eq!(store.search("bio", 1).await.unwrap().len(), 1);
    store.remove_revision(id, 1, at(900), &admin()).await.unwrap();
    assert!(hits(&store, "привет").await.is_empty());
    assert_eq!(
        hits(&store, "meone").await,
        [(2, Field::Username), (2, Field::DisplayName)],
        "the new first one"
    );
}

pub(super) async fn a_name_is_found_however_it_is_written(store: Store) {
    let id = with_bios(&store, "ann_ex", &["see t.me/ann_ex"]).await;
    with_bios(&store, "somebody", &["a friend of 北京"]).await;
    for text in
        ["ann_ex", "@ANN_ex", "t.me/ann_ex", "https://t.me/ann_ex", "https://telegram.me/s/ann_ex/5", "@an"]
    {
        let query = ProfileQuery { text: Some(text.to_owned()), ..ProfileQuery::default() };
        let found = store.profiles(&query).await.unwrap().items;
        assert_eq!(found.iter().map(|record| record.id).collect::<Vec<_>>(), [id], "{text}");
        assert!(hits(&store, text).await.contains(&(1, Field::Username)), "{text}");
    }
    // Short texts are compared with the beginnings of names only, which is said by a rule of its own.
    for (text, short) in [("北京", true), ("ex", true), ("of 北京", false)] {
        assert_eq!((is_short_text(text), hits(&store, text).await.is_empty()), (short, short), "{text}");
    }
}
