//! What becomes of a look: it is judged as far as its source may be believed now, and remembered.

use super::drifting::Drifting;
use super::watch::Standing;
use super::{ATTEMPTS, Checked, Inner, LEASE, Tracker, give_back};
use crate::canary::CanaryReport;
use crate::drift;
use crate::judge::{self, Context};
use crate::store::{CheckRecord, Claim, EvidenceSource, StoreError};
use crate::{FetchError, FetchErrorKind, Observation, Timestamp, UnrecognisedReason};

impl Tracker {
    /// Judges a look and remembers it; judges again when the record changed meanwhile.
    pub(super) async fn settle(
        &self,
        mut claim: Claim,
        mut look: Result<Observation, FetchError>,
    ) -> Result<Checked, StoreError> {
        if let Err(error) = self.follow_clock().await {
            give_back::give_back(&self.inner.store, &self.inner.clock, claim).await;
            return Err(error);
        }
        self.complete(&claim, &mut look).await;
        let mut attempt = 1;
        loop {
            let page = has_page(&look);
            match self.settle_once(&claim, &mut look).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => {
                    give_back::give_back(&self.inner.store, &self.inner.clock, claim).await;
                    return Err(error);
                }
                done => return done,
            }
            self.inner.store.release(&claim).await?;
            claim = self
                .inner
                .store
                .claim(claim.record.id, self.inner.clock.now(), LEASE)
                .await?
                .ok_or(StoreError::Conflict)?;
            if page && !has_page(&look) {
                look = self.ask(&claim).await;
                self.complete(&claim, &mut look).await;
            }
        }
    }

    /// Asks what else must be asked for a look, and lets it have no time that the clock has been set behind since.
    async fn complete(&self, claim: &Claim, look: &mut Result<Observation, FetchError>) {
        self.identify(claim, look).await;
        if let Ok(seen) = look {
            seen.at = seen.at.min(self.inner.clock.now());
        }
    }

    async fn settle_once(
        &self,
        claim: &Claim,
        look: &mut Result<Observation, FetchError>,
    ) -> Result<Checked, StoreError> {
        let now = look.as_ref().map_or_else(|_| self.inner.clock.now(), |observation| observation.at);
        let Inner { store, rules, watch, .. } = &*self.inner;
        watch.ready(&**store, rules, now).await?;
        let its_own = |seen: &&Observation| !judge::is_stranger(&claim.record, &claim.held, seen);
        watch.looked(&claim.record, look.as_ref().ok().filter(its_own), (rules, now));
        let stood = watch.standing();
        let mut check = self.judge(claim, look, now).await?;
        if watch.learn(&**store, &claim.record, (&check, &stood), (rules, now)).await? {
            check = self.judge(claim, look, now).await?;
        }
        if !self.inner.keep_evidence {
            check.evidence = EvidenceSource::None;
        }
        if let Ok(seen) = &mut *look {
            // What is to be kept of it is in the check: many looks may wait for the store without their pages.
            seen.evidence = None;
        }
        let stranger = look.as_ref().ok().and_then(|observation| somebody_else(claim, observation));
        self.commit(claim, look.as_ref().err().or(stranger.as_ref()), check).await
    }

    /// Judges a look as far as its source may be believed now.
    async fn judge(
        &self,
        claim: &Claim,
        look: &Result<Observation, FetchError>,
        now: Timestamp,
    ) -> Result<CheckRecord, StoreError> {
        let random = (self.inner.chance)();
        let mut standing = self.inner.watch.standing();
        let needs_canary = judge::needs_canary(&self.context(claim, &standing, now, random), look.as_ref());
        let mut canary = None;
        if needs_canary {
            canary = Some(self.canaries_now(look.as_ref(), now).await?);
            standing = self.inner.watch.standing();
        }
        let mut drifting = Drifting::of(&standing, look);
        let mut check = self.judge_by(claim, look, (&drifting, &standing), canary.as_ref(), (now, random));
        if canary.is_none() && drifting.stops(&check) {
            // One bad answer is no drift: the canary has the last word.
            canary = Some(self.canaries_now(look.as_ref(), now).await?);
            standing = self.inner.watch.standing();
            drifting = Drifting::of(&standing, look);
            check = self.judge_by(claim, look, (&drifting, &standing), canary.as_ref(), (now, random));
        }
        let stopped = drifting.stops(&check);
        self.keep_stray(claim, look, stopped || !drifting.unseen.is_empty(), now).await;
        if stopped {
            check = judge::unjudged(&self.context(claim, &standing, now, random), look.as_ref());
        }
        Ok(check)
    }

    /// What the canaries say; asked seldom, so that looks that ask nothing need no room for it.
    async fn canaries_now(&self, look: judge::Look<'_>, now: Timestamp) -> Result<CanaryReport, StoreError> {
        if let Some(report) = self.known_report(look, now) {
            return Ok(report);
        }
        Box::pin(self.report_for(look, now, false)).await
    }

    fn context<'a>(
        &'a self,
        claim: &'a Claim,
        standing: &'a Standing,
        now: Timestamp,
        random: f64,
    ) -> Context<'a> {
        let (record, held, surges) = (&claim.record, &*claim.held, &*standing.surges);
        let since_recovery = self.since_recovery();
        Context { record, held, rules: &self.inner.rules, surges, since_recovery, now, random }
    }

    fn judge_by(
        &self,
        claim: &Claim,
        look: &Result<Observation, FetchError>,
        (drifting, standing): (&Drifting, &Standing),
        canary: Option<&CanaryReport>,
        (now, random): (Timestamp, f64),
    ) -> CheckRecord {
        let context = self.context(claim, standing, now, random);
        let mut check = judge::judge(&context, drifting.seen(look), canary);
        if !drifting.unseen.is_empty() {
            drift::keep_waiting(&mut check, &claim.held, &drifting.unseen);
            judge::not_all_seen(&context, &mut check);
        }
        check
    }

    async fn commit(
        &self,
        claim: &Claim,
        error: Option<&FetchError>,
        check: CheckRecord,
    ) -> Result<Checked, StoreError> {
        let mut checked = Checked::new(claim, error, &check);
        checked.photo_due = error.is_none() && self.photo_due_after(claim, &check);
        let checked = checked.committed(self.inner.store.commit(claim, check).await?);
        if let Some(hook) = &self.inner.hook {
            hook(&checked);
        }
        tracing::debug!(profile = %checked.id, outcome = %checked.outcome, changed = ?checked.changed, "checked");
        Ok(checked)
    }
}

/// The answer of another profile, as the failure that it is.
fn somebody_else(claim: &Claim, seen: &Observation) -> Option<FetchError> {
    let kind = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);
    judge::is_stranger(&claim.record, &claim.held, seen)
        .then(|| FetchError::new(seen.fetcher.clone(), claim.record.username.clone(), kind))
}

fn has_page(look: &Result<Observation, FetchError>) -> bool {
    look.as_ref().is_ok_and(|seen| seen.evidence.is_some())
}
