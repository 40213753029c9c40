//! Profiles are followed by id: one look-up per name, renames, names that others have taken over.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use tgbio_core::store::{Actor, NewProfile, ProfileStore, StoreError};
use tgbio_core::{
    Birthday, Clock, FetchErrorKind, Field, Observed, PersonalChannel, ProfileFetcher, ProfileFetcherExt,
    ProfileKind, Tracker, UnrecognisedReason,
};
use tgbio_testkit::dc::{self, Profile};

use super::{Home, bio, kind, name, named, numbered};

const OTHER: FetchErrorKind = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);

#[tokio::test]
async fn all_fields_are_read() {
    let home = Home::new().await;
    let channel = home.truth.set(Profile::channel("anns_channel", "Ann's", 12));
    let mut ann = Profile::user("Ann_Example", " Ann ").last_name("Example").bio("see @durov\r\n").photo(3);
    (ann.premium, ann.fake, ann.emoji_status) = (true, true, Some(77));
    ann.birthday = Some(dc::Birthday { day: 29, month: 2, year: None });
    ann.personal_channel = Some(channel);
    ann.business_intro = Some(("Shop".into(), "Open".into()));
    let id = home.truth.set(ann.also("ann_second"));
    let fetcher = home.fetcher().await;
    let seen = fetcher.fetch(&named("ann_example")).await.unwrap();
    let profile = &seen.profile;
    assert_eq!(profile.username.as_str(), "Ann_Example");
    assert_eq!(profile.usernames, Observed::Present(vec![name("ann_second")]));
    assert_eq!(profile.telegram_id, Observed::Present(id.unsigned_abs()));
    assert_eq!(profile.kind, Observed::Present(ProfileKind::User));
    assert_eq!(profile.display_name, Observed::Present("Ann Example".into()));
    assert_eq!(profile.bio, Observed::Present("see @durov".into()));
    assert_eq!(profile.links.present().unwrap()[0].url, "https://t.me/durov");
    assert!(profile.photo_id().unwrap().as_str().starts_with("telegram:"));
    assert_eq!((profile.verified, profile.fake), (Observed::Present(false), Observed::Present(true)));
    assert_eq!((profile.scam, profile.premium), (Observed::Present(false), Observed::Present(true)));
    assert_eq!(profile.emoji_status, Observed::Present(77));
    assert_eq!(profile.birthday, Observed::from_option(Birthday::new(29, 2, None)));
    let channel = PersonalChannel::new(channel.unsigned_abs(), Some(name("anns_channel")));
    assert_eq!(profile.personal_channel, Observed::Present(channel));
    assert_eq!(profile.business_intro.present().unwrap().to_string(), "Shop\nOpen");
    let second = fetcher.fetch(&named("ann_second")).await.unwrap().profile;
    assert_eq!(second.username.as_str(), "ann_second");
    assert_eq!(second.usernames, Observed::Present(vec![name("ann_example")]));
    assert_eq!(home.dc.count("contacts.resolveUsername"), 1, "both names were in the first answer");
}

#[tokio::test]
async fn counts_belong_to_their_kind() {
    let home = Home::new().await;
    let talk = home.truth.set(Profile::group("a_group", "Group", 90));
    home.truth.update(talk, |group| group.online = Some(7));
    let mut channel = Profile::channel("a_channel", "Channel", 5_678);
    channel.linked_chat = Some(talk);
    home.truth.set(channel);
    let robot = home.truth.set(Profile::bot("a_robot", "Robot"));
    home.truth.update(robot, |bot| bot.monthly_users = Some(44));
    let fetcher = home.fetcher().await;
    let group = fetcher.fetch(&named("a_group")).await.unwrap();
    let channel = fetcher.fetch(&named("a_channel")).await.unwrap();
    let bot = fetcher.fetch(&named("a_robot")).await.unwrap();
    let number = Observed::Present;
    assert_eq!((group.counts.members, group.counts.online), (number(90), number(7)));
    assert_eq!((channel.counts.subscribers, channel.counts.members), (number(5_678), Observed::Hidden));
    assert_eq!(channel.profile.linked_chat, number(talk.unsigned_abs()));
    assert_eq!(channel.profile.premium, Observed::Hidden);
    assert_eq!(bot.counts.monthly_users, number(44));
    assert_eq!(bot.profile.kind, Observed::Present(ProfileKind::Bot));
}

