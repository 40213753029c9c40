//! What readers see.

use std::time::Duration;

use poem::http::header;
use tgbio_core::{Clock, FetchErrorKind, Observed, ProfileKind, UnreachableReason};

use super::world::{World, profile, with_photo};
use crate::state::AccountStatus;

#[tokio::test]
async fn the_list_is_searched_filtered_and_paged() {
    let world = World::new().await;
    assert!(world.get("/").await.text.contains("Nobody is followed yet."));
    for number in 0..60 {
        let mut someone = profile(&format!("person_{number:02}"), &format!("Name {number}"), None);
        someone.kind = Observed::Present(if number == 7 { ProfileKind::Bot } else { ProfileKind::User });
        world.source.says(someone);
        world.follow(&format!("person_{number:02}")).await;
    }
    let first = world.get("/?order=username").await.text;
    assert_eq!(first.matches("<th scope=\"row\">").count(), 50);
    assert!(first.contains("60 profiles are followed."));
    let next = first.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let second = world.get(&next).await.text;
    assert_eq!(second.matches("<th scope=\"row\">").count(), 10, "{next}");
    assert!(second.contains("person_59") && second.contains("href=\"/?order=username\""));
    let bots = world.get("/?kind=bot&q=%40person").await.text;
    assert_eq!(bots.matches("<th scope=\"row\">").count(), 1);
    assert_eq!(world.get("/?cursor=nonsense").await.status, 400);
    assert_eq!(world.get("/?kind=nonsense&presence=x&monitored=y&order=z").await.status, 200);
}

#[tokio::test]
async fn a_history_says_when_and_what() {
    let world = World::new().await;
    let a = "https://cdn.example/a";
    world.source.says(with_photo(profile("anna_k", "Anna", Some("I like red cars")), a));
    let id = world.follow("anna_k").await;
    world.source.says(with_photo(profile("anna_k", "Anna K", Some("I like blue cars")), a));
    world.look_after(2, id).await;
    world
        .source
        .says(with_photo(profile("anna_k", "Anna K", Some("I like blue cars")), "https://cdn.example/b"));
    world.look_after(2, id).await;
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("I like <del>red</del> cars") && page.contains("I like <ins>blue</ins> cars"));
    assert!(page.contains("Between <time datetime=\"2026-11-01T08:00:00Z\">1 Nov 2026, 08:00 UTC</time>"));
    assert!(page.contains("(within 2 hours)") && page.contains("First seen <time"));
    let newest = page.find("id=\"r3\"").unwrap();
    assert!(newest < page.find("id=\"r2\"").unwrap(), "newest first");
    let photos: Vec<&str> = page
        .split("src=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|src| src.contains("/photos/"))
        .collect();
    assert!(photos.len() >= 3, "{photos:?}");
    let picture = world.get(photos[0]).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
    assert_eq!(world.anybody(photos[0]).await.status, 303);
}

#[tokio::test]
async fn a_photo_that_was_read_later_stands_at_the_start_of_the_history() {
    let world = World::new().await;
    world.source.says(with_photo(profile("anna_k", "Anna", None), "https://cdn.example/a"));
    let id = world.follow("anna_k").await;
    let pictures = async || {
        let page = world.get("/profiles/anna_k").await.text;
        assert!(page.matches("class=\"face\"").count() == 1, "{page}");
        (page.matches("class=\"photo\"").count(), page.contains("was not read then"))
    };
    assert_eq!(pictures().await, (1, false));
    world.source.says(with_photo(profile("anna_k", "Anna", Some("new")), "https://cdn.example/a?again"));
    world.look_after(2, id).await;
    assert_eq!(pictures().await, (1, false), "the address rotates although the photo stays");
    world.source.says(with_photo(profile("anna_k", "Anna", Some("new")), "https://cdn.example/b"));
    world.look_after(2, id).await;
    assert_eq!(
        pictures().await,
        (3, false),
        "what was replaced, what it became, and what it was at the start"
    );
    let older = world.get("/profiles/anna_k?before=2").await.text;
    assert!(
        older.contains("class=\"photo\"") && !older.contains("was not read then"),
        "on a page of its own"
    );
}

