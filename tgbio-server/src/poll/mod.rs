//! The poller's side of the server: its task, its metrics, and the budgets of the hosts that it asks.

mod alarms;
mod budgets;
mod metrics;
mod task;

pub use alarms::follow_alarms;
pub use budgets::Budgets;
pub use metrics::{count_look, describe as describe_metrics};
pub use task::PollerTask;
