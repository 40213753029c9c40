//! What is told of single fields beside the chain is compared with it, as far as the revisions know them.

use super::chain::held;
use super::listed::{broken, look, named, run};
use super::*;
use crate::store::{Decision, Held, HeldStep, HoldReason};
use crate::{Link, PersonalChannel, Photo, PhotoBytes, PhotoId};

const LOG: &str = "tells another change";
const TWICE: &str = "tells a change of the revision twice";
const STATE: &str = "the present state";

fn linked(text: &str, url: &str) -> Observed<Vec<Link>> {
    Observed::Present(vec![Link { text: text.into(), url: url.into() }])
}

fn pictured(id: i64) -> Observed<Photo> {
    Observed::Present(Photo {
        url: Some("https://photos.test/1".into()),
        ..Photo::named(PhotoId::telegram(id))
    })
}

/// All that a protocol tells, at first.
fn known(profile: &mut Profile) {
    profile.bio = Observed::Present("b".into());
    (profile.telegram_id, profile.username_owner) = (Observed::Present(7), Observed::Present(7));
    profile.links = linked("x", "https://x.test");
    profile.photo = pictured(1);
    profile.personal_channel = Observed::Present(PersonalChannel::new(1, None));
    profile.usernames = Observed::Present(vec![named("another_one")]);
}

/// A profile of which all that changes.
async fn history() -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "First_Name").await;
    see(&store, id, 1, "a").await;
    look(&store, id, 5, known).await;
    look(&store, id, 7, |profile| {
        profile.username = named("second_name");
        profile.links = linked("x", "https://y.test");
        profile.photo = pictured(2);
        profile.personal_channel = Observed::Present(PersonalChannel::new(2, Some(named("channel_two"))));
        profile.usernames = Observed::Absent;
    })
    .await;
    look(&store, id, 9, |profile| profile.username_owner = Observed::Absent).await;
    store
}

#[tokio::test]
async fn tampering_with_a_field_is_named() {
    let value = "'\"somebody\"' WHERE field = ";
    let side = |side: &str, value: &str| format!("UPDATE change_log SET {side} = {value}");
    let mut cases = Vec::new();
    for way in ["before", "after"] {
        cases.extend([
            (side(way, &format!("{value}'username'")), LOG),
            (side(way, "9 WHERE field = 'username_owner'"), LOG),
            (side(way, "'[{\"text\":\"x\",\"url\":\"https://z.test\"}]' WHERE field = 'links'"), LOG),
            (side(way, "NULL WHERE field = 'links'"), LOG),
            (side(way, "'\"telegram:3\"' WHERE field = 'photo'"), LOG),
            (side(way, "NULL WHERE field = 'photo'"), LOG),
            (side(way, "'{\"telegram_id\":3}' WHERE field = 'personal_channel'"), LOG),
            (side(way, "'[\"somebody\"]' WHERE field = 'usernames'"), LOG),
        ]);
    }
    let again = "INSERT INTO change_log (profile, profile_id, username, revision, field, before, after, last_seen_before, \
        first_seen) SELECT profile, profile_id, username, revision, field, before, after, last_seen_before, first_seen \
        FROM change_log WHERE field = 'links'";
    cases.push((again.to_owned(), TWICE));
    for field in ["bio", "links", "photo", "photo.id", "telegram_id", "username_owner", "personal_channel"] {
        cases.push((format!("UPDATE profile SET state = json_remove(state, '$.{field}')"), STATE));
    }
    for (field, value) in
        [("links", "json('[]')"), ("photo.id", "'telegram:3'"), ("personal_channel.telegram_id", "3")]
    {
        cases.push((format!("UPDATE profile SET state = json_set(state, '$.{field}', {value})"), STATE));
    }
    for (sql, what) in cases {
        let store = history().await;
        assert_eq!(broken(&store).await, None);
        run(&store, String::leak(sql.clone())).await;
        let found = broken(&store).await.unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(found.beside && found.what.contains(what), "{sql}: {found:?}");
    }
}

