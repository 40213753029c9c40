//! Two backends look at one profile in turn, each in its own way: nothing changes that has not changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use tgbio_core::store::{Actor, MemoryStore, NewProfile, ProfileStore, SqliteStore};
use tgbio_core::{
    Capabilities, Clock, FetchError, FetchErrorKind, Field, ManualClock, Observation, Observed, Photo,
    PhotoId, Profile, ProfileFetcher, ProfileId, ProfileKind, Target, Timestamp, Tracker, Username, links,
    wording,
};
use tgbio_fetch::scrape::ScrapeFetcher;
use tgbio_testkit::tme::{Card, Tme, photo};

/// What the protocol tells of an account: raw texts, and what no page shows.
#[derive(Debug, Clone)]
struct Account {
    id: u64,
    first: String,
    last: String,
    about: String,
    photo: Option<i64>,
}

/// A backend that tells accounts as the protocol does, with what the core offers for that.
struct Protocol {
    clock: ManualClock,
    accounts: Mutex<HashMap<Username, Account>>,
}

#[async_trait]
impl ProfileFetcher for Protocol {
    fn name(&self) -> &str {
        "mtproto"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&Field::OF_PROFILE)
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let account = self.accounts.lock().unwrap().get(&target.username).cloned();
        let missing = || FetchError::new("mtproto", target.username.clone(), FetchErrorKind::NotFound);
        let account = account.ok_or_else(missing)?;
        let mut profile = Profile::new(target.username.clone());
        profile.kind = Observed::Present(ProfileKind::User);
        profile.telegram_id = Observed::Present(account.id);
        profile.display_name = wording::name(&account.first, &account.last);
        profile.bio = wording::text(&account.about);
        profile.links = links::of_bio(&profile.bio);
        profile.usernames = Observed::Absent;
        let named = account.photo.map(|id| Photo::named(PhotoId::telegram(id)));
        profile.photo = Observed::from_option(named);
        profile.verified = Observed::Present(false);
        profile.premium = Observed::Present(true);
        Ok(Observation::new(profile, self.clock.now(), "mtproto", "layer/1"))
    }
}

/// Both backends on both stores.
struct Turns {
    tme: Tme,
    protocol: Arc<Protocol>,
    clock: ManualClock,
    /// By store: the tracker that scrapes and the one that asks the protocol.
    trackers: Vec<[Tracker; 2]>,
    made: u64,
}

impl Turns {
    async fn new() -> Self {
        let tme = Tme::start().await;
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        let scraper = ScrapeFetcher::builder().base_url(tme.base_url()).clock(Arc::new(clock.clone()));
        let scraper = Arc::new(scraper.photo_hosts(tme.host_port().parse().unwrap()).build().unwrap());
        let protocol = Arc::new(Protocol { clock: clock.clone(), accounts: Mutex::default() });
        let stores: [Arc<dyn ProfileStore>; 2] =
            [Arc::new(MemoryStore::new()), Arc::new(SqliteStore::in_memory().unwrap())];
        let tracker = |fetcher: Arc<dyn ProfileFetcher>, store: &Arc<dyn ProfileStore>| {
            Tracker::builder(fetcher, store.clone()).clock(Arc::new(clock.clone())).build()
        };
        let trackers =
            stores.iter().map(|store| [tracker(scraper.clone(), store), tracker(protocol.clone(), store)]);
        let trackers = trackers.collect();
        Self { tme, protocol, clock, trackers, made: 0 }
    }

    /// One account, as the page shows it and as the protocol tells it.
    fn show(&self, name: &Username, account: &Account) {
        let shown = |raw: &str| raw.trim_ascii().to_owned();
        let title = shown(&format!("{} {}", shown(&account.first), shown(&account.last)));
        // The site writes one `<br/>` for a line break, however that was typed, and no page can hold NUL.
        let about = account.about.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
        let mut card = Card::user(name.as_str(), title).bio(about);
        if let Some(id) = account.photo {
            card = card.photo(photo(id.unsigned_abs()));
        }
        self.tme.set(card);
        self.protocol.accounts.lock().unwrap().insert(name.clone(), account.clone());
    }

    fn new_name(&mut self) -> Username {
        self.made += 1;
        Username::parse(&format!("turns_{}", self.made)).unwrap()
    }

