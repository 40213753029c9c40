//! Changes by hand and by script.

use super::*;

#[tokio::test]
async fn changes_are_seen_at_once() {
    let tme = Tme::start().await;
    tme.steady();
    tme.set(Card::user("ann_example", "Ann").bio("one"));
    assert_eq!(bio_of(&page(&tme, "/ann_example").await), Some("one"));
    assert!(tme.update("Ann_Example", |card| card.bio = Some("two".into())));
    assert_eq!(bio_of(&page(&tme, "/ann_example").await), Some("two"));
    assert!(tme.update("ann_example", |card| card.username = "ann_new".into()));
    assert!(page(&tme, "/ann_example").await.contains("tgme_username_link"));
    assert_eq!(extras(&page(&tme, "/ann_new").await), ["@ann_new"]);
    assert!(tme.remove("ann_new") && !tme.remove("ann_new"));
    assert!(page(&tme, "/ann_new").await.contains("tgme_username_link"));
}

#[tokio::test]
async fn a_script_counts_fetches() {
    let tme = Tme::start().await;
    tme.steady();
    tme.set(Card::user("ann_example", "Ann").bio("one"));
    let steps = vec![
        After::fetches(2).edit(|card| card.bio = Some("two".into())),
        After::fetches(1).vanish(),
        After::fetches(1).reappear(),
        After::fetches(0).fault(Fault::EmptyOk, Times::Once),
    ];
    assert!(tme.script("ann_example", steps));
    let mut seen = vec![];
    for _ in 0..6 {
        let page = page(&tme, "/ann_example").await;
        seen.push(if page.contains("tgme_username_link") {
            "shell".into()
        } else {
            bio_of(&page).unwrap_or("none").to_owned()
        });
    }
    assert_eq!(seen, ["one", "one", "two", "shell", "none", "two"]);
}

#[tokio::test]
async fn a_script_may_rename_and_go_round() {
    let tme = Tme::start().await;
    tme.set(Card::user("ann_example", "Ann"));
    let flip = |card: &mut Card| card.display_name.push('+');
    tme.script_for_ever("ann_example", vec![After::fetches(1).edit(flip)]);
    for expected in ["Ann", "Ann+", "Ann++"] {
        assert!(page(&tme, "/ann_example").await.contains(&format!("<span dir=\"auto\">{expected}</span>")));
    }
    let rename = After::time(Duration::ZERO).edit(|card| card.username = "ann_new".into());
    tme.script("ann_example", vec![rename]);
    assert!(tme.card("ann_example").is_none());
    assert_eq!(tme.card("ann_new").unwrap().username, "ann_new");
}
