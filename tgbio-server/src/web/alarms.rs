//! What goes on at the source, and a person's decision about a whole surge.

use poem::handler;
use poem::web::Path;
use tgbio_core::alarm::{Alarm, AlarmCause};
use tgbio_core::settle_surge;
use tgbio_core::store::{Decision, HoldReason, StoreError};

use super::html::{Html, fill};
use super::texts::Texts;
use super::times;
use super::visitor::{Reply, Visitor};
use crate::http::site::Flash;

/// An alarm as the status page shows it.
pub(super) struct Shown {
    pub(super) text: Html,
    pub(super) since: Html,
    /// What a surge is decided about by.
    pub(super) surge: Option<String>,
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
            fill(t.alarm_drift_field, &[&Html::text(fetcher), &Html::text(&t.fields(&[*field]))])
        }
        AlarmCause::Drift { fetcher, .. } => fill(t.alarm_drift, &[&Html::text(fetcher)]),
        _ => Html::text(&alarm.to_string()),
    };
    let since = fill(t.alarm_since, &[&times::time(t, alarm.since)]);
    Shown { text, since, surge: alarm.surge().map(|kind| kind.code()) }
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
    let app = &visitor.web.app;
    let key = format!("surge/{kind}");
    match settle_surge(&**app.store(), &key, decision, app.now(), &visitor.actor()).await {
        Ok(_) => Ok(visitor.go("/status", &Flash::good(done))),
        Err(StoreError::NotFound(_)) => Ok(visitor.go("/status", &Flash::bad(visitor.t.flash_settled))),
        Err(error) => Err(error.into()),
    }
}
