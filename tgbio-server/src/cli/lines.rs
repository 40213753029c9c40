//! What the commands give to programs, beside what they share with the API.

use serde::Serialize;
use tgbio_core::store::Held;
use tgbio_core::Checked;

use crate::wire;

/// One look.
#[derive(Debug, Serialize)]
pub struct CheckLine {
    id: String,
    username: String,
    outcome: &'static str,
    reason: Option<&'static str>,
    message: Option<String>,
    retry_after: Option<u64>,
    changed: Vec<&'static str>,
    held: Vec<wire::HeldChange>,
    doubted: bool,
    revisions: Vec<u64>,
    next_check_at: String,
}

impl CheckLine {
    /// A look with what waits afterwards.
    pub fn new(checked: &Checked, held: &[Held]) -> Self {
        Self {
            id: checked.id.to_string(),
            username: checked.username.to_string(),
            outcome: checked.outcome.as_str(),
            reason: checked.reason,
            message: checked.message.clone(),
            retry_after: checked.retry_after.map(wire::seconds),
            changed: checked.changed.iter().map(|field| field.as_str()).collect(),
            held: held.iter().map(wire::HeldChange::new).collect(),
            doubted: checked.doubted,
            revisions: checked.revisions.clone(),
            next_check_at: checked.next_check_at.to_string(),
        }
    }
}
