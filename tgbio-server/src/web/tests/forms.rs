//! Everything an admin does on the pages.

use tgbio_core::alarm::Alarm;
use tgbio_core::store::{Actor, ProfileKey, ProfilePatch};
use tgbio_core::{Clock, FetchErrorKind, UnreachableReason};

use super::world::{PASSWORD, World, name, profile, with_photo};

async fn world_with_anna() -> World {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", Some("Photographer in Lisbon")));
    world.follow("anna_k").await;
    world
}

#[tokio::test]
async fn one_name_leads_to_its_page() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", None));
    let added = world.post("/add", &[("names", " https://t.me/Anna_K?x=1 "), ("verify", "yes")]).await;
    assert_eq!((added.status.as_u16(), added.header("location")), (303, "/profiles/anna_k"));
    let flash = added.cookie("tgbio_flash");
    assert!(flash.contains("anna_k"), "{flash}");
    assert!(world.get("/profiles/ANNA_K").await.text.contains("Anna"));
    let again = world.post("/add", &[("names", "t.me/anna_k"), ("verify", "yes")]).await;
    assert_eq!(again.status, 200);
    assert!(again.text.contains("followed already"));
    let nobody = world.post("/add", &[("names", "nobody_here"), ("verify", "yes")]).await;
    assert!(nobody.text.contains("no public profile by this name now"), "{}", nobody.text);
    assert_eq!(world.get("/profiles/nobody_here").await.status, 404);
}

#[tokio::test]
async fn photos_are_read_behind_following_and_looking() {
    let world = World::new().await;
    for (step, picture) in ["https://cdn.test/a", "https://cdn.test/b"].into_iter().enumerate() {
        world.clock.advance(std::time::Duration::from_secs(2 * 3600));
        world.source.says(with_photo(profile("anna_k", "Anna", None), picture));
        match step {
            0 => world.post("/add", &[("names", "anna_k"), ("verify", "yes")]).await,
            _ => world.post("/profiles/anna_k/check", &[]).await,
        };
        let read = async {
            loop {
                let record = world.app.store().profile(&name("anna_k").into()).await.unwrap().unwrap();
                if record.photo.read_url.as_deref() == Some(picture) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), read).await.expect("the photo is read");
    }
}

#[tokio::test]
async fn addresses_and_forms_that_cannot_be_read_are_told_plainly() {
    let world = world_with_anna().await;
    for (answer, words) in [
        (world.get("/profiles/anna_k/revisions/abc/remove").await, "check the address"),
        (world.get("/profiles/anna_k?before=x").await, "check the address"),
        (world.post("/account", &[("old", "x")]).await, "open its page again"),
    ] {
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains(words), "{}", answer.text);
        assert!(!answer.text.contains("parse") && !answer.text.contains("deserialize"), "{}", answer.text);
    }
}

#[tokio::test]
async fn many_names_are_told_line_by_line() {
    let world = world_with_anna().await;
    world.source.fails("broken_one", FetchErrorKind::Unreachable(UnreachableReason::Timeout));
    let names = "telegram, anna_k\n@broken_one\nab\n";
    let answer = world.post("/add", &[("names", names), ("verify", "yes")]).await;
    for part in
        ["followed now", "followed already", "not reachable: the answer took too long", "3 to 32 characters"]
    {
        assert!(answer.text.contains(part), "{part}");
    }
    let many: Vec<String> = (0..30).map(|n| format!("unseen_{n}")).collect();
    let answer = world.post("/add", &[("names", &many.join(" ")), ("verify", "yes")]).await;
    assert_eq!(answer.text.matches("followed now").count(), 30, "too many to be looked up one by one");
    let unseen = world.app.store().profile(&name("unseen_1").into()).await.unwrap().unwrap();
    world.look_after(1, unseen.id).await;
    for path in ["/", "/profiles/unseen_1"] {
        let page = world.get(path).await.text;
        assert!(page.contains("not found so far") && !page.contains("perhaps gone</span>"), "{path}");
        assert!(!page.contains("disappeared"), "nobody has seen it: {path}");
    }
    assert!(world.get("/profiles/unseen_1").await.text.contains("No profile was found by this name."));
    assert_eq!(world.post("/add", &[("names", " \n")]).await.status, 422);
}

