//! Lists of profiles.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::store::{NewProfile, Order, ProfilePatch, ProfileQuery, StoreError};
use crate::{FetchErrorKind, Observed, Presence, ProfileKind, UnreachableReason};

async fn names(store: &Store, query: ProfileQuery) -> Vec<String> {
    let page = store.profiles(&query).await.unwrap();
    page.items.iter().map(|record| record.username.as_str().to_owned()).collect()
}

fn text(wanted: &str) -> ProfileQuery {
    ProfileQuery { text: Some(wanted.to_owned()), ..ProfileQuery::default() }
}

/// Three profiles that differ in everything.
async fn three(store: &Store) {
    let mut new = NewProfile::new(name("Alpha_one"));
    new.tags = vec!["press".into()];
    let alpha = store.follow(&new, at(0), &admin()).await.unwrap().id;
    let beta = follow(store, "beta_two").await.id;
    let gamma = follow(store, "gamma_three").await.id;
    let mut profile = user(&name("Alpha_one"), Some("a"));
    profile.display_name = Observed::Present("Анна Ёлкина".into());
    see(store, alpha, &seen(profile, 10)).await;
    let mut profile = user(&name("beta_two"), Some("b"));
    profile.kind = Observed::Present(ProfileKind::Channel);
    profile.display_name = Observed::Present("100% \"real\"".into());
    see(store, beta, &seen(profile, 20)).await;
    fail(store, gamma, 30, FetchErrorKind::Unreachable(UnreachableReason::Dns)).await;
    let pause = ProfilePatch { monitored: Some(false), ..ProfilePatch::default() };
    store.update(gamma, &pause, at(40), &admin()).await.unwrap();
}

pub(super) async fn filters_select(store: Store) {
    three(&store).await;
    let all = ProfileQuery::default;
    assert_eq!(names(&store, all()).await, ["Alpha_one", "beta_two", "gamma_three"]);
    let kind = ProfileQuery { kind: Some(ProfileKind::Channel), ..all() };
    assert_eq!(names(&store, kind).await, ["beta_two"]);
    let tag = ProfileQuery { tag: Some("press".into()), ..all() };
    assert_eq!(names(&store, tag).await, ["Alpha_one"]);
    let presence = ProfileQuery { presence: Some(Presence::Unknown), ..all() };
    assert_eq!(names(&store, presence).await, ["gamma_three"]);
    assert_eq!(names(&store, ProfileQuery { failing: true, ..all() }).await, ["gamma_three"]);
    let monitored = ProfileQuery { monitored: Some(true), kind: Some(ProfileKind::User), ..all() };
    assert_eq!(names(&store, monitored).await, ["Alpha_one"]);
    for (wanted, found) in [
        ("ALPHA", vec!["Alpha_one"]),
        ("ёлк", vec!["Alpha_one"]),
        ("_t", vec![]),
        ("_tw", vec!["beta_two"]),
        ("a", vec!["Alpha_one"]),
        ("ан", vec!["Alpha_one"]),
        ("100%", vec!["beta_two"]),
        ("%", vec![]),
        ("___", vec![]),
        ("\"real\"", vec!["beta_two"]),
        ("' OR 1=1", vec![]),
        ("real* OR alpha", vec![]),
        (" \0", vec!["Alpha_one", "beta_two", "gamma_three"]),
    ] {
        assert_eq!(names(&store, text(wanted)).await, found, "{wanted}");
    }
    let both = ProfileQuery { kind: Some(ProfileKind::User), ..text("one") };
    assert_eq!(names(&store, both).await, ["Alpha_one"]);
}

pub(super) async fn pages_stay_good_while_rows_come_and_go(store: Store) {
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(follow(&store, &format!("profile{number}")).await.id);
    }
    let query = ProfileQuery { limit: 2, ..ProfileQuery::default() };
    let first = store.profiles(&query).await.unwrap();
    assert_eq!(first.items.iter().map(|record| record.id).collect::<Vec<_>>(), ids[..2]);
    store.erase(ids[1], false, at(1), &admin()).await.unwrap();
    store.erase(ids[2], false, at(1), &admin()).await.unwrap();
    let newest = follow(&store, "profile9").await.id;
    let second = ProfileQuery { cursor: first.next_cursor.clone(), limit: 9, ..query.clone() };
    let page = store.profiles(&second).await.unwrap();
    assert_eq!(
        page.items.iter().map(|record| record.id).collect::<Vec<_>>(),
        [ids[3], ids[4], ids[5], newest]
    );
    assert_eq!(page.next_cursor, None);
    let wrong = ProfileQuery { cursor: first.next_cursor, order: Order::Username, ..query.clone() };
    assert!(matches!(store.profiles(&wrong).await, Err(StoreError::BadCursor)));
    let forged = ProfileQuery { cursor: Some("x'--".into()), ..query };
    assert!(matches!(store.profiles(&forged).await, Err(StoreError::BadCursor)));
}

pub(super) async fn every_order_is_complete(store: Store) {
    for text in ["delta", "Bravo", "alpha", "Charlie"] {
        with_bios(&store, text, &["a"]).await;
    }
    for (seconds, text) in [(500, "alpha"), (600, "delta")] {
        let id = store.profile(&name(text).into()).await.unwrap().unwrap().id;
        see_bio(&store, id, seconds, "b").await;
    }
    for (order, expected) in [
        (Order::Followed, ["delta", "Bravo", "alpha", "Charlie"]),
        (Order::Username, ["alpha", "Bravo", "Charlie", "delta"]),
        (Order::LastChanged, ["delta", "alpha", "Charlie", "Bravo"]),
    ] {
        for filter in [ProfileQuery::default(), ProfileQuery { kind: Some(ProfileKind::User), ..text("l") }] {
            let mut query = ProfileQuery { order, limit: 1, text: None, ..filter };
            let mut found = Vec::new();
            loop {
                let page = store.profiles(&query).await.unwrap();
                found.extend(page.items.iter().map(|record| record.username.as_str().to_owned()));
                match page.next_cursor {
                    Some(cursor) => query.cursor = Some(cursor),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{order:?}");
        }
    }
}
