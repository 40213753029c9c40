//! What goes wrong, and when: drawn from the seed before anything runs.

use std::time::Duration;

use tgbio_core::{
    DeniedReason, FetchErrorKind, Field, RateLimitReason, Timestamp, UnreachableReason, UnrecognisedReason,
};

use super::power::Cut;
use super::rng::Rng;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The fields that a changed layout may lose, all of them shown by a canary.
pub const LOSABLE: [Field; 6] =
    [Field::Bio, Field::HasPhoto, Field::Verified, Field::Premium, Field::Usernames, Field::Links];

/// A time in which something is wrong with every answer of the host.
#[derive(Debug, Clone)]
pub struct Episode {
    /// Since when.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Timestamp,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with every answer.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// Every name looks free.
    Throttled,
    /// These fields look empty.
    Lost(Vec<Field>),
    /// No answer is one.
    Fails(FetchErrorKind),
}

/// A process that ends in the middle of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trap {
    /// The source was asked and has not answered.
    BeforeAnswer,
    /// It has answered and nothing is written.
    BeforeWrite,
    /// It is written and nobody was told.
    AfterWrite,
    /// A canary was read and is not remembered.
    InCanary,
    /// Due work was claimed and nothing is begun.
    Claimed,
    /// The store was told the time, which may have moved what it knows, and nobody here knows that.
    ToldTime,
}

/// Something that happens once.
#[derive(Debug, Clone)]
pub enum Event {
    /// The process is stopped as it should be.
    Stop,
    /// The process is killed as soon as it is there.
    Kill(Trap),
    /// The process is started.
    Start,
    /// The wall clock is set forward or, below zero, back: milliseconds.
    Jump(i64),
    /// The wall clock is wrong for some seconds: ahead by so many milliseconds, for so long.
    Blink(i64, Duration),
    /// The machine sleeps: time goes on and nothing runs.
    Sleep(Duration),
    /// What becomes of the disk.
    Disk(DiskState),
    /// The power goes, at once or as soon as the process is there.
    LosePower(Cut, Option<Trap>),
    /// The log is moved into the file.
    MoveLog,
    /// Somebody asks what has changed since they asked last.
    AskChanges,
    /// Somebody notes something beside a profile.
    Note(usize),
}

/// How the disk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskState {
    /// Well.
    Works,
    /// It is full: every write is refused.
    Full,
    /// The file is locked or has vanished: nothing can be read either.
    Gone,
}

/// Everything that goes wrong in one seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Host-wide.
    pub episodes: Vec<Episode>,
    /// In order.
    pub events: Vec<(Timestamp, Event)>,
}

impl Plan {
    /// Draws a plan between two times; nothing goes wrong in the last `quiet` time, and in a quarter
    /// of it at first, so that the canary is known.
    pub(super) fn draw(seed: u64, start: Timestamp, end: Timestamp, quiet: Duration) -> Self {
        let from = start.after(quiet / 4);
        let mut draw = Draw { rng: Rng::new(seed, 1), start: from, length: end.before(quiet).since(from) };
        let mut episodes = draw.throttling();
        episodes.extend(draw.layouts());
        episodes.extend(draw.failing());
        let mut events = Vec::new();
        draw.downtimes(&mut events);
        draw.clocks(&mut events);
        draw.disks(&mut events);
        draw.blinks(&mut events);
        events.sort_by_key(|(at, _)| *at);
        Self { episodes, events }
    }

    /// The same with power cuts, and with people whose doings survive them.
    pub(super) fn with_power_cuts(
        mut self,
        seed: u64,
        (start, end): (Timestamp, Timestamp),
        quiet: Duration,
        breaks_word: bool,
    ) -> Self {
        let from = start.after(quiet / 4);
        let mut draw = Draw { rng: Rng::new(seed, 3), start: from, length: end.before(quiet).since(from) };
        draw.power_cuts(&mut self.events, breaks_word);
        draw.people(&mut self.events);
        self.events.sort_by_key(|(at, _)| *at);
        self
    }

    /// What is wrong with every answer at a time.
    pub fn wrong_at(&self, time: Timestamp) -> Option<&Wrong> {
        let now = self.episodes.iter().find(|episode| episode.from <= time && time < episode.until);
        now.map(|episode| &episode.wrong)
    }

    /// Whether every answer from one time to another, that one included, is wrong.
    pub fn wrong_throughout(&self, from: Timestamp, until: Timestamp) -> bool {
        let mut right_from = from;
        while right_from <= until {
            let around = |episode: &&Episode| episode.from <= right_from && right_from < episode.until;
            match self.episodes.iter().find(around) {
                Some(episode) => right_from = episode.until,
                None => return false,
            }
        }
        true
    }
}

struct Draw {
    rng: Rng,
    start: Timestamp,
    length: Duration,
}

