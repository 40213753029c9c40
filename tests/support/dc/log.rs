//! What was asked for, by whom, when.

use super::account::AccountId;
use super::fault::Fault;
use super::request::Hello;
use std::collections::HashMap;
use std::time::Instant;

/// One call as it came in. Service messages (pings, acknowledgements) are calls too.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it was read.
    pub at: Instant,
    /// `users.getFullUser`.
    pub method: &'static str,
    /// The peers that it is about, in order.
    pub peers: Vec<i64>,
    /// The username that it is about, in lower case.
    pub name: Option<String>,
    /// Whose key it came with.
    pub account: Option<AccountId>,
    /// The connection that it came by, counted from 1.
    pub connection: u64,
    /// What went wrong, on order.
    pub fault: Option<Fault>,
    /// Whether it came before the end of a wait that its account was told for this method.
    pub early: bool,
}

/// Everything that was asked for so far.
#[derive(Debug, Default)]
pub struct Log {
    calls: Vec<Call>,
    per_method: HashMap<&'static str, u64>,
    hellos: Vec<Hello>,
    early: u64,
    pub(super) connections: u64,
    pub(super) counting_only: bool,
}

impl Log {
    /// The calls, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// How often this method was called.
    pub fn count(&self, method: &str) -> u64 {
        self.per_method.get(method).copied().unwrap_or_default()
    }

    /// How many calls came before the end of a wait that their account was told for the method.
    pub fn early(&self) -> u64 {
        self.early
    }

    /// What clients said of themselves, oldest first.
    pub fn hellos(&self) -> &[Hello] {
        &self.hellos
    }

    /// Connections so far.
    pub fn connections(&self) -> u64 {
        self.connections
    }

    pub(super) fn keep(&mut self, call: Call) {
        self.early += u64::from(call.early);
        *self.per_method.entry(call.method).or_default() += 1;
        if !self.counting_only {
            self.calls.push(call);
        }
    }

    pub(super) fn keep_hello(&mut self, hello: Hello) {
        self.hellos.push(hello);
    }

    /// Connections are counted on, so that their numbers stay their own, and early calls, so that none is missed.
    pub(super) fn clear(&mut self) {
        let Self { connections, counting_only, early, .. } = *self;
        *self = Self { connections, counting_only, early, ..Self::default() };
    }
}
