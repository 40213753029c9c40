//! Wrappers that are fetchers themselves.

mod budget;
mod fallback;
mod limited;
mod pace;
mod retrying;

pub use budget::HostStatus;
pub use fallback::Fallback;
pub use limited::{Limited, LimitedBuilder};
pub use retrying::Retrying;