    /// Looks by turns, `first` first; returns what there is of history, per store.
    async fn alternate(&self, name: &Username, first: usize) -> Vec<(ProfileId, u64, usize)> {
        let mut ends = Vec::new();
        for trackers in &self.trackers {
            let store = trackers[0].store();
            let followed = store.profile(&name.clone().into()).await.unwrap();
            let id = match followed {
                Some(record) => record.id,
                None => {
                    store
                        .follow(&NewProfile::new(name.clone()), self.clock.now(), &Actor::system())
                        .await
                        .unwrap()
                        .id
                }
            };
            for turn in 0..5 {
                self.clock.advance(Duration::from_secs(3600));
                let looked = trackers[(first + turn) % 2].check_now(id).await.unwrap();
                assert_eq!(looked.outcome.as_str(), "profile", "{looked:?}");
                trackers[0].read_photo(id).await.unwrap();
            }
            let revisions = store.profile(&id.into()).await.unwrap().unwrap().revisions;
            ends.push((id, revisions, store.held(Some(id), 0, 9).await.unwrap().len()));
        }
        ends
    }
}

fn account(about: &str) -> Account {
    Account {
        id: 7_000_001,
        first: "Ann".into(),
        last: "Example".into(),
        about: about.into(),
        photo: Some(1),
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let known = [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\u{b}",
        "\u{c}",
        "\0",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "\u{3164}",
        "\u{2800}",
        "\u{200f}",
        "\u{202e}",
        "👩\u{200d}👧",
        "❤\u{fe0f}\u{200d}🩹",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "&amp;",
        "&#33;",
        "<br>",
        "<b>x</b>",
        "!",
        "'",
        "\"",
        "You can ",
        " right away.",
        "@durov",
        "@Ab",
        "@share",
        "@under__score",
        "@long_name_1",
        "(@name),",
        "mail@example.org",
        "t.me/name",
        "https://t.me/+abc",
        "https://example.org/a?b=1&c=2",
        "http://x",
        "#tag",
        "+79990001122",
        "مرحبا",
        "текст",
    ];
    prop_oneof![3 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

pub(crate) fn bios() -> impl Strategy<Value = String> {
    proptest::collection::vec(pieces(), 0..10).prop_map(|pieces| pieces.concat())
}

#[test]
fn bios_of_all_kinds_are_the_same_to_both() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let turns = Mutex::new(runtime.block_on(Turns::new()));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) };
    proptest!(config, |(about in bios(), last in "[ a-zA-Z🙂&<]{0,5}", first in 0..2_usize)| {
        let mut turns = turns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = turns.new_name();
        let account = Account { last, ..account(&about) };
        turns.show(&name, &account);
        for (_, revisions, held) in runtime.block_on(turns.alternate(&name, first)) {
            prop_assert_eq!((revisions, held), (1, 0), "{:?}", account);
        }
    });
}

#[tokio::test]
async fn an_unchanged_photo_is_no_change_and_a_new_one_is_told_once() {
    let mut turns = Turns::new().await;
    for first in [0, 1] {
        let name = turns.new_name();
        turns.show(&name, &account("hello"));
        for (_, revisions, held) in turns.alternate(&name, first).await {
            assert_eq!((revisions, held), (1, 0), "first {first}");
        }
        turns.show(&name, &Account { photo: Some(2), ..account("hello") });
        for ((id, revisions, held), trackers) in
            turns.alternate(&name, first).await.into_iter().zip(&turns.trackers)
        {
            assert_eq!((revisions, held), (2, 0), "first {first}");
            let told = trackers[0].store().changes_of(id, 2).await.unwrap();
            assert_eq!((told.len(), told[0].field), (1, Field::Photo));
        }
        turns.show(&name, &Account { photo: None, ..account("hello") });
        for (id, revisions, held) in turns.alternate(&name, first).await {
            assert_eq!(revisions + u64::try_from(held).unwrap(), 3, "first {first} {id}");
        }
    }
}

#[tokio::test]
async fn what_both_see_to_change_is_told_once() {
    let mut turns = Turns::new().await;
    for first in [0, 1] {
        let name = turns.new_name();
        turns.show(&name, &account("see @durov"));
        turns.alternate(&name, first).await;
        turns.show(&name, &Account { last: "Other".into(), ..account("see @share\r\nand more ") });
        for ((id, revisions, held), trackers) in
            turns.alternate(&name, first).await.into_iter().zip(&turns.trackers)
        {
            assert_eq!((revisions, held), (2, 0));
            let fields: Vec<_> = trackers[0]
                .store()
                .changes_of(id, 2)
                .await
                .unwrap()
                .into_iter()
                .map(|told| told.field)
                .collect();
            assert_eq!(fields[..2], [Field::DisplayName, Field::Bio], "first {first}");
        }
    }
}
