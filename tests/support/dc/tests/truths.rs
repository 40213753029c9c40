//! Changes by hand and by script, and their picture on t.me.

use super::super::*;
use crate::tme::Tme;

#[test]
fn a_name_has_one_owner() {
    let truth = Truth::new();
    let ann = truth.set(Profile::user("ann_example", "Ann").also("annie_x"));
    let bob = truth.set(Profile::user("bob_example", "Bob"));
    assert!(truth.rename(bob, "Ann_Example"));
    assert_eq!(truth.id_of("@ann_example"), Some(bob));
    assert_eq!((truth.id_of("bob_example"), truth.id_of("annie_x")), (None, Some(ann)));
    assert_eq!(truth.profile(ann).unwrap().usernames, ["annie_x"]);
    assert!(truth.delete(ann) && truth.id_of("annie_x").is_none());
    assert!(truth.profile(ann).unwrap().deleted);
    assert!(truth.remove(bob) && !truth.remove(bob));
}

#[test]
fn a_script_counts_full_answers() {
    let truth = Truth::new();
    let ann = truth.set(Profile::user("ann_example", "Ann"));
    truth.after(ann, 2, |ann| ann.bio = Some("one".into()));
    truth.after(ann, 1, |ann| ann.bio = Some("two".into()));
    let mut seen = vec![];
    for _ in 0..4 {
        seen.push(truth.profile(ann).unwrap().bio);
        truth.note_served(ann);
    }
    assert_eq!(seen, [None, None, Some("one".into()), Some("two".into())]);
}

#[tokio::test]
async fn a_simulated_site_shows_the_same() {
    let (tme, truth) = (Arc::new(Tme::start().await), Truth::new());
    let ann = truth.set(Profile::user("ann_example", "Ann").last_name("Lee").bio("hi").photo(3));
    truth.mirror(&tme);
    let card = tme.card("ann_example").unwrap();
    assert_eq!((card.display_name.as_str(), card.bio_text().as_deref()), ("Ann Lee", Some("hi")));
    truth.rename(ann, "ann_new");
    assert!(tme.card("ann_example").is_none() && tme.card("ann_new").is_some());
    truth.update(ann, |ann| ann.verified = true);
    assert!(tme.card("ann_new").unwrap().verified);
    truth.delete(ann);
    assert!(tme.card("ann_new").is_none());
}
