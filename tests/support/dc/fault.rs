//! Faults on order, and the book that remembers which are due.

use super::account::AccountId;
use super::refusal::Refusal;
use crate::tme::Times;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Something that goes wrong with a connection or with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// On connecting: accepts, reads, never answers anything.
    Stall,
    /// On connecting: closes at once.
    Refuse,
    /// A transport error in place of an answer, then the end; 404 says that the key is unknown.
    Transport(i32),
    /// Any error in place of the answer; the request is not carried out.
    Rpc(Refusal),
    /// The connection ends before the request is carried out.
    HangUp,
    /// The request is carried out, then the connection ends in place of the answer.
    HangUpAfter,
    /// A right answer, then the end of the connection.
    AnswerAndHangUp,
    /// The request is swallowed; the connection lives on.
    Silence,
    /// A right answer, this much later. Others overtake it.
    Delay(Duration),
    /// A right answer, but only once this fault is released or cleared. Others overtake it.
    Hold,
    /// A right answer, sent only after the next one of the connection.
    AfterNext,
    /// `bad_server_salt`; the client must ask again with the new salt.
    BadSalt,
    /// A right answer, `gzip_packed`.
    Gzip,
    /// A right answer inside a container with other messages.
    Container,
    /// A result whose constructor nobody knows.
    UnknownConstructor,
    /// A right answer, but its `user` objects have a newer constructor.
    NewUser,
    /// The first half of a right answer, well packed.
    CutAnswer,
    /// Half a frame, then the end.
    CutFrame,
    /// A frame whose checksum is wrong.
    BadChecksum,
    /// A right answer to a foreign session.
    ForeignSession,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Rpc(refusal)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Connecting,
    Everything,
    Method(String),
}

/// What a fault happens to: `"users.getFullUser".into()`, `On::everything().of(id)`, `On::connecting()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    what: What,
    peer: Option<i64>,
    name: Option<String>,
    account: Option<AccountId>,
    connection: Option<u64>,
}

impl On {
    fn new(what: What) -> Self {
        Self { what, peer: None, name: None, account: None, connection: None }
    }

    /// New connections.
    pub fn connecting() -> Self {
        Self::new(What::Connecting)
    }

    /// Every call but the handshake's `help.getConfig` and service messages such as pings, which must be named.
    pub fn everything() -> Self {
        Self::new(What::Everything)
    }

    /// The calls of one method, or one kind of service message.
    pub fn method(name: &str) -> Self {
        Self::new(What::Method(name.into()))
    }

    /// Of those, only calls about this peer.
    pub fn of(self, peer: i64) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// Of those, only calls about this username.
    pub fn named(self, name: &str) -> Self {
        Self { name: Some(name.trim_start_matches('@').to_ascii_lowercase()), ..self }
    }

    /// Of those, only calls by this account.
    pub fn by(self, account: AccountId) -> Self {
        Self { account: Some(account), ..self }
    }

    /// Of those, only in this connection; they are counted from 1.
    pub fn in_connection(self, number: u64) -> Self {
        Self { connection: Some(number), ..self }
    }

    pub(super) fn matches(&self, about: &About<'_>) -> bool {
        let what = match (&self.what, about.method) {
            (What::Connecting, None) => true,
            (What::Everything, Some(method)) => method.contains('.') && method != "help.getConfig",
            (What::Method(name), Some(method)) => name == method,
            _ => false,
        };
        what && self.peer.is_none_or(|peer| about.peers.contains(&peer))
            && self.name.as_ref().is_none_or(|name| about.name == Some(name))
            && self.account.is_none_or(|account| about.account == Some(account))
            && self.connection.is_none_or(|number| about.connection == number)
    }
}

impl From<&str> for On {
    fn from(method: &str) -> Self {
        Self::method(method)
    }
}

/// What a call is about, as far as faults care; without a method it is a new connection.
pub(super) struct About<'a> {
    pub(super) method: Option<&'a str>,
    pub(super) peers: &'a [i64],
    pub(super) name: Option<&'a str>,
    pub(super) account: Option<AccountId>,
    pub(super) connection: u64,
}

/// Names an ordered fault, to release it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

impl FaultId {
    /// Belongs to no order.
    pub(super) const NONE: Self = Self(u64::MAX);
}

#[derive(Debug)]
struct Ordered {
    id: FaultId,
    on: On,
    fault: Fault,
    left: Option<u32>,
    until: Option<Instant>,
}

/// All ordered faults, oldest first.
#[derive(Debug, Default)]
pub(super) struct FaultBook {
    ordered: Vec<Ordered>,
    /// Orders whose held answers wait; they outlive their last use.
    holding: HashSet<FaultId>,
    next: u64,
}

impl FaultBook {
    pub(super) fn order(&mut self, on: On, fault: Fault, times: Times) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        let (left, until) = match times {
            Times::Once => (Some(1), None),
            Times::Count(count) => (Some(count), None),
            Times::For(time) => (None, Some(Instant::now() + time)),
            Times::UntilReleased => (None, None),
        };
        self.ordered.push(Ordered { id, on, fault, left, until });
        id
    }

    /// The fault that happens now: the oldest that fits.
    pub(super) fn take(&mut self, about: &About<'_>) -> Option<(FaultId, Fault)> {
        let now = Instant::now();
        self.ordered.retain(|o| o.left != Some(0) && o.until.is_none_or(|until| now < until));
        let ordered = self.ordered.iter_mut().find(|o| o.on.matches(about))?;
        ordered.left = ordered.left.map(|left| left - 1);
        if ordered.fault == Fault::Hold {
            self.holding.insert(ordered.id);
        }
        Some((ordered.id, ordered.fault.clone()))
    }

    /// Whether an answer held by this order must wait on.
    pub(super) fn holds(&self, id: FaultId) -> bool {
        self.holding.contains(&id)
    }

    pub(super) fn release(&mut self, id: FaultId) {
        self.ordered.retain(|o| o.id != id);
        self.holding.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.ordered.clear();
        self.holding.clear();
    }
}
