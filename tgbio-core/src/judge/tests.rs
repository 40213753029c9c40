//! Tests of the judgement: a profile is looked at again and again, and only what is true is written.

mod backends;
mod found;
mod names;

use std::time::Duration;

use super::{Context, judge, needs_canary};
use crate::canary::CanaryReport;
use crate::store::{CheckRecord, Decision, Held, HeldId, HeldStep, HoldReason, NewRevision, ProfileRecord};
use crate::{
    FetchError, FetchErrorKind, Field, Observation, Observed, Photo, Presence, Profile, ProfileId,
    ProfileKind, RateLimitReason, Rules, Timestamp, UnrecognisedReason, Username,
};

/// A followed profile and everything that was written about it.
struct Kept {
    record: ProfileRecord,
    held: Vec<Held>,
    history: Vec<NewRevision>,
    now: Timestamp,
    next_id: i64,
    canary: CanaryReport,
}

fn name() -> Username {
    Username::parse("someone").unwrap()
}

fn profile(bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(name());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present("Some One".into());
    profile.bio = Observed::from_option(bio.map(str::to_owned));
    profile.photo = Observed::Present(Photo::at("https://cdn/1"));
    profile.verified = Observed::Present(true);
    profile
}

fn good_canary() -> CanaryReport {
    let fetchers = ["scrape", "mtproto"].map(str::to_owned).to_vec();
    CanaryReport { recognised: true, fetchers, ..CanaryReport::default() }
}

impl Kept {
    fn new() -> Self {
        let now = Timestamp::from_millis(1_000_000_000_000);
        let record = ProfileRecord::new(ProfileId::new(), name(), now);
        let (held, history) = (Vec::new(), Vec::new());
        Self { record, held, history, now, next_id: 1, canary: good_canary() }
    }

    fn with(first: &Profile) -> Self {
        let mut kept = Self::new();
        kept.sees(first);
        kept
    }

    fn pass(&mut self, span: Duration) -> &mut Self {
        self.now = self.now.after(span);
        self
    }

    fn half_hour_later(&mut self) -> &mut Self {
        self.pass(Rules::default().confirm_delay)
    }

    fn sees(&mut self, profile: &Profile) -> CheckRecord {
        self.sees_by("scrape", profile)
    }

    fn sees_by(&mut self, fetcher: &str, profile: &Profile) -> CheckRecord {
        self.look(&Ok(Observation::new(profile.clone(), self.now, fetcher, "reader/1")))
    }

    fn fails(&mut self, kind: FetchErrorKind) -> CheckRecord {
        self.look(&Err(FetchError::new("scrape", name(), kind)))
    }

    fn look(&mut self, look: &Result<Observation, FetchError>) -> CheckRecord {
        let rules = Rules::default();
        let context = Context {
            record: &self.record,
            held: &self.held,
            rules: &rules,
            surges: &[],
            since_recovery: None,
            now: self.now,
            random: 0.5,
        };
        let canary = needs_canary(&context, look.as_ref()).then(|| self.canary.clone());
        let check = judge(&context, look.as_ref(), canary.as_ref());
        self.write(&check);
        check
    }

    fn write(&mut self, check: &CheckRecord) {
        self.record = check.applied_to(&self.record);
        self.history.extend(check.revisions.iter().cloned());
        for step in &check.held {
            self.held_step(step);
        }
    }

    fn held_step(&mut self, step: &HeldStep) {
        match step {
            HeldStep::New(held) => {
                self.held.push(Held { id: HeldId(self.next_id), ..(**held).clone() });
                self.next_id += 1;
            }
            HeldStep::Counted { id, confirmations, at } => {
                let held = self.held.iter_mut().find(|held| held.id == *id).unwrap();
                held.confirmations = *confirmations;
                held.counted_at = *at;
            }
            HeldStep::Drop(id) => self.held.retain(|held| held.id != *id),
            HeldStep::Reject(id) => {
                self.held.iter_mut().filter(|held| held.id == *id).for_each(|h| h.rejected = true);
            }
        }
    }

    fn decide(&mut self, decision: Decision) {
        let held = self.held[0].clone();
        let check = match decision {
            Decision::Accept => super::accept(&self.record, &held, self.now),
            Decision::Reject => super::reject(&self.record, &held, self.now),
        };
        self.write(&check);
    }

    fn bios(&self) -> Vec<Option<String>> {
        self.history.iter().map(|revision| revision.profile.bio.present().cloned()).collect()
    }
}

#[test]
fn the_first_look_is_a_baseline_and_an_equal_one_writes_nothing() {
    let mut kept = Kept::with(&profile(Some("a")));
    assert_eq!(kept.history.len(), 1);
    assert_eq!(kept.record.presence, Presence::Present);
    assert!(kept.history[0].changes.is_empty());
    assert!(kept.history[0].changed().contains(&Field::Bio));
    let check = kept.half_hour_later().sees(&profile(Some("a")));
    assert_eq!((check.revisions.len(), check.held.len(), check.state), (0, 0, None));
}

