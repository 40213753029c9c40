//! The circuit breakers as they stand in the store: raised and ended by what is noticed, closed by a person's word.

use super::watch::{end, raise};
use crate::Timestamp;
use crate::alarm::{Acceptance, Alarm, AlarmCause};
use crate::drift::{self, Breach, Reach};
use crate::store::{ProfileStore, StoreResult};

/// Brings the alarms of drift up to date. Says whether anything was ended or written, and whether anything was raised.
pub(super) async fn follow(
    store: &dyn ProfileStore,
    alarms: &[Alarm],
    breaches: &[Breach],
    now: Timestamp,
) -> StoreResult<(bool, bool)> {
    let (mut written, mut raised) = (false, false);
    for alarm in alarms.iter().filter(|alarm| matches!(alarm.cause, AlarmCause::Drift { .. })) {
        if !breaches.iter().any(|breach| is_of(alarm, breach)) {
            end(store, alarm).await?;
            written = true;
        }
    }
    for breach in breaches {
        let known = alarms.iter().find(|alarm| is_of(alarm, breach));
        match known.map(|alarm| (alarm, alarm.accepted.as_ref())) {
            Some((_, None)) => {}
            Some((alarm, Some(word))) => match drift::reach(word, breach) {
                Reach::Holds => {}
                Reach::Becomes(word) => {
                    accept(store, alarm, word).await?;
                    written = true;
                }
                Reach::Ends => {
                    raise(store, &drifted(breach, now)).await?;
                    raised = true;
                }
            },
            None => {
                raise(store, &drifted(breach, now)).await?;
                raised = true;
            }
        }
    }
    Ok((written, raised))
}

/// A person's word that was given since the last account is about what there is now, before the canaries count as changed
/// by it. The alarms come back with that.
pub(super) async fn hear(
    store: &dyn ProfileStore,
    mut alarms: Vec<Alarm>,
    breaches: impl Fn() -> Vec<Breach>,
) -> StoreResult<Vec<Alarm>> {
    let is_new = |alarm: &Alarm| alarm.accepted.as_ref().is_some_and(|word| word.grounds.is_none());
    if !alarms.iter().any(is_new) {
        return Ok(alarms);
    }
    let breaches = breaches();
    for alarm in alarms.iter_mut().filter(|alarm| is_new(alarm)) {
        let breach = breaches.iter().find(|breach| is_of(alarm, breach));
        if let Some((word, breach)) = alarm.accepted.as_ref().zip(breach)
            && let Reach::Becomes(word) = drift::reach(word, breach)
        {
            accept(store, alarm, word.clone()).await?;
            alarm.accepted = Some(word);
        }
    }
    Ok(alarms)
}

async fn accept(store: &dyn ProfileStore, alarm: &Alarm, word: Acceptance) -> StoreResult<()> {
    if alarm.accepted.as_ref().is_some_and(|before| before.grounds.is_none()) {
        tracing::info!(alarm = alarm.key(), at = %word.at, "a person has closed a circuit breaker");
    }
    store.set_alarm(&Alarm { accepted: Some(word), ..alarm.clone() }).await
}

/// The breaches that no person has accepted.
pub(super) fn open<'a>(alarms: &'a [Alarm], breaches: &'a [Breach]) -> impl Iterator<Item = &'a Breach> {
    let accepted = |breach: &&Breach| alarms.iter().any(|alarm| !alarm.is_open() && is_of(alarm, breach));
    breaches.iter().filter(move |breach| !accepted(breach))
}

fn is_of(alarm: &Alarm, breach: &Breach) -> bool {
    matches!(&alarm.cause, AlarmCause::Drift { fetcher, field } if (fetcher, field) == (&breach.fetcher, &breach.field))
}

fn drifted(breach: &Breach, now: Timestamp) -> Alarm {
    let cause = AlarmCause::Drift { fetcher: breach.fetcher.clone(), field: breach.field };
    Alarm::new(cause, now, breach.why.clone())
}
