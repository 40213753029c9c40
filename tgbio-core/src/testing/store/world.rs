//! What the cases have in common: names, times, and looks that are judged as they are in earnest.
#![expect(clippy::unwrap_used, reason = "a store that fails here breaks its contract")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::canary::CanaryReport;
use crate::judge::{self, Context};
use crate::store::{
    Actor, CheckRecord, Claim, Committed, NewProfile, ProfileKey, ProfileRecord, ProfileStore,
};
use crate::{
    Evidence, FetchError, FetchErrorKind, Observation, Observed, Profile, ProfileId, ProfileKind, Rules,
    Timestamp, Username,
};

pub(super) type Store = Arc<dyn ProfileStore>;

/// Longer than every case.
pub(super) const LEASE: Duration = Duration::from_secs(120);

/// Seconds after some beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

pub(super) fn admin() -> Actor {
    Actor::named("user", "admin")
}

pub(super) fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub(super) async fn follow(store: &Store, text: &str) -> ProfileRecord {
    store.follow(&NewProfile::new(name(text)), at(0), &admin()).await.unwrap()
}

pub(super) async fn get(store: &Store, id: ProfileId) -> ProfileRecord {
    store.profile(&ProfileKey::Id(id)).await.unwrap().unwrap()
}

/// A user with a bio.
pub(super) fn user(username: &Username, bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(username.clone());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present(format!("Name of {username}"));
    profile.bio = Observed::from_option(bio.map(str::to_owned));
    profile
}

pub(super) fn page_of(text: &str) -> Evidence {
    let mut page = Evidence::new("https://t.me/x", 200, "text/html", Bytes::from(text.to_owned()));
    page.headers.push(("date".into(), "today".to_owned()));
    page
}

pub(super) fn seen(profile: Profile, seconds: i64) -> Observation {
    let mut observation = Observation::new(profile, at(seconds), "test", "test/1");
    observation.evidence = Some(page_of(&format!("page of second {seconds}")));
    observation
}

pub(super) fn rules() -> Rules {
    Rules { confirm_delay: Duration::from_secs(10), confirm_checks: 2, ..Rules::default() }
}

/// What a look at a claimed profile writes.
pub(super) fn judged(claim: &Claim, look: Result<&Observation, &FetchError>, now: Timestamp) -> CheckRecord {
    let (record, held, rules) = (&claim.record, &claim.held[..], &rules());
    let context = Context { record, held, rules, surges: &[], since_recovery: None, now, random: 0.5 };
    judge::judge(&context, look, Some(&CanaryReport::unwatched()))
}

pub(super) async fn claim(store: &Store, id: ProfileId, seconds: i64) -> Claim {
    store.claim(id, at(seconds), LEASE).await.unwrap().unwrap()
}

/// Sees an observation and remembers it.
pub(super) async fn see(store: &Store, id: ProfileId, observation: &Observation) -> Committed {
    let claim = store.claim(id, observation.at, LEASE).await.unwrap().unwrap();
    store.commit(&claim, judged(&claim, Ok(observation), observation.at)).await.unwrap()
}

/// Sees a bio and remembers it.
pub(super) async fn see_bio(store: &Store, id: ProfileId, seconds: i64, bio: &str) -> Committed {
    let username = get(store, id).await.username;
    see(store, id, &seen(user(&username, Some(bio)), seconds)).await
}

/// Looks and finds nothing good.
pub(super) async fn fail(store: &Store, id: ProfileId, seconds: i64, kind: FetchErrorKind) -> Committed {
    let claim = claim(store, id, seconds).await;
    let error = FetchError::new("test", claim.record.username.clone(), kind);
    store.commit(&claim, judged(&claim, Err(&error), at(seconds))).await.unwrap()
}

/// A followed profile whose bio was each of these, a minute apart, from second 60 on.
pub(super) async fn with_bios(store: &Store, text: &str, bios: &[&str]) -> ProfileId {
    let id = follow(store, text).await.id;
    for (seconds, bio) in (60..).step_by(60).zip(bios) {
        see_bio(store, id, seconds, bio).await;
    }
    id
}

/// The numbers and bios of a history, oldest first.
pub(super) async fn bios(store: &Store, id: ProfileId) -> Vec<(u64, String)> {
    let revisions = store.revisions(id, 0, 100).await.unwrap();
    let bio = |profile: &Profile| profile.bio.present().cloned().unwrap_or_default();
    revisions.iter().map(|revision| (revision.number, bio(&revision.profile))).collect()
}

/// The change log of one profile: number, before, after, and whether it was removed.
pub(super) async fn log(store: &Store, id: ProfileId) -> Vec<(u64, Option<String>, Option<String>, bool)> {
    let text = |value: &Option<crate::FieldValue>| {
        value.as_ref().and_then(|value| value.as_text().map(str::to_owned))
    };
    let entries = store.changes(0, 100).await.unwrap();
    let own = entries.iter().filter(|entry| entry.profile_id == id);
    own.map(|entry| (entry.revision, text(&entry.before), text(&entry.after), entry.removed)).collect()
}

pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