#[tokio::test]
async fn pause_resume_check_and_edit() {
    let world = world_with_anna().await;
    assert_eq!(world.post("/profiles/anna_k/pause", &[]).await.header("location"), "/profiles/anna_k");
    assert!(world.get("/profiles/anna_k").await.text.contains("/resume\""));
    assert!(world.get("/?monitored=true").await.text.contains("No profile fits."));
    assert_eq!(world.post("/profiles/anna_k/resume", &[]).await.status, 303);
    assert!(world.get("/profiles/anna_k").await.text.contains("/pause\""));

    world.source.says(profile("anna_k", "Anna", Some("Photographer in Porto")));
    let checked = world.post("/profiles/anna_k/check", &[]).await;
    assert!(checked.cookie("tgbio_flash").contains("bio"), "{:?}", checked.cookies());
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("<del>Lisbon</del>") && page.contains("<ins>Porto</ins>"));

    let wrong = world.post("/profiles/anna_k/edit", &[("interval", "soon"), ("note", "kept")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains(">kept</textarea>"));
    let right = [("interval", "2h"), ("note", "why"), ("tags", "b, a"), ("priority", "high")];
    assert_eq!(world.post("/profiles/anna_k/edit", &right).await.status, 303);
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("2 hours") && page.contains("a, b") && page.contains("why"));
    assert!(page.contains("<dt>Priority</dt>"), "{page}");
    let form = world.get("/profiles/anna_k/edit").await.text;
    assert!(form.contains("<option value=\"high\" selected>"), "{form}");
    assert!(world.get("/?tag=a").await.text.contains("anna_k"));
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let world = world_with_anna().await;
    let cookie = world.post("/profiles/anna_k/pause", &[]).await.cookie("tgbio_flash");
    let login = world.send("/login", &[("user", "x")], &[("cookie", &cookie)]).await;
    assert!(login.text.contains("@anna_k is paused."), "{}", login.text);
    assert!(
        login
            .cookies()
            .iter()
            .any(|cookie| cookie.starts_with("tgbio_flash=; ") && cookie.contains("Max-Age=0"))
    );
}

