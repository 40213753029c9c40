//! A person's decision about a whole surge, and about a circuit breaker.

use crate::alarm::{Acceptance, Alarm, AlarmCause};
use crate::store::{Actor, Decision, ProfileStore, StoreError, StoreResult};
use crate::{Timestamp, drift};

/// Waiting changes that are read at once.
const PAGE: usize = 200;

/// Accepts or rejects everything that a surge holds, and ends its alarm. Says how many changes that were; what somebody
/// has settled meanwhile is left out.
///
/// # Errors
/// [`StoreError::NotFound`] when no surge with this key goes on.
pub async fn settle_surge(
    store: &dyn ProfileStore,
    key: &str,
    decision: Decision,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<u64> {
    let alarms = store.alarms().await?;
    let alarm = alarms.iter().find(|alarm| alarm.key() == key && alarm.surge().is_some());
    let alarm = alarm.ok_or(StoreError::NotFound("surge"))?;
    let settled = settle_all(store, alarm, decision, (now, actor)).await?;
    store.end_alarm(key).await?;
    tracing::info!(alarm = key, since = %alarm.since, ?decision, settled, "a person has ended an alarm");
    let action = if decision == Decision::Accept { "surge.accept" } else { "surge.reject" };
    store.audit(now, actor, action, Some(key)).await?;
    Ok(settled)
}

/// Closes a circuit breaker although its cause lasts, because a person knows that what the source shows is right: from then
/// on it is judged as ever. [`Decision::Reject`] takes that back, and the breaker is open again while its cause lasts.
/// That stands as long as nobody shows the field again. [`crate::drift`] says how far the word reaches; pollers heed it within seconds, their canaries within a minute.
///
/// # Errors
/// [`StoreError::NotFound`] when no breaker has this key.
pub async fn settle_drift(
    store: &dyn ProfileStore,
    key: &str,
    decision: Decision,
    now: Timestamp,
    actor: &Actor,
) -> StoreResult<Alarm> {
    let drifted = |alarm: &Alarm| alarm.key() == key && matches!(alarm.cause, AlarmCause::Drift { .. });
    let mut alarm = store.alarms().await?.into_iter().find(drifted).ok_or(StoreError::NotFound("breaker"))?;
    let accepts = decision == Decision::Accept;
    if !accepts {
        doubt_again(store, &alarm).await?;
    }
    alarm.accepted = accepts.then(|| Acceptance::new(now));
    store.set_alarm(&alarm).await?;
    tracing::info!(alarm = key, ?decision, "a person has decided about an alarm");
    store.audit(now, actor, if accepts { "drift.accept" } else { "drift.reject" }, Some(key)).await?;
    Ok(alarm)
}

/// The canaries that counted as changed by a word that is taken back are expected to show the field as before.
async fn doubt_again(store: &dyn ProfileStore, alarm: &Alarm) -> StoreResult<()> {
    for name in drift::canaries_of(alarm) {
        let canary = store.canary(&name).await?;
        if let Some(doubted) = canary.and_then(|canary| drift::doubted_again(alarm, canary)) {
            store.set_canary(&doubted).await?;
        }
    }
    Ok(())
}

async fn settle_all(
    store: &dyn ProfileStore,
    alarm: &Alarm,
    decision: Decision,
    (now, actor): (Timestamp, &Actor),
) -> StoreResult<u64> {
    let (mut after, mut settled) = (0, 0);
    loop {
        let page = store.held(None, after, PAGE).await?;
        for held in page.iter().filter(|held| alarm.covers(held)) {
            match store.settle(held.id, decision, now, actor).await {
                Ok(_) => settled += 1,
                Err(StoreError::NotFound(_) | StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = last.id.0,
            _ => return Ok(settled),
        }
    }
}