#[tokio::test]
async fn a_name_is_looked_up_once_also_after_a_restart() {
    let home = Home::new().await;
    let id = home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    home.truth.set(Profile::channel("news_example", "News", 1).bio("two"));
    let fetcher = home.fetcher().await;
    assert_eq!(bio(&fetcher, &named("ann_example")).await, Observed::Present("one".into()));
    assert_eq!(bio(&fetcher, &named("news_example")).await, Observed::Present("two".into()));
    drop(fetcher);
    home.truth.update(id, |ann| ann.bio = Some("three".into()));
    let fetcher = home.fetcher().await;
    for target in [named("Ann_Example"), numbered("ann_example", id)] {
        assert_eq!(bio(&fetcher, &target).await, Observed::Present("three".into()));
    }
    bio(&fetcher, &named("news_example")).await;
    assert_eq!(home.dc.count("contacts.resolveUsername"), 2);
    assert_eq!(fetcher.status().resolves, 2, "what was spent is remembered");
    assert_eq!(home.dc.count("users.getUsers"), 1, "who is signed in was asked once");
}

#[tokio::test]
async fn many_at_once_share_one_look_up() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let fetcher = home.fetcher().await;
    let target = named("ann_example");
    let looks = (0..300).map(|_| fetcher.fetch(&target));
    assert!(join_all(looks).await.iter().all(Result::is_ok));
    assert_eq!(home.dc.count("contacts.resolveUsername"), 1);
    assert_eq!(home.dc.count("users.getFullUser"), 300);
}

#[tokio::test]
async fn ten_thousand_known_profiles_need_no_look_up() {
    let home = Home::new().await;
    home.dc.count_only(true);
    let names: Vec<_> = (0..10_000).map(|at| format!("steady_{at}")).collect();
    for name in &names {
        home.truth.set(Profile::user(name, "Steady"));
    }
    let fetcher = home.fetcher().await;
    let all = |targets: Vec<_>| async {
        fetcher.fetch_all(targets, 64).all(|(_, a)| async move { a.is_ok() }).await
    };
    assert!(all(names.iter().map(|name| named(name)).collect()).await);
    home.dc.clear_log();
    assert!(all(names.iter().map(|name| named(name)).collect()).await);
    assert_eq!(home.dc.count("contacts.resolveUsername"), 0);
    assert_eq!(home.dc.count("users.getFullUser"), 10_000);
}

#[tokio::test]
async fn a_rename_is_followed_by_id() {
    let home = Home::new().await;
    let id = home.truth.set(Profile::user("before_name", "Ann").bio("same"));
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("before_name")).await.unwrap();
    home.truth.rename(id, "after_name");
    let seen = fetcher.fetch(&numbered("before_name", id)).await.unwrap().profile;
    assert_eq!(seen.username, name("after_name"));
    assert_eq!(seen.owner(), Observed::Present(id.unsigned_abs()));
    assert_eq!(bio(&fetcher, &named("after_name")).await, Observed::Present("same".into()));
    assert_eq!(home.dc.count("contacts.resolveUsername"), 1);
    assert!(fetcher.capabilities().follows_renames);
    assert!(fetcher.capabilities().fields.contains(&Field::Usernames));
}

#[tokio::test]
async fn a_name_that_another_has_taken_over_is_never_merged() {
    let home = Home::new().await;
    let id = home.truth.set(Profile::user("wanted_name", "Ann"));
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("wanted_name")).await.unwrap();
    let thief = home.truth.set(Profile::user("wanted_name", "Thief"));
    let nameless = fetcher.fetch(&numbered("wanted_name", id)).await.unwrap().profile;
    assert_eq!(nameless.telegram_id, Observed::Present(id.unsigned_abs()));
    assert_eq!(nameless.display_name, Observed::Present("Ann".into()));
    assert_eq!(nameless.username_owner, Observed::Absent, "who has the name was not asked");
    let now = fetcher.fetch(&named("wanted_name")).await.unwrap().profile;
    assert_eq!(now.telegram_id, Observed::Present(thief.unsigned_abs()), "without an id the name decides");
    let nameless = fetcher.fetch(&numbered("wanted_name", id)).await.unwrap().profile;
    assert_eq!(nameless.username_owner, Observed::Present(thief.unsigned_abs()));
    assert_eq!(nameless.telegram_id, Observed::Present(id.unsigned_abs()));
}

