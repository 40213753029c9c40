//! Counters of looks and changes, and how the Telegram account stands. No label holds a name.

use tgbio_core::Checked;

use crate::state::AccountStatus;

/// Counts a finished look.
pub fn count_look(checked: &Checked) {
    let reason = checked.reason.unwrap_or("none");
    metrics::counter!("tgbio_checks_total", "outcome" => checked.outcome.as_str(), "reason" => reason)
        .increment(1);
    let changes = if checked.first { &[] } else { checked.changed.as_slice() };
    for field in changes {
        metrics::counter!("tgbio_changes_total", "field" => field.as_str()).increment(1);
    }
    if checked.doubted {
        metrics::counter!("tgbio_doubted_checks_total").increment(1);
    }
}

/// Tells the state of the Telegram account; the one `before` stands at zero from then on.
pub(super) fn count_account(account: &AccountStatus, before: &mut Option<&'static str>) {
    let gauge = |state| metrics::gauge!("tgbio_telegram_account", "state" => state);
    if let Some(before) = before.replace(account.state).filter(|before| *before != account.state) {
        gauge(before).set(0.0);
    }
    gauge(account.state).set(1.0);
}

/// Names and explains the counters.
pub fn describe() {
    super::alarms::describe();
    metrics::describe_counter!("tgbio_checks_total", "Looks at profiles, by outcome and reason.");
    metrics::describe_counter!("tgbio_changes_total", "Changes written to histories, by field.");
    metrics::describe_gauge!("tgbio_telegram_account", "1 for the state that the Telegram account is in.");
    metrics::describe_counter!("tgbio_doubted_checks_total", "Looks that no canary vouched for.");
}
