//! Independent faults of single answers, and what an episode does to an answer.

use std::time::Duration;

use tgbio_core::{
    DeniedReason, FetchErrorKind, Field, Observed, Profile, ProfileKind, RateLimitReason, UnreachableReason,
    UnrecognisedReason,
};

use super::plan::{LOSABLE, Wrong};
use super::world::{Faults, Shared, Spoilt};

const FAILURES: [FetchErrorKind; 24] = [
    FetchErrorKind::RateLimited {
        retry_after: Some(Duration::from_secs(7)),
        reason: RateLimitReason::FloodWait,
    },
    FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::Http429 },
    FetchErrorKind::RateLimited {
        retry_after: Some(Duration::from_secs(40 * 60)),
        reason: RateLimitReason::Http429,
    },
    FetchErrorKind::Denied(DeniedReason::Http403),
    FetchErrorKind::Denied(DeniedReason::SignedOut),
    FetchErrorKind::Denied(DeniedReason::Frozen),
    FetchErrorKind::Denied(DeniedReason::Banned),
    FetchErrorKind::Unreachable(UnreachableReason::Dns),
    FetchErrorKind::Unreachable(UnreachableReason::Connect),
    FetchErrorKind::Unreachable(UnreachableReason::Tls),
    FetchErrorKind::Unreachable(UnreachableReason::Timeout),
    FetchErrorKind::Unreachable(UnreachableReason::Reset),
    FetchErrorKind::Unreachable(UnreachableReason::Http5xx),
    FetchErrorKind::Unreachable(UnreachableReason::Redirect),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Empty),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Truncated),
    FetchErrorKind::Unrecognised(UnrecognisedReason::NotTelegram),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Challenge),
    FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Post),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Invite),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Layout),
    FetchErrorKind::Unrecognised(UnrecognisedReason::TooLarge),
    FetchErrorKind::Unrecognised(UnrecognisedReason::Encoding),
];

/// What an episode does to every answer.
pub(super) fn of_episode(wrong: &Wrong) -> Spoilt {
    match wrong {
        Wrong::Throttled => Spoilt::Fails(FetchErrorKind::NotFound),
        Wrong::Lost(fields) => Spoilt::Lost(fields.clone()),
        Wrong::Fails(kind) => Spoilt::Fails(*kind),
    }
}

/// Whether and how this answer of `place` is spoilt by itself. `noticeable` leaves out what no rule could notice.
pub(super) fn draw(shared: &mut Shared, place: usize, faults: Faults, noticeable: bool) -> Spoilt {
    let spoilt = if shared.rng.percent(faults.percent) { one(shared, noticeable) } else { Spoilt::No };
    let looks = looks_like(&spoilt);
    let recent = shared.recent.entry(place).or_default();
    // Each earlier one that looked the same since the last right answer that was kept.
    let alike = |bit: u32| recent.iter().filter(|before| *before & bit != 0).count();
    let too_many = (0..32).any(|bit| looks & (1 << bit) != 0 && alike(1 << bit) >= faults.alike);
    if looks != 0 && !too_many {
        recent.push(looks);
    }
    if too_many { Spoilt::Fails(FetchErrorKind::Unreachable(UnreachableReason::Reset)) } else { spoilt }
}

fn one(shared: &mut Shared, noticeable: bool) -> Spoilt {
    match shared.rng.below(10) {
        0 | 1 => Spoilt::Fails(FetchErrorKind::NotFound),
        2 => Spoilt::Fails(FetchErrorKind::InvalidName),
        3 | 4 if !noticeable => Spoilt::Lost(vec![*shared.rng.pick(&LOSABLE)]),
        5 if !noticeable => Spoilt::Lost([&LOSABLE[..], &[Field::Scam]].concat()),
        6 if !noticeable => {
            if shared.rng.percent(50.0) {
                Spoilt::OtherKind
            } else {
                Spoilt::OtherOwner
            }
        }
        _ => Spoilt::Fails(*shared.rng.pick(&FAILURES)),
    }
}

/// The false changes that a spoilt answer looks like, one bit each.
pub(super) fn looks_like(spoilt: &Spoilt) -> u32 {
    match spoilt {
        Spoilt::Fails(FetchErrorKind::NotFound | FetchErrorKind::InvalidName) => 1 << 31,
        Spoilt::No | Spoilt::Fails(_) => 0,
        Spoilt::Lost(fields) => fields.iter().fold(0, |bits, field| bits | 1 << (*field as u32)),
        Spoilt::OtherKind => 1 << 30,
        Spoilt::OtherOwner => 1 << 29,
    }
}

/// What is read from a spoilt answer about this profile.
pub(super) fn spoil(profile: &mut Profile, spoilt: &Spoilt) {
    match spoilt {
        Spoilt::Lost(fields) => fields.iter().for_each(|field| lose(profile, *field)),
        Spoilt::OtherKind => {
            let bot = profile.kind == Observed::Present(ProfileKind::Bot);
            profile.kind = Observed::Present(if bot { ProfileKind::User } else { ProfileKind::Bot });
        }
        Spoilt::OtherOwner => profile.telegram_id = profile.telegram_id.map(|_| 7),
        Spoilt::No | Spoilt::Fails(_) => {}
    }
}

fn lose(profile: &mut Profile, field: Field) {
    let off = |flag: Observed<bool>| flag.map(|_| false);
    match field {
        Field::Bio => (profile.bio, profile.links) = (Observed::Absent, Observed::Absent),
        Field::Links => profile.links = Observed::Absent,
        Field::HasPhoto => profile.photo = Observed::Absent,
        Field::Verified => profile.verified = off(profile.verified),
        Field::Scam => profile.scam = off(profile.scam),
        Field::Premium => profile.premium = off(profile.premium),
        Field::Usernames if profile.usernames.is_known() => profile.usernames = Observed::Absent,
        _ => {}
    }
}
