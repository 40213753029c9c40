//! What the simulation has found, each as its smallest case.

use super::*;

fn minute(kept: &mut Kept) -> &mut Kept {
    kept.pass(Duration::from_secs(60))
}

fn lost_bio() -> CanaryReport {
    CanaryReport { lost: vec![Field::Bio], proven: true, ..good_canary() }
}

#[test]
fn an_empty_field_is_not_seen_to_be_empty_while_the_canary_has_lost_it() {
    let mut kept = Kept::with(&profile(None));
    let seen = kept.now;
    kept.canary = lost_bio();
    let check = kept.half_hour_later().sees(&profile(None));
    assert!(!check.seen && check.health.doubted);
    assert_eq!(check.coverage, crate::coverage::CoverageStep::Keep);
    kept.canary = good_canary();
    kept.half_hour_later().sees(&profile(Some("set meanwhile")));
    assert_eq!(kept.history[1].last_seen_before, Some(seen));
}

#[test]
fn a_first_look_leaves_unknown_what_the_canary_has_lost() {
    let mut kept = Kept::new();
    kept.canary = lost_bio();
    kept.sees(&profile(None));
    assert!(kept.history[0].profile.bio.is_hidden());
    kept.canary = good_canary();
    kept.half_hour_later().sees(&profile(Some("was there all the time")));
    assert_eq!(kept.history.len(), 1);
    assert_eq!(kept.record.state.as_ref().unwrap().bio, Observed::Present("was there all the time".into()));
}

#[test]
fn canaries_that_were_never_read_say_nothing_about_what_is_empty() {
    let mut kept = Kept::new();
    kept.canary = CanaryReport::default();
    let check = kept.sees(&profile(None));
    assert!(check.seen && !check.health.doubted);
}

#[test]
fn a_missing_profile_is_only_seen_to_be_missing_when_a_canary_is_found() {
    let mut kept = Kept::with(&profile(Some("a")));
    for _ in 0..4 {
        kept.half_hour_later().fails(FetchErrorKind::NotFound);
    }
    assert_eq!(kept.record.presence, Presence::Missing);
    let vouched = kept.half_hour_later().now;
    assert_ne!(kept.fails(FetchErrorKind::NotFound).coverage, crate::coverage::CoverageStep::Keep);
    kept.canary = CanaryReport::default();
    let check = kept.half_hour_later().fails(FetchErrorKind::NotFound);
    assert_eq!(check.coverage, crate::coverage::CoverageStep::Keep);
    kept.canary = good_canary();
    kept.half_hour_later().sees(&profile(Some("a")));
    assert_eq!(
        kept.history[2].last_seen_before,
        Some(vouched),
        "the interval of a return begins when it was missing"
    );
}

#[test]
fn another_account_is_told_and_nothing_of_it_is_written() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.record.state.as_mut().unwrap().telegram_id = Observed::Present(1);
    let mut other = profile(Some("b"));
    other.telegram_id = Observed::Present(2);
    let mut misread = other.clone();
    misread.kind = Observed::Present(ProfileKind::Bot);
    misread.bio = Observed::Absent;
    kept.half_hour_later().sees(&misread);
    for _ in 0..3 {
        kept.half_hour_later().sees(&other);
    }
    assert_eq!(kept.history.len(), 2);
    assert_eq!(kept.history[1].changed(), [Field::UsernameOwner]);
    assert!(kept.history.iter().all(|row| row.profile.bio == Observed::Present("a".into())));
    assert!(kept.history.iter().all(|row| row.profile.kind == Observed::Present(ProfileKind::User)));
}

#[test]
fn a_look_that_may_be_somebody_else_drops_nothing_that_it_shows_as_well() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.half_hour_later().sees(&profile(None));
    let mut misread = profile(None);
    misread.kind = Observed::Present(ProfileKind::Bot);
    minute(&mut kept).sees(&misread);
    assert!(kept.held.iter().any(|row| row.reason == HoldReason::Emptied));
    misread.bio = Observed::Present("a".into());
    minute(&mut kept).sees(&misread);
    assert!(kept.held.iter().all(|row| row.reason == HoldReason::KindChanged), "{:?}", kept.held);
}

