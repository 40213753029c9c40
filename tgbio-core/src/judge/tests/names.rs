//! Who a name belongs to: renames, names that somebody else has taken over, and answers of strangers.

use super::*;
use crate::{FieldValue, Outcome};

fn named(text: &str, id: u64) -> Profile {
    let mut profile = Profile { username: Username::parse(text).unwrap(), ..profile(Some("a")) };
    profile.telegram_id = Observed::Present(id);
    profile
}

/// A profile with id 1, seen by the protocol.
fn followed() -> Kept {
    let mut kept = Kept::new();
    kept.sees_by("mtproto", &named("someone", 1));
    kept
}

fn owner(kept: &Kept) -> Observed<u64> {
    kept.record.state.as_ref().unwrap().username_owner
}

#[test]
fn the_same_id_under_another_name_is_a_rename() {
    let mut kept = followed();
    assert_eq!(owner(&kept), Observed::Present(1));
    kept.half_hour_later().sees_by("mtproto", &named("new_name", 1));
    assert_eq!(kept.history[1].changed(), [Field::Username]);
    assert_eq!((kept.record.username.as_str(), kept.held.len()), ("new_name", 0));
    assert!(kept.record.holds_name());
    kept.half_hour_later()
        .sees(&Profile { username: Username::parse("new_name").unwrap(), ..profile(Some("a")) });
    assert_eq!((kept.history.len(), kept.record.failures), (2, 0));
}

#[test]
fn another_id_is_never_merged_and_the_name_is_lost_when_that_is_confirmed() {
    let mut kept = followed();
    let mut other = named("someone", 2);
    other.bio = Observed::Present("somebody else".into());
    for repeat in 0..4 {
        assert_eq!(kept.history.len(), 1, "{repeat}");
        let check = kept.half_hour_later().sees_by("mtproto", &other);
        assert_eq!(check.health.outcome, Outcome::Unrecognised);
        assert_eq!(check.health.reason.as_deref(), Some("other_profile"));
        assert_eq!(kept.record.last_seen_at, Some(kept.history[0].first_seen));
    }
    let told = &kept.history[1].changes;
    assert_eq!(told.len(), 1);
    let number = |id| Some(FieldValue::Number(id));
    assert_eq!(
        (told[0].field, &told[0].before, &told[0].after),
        (Field::UsernameOwner, &number(1), &number(2))
    );
    let state = kept.record.state.clone().unwrap();
    assert_eq!((state.telegram_id, state.bio), (Observed::Present(1), Observed::Present("a".into())));
    assert!(kept.record.target().only_by_id && !kept.record.holds_name());
    for _ in 0..5 {
        kept.half_hour_later().sees_by("mtproto", &other);
        kept.half_hour_later().sees(&profile(Some("somebody else")));
    }
    assert_eq!((kept.history.len(), kept.held.len()), (2, 0), "a name that is lost is told once");
    kept.half_hour_later().sees_by("mtproto", &named("alice_again", 1));
    assert_eq!(kept.history[2].changed(), [Field::Username, Field::UsernameOwner]);
    assert!(kept.record.holds_name());
}

#[test]
fn while_a_name_is_doubted_only_the_id_counts() {
    let mut kept = followed();
    kept.half_hour_later().sees_by("mtproto", &named("someone", 2));
    assert_eq!(kept.held[0].reason, HoldReason::OwnerChanged);
    let claim = crate::store::Claim::new(
        kept.record.clone(),
        kept.held.clone(),
        crate::store::Lease { token: 1, version: 1 },
    );
    assert!(claim.target().only_by_id);
    kept.half_hour_later().sees(&profile(Some("whose text?")));
    assert_eq!((kept.history.len(), kept.held.len()), (1, 1));
    kept.half_hour_later().sees_by("mtproto", &named("someone", 1));
    assert_eq!((kept.history.len(), kept.held.len()), (1, 0), "it was a passing fault");
    kept.half_hour_later().sees(&profile(Some("b")));
    assert_eq!(kept.bios(), [Some("a".into()), Some("b".into())]);
}

#[test]
fn a_person_decides_about_a_name() {
    let mut kept = followed();
    kept.half_hour_later().sees_by("mtproto", &named("someone", 2));
    kept.decide(Decision::Accept);
    assert_eq!((owner(&kept), kept.history.len()), (Observed::Present(2), 2));
    assert_eq!(kept.record.presence, Presence::Present);
    let mut kept = followed();
    kept.half_hour_later().sees_by("mtproto", &named("someone", 2));
    kept.decide(Decision::Reject);
    kept.half_hour_later().sees_by("mtproto", &named("someone", 2));
    assert_eq!((owner(&kept), kept.history.len()), (Observed::Present(1), 1));
}

#[test]
fn a_name_that_was_given_up_is_told_at_once() {
    let mut kept = followed();
    let mut nameless = named("someone", 1);
    nameless.username_owner = Observed::Absent;
    kept.half_hour_later().sees_by("mtproto", &nameless);
    assert_eq!((kept.history[1].changed(), kept.held.len()), (vec![Field::UsernameOwner], 0));
    kept.half_hour_later().sees(&profile(Some("the next owner")));
    assert_eq!(kept.history.len(), 2);
    kept.half_hour_later().sees_by("mtproto", &named("someone", 1));
    assert_eq!(kept.history[2].changes[0].after, Some(FieldValue::Number(1)));
}

#[test]
fn without_ids_only_the_name_that_was_asked_for_answers() {
    let mut kept = Kept::with(&profile(Some("a")));
    let renamed = Profile { username: Username::parse("other_name").unwrap(), ..profile(Some("b")) };
    let check = kept.half_hour_later().sees(&renamed);
    assert_eq!((check.health.outcome, kept.history.len()), (Outcome::Unrecognised, 1));
    kept.half_hour_later().sees_by("mtproto", &named("other_name", 7));
    assert!(kept.record.state.as_ref().unwrap().telegram_id.is_hidden(), "no baseline from a stranger");
    let mut alias = named("main_name", 7);
    alias.usernames = Observed::Present(vec![name()]);
    kept.half_hour_later().sees_by("mtproto", &alias);
    assert_eq!(kept.history[1].changed(), [Field::Username]);
    assert_eq!(owner(&kept), Observed::Present(7));
}
