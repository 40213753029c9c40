//! How often something is found on pages, counted so that it can be kept and added up over restarts and processes.

use std::borrow::Cow;

use crate::{Field, ProfileKind, Timestamp};

/// The name under which it is counted what profiles of a kind show, followed ones and canaries, whatever backend read them.
/// Pages of different kinds are built differently, so that one kind says nothing about another.
pub fn profiles_of(kind: Option<ProfileKind>) -> &'static str {
    match kind {
        None => "profiles",
        Some(ProfileKind::User) => "profiles/user",
        Some(ProfileKind::Bot) => "profiles/bot",
        Some(ProfileKind::Channel) => "profiles/channel",
        Some(ProfileKind::Group) => "profiles/group",
    }
}

/// A selector is judged by at least so many pages before it missed, and by at least so many misses.
pub(super) const FEWEST_PAGES: u64 = 20;
/// The chance at which a row of misses is none.
const UNLIKELY: f64 = 1e-6;
/// More pages than these fade.
const FADES_AT: u64 = 4096;

/// How often a selector finds something on the pages of recognised or unknown layout; or, by the name of [`profiles_of`] a kind, how
/// often profiles show a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectorRate {
    /// The backend.
    pub fetcher: String,
    /// The selector's name.
    pub selector: Cow<'static, str>,
    /// The field that is read by it.
    pub field: Option<Field>,
    /// Pages.
    pub pages: u64,
    /// Of them with a hit.
    pub hits: u64,
    /// Pages without a hit since the last one with it.
    pub missed: u64,
    /// The last hit.
    pub last_hit_at: Option<Timestamp>,
    /// Of profiles: how many followed ones have shown the field and were read without it since the last hit. Who was so
    /// before somebody else showed it counts only when that one loses it as well.
    pub lost: u64,
}

impl SelectorRate {
    /// A selector that was never used.
    pub fn new(
        fetcher: impl Into<String>,
        selector: impl Into<Cow<'static, str>>,
        field: Option<Field>,
    ) -> Self {
        let (fetcher, selector) = (fetcher.into(), selector.into());
        Self { fetcher, selector, field, pages: 0, hits: 0, missed: 0, last_hit_at: None, lost: 0 }
    }

    /// Counts a page. It never fades here, so that what was counted since some time can be told.
    pub fn count(&mut self, hit: bool, at: Timestamp) {
        self.pages += 1;
        self.hits += u64::from(hit);
        self.missed = if hit { 0 } else { self.missed + 1 };
        if hit {
            (self.last_hit_at, self.lost) = (Some(at), 0);
        }
    }

    /// What was counted since it stood at `before`; all of it when it began anew meanwhile.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        if self.pages < before.pages || self.hits < before.hits {
            return self.clone();
        }
        let (pages, hits) = (self.pages - before.pages, self.hits - before.hits);
        let missed = if hits > 0 { self.missed } else { self.missed.saturating_sub(before.missed) };
        let last_hit_at = self.last_hit_at.filter(|_| hits > 0);
        Self { pages, hits, missed, last_hit_at, ..self.clone() }
    }

    /// Adds what was counted later. Pages fade while they have hits, so that the rate is that of the last few thousand; a
    /// row of misses never fades.
    pub fn add(&mut self, counted: &Self) {
        self.pages = self.pages.saturating_add(counted.pages);
        self.hits = self.hits.saturating_add(counted.hits);
        if counted.hits > 0 {
            (self.missed, self.lost) = (counted.missed, counted.lost);
            self.last_hit_at = self.last_hit_at.max(counted.last_hit_at);
            while self.pages - self.missed.min(self.pages) >= FADES_AT {
                let before = self.pages - self.missed;
                (self.pages, self.hits) = (before / 2 + self.missed, self.hits / 2);
            }
        } else {
            self.missed = self.missed.saturating_add(counted.missed);
            self.lost = self.lost.max(counted.lost);
        }
    }

    /// Whether it is the same selector of the same backend.
    pub fn is_of(&self, other: &Self) -> bool {
        (&self.fetcher, &self.selector, self.field) == (&other.fetcher, &other.selector, other.field)
    }

    /// Whether it tells what profiles show, and not what a selector finds.
    pub fn is_of_profiles(&self) -> bool {
        self.selector.split('/').next() == Some("profiles")
    }

    /// Whether most pages were without a hit also before they all were: a few may lose by chance what only few have.
    pub(super) fn is_of_few(&self) -> bool {
        2 * self.hits < self.pages.saturating_sub(self.missed)
    }

    /// Whether it has died: so many misses in a row are no chance.
    pub fn is_dead(&self, now: Timestamp) -> bool {
        let before = self.pages.saturating_sub(self.missed);
        let lately = self.last_hit_at.is_some_and(|hit| now.since(hit) < super::BELIEVE_AFTER);
        if self.is_of_profiles() || !lately || before < FEWEST_PAGES || self.missed < FEWEST_PAGES {
            return false;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate of a few thousand pages")]
        let misses = 1.0 - self.hits as f64 / before as f64;
        misses.max(0.0).powf(f64::from(u32::try_from(self.missed).unwrap_or(u32::MAX))) < UNLIKELY
    }
}

/// Adds what was counted to the rates that are known, whoever keeps them.
pub fn add_up(rates: &mut Vec<SelectorRate>, counted: &[SelectorRate]) {
    for counted in counted {
        match rates.iter_mut().find(|rate| rate.is_of(counted)) {
            Some(rate) => rate.add(counted),
            None => {
                let mut rate = SelectorRate { pages: 0, hits: 0, ..counted.clone() };
                rate.missed = 0;
                rate.add(counted);
                rates.push(rate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn rate(hits: u64, missed: u64) -> SelectorRate {
        let mut rate = SelectorRate::new("scrape", "badge", Some(Field::Verified));
        (0..hits).for_each(|_| rate.count(true, at(1)));
        (0..missed).for_each(|_| rate.count(false, at(2)));
        rate
    }

    #[test]
    fn what_two_runs_count_adds_up_as_if_it_were_one() {
        let mut one = rate(30, 5);
        let first = one.clone();
        (0..7).for_each(|_| one.count(false, at(3)));
        let mut sum = first.clone();
        sum.add(&one.since(&first));
        assert_eq!(sum, one, "misses go on");
        let second = one.clone();
        one.count(true, at(4));
        one.count(false, at(5));
        sum.add(&one.since(&second));
        assert_eq!(sum, one, "a hit ends them");
        let anew = rate(2, 1);
        assert_eq!(anew.since(&one), anew, "a new run begins at nothing");
        sum.add(&anew);
        assert_eq!((sum.pages, sum.hits, sum.missed), (47, 33, 1));
    }

    #[test]
    fn pages_fade_and_a_row_of_misses_does_not() {
        let mut kept = Vec::new();
        add_up(&mut kept, &[rate(4_000, 0)]);
        for _ in 0..100 {
            add_up(&mut kept, &[rate(0, 100)]);
        }
        assert_eq!((kept[0].pages, kept[0].hits, kept[0].missed), (14_000, 4_000, 10_000));
        assert!(kept[0].is_dead(at(3)), "however long it goes on");
        add_up(&mut kept, &[rate(10, 0)]);
        assert!(kept[0].pages < FADES_AT && kept[0].hits < kept[0].pages);
        assert!(!kept[0].is_dead(at(3)));
    }
}
