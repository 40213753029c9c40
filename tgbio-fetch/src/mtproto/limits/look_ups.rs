//! When the next name may be looked up: a few at once, then at a pace, and so many in a day. Pure: no clock, no tables.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tgbio_core::Timestamp;

use super::DAY;

/// Names that are given places at most; the others are told the last one.
const MOST_PLACES: usize = 100_000;

/// How often names may be looked up.
#[derive(Debug, Clone)]
pub(in super::super) struct LookUpSettings {
    /// In 24 hours.
    pub(in super::super) budget: u32,
    /// Between two, on average.
    pub(in super::super) distance: Duration,
    /// At once, after as many distances of quiet.
    pub(in super::super) burst: u32,
    /// A turn that is no farther away is waited for.
    pub(in super::super) patience: Duration,
    /// Those for which nobody waits are made while fewer than so many were made in 24 hours: half the budget without it.
    pub(in super::super) unhurried: Option<u32>,
}

impl LookUpSettings {
    pub(super) fn for_unhurried(&self) -> u32 {
        self.unhurried.unwrap_or(self.budget / 2)
    }
}

/// The look-ups of an account.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    /// When names were looked up in the last day, or will be within the patience, oldest first.
    made: VecDeque<Timestamp>,
    /// From then on a whole burst may be made again.
    rested: Timestamp,
    /// Who was refused has a place, so that not all of them come again at once.
    places: Places,
    now: Timestamp,
}

#[derive(Debug, Default)]
struct Places {
    by_name: HashMap<String, Timestamp>,
    /// The same, in order.
    row: VecDeque<Timestamp>,
}

impl LookUps {
    /// What is known of those that were made, oldest first.
    pub(super) fn kept(made: VecDeque<Timestamp>, now: Timestamp, settings: &LookUpSettings) -> Self {
        let mut look_ups = Self { made, now, ..Self::default() };
        look_ups.began_before(now, settings);
        look_ups
    }

    /// No look-up that was made lies ahead: the clock was set back.
    fn began_before(&mut self, now: Timestamp, settings: &LookUpSettings) {
        let distance = settings.distance;
        self.made.iter_mut().for_each(|at| *at = (*at).min(now));
        self.rested =
            self.made.iter().fold(Timestamp::default(), |rested, at| rested.max(*at).after(distance));
        self.places = Places::default();
    }

    /// Takes a turn now or within the patience, or tells how long it is until this name's place, a day at most: the
    /// settings may be others by then. `later` lengthens the distance to the next one.
    pub(super) fn take(
        &mut self,
        name: &str,
        now: Timestamp,
        later: f64,
        settings: &LookUpSettings,
    ) -> Result<Timestamp, Duration> {
        let turn = self.turn_at(now, settings);
        if turn.since(now) > settings.patience || settings.budget == 0 {
            return Err(self.place(name, turn, now, settings).since(now).min(DAY));
        }
        self.places.by_name.remove(name);
        self.note(turn, later, settings);
        Ok(turn)
    }

    /// Takes a turn now for a look-up that nobody waits for: only when there is one, nobody has a place, and a part of the
    /// day's budget is left to others.
    pub(super) fn take_unhurried(&mut self, now: Timestamp, later: f64, settings: &LookUpSettings) -> bool {
        let turn = self.turn_at(now, settings);
        let awaited = self.places.row.back().is_some_and(|place| *place > now);
        let left = self.made.len() < usize::try_from(settings.for_unhurried()).unwrap_or(usize::MAX);
        let taken = turn <= now && !awaited && left;
        if taken {
            self.note(turn, later, settings);
        }
        taken
    }

    fn turn_at(&mut self, now: Timestamp, settings: &LookUpSettings) -> Timestamp {
        if now < self.now {
            self.began_before(now, settings);
        }
        self.now = now;
        self.drop_old(now);
        self.turn(now, settings)
    }

    fn note(&mut self, turn: Timestamp, later: f64, settings: &LookUpSettings) {
        self.made.push_back(turn);
        self.rested = self.rested.max(turn).after(settings.distance.mul_f64(later));
    }

