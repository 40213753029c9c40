//! One call for a hundred profiles tells whose names, photo or badges have moved.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, NewProfile, ProfileStore};
use tgbio_core::{Clock, Field, ProfileFetcher, Target, Tracker};
use tgbio_fetch::MtprotoFetcher;
use tgbio_server::poll::glances;
use tgbio_testkit::dc::{Options, Photo, Profile, Refusal, Stale, Times};
use tokio_util::sync::CancellationToken;

use super::{Home, name, numbered};

async fn followed(home: &Home, fetcher: &MtprotoFetcher, count: usize) -> Vec<Target> {
    let mut targets = Vec::new();
    for at in 0..count {
        let text = format!("many_{at}");
        let id = match at % 2 {
            0 => home.truth.set(Profile::user(&text, "Many").photo(1)),
            _ => home.truth.set(Profile::channel(&text, "Many", 5).photo(1)),
        };
        let target = numbered(&text, id);
        fetcher.fetch(&target).await.unwrap();
        targets.push(target);
    }
    targets
}

fn id(target: &Target) -> i64 {
    target.telegram_id.unwrap().cast_signed()
}

#[tokio::test]
async fn only_those_who_moved_are_told() {
    let home = Home::new().await;
    let fetcher = home.fetcher().await;
    let targets = followed(&home, &fetcher, 240).await;
    home.dc.clear_log();
    assert_eq!(fetcher.glance(&targets).await.unwrap(), [], "nothing has moved");
    assert_eq!((home.dc.count("users.getUsers"), home.dc.count("channels.getChannels")), (2, 2));
    home.truth.update(id(&targets[0]), |one| one.photo = Some(Photo::new(2)));
    home.truth.rename(id(&targets[1]), "moved_away");
    home.truth.update(id(&targets[100]), |one| one.scam = true);
    home.truth.update(id(&targets[101]), |one| (one.bio, one.members) = (Some("new".into()), Some(6)));
    let moved = fetcher.glance(&targets).await.unwrap();
    assert_eq!(moved, [targets[0].clone(), targets[100].clone(), targets[1].clone()], "a bio does not show");
    for target in &moved {
        fetcher.fetch(target).await.unwrap();
    }
    assert_eq!(fetcher.glance(&targets).await.unwrap(), [], "they were looked at since");
}

#[tokio::test]
async fn one_wrong_id_does_not_hide_the_others() {
    for stale in [Stale::Refused, Stale::LeftOut, Stale::Empty] {
        let home = Home::with(Options::default().stale(stale)).await;
        let fetcher = home.fetcher().await;
        let targets = followed(&home, &fetcher, 20).await;
        home.dc.change_access_hash(id(&targets[6]));
        home.truth.update(id(&targets[8]), |one| one.verified = true);
        let moved = fetcher.glance(&targets).await.unwrap();
        assert_eq!(moved, [targets[6].clone(), targets[8].clone()], "{stale:?}");
    }
}

#[tokio::test]
async fn a_round_looks_at_those_who_moved() {
    let home = Home::new().await;
    let fetcher = Arc::new(home.fetcher().await);
    let store = Arc::new(home.store.clone());
    let clock = Arc::new(home.clock.clone());
    let tracker = Tracker::builder(fetcher.clone(), store.clone()).clock(clock).build();
    let mut followed = Vec::new();
    for at in 0..120 {
        let id = home.truth.set(Profile::user(&format!("many_{at}"), "Many"));
        let new = NewProfile::new(name(&format!("many_{at}")));
        let record = store.follow(&new, home.clock.now(), &Actor::system()).await.unwrap();
        if at > 0 {
            tracker.check_now(record.id).await.unwrap();
        }
        followed.push((record.id, id));
    }
    home.dc.clear_log();
    home.truth.rename(followed[7].1, "moved_away");
    home.clock.advance(Duration::from_secs(60));
    let round = fetcher.glance_round(&tracker).await.unwrap();
    assert_eq!((round.glanced, round.moved), (119, 1), "the one that was never seen has no id");
    assert_eq!(home.dc.count("users.getUsers"), 2);
    assert_eq!(home.dc.count("users.getFullUser"), 1);
    let renamed = store.profile(&followed[7].0.into()).await.unwrap().unwrap();
    assert_eq!(renamed.username, name("moved_away"));
    let again = fetcher.glance_round(&tracker).await.unwrap();
    assert_eq!((again.glanced, again.moved), (119, 0));
}

#[tokio::test]
async fn one_kind_that_must_wait_does_not_stop_the_other() {
    let cases = [("users.getUsers", "news_example"), ("channels.getChannels", "ann_example")];
    for (waits, goes_on) in cases {
        let home = Home::new().await;
        let fetcher = Arc::new(home.fetcher().await);
        let store = Arc::new(home.store.clone());
        let clock = Arc::new(home.clock.clone());
        let tracker = Tracker::builder(fetcher.clone(), store.clone()).clock(clock).build();
        let ids = [
            home.truth.set(Profile::user("ann_example", "Ann")),
            home.truth.set(Profile::channel("news_example", "News", 1)),
        ];
        for text in ["ann_example", "news_example"] {
            tracker.follow(&NewProfile::new(name(text)), true, &Actor::system()).await.unwrap();
        }
        assert!(ids.iter().all(|id| home.truth.update(*id, |one| one.verified = true)));
        home.clock.advance(Duration::from_secs(60));
        home.dc.fault(waits, Refusal::flood_wait(600), Times::Once);
        for _ in 0..2 {
            let failed = fetcher.glance_round(&tracker).await.unwrap_err();
            assert!(failed.to_string().contains("600 s"), "{failed}");
        }
        let seen = store.profile(&name(goes_on).into()).await.unwrap().unwrap();
        assert_eq!(seen.revisions, 2, "{waits} must wait");
        home.clock.advance(Duration::from_secs(600));
        assert_eq!(fetcher.glance_round(&tracker).await.unwrap().moved, 1, "the rest");
    }
}

/// What the server does beside its poller: a round that fails does not end the rounds.
#[tokio::test]
async fn the_server_makes_rounds_until_it_stops() {
    let home = Home::new().await;
    let fetcher = Arc::new(home.fetcher().await);
    let store = Arc::new(home.store.clone());
    let (told, mut looks) = tokio::sync::mpsc::unbounded_channel();
    let tracker = Tracker::builder(fetcher.clone(), store)
        .clock(Arc::new(home.clock.clone()))
        .on_checked(move |checked| drop(told.send(checked.changed.clone())))
        .build();
    let ann = home.truth.set(Profile::user("ann_example", "Ann"));
    tracker.follow(&NewProfile::new(name("ann_example")), true, &Actor::system()).await.unwrap();
    looks.recv().await.unwrap();
    home.dc.fault("users.getUsers", Refusal::internal(), Times::Count(3));
    home.truth.rename(ann, "moved_away");
    home.clock.advance(Duration::from_secs(60));
    let stop = CancellationToken::new();
    let rounds = tokio::spawn(glances(fetcher, tracker, Duration::from_millis(5), stop.clone()));
    assert_eq!(looks.recv().await.unwrap(), [Field::Username]);
    stop.cancel();
    rounds.await.unwrap();
    assert!(home.dc.count("users.getUsers") > 3);
}