#[tokio::test]
async fn a_stale_hash_is_looked_up_again() {
    let home = Home::new().await;
    let id = home.truth.set(Profile::user("ann_example", "Ann").bio("one"));
    let channel = home.truth.set(Profile::channel("news_example", "News", 1).bio("two"));
    let fetcher = home.fetcher().await;
    for (id, text) in [(id, "ann_example"), (channel, "news_example")] {
        fetcher.fetch(&named(text)).await.unwrap();
        home.dc.change_access_hash(id);
        fetcher.fetch(&numbered(text, id)).await.unwrap();
        fetcher.fetch(&numbered(text, id)).await.unwrap();
    }
    assert_eq!(home.dc.count("contacts.resolveUsername"), 4);
}

#[tokio::test]
async fn an_id_that_is_gone_is_not_mistaken_for_who_has_its_name() {
    let home = Home::new().await;
    let id = home.truth.set(Profile::user("wanted_name", "Ann"));
    let fetcher = home.fetcher().await;
    fetcher.fetch(&named("wanted_name")).await.unwrap();
    home.truth.remove(id);
    home.truth.set(Profile::user("wanted_name", "Thief"));
    assert_eq!(kind(fetcher.fetch(&numbered("wanted_name", id)).await), OTHER);
    assert_eq!(kind(fetcher.fetch(&numbered("wanted_name", id).only_by_id(true)).await), OTHER);
}

#[tokio::test]
async fn deleted_and_closed_profiles_are_not_found() {
    let home = Home::new().await;
    let ann = home.truth.set(Profile::user("ann_example", "Ann"));
    let news = home.truth.set(Profile::channel("news_example", "News", 1));
    let fetcher = home.fetcher().await;
    for text in ["ann_example", "news_example"] {
        fetcher.fetch(&named(text)).await.unwrap();
    }
    home.truth.delete(ann);
    home.truth.update(news, |news| news.private = true);
    for target in [
        named("ann_example"),
        numbered("ann_example", ann),
        named("news_example"),
        numbered("news_example", news),
    ] {
        assert_eq!(kind(fetcher.fetch(&target).await), FetchErrorKind::NotFound, "{target:?}");
    }
    assert_eq!(kind(fetcher.fetch(&named("abc")).await), FetchErrorKind::InvalidName);
}

#[tokio::test]
async fn looks_wait_for_their_turn() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let fetcher = home.builder().full_distance(Duration::from_secs(10)).open().await.unwrap();
    let target = named("ann_example");
    fetcher.fetch(&target).await.unwrap();
    let (second, ()) = tokio::join!(fetcher.fetch(&target), async {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(home.dc.count("users.getFullUser"), 1);
        home.clock.advance(Duration::from_secs(10));
    });
    second.unwrap();
    assert_eq!(home.dc.count("users.getFullUser"), 2);
}

/// What the account knows of others, as it stands in the tables.
async fn known_to_account(home: &Home) -> Vec<String> {
    let sql = "SELECT names FROM mtproto_peer UNION ALL SELECT name FROM mtproto_absent ORDER BY 1";
    let read = home.store.database().read(move |conn| -> Result<Vec<String>, StoreError> {
        let mut names = conn.prepare(sql)?;
        Ok(names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    read.await.unwrap()
}

#[tokio::test]
async fn nothing_is_left_of_an_erased_profile() {
    let home = Home::new().await;
    let hour = Duration::from_secs(3600);
    let fetcher = Arc::new(home.builder().absent_distance(hour, hour).open().await.unwrap());
    let tracker = Tracker::builder(fetcher.clone(), Arc::new(home.store.clone()));
    let tracker = tracker.clock(Arc::new(home.clock.clone())).build();
    let mut followed = Vec::new();
    for text in ["ann_example", "bob_example", "nameless_one", "nobody_here"] {
        if text != "nobody_here" {
            home.truth.set(Profile::user(text, "Somebody"));
        }
        let id = home.store.follow(&NewProfile::new(name(text)), home.clock.now(), &Actor::system()).await;
        let id = id.unwrap().id;
        tracker.check_now(id).await.unwrap();
        followed.push(id);
    }
    home.truth.update_named("nameless_one", |one| one.usernames.clear());
    tracker.check_now(followed[2]).await.unwrap();
    assert_eq!(known_to_account(&home).await, ["", "ann_example", "bob_example", "nobody_here"]);
    for id in [followed[0], followed[2], followed[3]] {
        home.store.erase(id, false, home.clock.now(), &Actor::system()).await.unwrap();
    }
    assert_eq!(known_to_account(&home).await, ["bob_example"]);
    // Somebody else gets the name: the one before does not come back with that.
    home.truth.set(Profile::user("ann_other", "Thief").also("ann_example"));
    fetcher.fetch(&named("ann_other")).await.unwrap();
    assert_eq!(known_to_account(&home).await, ["ann_other ann_example", "bob_example"]);
}
