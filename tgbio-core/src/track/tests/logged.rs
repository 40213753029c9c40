//! What is logged of surges.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};

use super::stores;
use super::watch::{MINUTE, World, named, profile};
use crate::store::{Actor, Decision};
use crate::{Clock, settle_surge};

thread_local! {
    /// Lines that this thread has logged since it listens.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Listens to what this thread logs from now on.
pub(in crate::track) fn listen() {
    static EVERYBODY: Once = Once::new();
    // One for all threads: what a thread is not asked for is forgotten for all of them otherwise.
    EVERYBODY.call_once(|| drop(set_global_default(Listener)));
    LINES.set(Some(Vec::new()));
}

/// How many of these lines hold a text.
pub(in crate::track) fn lines_with(text: &str) -> usize {
    LINES.with_borrow(|lines| lines.iter().flatten().filter(|line| line.contains(text)).count())
}

struct Listener;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Listener {
    fn register_callsite(&self, line: &'static Metadata<'static>) -> Interest {
        if line.target().starts_with("tgbio_core::track") { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        LINES.with_borrow(Option::is_some)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.iter_mut().for_each(|lines| lines.push(line.0.clone())));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_end_of_a_surge_is_logged_whoever_decides_about_it() {
    for decision in [Decision::Accept, Decision::Reject] {
        for store in stores() {
            let world = World::on(&store).await;
            (0..6).for_each(|number| world.source.show(profile(&named(number), None)));
            world.look_at_all().await;
            listen();
            let (now, admin) = (world.clock.now(), Actor::named("user", "admin"));
            settle_surge(&*store, "surge/emptied:bio", decision, now, &admin).await.unwrap();
            assert_eq!(lines_with("a person has ended an alarm"), 1, "{decision:?}");
            assert_eq!(lines_with("surge/emptied:bio"), 1, "which one");
            // The process that watches says so as well, whichever one was asked to settle it.
            for _ in 0..2 {
                world.clock.advance(MINUTE);
                world.tracker.reread_alarms().await.unwrap();
                assert_eq!(lines_with("a surge was ended from outside"), 1, "{decision:?}");
            }
        }
    }
}