#[tokio::test]
async fn what_waits_for_confirmation_is_not_called_unchanged() {
    let world = World::public().await;
    world.source.says(profile("anna_k", "Anna", Some("I like red cars")));
    let id = world.follow("anna_k").await;
    world.look_after(1, id).await;
    let nine = "No change between <time datetime=\"2026-11-01T08:00:00Z\">1 Nov 2026, 08:00 UTC</time> and \
        <time datetime=\"2026-11-01T09:00:00Z\">1 Nov 2026, 09:00 UTC</time>: watched for ";
    assert!(world.anybody("/profiles/anna_k").await.text.contains(nine));
    world.source.says(profile("anna_k", "Anna", None));
    world.look_after(1, id).await;
    let page = world.anybody("/profiles/anna_k").await.text;
    assert!(page.contains(nine), "what is held was seen at 10:00: {page}");
    let period = world.anybody("/profiles/anna_k/coverage").await.text;
    assert!(period.contains(nine) && period.contains("After <time datetime=\"2026-11-01T09:00:00Z\">"));
    let waits = world.anybody("/profiles/anna_k/coverage?from=2026-11-01T09:30").await.text;
    assert!(waits.contains("no change is confirmed, but it cannot be said that there was none"), "{waits}");
}

#[tokio::test]
async fn any_period_is_told() {
    let world = World::public().await;
    let told = async |query: &str| world.anybody(&format!("/profiles/anna_k/coverage{query}")).await.text;
    world.source.says(profile("anna_k", "Anna", Some("I like red cars")));
    let id = world.follow("anna_k").await;
    for bio in ["I like red cars", "I like blue cars", "I like blue cars"] {
        world.source.says(profile("anna_k", "Anna", Some(bio)));
        world.look_after(2, id).await;
    }
    world.clock.advance(Duration::from_secs(1));
    let just_now = told("").await;
    assert!(!just_now.contains("cannot be said") && !just_now.contains("last check"), "{just_now}");
    world.clock.advance(Duration::from_secs(3600));
    let later = told("").await;
    assert!(
        later.contains("14:00 UTC</time> was the last check") && !later.contains("cannot be said"),
        "{later}"
    );
    let usual = told("?until=2026-11-01T14:00").await;
    assert!(usual.contains("No change between <time datetime=\"2026-11-01T12:00:00Z\">"), "{usual}");
    assert!(
        usual.contains("value=\"2026-11-01T12:00:00\"") && usual.contains("value=\"2026-11-01T14:00:00\"")
    );
    let quiet = told("?from=2026-11-01T08:30&until=2026-11-01T09:30").await;
    assert!(quiet.contains("watched for 0.0 % of that time, longest gap 60 minutes"), "{quiet}");
    assert!(
        quiet.contains("seen after 91 minutes at the latest"),
        "the look at 10:00 would have seen it: {quiet}"
    );
    let blue = told("?from=2026-11-01T08:30&until=2026-11-01T13:00").await;
    assert!(blue.contains("there is 1 change:") && !blue.contains("No change"), "{blue}");
    let early = told("?from=2026-10-01T00:00&until=2026-11-01T09:00").await;
    assert!(
        early.contains("The profile was first seen at <time datetime=\"2026-11-01T08:00:00Z\">"),
        "{early}"
    );
    assert!(early.contains("No change between <time datetime=\"2026-11-01T08:00:00Z\">"), "{early}");
    let before = told("?from=2026-10-01T00:00&until=2026-10-02T00:00").await;
    assert!(before.contains("was first seen at") && !before.contains("No change"), "{before}");
    let (order, future) = ("the earlier one first", "This period has not begun yet");
    for (wrong, why) in [
        ("?from=2026-11-01T09:00&until=2026-11-01T08:00", order),
        ("?from=2030-01-02T00:00&until=2030-01-01T00:00", order),
        ("?from=tomorrow", order),
        ("?from=2030-01-01T00:00", future),
        ("?from=2030-01-01T00:00&until=2030-01-02T00:00", future),
    ] {
        let answer = world.anybody(&format!("/profiles/anna_k/coverage{wrong}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("role=\"alert\"") && !answer.text.contains("No change"), "{wrong}");
        assert!(answer.text.contains(why), "{wrong}: {}", answer.text);
    }
    let hostile = told("?from=%22%3E%3Cscript%3E").await;
    assert!(!hostile.contains("<script>\"") && hostile.contains("&#34;&#62;&#60;script&#62;"), "{hostile}");
}

