//! How the Telegram account stands that profiles are asked with, on the status page.

use super::html::{Html, fill_plain};
use super::status::Facts;
use super::texts::Texts;
use super::times;
use crate::state::AccountStatus;

/// One line per fact.
pub(super) fn facts(t: &'static Texts, status: &AccountStatus) -> Facts {
    let who = status.account.as_deref().unwrap_or(t.status_account_unknown);
    let mut facts = vec![
        (t.status_account_who, Html::text(who)),
        (t.status_account_state, Html::text(state(t, status.state))),
        (t.status_account_since, times::ago(t, status.since)),
    ];
    if let Some(detail) = &status.detail {
        facts.push((t.status_account_detail, Html::text(detail)));
    }
    facts.push((t.status_account_resolves, Html::text(&resolves(t, status))));
    if let Some(next) = status.next_resolve {
        facts.push((t.status_account_next, times::time(t, next)));
    }
    facts.extend(status.waits.iter().map(|wait| {
        let mut until = Html::text(&wait.method);
        until.markup(": ").push(&times::time(t, wait.not_before));
        until.markup(" (").push_text(&wait.reason).markup(")");
        (t.status_not_before, until)
    }));
    facts
}

/// What to do, where somebody has to do it.
pub(super) fn alarm(t: &'static Texts, status: &AccountStatus) -> Option<&'static str> {
    status.needs_person.then(|| state(t, status.state))
}

fn resolves(t: &Texts, status: &AccountStatus) -> String {
    let number = |number: u32| t.number(u64::from(number));
    fill_plain(t.status_account_of, &[&number(status.resolves), &number(status.resolve_budget)])
}

fn state(t: &'static Texts, code: &'static str) -> &'static str {
    match code {
        "ready" => t.account_ready,
        "signed_out" => t.account_signed_out,
        "ended" => t.account_ended,
        "banned" => t.account_banned,
        "frozen" => t.account_frozen,
        "key_unknown" => t.account_key_unknown,
        "unreachable" => t.account_unreachable,
        code => code,
    }
}