#[tokio::test]
async fn removal_and_erasure_ask_first() {
    let world = world_with_anna().await;
    world.source.says(profile("anna_k", "Anna Keller", Some("Photographer in Porto")));
    world.post("/profiles/anna_k/check", &[]).await;
    let ask = world.get("/profiles/anna_k/revisions/2/remove").await;
    assert!(ask.text.contains("Remove revision 2 of @anna_k?"));
    for (number, again) in [(2, true), (1, false)] {
        let ask = world.get(&format!("/profiles/anna_k/revisions/{number}/remove")).await.text;
        assert_eq!((ask.contains("writes it anew"), ask.contains("/pause\"")), (again, again), "{ask}");
    }
    world.post("/profiles/anna_k/pause", &[]).await;
    let ask_paused = world.get("/profiles/anna_k/revisions/2/remove").await.text;
    assert!(!ask_paused.contains("writes it anew"), "{ask_paused}");
    assert_eq!(world.get("/profiles/anna_k/revisions/7/remove").await.status, 404);
    assert_eq!(world.post("/profiles/anna_k/revisions/2/remove", &[]).await.status, 303);
    let page = world.get("/profiles/anna_k").await.text;
    assert!(!page.contains("Porto") && page.contains("Lisbon"), "{page}");

    world.post("/profiles/anna_k/revisions/1/remove", &[]).await;
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("All entries of this history were removed."), "{page}");

    let wrong = world.post("/profiles/anna_k/erase", &[("typed", "anna")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(world.get("/profiles/anna_k").await.status, 200);
    let erased = world.post("/profiles/anna_k/erase", &[("typed", "@Anna_K"), ("opt_out", "yes")]).await;
    assert_eq!((erased.status.as_u16(), erased.header("location")), (303, "/"));
    assert_eq!(world.get("/profiles/anna_k").await.status, 404);
    let again = world.post("/add", &[("names", "anna_k")]).await;
    assert!(again.text.contains("its owner asked not to be followed"));
}

#[tokio::test]
async fn what_is_held_waits_for_a_decision() {
    let world = world_with_anna().await;
    world.source.says(profile("anna_k", "Anna", None));
    let checked = world.post("/profiles/anna_k/check", &[]).await;
    assert!(checked.cookie("tgbio_flash").contains("suspicious"), "{:?}", checked.cookies());
    for path in ["/status", "/profiles/anna_k"] {
        let page = world.get(path).await.text;
        assert!(
            page.contains("something that was there is gone") && page.contains("/held/1/accept"),
            "{path}"
        );
    }
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(world.post("/held/1/accept", &[]).await.header("location"), "/profiles/anna_k");
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("<em>empty</em>") && page.contains("Held until"), "{page}");
    let again = world.post("/held/1/reject", &[]).await;
    assert_eq!(again.header("location"), "/status");
    assert!(again.cookie("tgbio_flash").contains("settled"));
}

/// Whoever reads the history sees that a person knew better than the source.
#[tokio::test]
async fn what_was_rejected_is_shown_to_the_admin_as_long_as_the_source_shows_it() {
    let world = world_with_anna().await;
    world.source.says(profile("anna_k", "Anna", None));
    world.post("/profiles/anna_k/check", &[]).await;
    assert!(!world.get("/profiles/anna_k").await.text.contains("id=\"rejected\""));
    world.post("/held/1/reject", &[]).await;
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("Rejected, and still shown by the source"), "{page}");
    assert!(page.contains("by user:admin") && !page.contains("/held/1/accept"), "{page}");
    world.source.says(profile("anna_k", "Anna", Some("another bio")));
    world.post("/profiles/anna_k/check", &[]).await;
    let page = world.get("/profiles/anna_k").await.text;
    assert!(page.contains("another bio") && !page.contains("id=\"rejected\""), "{page}");
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let world = World::new().await;
    let made = world.post("/tokens", &[("name", "ci"), ("scope", "write")]).await;
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, "no-store"));
    assert!(made.text.contains("<code class=\"secret\">tgbio_"));
    let list = world.get("/tokens").await.text;
    assert!(list.contains(">ci<") && !list.contains("secret\">tgbio_"));
    for (form, why) in [
        ([("name", "ci"), ("scope", "read")], "of this name already"),
        ([("name", "no spaces"), ("scope", "read")], "1 to 64 letters"),
        ([("name", "other"), ("scope", "all")], "no such scope"),
        ([("name", "other"), ("scope", "")], "no such scope"),
    ] {
        let refused = world.post("/tokens", &form).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains(why) && !refused.text.contains("secret\">tgbio_"), "{}", refused.text);
    }
    assert_eq!(world.post("/tokens/revoke", &[("name", "ci")]).await.status, 303);
    assert!(world.get("/tokens").await.text.contains("There is no token yet."), "none was made");
    let audit = world.get("/audit").await.text;
    assert!(audit.contains("token.create") && audit.contains("token.revoke") && audit.contains("user:admin"));
}