#[tokio::test]
async fn one_look_is_no_time() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", None));
    world.follow("anna_k").await;
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("Observed once, at <time datetime=\"2026-11-01T08:00:00Z\">"), "{page}");
    assert!(!page.contains("without a gap"), "{page}");
}

#[tokio::test]
async fn drawn_histories_are_never_stale() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", Some("one")));
    let id = world.follow("anna_k").await;
    let pulse = world.get("/profiles/anna_k/pulse").await.text;
    for bio in ["two", "three", "four"] {
        world.get("/profiles/anna_k").await;
        assert!(world.get("/profiles/anna_k").await.text.contains("id=\"history\""));
        world.source.says(profile("anna_k", "Anna", Some(bio)));
        world.look_after(1, id).await;
        assert!(world.get("/profiles/anna_k").await.text.contains(&format!("<ins>{bio}</ins>")));
    }
    assert_ne!(world.get("/profiles/anna_k/pulse").await.text, pulse);
    let old = world.get("/profiles/anna_k?before=3").await.text;
    assert!(!old.contains("four</ins>") && old.contains("<ins>two</ins>"));
}

#[tokio::test]
async fn long_histories_have_pages() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", Some("start")));
    let id = world.follow("anna_k").await;
    for number in 0..25 {
        world.source.says(profile("anna_k", "Anna", Some(&format!("bio {number}"))));
        world.look_after(1, id).await;
    }
    let page = world.get("/profiles/anna_k").await.text;
    assert_eq!(page.matches("<li id=\"r").count(), 20);
    assert!(page.contains("?before=7\""), "{page}");
    let older = world.get("/profiles/anna_k?before=7").await.text;
    assert_eq!(older.matches("<li id=\"r").count(), 6);
    assert!(older.contains("<del>start</del>") && !older.contains("rel=\"next\""));
}

#[tokio::test]
async fn the_status_says_what_is_wrong() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", Some("x")));
    let id = world.follow("anna_k").await;
    world.source.fails("anna_k", FetchErrorKind::Unreachable(UnreachableReason::Timeout));
    world.look_after(1, id).await;
    let page = world.get("/status").await.text;
    for part in
        ["not reachable: the answer took too long", "t.me", "2 seconds", "429 Too Many Requests", "@telegram"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(world.get("/").await.text.contains("checks fail"));
}

#[tokio::test]
async fn the_status_says_what_to_do_about_the_telegram_account() {
    let world = World::public().await;
    let mut account = AccountStatus {
        account: Some("user @somebody (7)".into()),
        state: "ready",
        stopped: false,
        needs_person: false,
        advice: "",
        since: world.clock.now(),
        detail: None,
        waits: Vec::new(),
        resolves: 3,
        resolve_budget: 150,
        next_resolve: None,
    };
    *world.account.lock().unwrap() = Some(account.clone());
    assert!(!world.get("/status").await.text.contains("id=\"account-alarm\""));
    (account.state, account.needs_person) = ("frozen", true);
    *world.account.lock().unwrap() = Some(account);
    let page = world.get("/status").await.text;
    let alarm = page.find("id=\"account-alarm\"").expect("it is an alarm");
    assert!(alarm < page.find("id=\"checks\"").unwrap() && page[alarm..].contains("@SpamBot"), "{page}");
    let page = world.anybody("/status").await;
    assert!(page.status == 200 && !page.text.contains("account-alarm"), "it concerns those who log in");
}

#[tokio::test]
async fn assets_may_be_kept_for_ever() {
    let world = World::new().await;
    let page = world.anybody("/login").await.text;
    for ending in ["css", "js"] {
        let path = page
            .split('"')
            .find(|part| part.starts_with("/assets/tgbio-") && part.ends_with(ending))
            .unwrap();
        let asset = world.anybody(path).await;
        assert_eq!(asset.status, 200);
        assert!(asset.header(header::CACHE_CONTROL).contains("immutable"));
    }
    assert_eq!(world.anybody("/assets/tgbio-000000000000.css").await.status, 404);
    assert_eq!(world.anybody("/favicon.ico").await.status, 200);
}
