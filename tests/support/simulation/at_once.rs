//! Runs a future to its end on this thread, also inside of a task.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What the future comes to. Whatever it waits for must come from another thread.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    // A task has a budget that only its own executor renews.
    let mut future = pin!(tokio::task::unconstrained(future));
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