#[test]
fn a_new_text_is_believed_at_once_with_its_interval() {
    let mut kept = Kept::with(&profile(Some("a")));
    let last_seen = kept.now;
    kept.half_hour_later().sees(&profile(Some("b")));
    assert_eq!(kept.bios(), [Some("a".into()), Some("b".into())]);
    let revision = &kept.history[1];
    assert_eq!(revision.last_seen_before, Some(last_seen));
    assert_eq!((revision.first_seen, revision.confirmed_at), (kept.now, kept.now));
}

#[test]
fn an_emptied_bio_waits_for_three_repeats_apart() {
    let mut kept = Kept::with(&profile(Some("a")));
    let (last_seen, first_seen) = (kept.now, kept.half_hour_later().now);
    for _ in 0..3 {
        kept.sees(&profile(None));
        kept.pass(Duration::from_secs(60)).sees(&profile(None));
        assert_eq!(kept.history.len(), 1);
        kept.half_hour_later();
    }
    kept.sees(&profile(None));
    assert_eq!(kept.bios(), [Some("a".into()), None]);
    assert_eq!(kept.history[1].last_seen_before, Some(last_seen));
    assert_eq!(kept.history[1].first_seen, first_seen);
    assert_eq!(kept.history[1].confirmed_at, kept.now);
    assert!(kept.held.is_empty());
}

#[test]
fn the_next_look_comes_when_it_counts() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.record.interval = Some(Duration::from_secs(86_400));
    let check = kept.half_hour_later().sees(&profile(None));
    let wait = check.next_check_at.since(kept.now);
    assert!(wait >= Rules::default().confirm_delay, "{wait:?}");
    assert!(wait <= Rules::default().confirm_delay * 11 / 10, "{wait:?}");
}

#[test]
fn a_flip_that_goes_back_leaves_no_entry() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.half_hour_later().sees(&profile(None));
    kept.half_hour_later().sees(&profile(None));
    kept.half_hour_later().sees(&profile(Some("a")));
    assert!(kept.held.is_empty());
    kept.half_hour_later().sees(&profile(None));
    kept.half_hour_later().sees(&profile(None));
    assert_eq!(kept.history.len(), 1);
}

#[test]
fn without_a_good_canary_nothing_suspicious_is_believed() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.canary = CanaryReport::default();
    for _ in 0..10 {
        let check = kept.half_hour_later().fails(FetchErrorKind::NotFound);
        assert!(check.health.doubted);
        let check = kept.half_hour_later().sees(&profile(None));
        assert!(check.health.doubted);
        assert_eq!(check.coverage, crate::coverage::CoverageStep::Keep);
    }
    assert_eq!((kept.history.len(), kept.held.len()), (1, 0));
    assert_eq!(kept.record.presence, Presence::Present);
    assert_eq!(kept.record.state.as_ref().unwrap().bio, Observed::Present("a".into()));
}

#[test]
fn a_field_that_the_canary_lost_is_not_judged() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.canary = CanaryReport { lost: vec![Field::Bio], ..good_canary() };
    for _ in 0..10 {
        kept.half_hour_later().sees(&profile(None));
    }
    assert_eq!(kept.history.len(), 1);
}

#[test]
fn a_disappearance_is_suspected_then_confirmed_then_over() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.half_hour_later().fails(FetchErrorKind::NotFound);
    assert_eq!(kept.record.presence, Presence::SuspectedMissing);
    for _ in 0..3 {
        assert_eq!(kept.history.len(), 1);
        kept.half_hour_later().fails(FetchErrorKind::NotFound);
    }
    assert_eq!((kept.record.presence, kept.history.len()), (Presence::Missing, 2));
    assert_eq!(kept.history[1].changed(), [Field::Presence]);
    kept.half_hour_later().fails(FetchErrorKind::NotFound);
    assert_eq!(kept.history.len(), 2);
    kept.half_hour_later().sees(&profile(Some("b")));
    assert_eq!(kept.history[2].changed(), [Field::Presence, Field::Bio]);
    assert_eq!(kept.record.presence, Presence::Present);
}

#[test]
fn failures_change_nothing_but_the_health_and_back_off() {
    let mut kept = Kept::with(&profile(Some("a")));
    let before = kept.record.clone();
    let wait = Duration::from_secs(7200);
    let kinds = [
        FetchErrorKind::Unrecognised(UnrecognisedReason::Empty),
        FetchErrorKind::RateLimited { retry_after: Some(wait), reason: RateLimitReason::Http429 },
    ];
    for kind in kinds {
        let check = kept.half_hour_later().fails(kind);
        assert!(check.revisions.is_empty() && check.held.is_empty());
    }
    assert_eq!(kept.record.failures, 2);
    assert!(kept.record.next_check_at.unwrap().since(kept.now) >= wait);
    assert_eq!((&kept.record.state, kept.record.presence), (&before.state, before.presence));
    assert_eq!(kept.record.last_seen_at, before.last_seen_at);
}

