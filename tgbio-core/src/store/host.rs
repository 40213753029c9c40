//! The wait that a host has asked for.

use crate::Timestamp;

/// Until when a host must not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostWait {
    /// The host.
    pub host: String,
    /// It may be asked again from here on.
    pub not_before: Timestamp,
    /// Why, as a reason code.
    pub reason: String,
    /// How often in a row it has asked for a wait.
    pub strikes: u64,
}
