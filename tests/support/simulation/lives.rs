//! Invents lives: every kind of true change, some of them taken back quickly.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::{Observed, Photo, PhotoId, Profile, ProfileKind, Timestamp, Username, links};

use super::rng::Rng;
use super::truth::{Life, Phase};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const BIOS: [&str; 4] =
    ["Journalist", "Write to @somebody_else", "News at https://example.org/news", "Line\nLine"];

/// The name that a profile has after so many renames.
fn name(place: usize, renames: u64) -> Username {
    let text = format!("sim_{place:02}_{renames}");
    Username::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// The place of the profile that this name belongs to.
pub(super) fn place_of(name: &Username) -> Option<usize> {
    name.as_str().strip_prefix("sim_")?.get(..2)?.parse().ok()
}

/// The id of the profile at a place. It stays, however much else changes: an answer with another id is another account's,
/// and never a part of this life.
fn telegram_id(place: usize) -> u64 {
    1_000_000 + place as u64 * 1_000
}

/// The place of the profile that this id belongs or belonged to.
pub(super) fn place_of_id(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(1_000_000)? / 1_000).ok()
}

/// Makes one life step by step.
struct Maker {
    rng: Rng,
    place: usize,
    known: bool,
    made: u64,
    renames: u64,
}

/// The life of the profile at a place. Nothing changes in the first and in the last `quiet` hours.
pub(super) fn invent(
    seed: u64,
    place: usize,
    (start, end): (Timestamp, Timestamp),
    quiet: Duration,
    only_pages: bool,
) -> Life {
    let known = place % 2 == 1 && !only_pages;
    let mut maker = Maker { rng: Rng::new(seed, 100 + place as u64), place, known, made: 0, renames: 0 };
    let first = maker.somebody();
    let mut phases = vec![Phase { from: start, shown: Some(Arc::new(first.clone())) }];
    let (mut now, mut last) = (start.after(quiet), first);
    loop {
        now = now.after(maker.pause());
        if now >= end.before(quiet) {
            break;
        }
        let shown = maker.next(phases.last().and_then(|phase| phase.shown.as_deref()), &last);
        if let Some(shown) = &shown {
            last.clone_from(shown);
        }
        phases.push(Phase { from: now, shown: shown.map(Arc::new) });
        if maker.rng.percent(20.0) {
            now = now.after(maker.rng.span(MINUTE, 3 * HOUR));
            let back = phases[phases.len() - 2].shown.clone();
            if let Some(shown) = &back {
                last = (**shown).clone();
            }
            phases.push(Phase { from: now, shown: back });
        }
    }
    Life { place, name: name(place, 0), known, phases }
}

impl Maker {
    fn pause(&mut self) -> Duration {
        match self.rng.below(10) {
            0 => self.rng.span(MINUTE, 30 * MINUTE),
            1..=3 => self.rng.span(HOUR, 12 * HOUR),
            _ => self.rng.span(6 * HOUR, 120 * HOUR),
        }
    }

    /// A new owner of the name; with a known id, the same account with everything changed.
    fn somebody(&mut self) -> Profile {
        let mut profile = Profile::new(name(self.place, self.renames));
        let kinds = [ProfileKind::User, ProfileKind::Channel, ProfileKind::Bot, ProfileKind::Group];
        profile.kind = Observed::Present(*self.rng.pick(&kinds));
        profile.display_name = Observed::Present(self.text("Name"));
        profile.photo =
            if self.rng.percent(60.0) { Observed::Present(self.photo()) } else { Observed::Absent };
        profile.verified = Observed::Present(self.rng.percent(40.0));
        let bio = self.rng.percent(70.0).then(|| self.bio());
        set_bio(&mut profile, bio);
        if self.known {
            profile.telegram_id = Observed::Present(telegram_id(self.place));
            profile.scam = Observed::Present(self.rng.percent(20.0));
            profile.fake = Observed::Present(false);
            profile.premium = Observed::Present(self.rng.percent(50.0));
            profile.usernames = Observed::Absent;
        }
        profile
    }

    fn text(&mut self, word: &str) -> String {
        self.made += 1;
        format!("{word} {} {}", self.place, self.made)
    }

    fn bio(&mut self) -> String {
        let words = *self.rng.pick(&BIOS);
        self.text(words)
    }

    fn photo(&mut self) -> Photo {
        self.made += 1;
        let number = self.place as u64 * 1_000_000 + self.made;
        let id = self.known.then(|| PhotoId::telegram(i64::try_from(number).unwrap_or(0)));
        let mut photo = id.map_or_else(Photo::default, Photo::named);
        photo.url = Some(format!("https://cdn.example/{number}"));
        photo
    }

    /// What comes next.
    fn next(&mut self, now: Option<&Profile>, last: &Profile) -> Option<Profile> {
        let Some(now) = now else { return Some(self.returned(last)) };
        if self.rng.percent(12.0) {
            return None;
        }
        let mut next = now.clone();
        for _ in 0..=self.rng.below(2) {
            self.edit(&mut next);
        }
        Some(next)
    }

    /// It comes back as it was, changed, or as somebody else.
    fn returned(&mut self, last: &Profile) -> Profile {
        match self.rng.below(4) {
            0 => last.clone(),
            1 | 2 => {
                let mut changed = last.clone();
                self.edit(&mut changed);
                changed
            }
            _ => {
                let mut somebody = self.somebody();
                somebody.username = last.username.clone();
                somebody
            }
        }
    }

    fn edit(&mut self, profile: &mut Profile) {
        match self.rng.below(if self.known { 15 } else { 10 }) {
            0..=2 => {
                let bio = self.bio();
                set_bio(profile, Some(bio));
            }
            3 | 4 => set_bio(profile, None),
            5 => profile.display_name = Observed::Present(self.text("Name")),
            6 => profile.photo = Observed::Present(self.photo()),
            7 => profile.photo = Observed::Absent,
            8 => flip(&mut profile.verified),
            9 => self.becomes_another(profile),
            10 => flip(&mut profile.premium),
            11 => flip(&mut profile.scam),
            12 => self.other_names(profile),
            13 => flip(&mut profile.fake),
            _ => {
                self.renames += 1;
                profile.username = name(self.place, self.renames);
            }
        }
    }

    /// The kind changes, or the name gets another owner.
    fn becomes_another(&mut self, profile: &mut Profile) {
        if self.rng.percent(50.0) {
            let group = profile.kind == Observed::Present(ProfileKind::Group);
            profile.kind = Observed::Present(if group { ProfileKind::Channel } else { ProfileKind::Group });
        } else {
            let name = profile.username.clone();
            *profile = self.somebody();
            profile.username = name;
        }
    }

    fn other_names(&mut self, profile: &mut Profile) {
        let names = vec![name(self.place, 900 + self.made % 50)];
        self.made += 1;
        let some = profile.usernames.is_absent() || self.rng.percent(50.0);
        profile.usernames = if some { Observed::Present(names) } else { Observed::Absent };
    }
}

fn flip(flag: &mut Observed<bool>) {
    *flag = flag.map(|on| !on);
}

/// The bio with the links that are read from it.
fn set_bio(profile: &mut Profile, bio: Option<String>) {
    let found = bio.as_deref().map(links::derive).unwrap_or_default();
    profile.links = if found.is_empty() { Observed::Absent } else { Observed::Present(found) };
    profile.bio = Observed::from_option(bio);
}
