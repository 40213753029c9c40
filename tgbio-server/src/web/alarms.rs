//! What goes on at the source, and a person's decision about a whole surge or a circuit breaker.

use poem::handler;
use poem::web::Path;
use tgbio_core::alarm::{Alarm, AlarmCause};
use tgbio_core::store::{Decision, HoldReason, StoreError, StoreResult};
use tgbio_core::{settle_drift, settle_surge};

use super::html::{Html, fill};
use super::texts::Texts;
use super::times;
use super::visitor::{Reply, Visitor};
use crate::http::site::Flash;
use crate::wire;

/// An alarm as the status page shows it.
pub(super) struct Shown {
    pub(super) text: Html,
    pub(super) since: Html,
    /// What a surge is decided about by.
    pub(super) surge: Option<String>,
    /// What a circuit breaker is decided about by.
    pub(super) drift: Option<String>,
    /// A person has closed the breaker, and when.
    pub(super) accepted: Option<Html>,
}

/// Draws an alarm.
pub(super) fn shown(t: &'static Texts, alarm: &Alarm) -> Shown {
    let text = match &alarm.cause {
        AlarmCause::Surge(kind) => {
            let way = if kind.way == HoldReason::Surge { t.surge_changed } else { t.hold(kind.way) };
            let (way, field) = (Html::text(way), Html::text(&t.fields(&[kind.field])));
            fill(t.alarm_surge, &[&Html::text(&t.number(alarm.profiles)), &way, &field])
        }
        AlarmCause::Drift { fetcher, field: Some(field) } => {
            fill(t.alarm_drift_field, &[&Html::text(t.source(fetcher)), &Html::text(&t.fields(&[*field]))])
        }
        AlarmCause::Drift { fetcher, .. } => fill(t.alarm_drift, &[&Html::text(t.source(fetcher))]),
        _ => Html::text(&alarm.to_string()),
    };
    let since = fill(t.alarm_since, &[&times::time(t, alarm.since)]);
    let accepted = alarm.accepted.as_ref().map(|word| fill(t.alarm_accepted, &[&times::time(t, word.at)]));
    Shown {
        text,
        since,
        surge: alarm.surge().map(|kind| kind.code()),
        drift: wire::drift_code(alarm),
        accepted,
    }
}

#[handler]
pub(super) async fn accept(visitor: Visitor, Path(kind): Path<String>) -> Reply {
    settle(&visitor, &kind, Decision::Accept, visitor.t.flash_accepted).await
}

#[handler]
pub(super) async fn reject(visitor: Visitor, Path(kind): Path<String>) -> Reply {
    settle(&visitor, &kind, Decision::Reject, visitor.t.flash_rejected).await
}

async fn settle(visitor: &Visitor, kind: &str, decision: Decision, done: &str) -> Reply {
    visitor.manages()?;
    let (app, key) = (&visitor.web.app, format!("surge/{kind}"));
    settled(visitor, settle_surge(&**app.store(), &key, decision, app.now(), &visitor.actor()).await, done)
}

#[handler]
pub(super) async fn accept_drift(visitor: Visitor, Path(drift): Path<String>) -> Reply {
    decide(&visitor, &drift, Decision::Accept, visitor.t.flash_drift_accepted).await
}

#[handler]
pub(super) async fn reject_drift(visitor: Visitor, Path(drift): Path<String>) -> Reply {
    decide(&visitor, &drift, Decision::Reject, visitor.t.flash_drift_rejected).await
}

async fn decide(visitor: &Visitor, drift: &str, decision: Decision, done: &str) -> Reply {
    visitor.manages()?;
    let (app, key) = (&visitor.web.app, wire::drift_key(drift));
    settled(visitor, settle_drift(&**app.store(), &key, decision, app.now(), &visitor.actor()).await, done)
}

fn settled<T>(visitor: &Visitor, result: StoreResult<T>, done: &str) -> Reply {
    match result {
        Ok(_) => Ok(visitor.go("/status", &Flash::good(done))),
        Err(StoreError::NotFound(_)) => Ok(visitor.go("/status", &Flash::bad(visitor.t.flash_settled))),
        Err(error) => Err(error.into()),
    }
}
