//! What can go wrong with a call.

use std::time::Duration;

/// A fault of one call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// 429 with the seconds to wait.
    TooMany(u64),
    /// 403: blocked by the user.
    Blocked,
    /// 409: another program gets the updates.
    Conflict,
    /// 500 with a page.
    ServerError,
    /// 200 with something that is no JSON.
    Garbage,
    /// The connection is closed before the call is carried out.
    Reset,
    /// The call is carried out, and the connection is closed before the answer.
    ResetAfter,
    /// The call waits until the faults are mended.
    Hold,
    /// The call is carried out, and the answer waits until the faults are mended.
    HoldAfter,
    /// The answer comes late.
    Slow(Duration),
    /// 400 with this text.
    Refuse(&'static str),
}

impl Fault {
    /// The call is not carried out.
    pub(crate) fn is_early(&self) -> bool {
        !self.is_late()
    }

    /// The call is carried out: what follows is that its answer is spoilt.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self, Self::ResetAfter | Self::HoldAfter | Self::Slow(_))
    }
}
