//! The scraper and the protocol backend look in turn at one scripted truth: nothing changes that has not changed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use tgbio_core::store::{Actor, NewProfile, ProfileStore};
use tgbio_core::{Clock, Field, Observed, Outcome, ProfileFetcher, ProfileId, Tracker};
use tgbio_fetch::scrape::ScrapeFetcher;
use tgbio_testkit::dc::{Photo, Profile};
use tgbio_testkit::tme::{Part, Tme};

use super::{Home, name};
use crate::backends::bios;

/// One store that two trackers write: one reads pages, one asks the data centre.
struct Both {
    home: Home,
    tme: Arc<Tme>,
    trackers: [Tracker; 2],
}

impl Both {
    async fn new() -> Self {
        let (home, tme) = (Home::new().await, Arc::new(Tme::start().await));
        home.truth.mirror(&tme);
        let clock = Arc::new(home.clock.clone());
        let scraper = ScrapeFetcher::builder().base_url(tme.base_url()).clock(clock.clone());
        let scraper = scraper.photo_hosts(tme.host_port().parse().unwrap()).build().unwrap();
        let protocol = home.fetcher().await;
        let store = Arc::new(home.store.clone());
        let fetchers: [Arc<dyn ProfileFetcher>; 2] = [Arc::new(scraper), Arc::new(protocol)];
        let trackers =
            fetchers.map(|fetcher| Tracker::builder(fetcher, store.clone()).clock(clock.clone()).build());
        Self { home, tme, trackers }
    }

    async fn follow(&self, username: &str) -> ProfileId {
        let new = NewProfile::new(name(username));
        self.home.store.follow(&new, self.home.clock.now(), &Actor::system()).await.unwrap().id
    }

    /// Looks by turns, `first` first; gives what there is of history, and how much waits.
    async fn in_turn(&self, id: ProfileId, first: usize) -> (u64, usize) {
        for turn in 0..5 {
            self.home.clock.advance(Duration::from_secs(3600));
            let tracker = &self.trackers[(first + turn) % 2];
            let looked = tracker.check_now(id).await.unwrap();
            assert_eq!(looked.outcome, Outcome::Profile, "{looked:?}");
            tracker.read_photo(id).await.unwrap();
        }
        let revisions = self.home.store.profile(&id.into()).await.unwrap().unwrap().revisions;
        (revisions, self.home.store.held(Some(id), 0, 9).await.unwrap().len())
    }

    /// The fields that a revision changed.
    async fn changed(&self, id: ProfileId, revision: u64) -> Vec<Field> {
        let told = self.home.store.changes_of(id, revision).await.unwrap();
        told.into_iter().map(|change| change.field).collect()
    }
}

/// Those that are custom emoji where a bio has some.
const EMOJI: &[char] = &['🙂', '🔥'];

/// One of every kind, with all that a page shows.
fn kinds() -> Vec<Profile> {
    let bio = "see @durov\r\nand https://example.org/a?b=1&c=2 ";
    let mut bot = Profile::bot("a_robot", "Robot").bio(bio).photo(2);
    bot.monthly_users = Some(1_234);
    let emoji = "🙂 at the start, \u{1f525}\u{1f525} two, https://example.org/🙂?a=b @durov🙂\r\nand 🙂 at the end🔥 ";
    let mut group = Profile::group("a_group", "Group & <Co>", 90).bio(bio);
    group.online = Some(7);
    vec![
        Profile::user("a_person", " Ann ").last_name("Example").bio(bio).photo(1).also("second_ann"),
        Profile::user("bare_person", "Bare"),
        Profile::user("emoji_person", "🙂 Ann").bio(emoji).bio_emoji(EMOJI),
        Profile::channel("emoji_channel", "News 🔥", 7).bio(emoji).bio_emoji(EMOJI),
        bot,
        Profile::channel("a_channel", "News", 5_678).bio(bio).photo(3).verified(),
        group,
    ]
}

