//! When a public Telegram profile changed, what it was before, and how sure that is.
//!
//! This crate is the domain of tgbio: what a profile is, how it is read ([`ProfileFetcher`]), what differs
//! ([`diff()`]), what may be believed, and how the history is kept. It speaks no HTTP, no HTML and no Telegram
//! protocol: backends live in `tgbio-fetch`, the server in `tgbio-server`.

pub mod alarm;
pub mod canary;
mod clock;
pub mod coverage;
mod details;
mod diff;
pub mod drift;
mod fetch;
mod fetch_error;
mod field;
pub mod history;
mod host_limits;
pub mod judge;
pub mod links;
mod observed;
mod photo;
mod presence;
mod priority;
mod profile;
pub mod schedule;
pub mod sources;
pub mod store;
pub mod surge;
#[cfg(feature = "testing")]
pub mod testing;
mod text_diff;
mod timestamp;
mod track;
mod username;
pub mod wording;

pub use clock::{Clock, ManualClock, SystemClock};
pub use details::{Birthday, BusinessIntro, PersonalChannel};
pub use diff::{Change, diff, overlay};
pub use fetch::{
    Capabilities, Evidence, FetchResult, Observation, PhotoBytes, ProfileFetcher, ProfileFetcherExt, Target,
};
pub use fetch_error::{
    Cause, DeniedReason, FetchError, FetchErrorKind, RateLimitReason, Retry, UnreachableReason,
    UnrecognisedReason, WaitScope,
};
pub use field::{Field, FieldValue};
pub use host_limits::{HostLimits, MemoryHostLimits};
pub use observed::Observed;
pub use photo::{Photo, PhotoId};
pub use presence::{Health, Outcome, Presence};
pub use priority::Priority;
pub use profile::{Counts, Link, Profile, ProfileId, ProfileKind};
pub use schedule::Rules;
pub use text_diff::{Piece, PieceKind, TextDiff};
pub use timestamp::{Timestamp, TimestampError};
pub use track::{
    CheckError, Checked, FollowError, PHOTO_ONCE_IN, Poller, PollerHandle, PollerStatus, Tracker,
    TrackerBuilder, settle_drift, settle_surge,
};
pub use username::{MAX_LEN, MIN_LEN, Username, UsernameError};