    /// The earliest turn.
    fn turn(&self, now: Timestamp, settings: &LookUpSettings) -> Timestamp {
        let ahead = settings.distance.saturating_mul(settings.burst.saturating_sub(1));
        let paced = self.rested.before(ahead);
        now.max(paced).max(self.affordable(0, settings).unwrap_or(now))
    }

    /// When the budget allows the one that comes after so many in the row of places.
    fn affordable(&self, places: usize, settings: &LookUpSettings) -> Option<Timestamp> {
        let budget = usize::try_from(settings.budget).unwrap_or(usize::MAX);
        let row = self.places.row.iter().take(places);
        let pays = (self.made.len() + places).checked_sub(budget)?;
        let at = self.made.iter().chain(row).nth(pays).copied();
        Some(at.unwrap_or(self.now).after(DAY))
    }

    /// The place of a name that is refused now. One whose place has come takes the next turn that there is.
    fn place(&mut self, name: &str, turn: Timestamp, now: Timestamp, settings: &LookUpSettings) -> Timestamp {
        while self.places.row.front().is_some_and(|at| *at <= now) {
            self.places.row.pop_front();
        }
        let before = self.places.by_name.get(name).copied();
        let place = match (before, self.places.row.back().copied()) {
            (Some(place), _) if place > now => return place,
            (None, Some(last)) if self.places.row.len() >= MOST_PLACES => return last,
            (Some(_), _) | (None, None) => turn,
            (None, Some(last)) => {
                let affordable = self.affordable(self.places.row.len(), settings);
                turn.max(last.after(settings.distance)).max(affordable.unwrap_or(turn))
            }
        };
        if before.is_none() {
            self.places.row.push_back(place);
        }
        self.places.by_name.insert(name.to_owned(), place);
        place
    }

    fn drop_old(&mut self, now: Timestamp) {
        while self.made.front().is_some_and(|at| at.after(DAY) <= now) {
            self.made.pop_front();
        }
        // Those who did not come again when their place had come are forgotten.
        if self.places.by_name.len() > 2 * self.places.row.len() + 64 {
            self.places.by_name.retain(|_, at| at.after(DAY) > now);
        }
    }