#[test]
fn a_stranger_who_vanishes_again_is_forgotten() {
    let mut kept = Kept::with(&profile(Some("a")));
    for _ in 0..4 {
        kept.half_hour_later().fails(FetchErrorKind::NotFound);
    }
    let mut other = profile(Some("b"));
    other.kind = Observed::Present(ProfileKind::Channel);
    kept.half_hour_later().sees(&other);
    assert_eq!(kept.held.len(), 1);
    kept.half_hour_later().fails(FetchErrorKind::NotFound);
    assert!(kept.held.is_empty());
}

#[test]
fn a_new_bio_without_the_links_that_it_has_is_a_page_that_lost_them() {
    let link = |text: &str| crate::links::derive(text);
    let mut first = profile(Some("see @one_name"));
    first.links = Observed::Present(link("see @one_name"));
    let mut kept = Kept::with(&first);
    let mut seen = profile(Some("see @other_name"));
    seen.links = Observed::Absent;
    kept.half_hour_later().sees(&seen);
    assert_eq!(kept.history[1].changed(), [Field::Bio]);
    assert_eq!(kept.held[0].changes[0].field, Field::Links);
    let mut without = profile(Some("no links"));
    without.links = Observed::Absent;
    kept.half_hour_later().sees(&without);
    assert_eq!(kept.history[2].changed(), [Field::Bio, Field::Links]);
}

#[test]
fn a_clock_that_is_set_back_turns_no_interval_round() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.now = kept.now.before(Duration::from_secs(7200));
    kept.sees(&profile(Some("b")));
    assert_eq!(kept.history[1].last_seen_before, Some(kept.now));
}

/// What waits, or was rejected, keeps no other field from being seen.
#[test]
fn beside_what_waits_other_fields_are_seen_by_every_look() {
    let named = |bio: Option<&str>, name: &str| {
        let mut profile = profile(bio);
        profile.display_name = Observed::Present(name.into());
        profile
    };
    let mut kept = Kept::with(&named(Some("a"), "first"));
    let whole = kept.now;
    minute(&mut kept).sees(&named(None, "first"));
    minute(&mut kept).sees(&named(None, "second"));
    assert_eq!(kept.history[1].last_seen_before, Some(whole.after(Duration::from_secs(60))));
    minute(&mut kept).sees(&named(None, "second"));
    let last = kept.now;
    kept.decide(Decision::Reject);
    minute(&mut kept).sees(&named(None, "third"));
    assert_eq!(kept.history[2].last_seen_before, Some(last));
    assert!(kept.history[2].last_seen_before >= Some(kept.history[1].first_seen));
    // The bio itself, and what goes with it, was not seen since.
    minute(&mut kept).sees(&named(Some("b"), "third"));
    assert_eq!(kept.history[3].changes[0].field, Field::Bio);
    assert_eq!(kept.history[3].last_seen_before, Some(whole));
}

/// A look that may have been at somebody else, or that saw nobody, has seen no field.
#[test]
fn beside_a_doubted_profile_no_field_is_seen() {
    let mut kept = Kept::with(&profile(Some("a")));
    let whole = kept.now;
    minute(&mut kept).fails(FetchErrorKind::NotFound);
    minute(&mut kept).sees(&profile(Some("b")));
    assert_eq!(kept.history[1].last_seen_before, Some(whole));
}

/// Whom nobody asked for is as the last look has left him.
#[test]
fn a_look_that_was_not_asked_for_is_no_look() {
    let mut kept = Kept::with(&profile(Some("a")));
    minute(&mut kept).fails(FetchErrorKind::Unrecognised(UnrecognisedReason::Layout));
    let (health, at) = (kept.record.health.clone(), kept.record.last_checked_at);
    let wait = Duration::from_secs(600);
    let error = FetchError::new("scrape", name(), FetchErrorKind::NotFound).from_memory(wait);
    minute(&mut kept).look(&Err(error));
    assert_eq!((kept.record.health.clone(), kept.record.last_checked_at), (health, at));
    assert_eq!(kept.record.next_check_at, Some(kept.now.after(wait)));
}
