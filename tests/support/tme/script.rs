//! Changes that happen by themselves, so that a history grows.

use super::card::Card;
use super::fault::Fault;
use crate::orders::Times;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When a step is due, counted from the step before it (from the start for the first one).
#[derive(Clone, Copy, Debug)]
enum When {
    Fetches(u64),
    Elapsed(Duration),
}

/// What a step does.
#[derive(Clone)]
pub(super) enum Deed {
    Edit(Arc<dyn Fn(&mut Card) + Send + Sync>),
    Vanish,
    Return,
    Fault(Fault, Times),
}

impl fmt::Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit(_) => f.write_str("Edit"),
            Self::Vanish => f.write_str("Vanish"),
            Self::Return => f.write_str("Return"),
            Self::Fault(fault, times) => write!(f, "Fault({fault:?}, {times:?})"),
        }
    }
}

/// When a step of a script is due, waiting for what it does: `After::fetches(3).edit(|card| ...)`.
#[derive(Clone, Copy, Debug)]
pub struct After(When);

impl After {
    /// Once the page was served so many times; the next fetch sees the step done.
    pub fn fetches(count: u64) -> Self {
        Self(When::Fetches(count))
    }

    /// Once so much time has passed.
    pub fn time(time: Duration) -> Self {
        Self(When::Elapsed(time))
    }

    /// Changes the card; a changed username is a rename. `edit` must not call the simulator.
    pub fn edit(self, edit: impl Fn(&mut Card) + Send + Sync + 'static) -> Step {
        Step { when: self.0, deed: Deed::Edit(Arc::new(edit)) }
    }

    /// The page becomes the not-found shell.
    pub fn vanish(self) -> Step {
        Step { when: self.0, deed: Deed::Vanish }
    }

    /// The page is back after [`After::vanish`].
    pub fn reappear(self) -> Step {
        Step { when: self.0, deed: Deed::Return }
    }

    /// Something goes wrong with the profile's page.
    pub fn fault(self, fault: Fault, times: Times) -> Step {
        Step { when: self.0, deed: Deed::Fault(fault, times) }
    }
}

/// One scripted change, made by [`After`].
#[derive(Clone, Debug)]
pub struct Step {
    when: When,
    deed: Deed,
}

/// A script under way.
#[derive(Debug)]
pub(super) struct Running {
    steps: Vec<Step>,
    next: usize,
    repeat: bool,
    fetches: u64,
    since: Instant,
}

impl Running {
    pub(super) fn new(steps: Vec<Step>, repeat: bool) -> Self {
        Self { steps, next: 0, repeat, fetches: 0, since: Instant::now() }
    }

    /// The page was served once more.
    pub(super) fn served(&mut self) {
        self.fetches += 1;
    }

    /// What is due now, in order; at most one round of a script that repeats.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Deed> {
        let mut deeds = Vec::new();
        while deeds.len() < self.steps.len() {
            match self.take(now) {
                Some(deed) => deeds.push(deed),
                None => break,
            }
        }
        deeds
    }

    fn take(&mut self, now: Instant) -> Option<Deed> {
        let step = self.steps.get(self.next)?;
        match step.when {
            When::Fetches(count) if self.fetches < count => return None,
            When::Elapsed(time) if now.saturating_duration_since(self.since) < time => return None,
            When::Fetches(_) => self.since = now,
            When::Elapsed(time) => self.since += time,
        }
        self.fetches = 0;
        self.next += 1;
        let deed = step.deed.clone();
        if self.repeat && self.next == self.steps.len() {
            self.next = 0;
        }
        Some(deed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_from_the_step_before() {
        let steps = vec![After::fetches(2).vanish(), After::time(Duration::from_secs(5)).reappear()];
        let mut running = Running::new(steps, true);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(running.due(at(0)).is_empty());
        running.served();
        running.served();
        assert!(matches!(running.due(at(1))[..], [Deed::Vanish]));
        assert!(running.due(at(5)).is_empty());
        assert!(matches!(running.due(at(6))[..], [Deed::Return]));
        assert!(running.due(at(60)).is_empty(), "the first step waits for two fetches again");
    }
}