#[test]
fn harmless_changes_go_on_while_another_waits() {
    let mut kept = Kept::with(&profile(Some("a")));
    let mut seen = profile(None);
    seen.display_name = Observed::Present("New Name".into());
    kept.half_hour_later().sees(&seen);
    assert_eq!(kept.history[1].changed(), [Field::DisplayName]);
    assert_eq!(kept.history[1].profile.bio, Observed::Present("a".into()));
    for _ in 0..3 {
        kept.half_hour_later().sees(&seen);
    }
    assert_eq!(kept.history[2].changed(), [Field::Bio]);
    assert_eq!(kept.history[2].profile.display_name, Observed::Present("New Name".into()));
}

#[test]
fn another_kind_is_somebody_else_and_nothing_of_it_is_believed() {
    let mut kept = Kept::with(&profile(Some("a")));
    let mut seen = profile(Some("channel text"));
    seen.kind = Observed::Present(ProfileKind::Channel);
    kept.half_hour_later().sees(&seen);
    assert_eq!((kept.history.len(), kept.held[0].reason), (1, HoldReason::KindChanged));
    assert_eq!(kept.record.state.as_ref().unwrap().bio, Observed::Present("a".into()));
    for _ in 0..3 {
        kept.half_hour_later().sees(&seen);
    }
    assert_eq!(kept.history[1].changed(), [Field::Kind, Field::Bio]);
}

#[test]
fn a_person_accepts_what_is_held() {
    let mut kept = Kept::with(&profile(Some("a")));
    let first_seen = kept.half_hour_later().now;
    kept.sees(&profile(None));
    kept.pass(Duration::from_secs(5)).decide(Decision::Accept);
    assert_eq!(kept.bios(), [Some("a".into()), None]);
    assert_eq!((kept.history[1].first_seen, kept.history[1].confirmed_at), (first_seen, kept.now));
    kept.half_hour_later().sees(&profile(None));
    assert_eq!((kept.history.len(), kept.held.len()), (2, 0));
}

#[test]
fn what_a_person_rejects_is_ignored_until_something_else_is_seen() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.half_hour_later().sees(&profile(None));
    kept.decide(Decision::Reject);
    for _ in 0..10 {
        kept.half_hour_later().sees(&profile(None));
    }
    assert_eq!((kept.history.len(), kept.held.len()), (1, 1));
    kept.half_hour_later().sees(&profile(Some("a")));
    assert!(kept.held.is_empty());
    kept.half_hour_later().sees(&profile(None));
    assert!(!kept.held[0].rejected);
}

#[test]
fn a_rejected_disappearance_is_present_again() {
    let mut kept = Kept::with(&profile(Some("a")));
    kept.half_hour_later().fails(FetchErrorKind::NotFound);
    kept.decide(Decision::Reject);
    assert_eq!(kept.record.presence, Presence::Present);
    for _ in 0..10 {
        kept.half_hour_later().fails(FetchErrorKind::NotFound);
    }
    assert_eq!((kept.record.presence, kept.history.len()), (Presence::Present, 1));
}

#[test]
fn a_field_seen_for_the_first_time_is_a_baseline() {
    let mut kept = Kept::with(&profile(Some("a")));
    let mut seen = profile(Some("a"));
    seen.telegram_id = Observed::Present(7);
    seen.scam = Observed::Present(true);
    let check = kept.half_hour_later().sees(&seen);
    assert!(check.revisions.is_empty());
    assert_eq!(kept.record.state.as_ref().unwrap().telegram_id, Observed::Present(7));
    seen.telegram_id = Observed::Present(8);
    kept.half_hour_later().sees(&seen);
    assert_eq!(kept.held[0].reason, HoldReason::OwnerChanged);
}

#[test]
fn a_lost_photo_and_a_lost_badge_wait_each_for_itself() {
    let mut kept = Kept::with(&profile(Some("a")));
    let mut seen = profile(Some("a"));
    seen.photo = Observed::Absent;
    seen.verified = Observed::Present(false);
    kept.half_hour_later().sees(&seen);
    assert_eq!(kept.held.len(), 2);
    seen.verified = Observed::Present(true);
    for _ in 0..3 {
        kept.half_hour_later().sees(&seen);
    }
    assert_eq!(kept.history.len(), 2);
    assert_eq!(kept.history[1].changed(), [Field::HasPhoto]);
}