    /// How many were made in the last day, and when the next one may be made, where the budget is used up.
    pub(super) fn used(&mut self, now: Timestamp, budget: u32) -> (u32, Option<Timestamp>) {
        self.drop_old(now);
        let used = u32::try_from(self.made.len()).unwrap_or(u32::MAX);
        let oldest = self.made.front().filter(|_| used >= budget);
        (used, oldest.map(|oldest| oldest.after(DAY)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DISTANCE: Duration = Duration::from_secs(30);

    fn settings(budget: u32, burst: u32) -> LookUpSettings {
        LookUpSettings { budget, distance: DISTANCE, burst, patience: Duration::ZERO, unhurried: None }
    }

    fn after(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_few_at_once_and_then_the_pace() {
        let (mut look_ups, settings) = (LookUps::default(), settings(150, 3));
        let mut take = |seconds| look_ups.take("name", after(seconds), 1.0, &settings).is_ok();
        assert!(take(0) && take(0) && take(1), "a burst");
        assert!(!take(1) && !take(29) && take(30), "then one per distance");
        assert!(!take(59) && take(60));
        assert!(take(150) && take(150) && take(150) && !take(150), "who has rested may burst again");
    }

    #[test]
    fn a_restart_is_no_rest() {
        let settings = settings(150, 3);
        let made = VecDeque::from([after(0), after(0), after(0)]);
        let mut kept = LookUps::kept(made, after(29), &settings);
        assert_eq!(kept.take("name", after(29), 1.0, &settings), Err(Duration::from_secs(1)));
        assert_eq!(kept.take("name", after(30), 1.0, &settings), Ok(after(30)));
    }

    #[test]
    fn who_is_refused_has_a_place_of_its_own() {
        let (mut look_ups, settings) = (LookUps::default(), settings(4, 1));
        let mut refused = |name: &str, seconds| {
            look_ups.take(name, after(seconds), 1.0, &settings).map_err(|wait| wait.as_secs())
        };
        assert_eq!(refused("first", 0), Ok(after(0)));
        let waits = ["a", "b", "c", "d", "e", "f"].map(|name| refused(name, 0).unwrap_err());
        let day = DAY.as_secs();
        assert_eq!(waits, [30, 60, 90, day, day, day], "nobody is told more than a day");
        assert_eq!(refused("c", 10), Err(80), "to ask again changes nothing");
        assert_eq!(refused("a", 30), Ok(after(30)));
        assert_eq!(refused("stranger", 60), Ok(after(60)), "somebody else was quicker");
        assert_eq!(refused("b", 60), Err(30), "then it is the next turn");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_for_it() {
        let (mut look_ups, settings) = (LookUps::default(), settings(150, 1));
        assert!(look_ups.take("name", after(9_000), 1.0, &settings).is_ok());
        assert_eq!(look_ups.take("name", after(0), 1.0, &settings), Err(DISTANCE));
    }

    /// Each comes again at the time that it was told.
    #[test]
    fn of_many_who_wait_nobody_is_forgotten_and_none_asks_often() {
        let (mut look_ups, settings) = (LookUps::default(), settings(150, 5));
        let mut due: BTreeSet<(Timestamp, usize)> = (0..1_000).map(|name| (after(0), name)).collect();
        let (mut asked, mut last) = (0, after(0));
        while let Some((now, name)) = due.pop_first() {
            (asked, last) = (asked + 1, now);
            if let Err(wait) = look_ups.take(&format!("name_{name}"), now, 1.05, &settings) {
                due.insert((now.after(wait), name));
            }
        }
        let days = last.since(after(0)).as_secs() / DAY.as_secs();
        assert_eq!(days, 6, "1000 / 150");
        assert!(asked < 1_000 * 7, "about once a day each: {asked}");
    }

    #[test]
    fn what_nobody_waits_for_leaves_a_part_to_others() {
        let (mut look_ups, settings) = (LookUps::default(), settings(6, 1));
        let mut at = 0;
        let mut next = |look_ups: &mut LookUps| {
            at += 30;
            look_ups.take_unhurried(after(at), 1.0, &settings)
        };
        assert!(next(&mut look_ups) && next(&mut look_ups) && next(&mut look_ups));
        assert!(!next(&mut look_ups), "half the budget is for names that somebody waits for");
        assert!((5..8).all(|turn| look_ups.take("name", after(turn * 30), 1.0, &settings).is_ok()));
        let day = DAY.as_secs() + 7 * 30;
        assert!(look_ups.take_unhurried(after(day), 1.0, &settings));
        assert!(!look_ups.take_unhurried(after(day + 1), 1.0, &settings), "nor is it waited for");
        assert!(look_ups.take("name", after(day + 1), 1.0, &settings).is_err());
        let another = LookUpSettings { unhurried: Some(0), ..settings.clone() };
        assert!(!LookUps::default().take_unhurried(after(0), 1.0, &another));
    }

    #[test]
    fn who_has_a_place_comes_before_what_nobody_waits_for() {
        let (mut look_ups, settings) = (LookUps::default(), settings(150, 1));
        assert!(
            ["a", "b", "c"].map(|name| look_ups.take(name, after(0), 1.0, &settings).is_ok())
                == [true, false, false]
        );
        assert!(!look_ups.take_unhurried(after(30), 1.0, &settings), "that is the turn of the second");
        assert!(look_ups.take("b", after(30), 1.0, &settings).is_ok());
        assert!(look_ups.take("c", after(60), 1.0, &settings).is_ok());
        assert!(look_ups.take_unhurried(after(90), 1.0, &settings));
    }

    #[test]
    fn without_a_budget_there_is_no_turn() {
        let mut look_ups = LookUps::default();
        assert!(look_ups.take("name", after(0), 1.0, &settings(0, 5)).is_err());
    }
}
