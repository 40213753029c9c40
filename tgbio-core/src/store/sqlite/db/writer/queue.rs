//! What waits for the writer. Its thread is woken for as few messages as possible.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many messages are worth a transaction of their own.
const ENOUGH: usize = 192;
/// How long messages that can wait are waited for at most.
const PATIENCE: Duration = Duration::from_millis(8);
/// When none has come for so long, no more are waited for.
const PAUSE: Duration = Duration::from_millis(1);

/// A queue with many senders and one receiver.
pub(super) struct Queue<M> {
    inner: Mutex<Inner<M>>,
    news: Condvar,
}

struct Inner<M> {
    waiting: VecDeque<M>,
    /// One of those that wait cannot.
    urgent: bool,
    closed: bool,
    receiver: Receiver,
}

/// What came of waiting for messages.
pub(super) enum Taken<M> {
    Messages(VecDeque<M>),
    /// Nothing came for as long as the receiver wanted to wait.
    Nothing,
    /// No more will come.
    Closed,
}

/// What the receiver is woken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiver {
    Busy,
    WantsAny,
    WantsMany,
}

impl<M> Queue<M> {
    pub(super) fn new() -> Self {
        let inner =
            Inner { waiting: VecDeque::new(), urgent: false, closed: false, receiver: Receiver::Busy };
        Self { inner: Mutex::new(inner), news: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message; `false` when nobody takes any more.
    pub(super) fn send(&self, message: M, urgent: bool) -> bool {
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        inner.waiting.push_back(message);
        inner.urgent |= urgent;
        let wake = match inner.receiver {
            Receiver::Busy => false,
            Receiver::WantsAny => true,
            Receiver::WantsMany => inner.is_enough(),
        };
        if wake {
            inner.receiver = Receiver::Busy;
            drop(inner);
            self.news.notify_one();
        }
        true
    }

    /// Takes no more messages; those that wait are still given out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_one();
    }

    /// Drops what waits and takes no more.
    pub(super) fn abandon(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        drop(waiting);
    }

    /// Everything that waits, as soon as there is something, or until nothing has come for so long. With `more_to_come` it
    /// waits a little for others that can wait as well.
    pub(super) fn take(&self, more_to_come: bool, at_most: Option<Duration>) -> Taken<M> {
        let mut inner = self.lock();
        let until = at_most.map(|wait| Instant::now() + wait);
        while inner.waiting.is_empty() {
            if inner.closed {
                return Taken::Closed;
            }
            inner.receiver = Receiver::WantsAny;
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            inner = match left {
                Some(Duration::ZERO) => {
                    inner.receiver = Receiver::Busy;
                    return Taken::Nothing;
                }
                Some(left) => self.news.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.news.wait(inner).unwrap_or_else(PoisonError::into_inner),
            };
        }
        if more_to_come {
            inner = self.wait_for_many(inner);
        }
        inner.receiver = Receiver::Busy;
        inner.urgent = false;
        Taken::Messages(std::mem::take(&mut inner.waiting))
    }

    /// Waits until there is enough, as long as messages keep coming.
    fn wait_for_many<'a>(&'a self, mut inner: MutexGuard<'a, Inner<M>>) -> MutexGuard<'a, Inner<M>> {
        inner.receiver = Receiver::WantsMany;
        let until = Instant::now() + PATIENCE;
        let mut before = 0;
        while !inner.is_enough() && inner.waiting.len() > before {
            before = inner.waiting.len();
            let wait = until.saturating_duration_since(Instant::now()).min(PAUSE);
            let late = self.news.wait_timeout_while(inner, wait, |inner| !inner.is_enough());
            inner = late.unwrap_or_else(PoisonError::into_inner).0;
        }
        inner
    }
}

impl<M> Inner<M> {
    fn is_enough(&self) -> bool {
        self.urgent || self.closed || self.waiting.len() >= ENOUGH
    }
}
