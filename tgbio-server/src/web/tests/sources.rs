//! What only one of two backends sees, and who says what.

use std::sync::Arc;

use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{Birthday, BusinessIntro, Observed, PersonalChannel, Profile, ProfileId, Tracker, Username};

use super::world::{World, profile};

/// The protocol's view of a profile.
fn told(bio: &str) -> Profile {
    let mut told = profile("anna_k", "Anna", Some(bio));
    told.telegram_id = Observed::Present(7);
    told.premium = Observed::Present(true);
    told.emoji_status = Observed::Present(5_368_324_170_671_202_286);
    told.birthday = Observed::from_option(Birthday::new(29, 2, None));
    told.personal_channel = Observed::Present(PersonalChannel::new(42, None));
    told.linked_chat = Observed::Absent;
    told.business_intro = Observed::from_option(BusinessIntro::new("Prints", "<b>Open</b>"));
    told
}

/// A second tracker on the same store, which reads by the protocol.
fn protocol(world: &World) -> (ScriptedFetcher, Tracker) {
    let source = ScriptedFetcher::new(world.clock.clone()).called("mtproto").knowing_ids();
    let tracker = Tracker::builder(Arc::new(source.clone()), world.app.tracker.store().clone());
    (source, tracker.clock(world.clock.clone()).build())
}

/// @anna_k, whom both backends have seen.
async fn seen_by_both(world: &World) -> (ProfileId, ScriptedFetcher, Tracker) {
    let (source, tracker) = protocol(world);
    world.source.says(profile("anna_k", "Anna", Some("hello")));
    let id = world.follow("anna_k").await;
    source.show(told("hello"));
    tracker.check_now(id).await.unwrap();
    (id, source, tracker)
}

#[tokio::test]
async fn more_than_one_source_is_told_field_by_field() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", Some("hello")));
    let id = world.follow("anna_k").await;
    assert!(!world.get("/profiles/anna_k").await.text.contains("id=\"sources\""));
    let (source, tracker) = protocol(&world);
    source.show(told("hello"));
    tracker.check_now(id).await.unwrap();
    source.show(told("hello again"));
    tracker.check_now(id).await.unwrap();
    let page = world.get("/profiles/anna_k").await.text;
    assert!(
        page.contains("<h2 id=\"sources\">Sources</h2>")
            && page.contains("Telegram protocol, last read <time")
    );
    let row = |text: &str, field: &str| {
        let row = text.split("<tr>").find(|row| row.contains(&format!(">{field}</th>")));
        row.unwrap_or_else(|| panic!("{field} in {text}")).split("</tr>").next().unwrap().to_owned()
    };
    let bio = row(&page, "bio");
    assert!(bio.find("Telegram protocol").unwrap() < bio.find("t.me pages").unwrap(), "{bio}");
    assert!(!row(&page, "birthday").contains("t.me pages"));
    let russian = world.get_russian("/profiles/anna_k").await.text;
    assert!(russian.contains("Источники") && row(&russian, "день рождения").contains("протокол Telegram"));
}

#[tokio::test]
async fn a_name_that_is_the_profiles_no_more_is_crossed_out_in_the_list() {
    let world = World::new().await;
    let (id, source, tracker) = seen_by_both(&world).await;
    assert!(!world.get("/").await.text.contains("<del>"));
    let mut nameless = told("hello");
    nameless.username_owner = Observed::Absent;
    source.show(nameless);
    tracker.check_now(id).await.unwrap();
    let list = world.get("/").await.text;
    assert!(list.contains("<del>@anna_k</del>") && list.contains(&format!("/profiles/{id}")), "{list}");
}

#[tokio::test]
async fn the_newer_fields_are_shown_and_told() {
    let world = World::new().await;
    let (id, source, tracker) = seen_by_both(&world).await;
    let mut changed = told("hello");
    changed.emoji_status = Observed::Present(12);
    changed.birthday = Observed::from_option(Birthday::new(1, 3, Some(1990)));
    let channel = Username::parse("my_channel").unwrap();
    changed.personal_channel = Observed::Present(PersonalChannel::new(43, Some(channel)));
    changed.linked_chat = Observed::Present(44);
    changed.business_intro = Observed::from_option(BusinessIntro::new("Prints", "<b>Closed</b>"));
    source.show(changed);
    tracker.check_now(id).await.unwrap();
    let page = world.get("/profiles/anna_k").await.text;
    for part in [
        "<del>5368324170671202286</del> \u{2192} <ins>12</ins>",
        "<del>29 Feb</del> \u{2192} <ins>1 Mar 1990</ins>",
        "<del>42</del> \u{2192} <ins>@my_channel (43)</ins>",
        "<del>empty</del> \u{2192} <ins>44</ins>",
        "&lt;b&gt;<ins>Closed</ins>&lt;/b&gt;",
        "<dt>business introduction</dt>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let russian = world.get_russian("/profiles/anna_k").await.text;
    assert!(russian.contains("<del>29 февр.</del> \u{2192} <ins>1 марта 1990</ins>"));
    assert!(russian.contains("приветствие компании"));
}

#[tokio::test]
async fn a_name_that_was_taken_over_is_told() {
    let world = World::new().await;
    let (id, source, tracker) = seen_by_both(&world).await;
    let mut nameless = told("hello");
    nameless.username_owner = Observed::Absent;
    source.show(nameless);
    tracker.check_now(id).await.unwrap();
    assert_eq!(world.get("/profiles/anna_k").await.status, 404);
    let page = world.get(&format!("/profiles/{id}")).await.text;
    assert!(page.contains("<del>this profile</del> \u{2192} <ins>nobody known</ins>"), "{page}");
    world.source.says(profile("anna_k", "Another Anna", Some("new here")));
    let other = world.follow("anna_k").await;
    assert_ne!(other, id);
    assert!(!world.get(&format!("/profiles/{id}")).await.text.contains("new here"));
}