impl Draw {
    fn time(&mut self) -> Timestamp {
        let at = self.length.mul_f64(self.rng.unit());
        self.start.after(Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0)))
    }

    fn episode(&mut self, least: Duration, most: Duration, wrong: Wrong) -> Episode {
        let from = self.time();
        Episode { from, until: from.after(self.rng.span(least, most)), wrong }
    }

    fn throttling(&mut self) -> Vec<Episode> {
        (0..6).map(|_| self.episode(2 * MINUTE, 9 * HOUR, Wrong::Throttled)).collect()
    }

    fn layouts(&mut self) -> Vec<Episode> {
        let one = |draw: &mut Self| {
            let lost = if draw.rng.percent(30.0) { LOSABLE.to_vec() } else { vec![*draw.rng.pick(&LOSABLE)] };
            draw.episode(HOUR, 12 * HOUR, Wrong::Lost(lost))
        };
        (0..6).map(|_| one(self)).collect()
    }

    fn failing(&mut self) -> Vec<Episode> {
        let kinds = [
            FetchErrorKind::RateLimited { retry_after: Some(10 * MINUTE), reason: RateLimitReason::Http429 },
            FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::Http429 },
            FetchErrorKind::Denied(DeniedReason::Http403),
            FetchErrorKind::Unreachable(UnreachableReason::Connect),
            FetchErrorKind::Unreachable(UnreachableReason::Http5xx),
            FetchErrorKind::Unrecognised(UnrecognisedReason::Layout),
            FetchErrorKind::Unrecognised(UnrecognisedReason::Challenge),
        ];
        kinds.map(|kind| self.episode(MINUTE, 4 * HOUR, Wrong::Fails(kind))).to_vec()
    }

    fn downtimes(&mut self, events: &mut Vec<(Timestamp, Event)>) {
        use Trap::{AfterWrite, BeforeAnswer, BeforeWrite, Claimed, InCanary, ToldTime};
        let traps = [BeforeAnswer, BeforeWrite, AfterWrite, InCanary, Claimed, ToldTime].map(Some);
        for trap in [None, None].into_iter().chain(traps) {
            let at = self.time();
            events.push((at, trap.map_or(Event::Stop, Event::Kill)));
            events.push((at.after(self.rng.span(SECOND, 5 * HOUR)), Event::Start));
        }
    }

    fn power_cuts(&mut self, events: &mut Vec<(Timestamp, Event)>, breaks_word: bool) {
        use Trap::{AfterWrite, BeforeAnswer, BeforeWrite, Claimed, InCanary, ToldTime};
        let traps = [BeforeAnswer, BeforeWrite, AfterWrite, InCanary, Claimed, ToldTime].map(Some);
        for cut in [Cut::Some, Cut::Some, Cut::Some, Cut::All, Cut::All, Cut::WhileMoved] {
            let at = self.time();
            let trap = if self.rng.percent(40.0) { None } else { *self.rng.pick(&traps) };
            let cut = if breaks_word { Cut::Synced } else { cut };
            events.push((at, Event::LosePower(cut, trap)));
            events.push((at.after(self.rng.span(SECOND, 5 * HOUR)), Event::Start));
            if self.rng.percent(50.0) {
                // So that the log has begun anew.
                events.push((at.before(self.rng.span(SECOND, 6 * HOUR)), Event::MoveLog));
            }
        }
    }

    /// About four times a day somebody asks, and once a day somebody notes something.
    fn people(&mut self, events: &mut Vec<(Timestamp, Event)>) {
        let days = usize::try_from(self.length.as_secs() / 86_400).unwrap_or(0);
        for _ in 0..days {
            let note = self.rng.below(1_000);
            events.push((self.time(), Event::Note(note)));
            for _ in 0..4 {
                events.push((self.time(), Event::AskChanges));
            }
        }
    }

    fn clocks(&mut self, events: &mut Vec<(Timestamp, Event)>) {
        let hours = |rng: &mut Rng, hours: u32| {
            i64::try_from(rng.span(SECOND, hours * HOUR).as_millis()).unwrap_or(0)
        };
        for (sign, most) in [(1, 6), (1, 6), (-1, 6), (-1, 6), (-1, 36)] {
            let jump = sign * hours(&mut self.rng, most);
            events.push((self.time(), Event::Jump(jump)));
        }
        for _ in 0..2 {
            let sleep = self.rng.span(MINUTE, 10 * HOUR);
            events.push((self.time(), Event::Sleep(sleep)));
        }
    }

    fn blinks(&mut self, events: &mut Vec<(Timestamp, Event)>) {
        for _ in 0..2 {
            let ahead = i64::try_from(self.rng.span(2 * MINUTE, 48 * HOUR).as_millis()).unwrap_or(0);
            let time = self.rng.span(SECOND, 25 * SECOND);
            events.push((self.time(), Event::Blink(ahead, time)));
        }
    }

    fn disks(&mut self, events: &mut Vec<(Timestamp, Event)>) {
        for state in [DiskState::Full, DiskState::Full, DiskState::Full, DiskState::Gone, DiskState::Gone] {
            let at = self.time();
            events.push((at, Event::Disk(state)));
            events.push((at.after(self.rng.span(SECOND, 2 * HOUR)), Event::Disk(DiskState::Works)));
        }
    }
}
