//! What can go wrong with a connection or an answer, and to whose.

use super::account::AccountId;
use super::refusal::Refusal;
use crate::orders::Orderable;
use std::time::Duration;

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

impl Orderable for Fault {
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
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

    /// The rank of an order that fits: all fit alike.
    pub(super) fn fits(&self, about: &About<'_>) -> Option<u8> {
        self.matches(about).then_some(0)
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
