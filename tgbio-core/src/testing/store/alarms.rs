//! Alarms, and the pages that could not be judged.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use super::world::*;
use crate::alarm::{Acceptance, Alarm};
use crate::drift::SelectorRate;
use crate::store::{STRAY_PAGES, StoreError, StrayPage};
use crate::{Field, ProfileId};

pub(super) async fn alarms_are_raised_written_anew_and_ended(store: Store) {
    assert!(store.alarms().await.unwrap().is_empty());
    let alarm = |key: &str| Alarm::new(Alarm::cause_of(key).unwrap(), at(10), "12 of 30 profiles");
    let (surge, drift) = (alarm("surge/emptied:bio"), alarm("drift/scrape/verified"));
    store.set_alarm(&surge).await.unwrap();
    store.set_alarm(&drift).await.unwrap();
    let mut later = surge.clone();
    (later.seen_at, later.from, later.profiles) = (at(20), at(5), 13);
    store.set_alarm(&later).await.unwrap();
    assert_eq!(store.alarms().await.unwrap(), [drift.clone(), later.clone()]);
    let mut accepted = drift;
    for grounds in [None, Some(vec!["profiles/user".to_owned(), "canary telegram".to_owned()])] {
        accepted.accepted = Some(Acceptance { grounds, ..Acceptance::new(at(30)) });
        store.set_alarm(&accepted).await.unwrap();
        assert_eq!(store.alarms().await.unwrap(), [accepted.clone(), later.clone()]);
    }
    store.end_alarm("drift/scrape/verified").await.unwrap();
    store.end_alarm("drift/scrape/verified").await.unwrap();
    assert_eq!(store.alarms().await.unwrap().len(), 1);
}

pub(super) async fn what_was_counted_adds_up(store: Store) {
    assert!(store.selectors().await.unwrap().is_empty());
    let mut badge = SelectorRate::new("scrape", "verified-icon", Some(Field::Verified));
    let frame = SelectorRate { pages: 3, hits: 3, ..SelectorRate::new("scrape", "tgme_page_wrap", None) };
    (0..5).for_each(|_| badge.count(true, at(10)));
    (0..2).for_each(|_| badge.count(false, at(11)));
    let kept = store.count_pages(&[badge.clone(), frame.clone()]).await.unwrap();
    assert!(kept.len() == 2 && kept.contains(&badge) && kept.contains(&frame));
    let before = badge.clone();
    badge.count(false, at(12));
    badge.lost = 4;
    store.count_pages(&[badge.since(&before)]).await.unwrap();
    let kept = store.selectors().await.unwrap();
    assert!(kept.len() == 2 && kept.contains(&badge), "{kept:?}");
    let mut other = SelectorRate::new("mtproto", "profiles", Some(Field::Verified));
    other.count(true, at(13));
    assert_eq!(store.count_pages(&[other.clone()]).await.unwrap().len(), 3);
    assert!(store.count_pages(&[]).await.unwrap().contains(&other));
}

pub(super) async fn pages_that_were_not_judged_are_kept_for_a_while(store: Store) {
    let id = follow(&store, "someone").await.id;
    let page = |id: ProfileId, number: usize| {
        StrayPage::new(id, at(i64::try_from(number).unwrap()), "test", "layout", page_of(&number.to_string()))
    };
    for number in 0..STRAY_PAGES + 3 {
        store.keep_stray(&page(id, number)).await.unwrap();
    }
    let kept = store.stray_pages(usize::MAX).await.unwrap();
    assert_eq!((kept.len(), &kept[0]), (STRAY_PAGES, &page(id, STRAY_PAGES + 2)));
    assert_eq!(store.stray_pages(2).await.unwrap(), kept[..2]);
    let other = follow(&store, "other").await.id;
    store.keep_stray(&page(other, 7)).await.unwrap();
    store.erase(id, false, at(500), &admin()).await.unwrap();
    assert_eq!(store.stray_pages(9).await.unwrap(), [page(other, 7)]);
    let unknown = store.keep_stray(&page(id, 8)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}