#[tokio::test]
async fn an_unchanged_profile_of_every_kind_has_no_change() {
    for first in [0, 1] {
        let both = Both::new().await;
        for profile in kinds() {
            let (username, verified) = (profile.usernames[0].clone(), profile.verified);
            let telegram_id = both.home.truth.set(profile);
            let id = both.follow(&username).await;
            assert_eq!(both.in_turn(id, first).await, (1, 0), "{username}, first {first}");
            let state = both.home.store.profile(&id.into()).await.unwrap().unwrap().state.unwrap();
            assert_eq!(state.telegram_id, Observed::Present(telegram_id.unsigned_abs()));
            assert_eq!(state.verified, Observed::Present(verified));
            let sources = both.home.store.sources(id).await.unwrap();
            let fields = [Field::Kind, Field::DisplayName, Field::Bio, Field::Verified, Field::HasPhoto];
            for field in fields {
                let said: Vec<_> = sources.iter().map(|source| source.profile.value(field)).collect();
                assert!(
                    said.len() == 2 && said[0] == said[1] && said[0].is_known(),
                    "{username} {field}: {said:?}"
                );
            }
        }
        assert!(both.tme.total() > 0 && both.home.dc.count("users.getFullUser") > 0);
    }
}

/// A bio whose emoji become custom ones looks different in the app, and reads the same.
#[tokio::test]
async fn custom_emoji_are_their_ordinary_characters() {
    for first in [0, 1] {
        let both = Both::new().await;
        let ann = both.home.truth.set(Profile::user("ann_example", "Ann").bio("Hi 🙂, it is 🔥"));
        let id = both.follow("ann_example").await;
        assert_eq!(both.in_turn(id, first).await, (1, 0));
        both.home.truth.update(ann, |ann| ann.bio_emoji = EMOJI.to_vec());
        let page = both.tme.card("ann_example").unwrap().bio.unwrap();
        assert!(
            page.parts
                .iter()
                .any(|part| matches!(part, Part::Markup { html, .. } if html.contains("<tg-emoji")))
        );
        assert_eq!(both.in_turn(id, first).await, (1, 0), "first {first}");
        let state = both.home.store.profile(&id.into()).await.unwrap().unwrap().state.unwrap();
        assert_eq!(state.bio, Observed::Present("Hi 🙂, it is 🔥".into()));
    }
}

#[tokio::test]
async fn what_changes_is_told_once_and_whoever_sees_it_first() {
    for first in [0, 1] {
        let both = Both::new().await;
        let ann = both.home.truth.set(Profile::user("ann_example", "Ann").bio("one").photo(1));
        let id = both.follow("ann_example").await;
        both.in_turn(id, first).await;
        both.home.truth.update(ann, |ann| ann.bio = Some(" two\r\nlines @durov ".into()));
        assert_eq!(both.in_turn(id, first).await, (2, 0));
        assert_eq!(both.changed(id, 2).await, [Field::Bio, Field::Links], "first {first}");
        both.home.truth.update(ann, |ann| ann.photo = Some(Photo::new(2)));
        assert_eq!(both.in_turn(id, first).await, (3, 0));
        assert_eq!(both.changed(id, 3).await, [Field::Photo], "first {first}");
        // A page cannot follow a name, so the protocol looks first.
        both.home.truth.rename(ann, "ann_renamed");
        assert_eq!(both.in_turn(id, 1).await, (4, 0));
        assert_eq!(both.changed(id, 4).await, [Field::Username]);
    }
}

#[test]
fn bios_of_all_kinds_are_the_same_to_both() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let both = Mutex::new((runtime.block_on(Both::new()), 0));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) };
    proptest!(config, |(about in bios(), last in "[ a-zA-Z🙂&<]{0,5}", kind in 0..4, first in 0..2_usize, custom: bool)| {
        let (both, made) = &mut *both.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *made += 1;
        let username = format!("turns_{made}");
        let profile = match kind {
            0 => Profile::bot(&username, "Ann"),
            1 => Profile::channel(&username, "Ann", 5),
            2 => Profile::group(&username, "Ann", 5),
            _ => Profile::user(&username, "Ann").last_name(&last),
        };
        both.home.truth.set(profile.bio(&about).bio_emoji(if custom { EMOJI } else { &[] }));
        let id = runtime.block_on(both.follow(&username));
        prop_assert_eq!(runtime.block_on(both.in_turn(id, first)), (1, 0), "{:?} {:?}", about, last);
    });
}
