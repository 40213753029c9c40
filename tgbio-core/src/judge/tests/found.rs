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
fn somebody_else_is_written_as_seen_first_and_what_is_misread_of_them_is_not() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.record.state.as_mut().unwrap().telegram_id = Observed::Present(1);
    let mut other = profile(Some("b"));
    other.telegram_id = Observed::Present(2);
    let mut misread = other.clone();
    misread.kind = Observed::Present(ProfileKind::Bot);
    misread.bio = Observed::Absent;
    kept.half_hour_later().sees(&misread);
    let old = kept.record.last_seen_at;
    for _ in 0..2 {
        kept.half_hour_later().sees(&other);
    }
    let mut renamed = other;
    renamed.display_name = Observed::Present("New".into());
    kept.half_hour_later().sees(&renamed);
    assert_eq!(kept.history[1].changed(), [Field::TelegramId]);
    assert_eq!(kept.history[2].changed(), [Field::DisplayName, Field::Bio]);
    assert_eq!((kept.history[2].last_seen_before, kept.history[2].first_seen), (old, kept.now));
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