#[tokio::test]
async fn the_own_password() {
    let world = World::new().await;
    let form = |old, new, again| [("old", old), ("new", new), ("again", again)];
    for (form, words) in [
        (form("wrong", "12345678", "12345678"), "The current password is wrong."),
        (form(PASSWORD, "12345678", "12345679"), "The two new passwords differ."),
        (form(PASSWORD, "short", "short"), "The new password cannot be used"),
    ] {
        let answer = world.post("/account", &form).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains(words), "{words}");
    }
    let changed = world.post("/account", &form(PASSWORD, "a new password", "a new password")).await;
    assert_eq!(changed.header("location"), "/login");
    assert_eq!(world.get("/account").await.status, 303, "every session is over");
}

#[tokio::test]
async fn a_breaker_is_closed_on_the_status_page_and_opened_again() {
    let world = world_with_anna().await;
    let cause = Alarm::cause_of("drift/scrape/verified").unwrap();
    let alarm = Alarm::new(cause, world.clock.now(), "a canary has lost it");
    world.app.store().set_alarm(&alarm).await.unwrap();
    let (accept, reject) = ("/drifts/scrape:verified/accept", "/drifts/scrape:verified/reject");
    assert!(world.get("/status").await.text.contains(accept));
    assert!(!world.anybody("/status").await.text.contains(accept));
    let answer = world.post(accept, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/status"));
    let page = world.get("/status").await.text;
    assert!(page.contains("Accepted on") && page.contains(reject) && !page.contains(accept), "{page}");
    assert!(world.get("/audit").await.text.contains("drift.accept"));
    world.post(reject, &[]).await;
    assert!(world.get("/status").await.text.contains(accept));
    let unknown = world.post("/drifts/scrape/accept", &[]).await;
    assert!(unknown.cookie("tgbio_flash").contains("settled"), "nothing of that goes on");
}

#[tokio::test]
async fn the_audit_log_has_names_and_words() {
    let world = world_with_anna().await;
    world.post("/profiles/anna_k/pause", &[]).await;
    let page = world.get("/audit").await.text;
    for part in [">@anna_k</a>", "changes how a profile is followed", "title=\"profile.update\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(world.get_russian("/audit").await.text.contains("изменены настройки слежения"));
    world.post("/profiles/anna_k/erase", &[("typed", "anna_k")]).await;
    let page = world.get("/audit").await.text;
    assert!(page.contains("erases a profile") && !page.contains("@anna_k</a>"), "{page}");
}

#[tokio::test]
async fn a_short_search_says_what_it_compares() {
    let world = world_with_anna().await;
    let says = "compared with the beginning of names only";
    for (text, narrow, found) in [
        ("na", true, false),
        ("an", true, true),
        ("ann", false, true),
        ("@an", true, true),
        ("t.me/anna_k", false, true),
    ] {
        let page = world.get(&format!("/?q={text}")).await.text;
        assert_eq!(
            (page.contains(says), page.contains("href=\"/profiles/anna_k\"")),
            (narrow, found),
            "{text}"
        );
    }
    assert!(world.get_russian("/?q=na").await.text.contains("только с началом имён"));
}

#[tokio::test]
async fn a_form_that_is_saved_as_it_stands_changes_no_tag() {
    let world = World::new().await;
    world.source.says(profile("anna_k", "Anna", None));
    let id = world.follow("anna_k").await;
    let (store, tags) = (world.app.store(), vec!["a,b".to_owned(), "c".to_owned()]);
    let patch = ProfilePatch { tags: Some(tags.clone()), ..ProfilePatch::default() };
    store.update(id, &patch, world.app.now(), &Actor::system()).await.unwrap();
    assert_eq!(world.post("/profiles/anna_k/edit", &[("tags", "a,b, c"), ("note", "new")]).await.status, 303);
    let kept = || async { store.profile(&ProfileKey::Id(id)).await.unwrap().unwrap() };
    let saved = kept().await;
    assert_eq!((saved.tags, saved.note), (tags, Some("new".into())));
    assert_eq!(world.post("/profiles/anna_k/edit", &[("tags", "a,b, d")]).await.status, 303);
    assert_eq!(kept().await.tags, ["a", "b", "d"]);
}
