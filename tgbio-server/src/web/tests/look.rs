//! Serves pages with made-up people to look at: `TGBIO_LOOK=127.0.0.1:8099 cargo test -p tgbio-server look -- --ignored`.

use std::time::Duration;

use poem::Server;
use poem::listener::TcpListener;
use tgbio_core::store::{Actor, ProfilePatch};
use tgbio_core::{FetchErrorKind, Link, Observed, ProfileId, ProfileKind, UnreachableReason};

use super::hostile::HOSTILE;
use super::world::{World, profile, with_photo};

#[tokio::test]
#[ignore = "serves pages to look at until it is stopped"]
async fn look() {
    let world = if std::env::var_os("TGBIO_LOOK_PUBLIC").is_some() {
        World::public().await
    } else {
        World::new().await
    };
    person(&world).await;
    channel(&world).await;
    hostile(&world).await;
    others(&world).await;
    let address = std::env::var("TGBIO_LOOK").unwrap_or_else(|_| "127.0.0.1:8099".into());
    Server::new(TcpListener::bind(address)).run(world.site).await.unwrap();
}

async fn person(world: &World) {
    let a = "https://cdn.example/a";
    world.source.says(with_photo(
        profile("anna_k", "Anna K.", Some("Photographer in Lisbon.\nOpen for portraits.")),
        a,
    ));
    let id = world.follow("anna_k").await;
    note(world, id).await;
    world.source.says(with_photo(
        profile("anna_k", "Anna Keller", Some("Photographer in Lisbon.\nOpen for portraits.")),
        a,
    ));
    world.look_after(26, id).await;
    let bio = "Photographer in Lisbon and Porto.\nBooked until March. Work: anna.example";
    let mut third = with_photo(profile("anna_k", "Anna Keller", Some(bio)), a);
    third.links = Observed::Present(vec![Link {
        text: "anna.example".into(),
        url: "https://anna-prints.example/shop".into(),
    }]);
    world.source.says(third.clone());
    world.look_after(40, id).await;
    let mut fourth = with_photo(third, "https://cdn.example/b");
    fourth.verified = Observed::Present(true);
    fourth.premium = Observed::Present(true);
    world.source.says(fourth.clone());
    world.look_after(3, id).await;
    world.look_after(90, id).await;
    let mut gone = fourth;
    gone.bio = Observed::Absent;
    gone.links = Observed::Absent;
    world.source.says(gone);
    world.look_after(2, id).await;
}

async fn note(world: &World, id: ProfileId) {
    let patch = ProfilePatch {
        note: Some(Some("Wedding photographer, watch for the new price list.".into())),
        tags: Some(vec!["press".into(), "lisbon".into()]),
        ..ProfilePatch::default()
    };
    world.app.store().update(id, &patch, world.app.now(), &Actor::named("user", "admin")).await.unwrap();
}

async fn channel(world: &World) {
    let mut news =
        profile("city_news", "Новости города", Some("Главное за день. Прислать новость: @city_desk"));
    news.kind = Observed::Present(ProfileKind::Channel);
    world.source.counts(news.clone(), 12_480);
    let id = world.follow("city_news").await;
    for day in 0..30_u64 {
        world.source.counts(news.clone(), 12_480 + day * 37 + (day * day * 13) % 190);
        world.look_after(24, id).await;
    }
    news.bio = Observed::Present("Главное за неделю. Прислать новость: @city_desk".into());
    world.source.counts(news, 13_800);
    world.look_after(5, id).await;
}

async fn hostile(world: &World) {
    let bad = HOSTILE.join("\n");
    world.source.says(profile("mal_lory", "<b>Mallory</b> \u{202e}gnp.exe", Some("nothing yet")));
    let id = world.follow("mal_lory").await;
    world.source.says(profile("mal_lory", "<b>Mallory</b> \u{202e}gnp.exe", Some(&bad)));
    world.look_after(1, id).await;
}

async fn others(world: &World) {
    for number in 1..60_u64 {
        let name = format!("person_{number}");
        world.source.says(profile(&name, &format!("Person {number}"), Some("Hello")));
        let id = world.follow(&name).await;
        if number % 9 == 0 {
            world.source.fails(&name, FetchErrorKind::Unreachable(UnreachableReason::Timeout));
            world.look_after(0, id).await;
        }
    }
    world.clock.advance(Duration::from_secs(600));
}