/// What another source adds is no change, and what changes after that is none of the revision before.
#[tokio::test]
async fn what_became_known_between_two_changes_is_no_break() {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "First_Name").await;
    see(&store, id, 1, "see @durov").await;
    look(&store, id, 3, |profile| {
        profile.display_name = Observed::Present("New".into());
        profile.links = crate::links::of_bio(&profile.bio);
        profile.photo = Observed::Present(Photo::at("https://photos.test/1"));
        profile.personal_channel = Observed::Present(PersonalChannel::new(1, Some(named("channel_one"))));
    })
    .await;
    // Another backend tells the target behind the text, the name of the photo and another one of the channel.
    let claim = store.claim(id, at(5), LEASE).await.unwrap().unwrap();
    let mut more = claim.record.state.clone().unwrap();
    more.links = linked("@durov", "https://elsewhere.test");
    more.photo = pictured(1);
    more.personal_channel = Observed::Present(PersonalChannel::new(1, Some(named("renamed_one"))));
    more.username = named("FIRST_name");
    let mut check = saw(&claim, "see @durov", at(5));
    check.state = Some((more, "other".into()));
    store.commit(&claim, check).await.unwrap();
    assert_eq!(broken(&store).await, None);
    look(&store, id, 7, |profile| {
        profile.username = named("second_name");
        profile.links = linked("@durov", "https://third.test");
        profile.photo = pictured(2);
        profile.personal_channel = Observed::Absent;
    })
    .await;
    assert_eq!(store.changes_of(id, 3).await.unwrap().len(), 4);
    assert_eq!(broken(&store).await, None);
}

/// A photo that went and came again is one that nobody has named yet: without the revision in between, another name of it
/// contradicts nothing.
#[tokio::test]
async fn what_is_removed_in_between_is_no_break() {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "First_Name").await;
    see(&store, id, 1, "a").await;
    look(&store, id, 3, known).await;
    look(&store, id, 5, |profile| profile.photo = Observed::Absent).await;
    look(&store, id, 7, |profile| profile.photo = Observed::Present(Photo::at("https://photos.test/2")))
        .await;
    store.remove_revision(id, 3, at(9), &Actor::system()).await.unwrap();
    assert_eq!(store.profile(&id.into()).await.unwrap().unwrap().revisions, 2, "what came back is as it was");
    assert_eq!(broken(&store).await, None);
    let picture = PhotoBytes::new(b"picture".as_slice().into(), "image/png");
    let reading = crate::store::PhotoReading {
        at: at(10),
        url: "https://photos.test/2".into(),
        bytes: Some(picture),
        fetcher: "test".into(),
        parser: "test/1".into(),
    };
    store.record_photo(id, &reading).await.unwrap();
    look(&store, id, 11, |profile| profile.photo = pictured(2)).await;
    assert_eq!(broken(&store).await, None);
    look(&store, id, 13, |profile| profile.photo = pictured(3)).await;
    assert_eq!(broken(&store).await, None);
}

/// The second is told from what the first has made of the field.
#[tokio::test]
async fn waiting_changes_of_one_field_are_accepted_one_after_the_other() {
    let store = SqliteStore::in_memory().unwrap();
    let id = follow(&store, "someone").await;
    see(&store, id, 1, "d").await;
    let claim = store.claim(id, at(5), LEASE).await.unwrap().unwrap();
    let state = claim.record.state.clone().unwrap();
    let emptied = Profile { bio: Observed::Absent, ..state.clone() };
    let other =
        Profile { bio: Observed::Present("e".into()), kind: Observed::Present(ProfileKind::Bot), ..state };
    let [first, again] = [held(&claim, emptied.clone()), held(&claim, emptied)];
    let last = Held {
        reason: HoldReason::KindChanged,
        changes: crate::diff(claim.record.state.as_ref().unwrap(), &other),
        ..held(&claim, other)
    };
    let mut check = saw(&claim, "d", at(5));
    check.held = [first, again, last].map(|held| HeldStep::New(Box::new(held))).into();
    store.commit(&claim, check).await.unwrap();
    for held in store.held(None, 0, 9).await.unwrap() {
        store.settle(held.id, Decision::Accept, at(9), &Actor::system()).await.unwrap();
        assert_eq!(broken(&store).await, None, "{:?}", held.reason);
    }
    assert_eq!(
        store.profile(&id.into()).await.unwrap().unwrap().revisions,
        3,
        "what is so already is no change"
    );
    let told = store.changes_of(id, 3).await.unwrap();
    assert_eq!(told[1], Change::new(Field::Bio, None, Some("e".into())));
}
