//! The poller's side of the server: its task, its metrics, the budgets of the hosts that it asks, and glances between its
//! looks.

mod alarms;
mod budgets;
mod glances;
mod metrics;
mod task;

pub use alarms::follow_alarms;
pub use budgets::Budgets;
pub use glances::glances;
pub use metrics::{count_look, describe as describe_metrics};
pub use task::PollerTask;
