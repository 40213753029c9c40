//! What went wrong on the way, from the client's chain of causes to an outcome.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::Arc;

use tgbio_core::{Evidence, FetchErrorKind, UnreachableReason, UnrecognisedReason};

/// Where an exchange was when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the answer's head was there.
    Request,
    /// While the body came.
    Body,
}

/// A failed exchange.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: FetchErrorKind,
    pub(super) cause: Option<Arc<dyn Error + Send + Sync>>,
    /// The answer, where one came that may be worth keeping.
    pub(super) evidence: Option<Box<Evidence>>,
}

impl Failure {
    pub(super) fn new(kind: FetchErrorKind) -> Self {
        Self { kind, cause: None, evidence: None }
    }

    pub(super) fn unreachable(reason: UnreachableReason) -> Self {
        Self::new(FetchErrorKind::Unreachable(reason))
    }

    pub(super) fn unrecognised(reason: UnrecognisedReason) -> Self {
        Self::new(FetchErrorKind::Unrecognised(reason))
    }

    /// The outcome of a client's error. The address is taken out of it: a proxy's may hold a password.
    pub(super) fn of(error: reqwest::Error, phase: Phase) -> Self {
        let kind = outcome(&error, phase);
        Self { cause: Some(Arc::new(error.without_url())), ..Self::new(kind) }
    }
}

fn outcome(error: &reqwest::Error, phase: Phase) -> FetchErrorKind {
    use UnreachableReason::{Connect, Dns, Reset, Timeout, Tls};
    if error.is_timeout() {
        return FetchErrorKind::Unreachable(Timeout);
    }
    let io = io_kind(error);
    let reason = match (phase, io) {
        _ if error.is_dns() => Dns,
        _ if error.is_connect() => match io {
            Some(ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => Tls,
            Some(ErrorKind::ConnectionReset) => Reset,
            _ => Connect,
        },
        (Phase::Body, Some(ErrorKind::UnexpectedEof)) => {
            return FetchErrorKind::Unrecognised(UnrecognisedReason::Truncated);
        }
        (Phase::Body, Some(ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other)) => {
            return FetchErrorKind::Unrecognised(UnrecognisedReason::Encoding);
        }
        _ => Reset,
    };
    FetchErrorKind::Unreachable(reason)
}

/// The kind of the deepest I/O error among the causes.
fn io_kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => {
                found = Some(io.kind()).filter(|kind| *kind != ErrorKind::Other || found.is_none()).or(found);
                io.get_ref().map(|inner| inner as &(dyn Error + 'static))
            }
            None => error.source(),
        };
    }
    found
}
