//! JSON as programs outside see it: the same types serve the REST API and the command line.
//!
//! Rules: every key of an answer is always there, and `null` where there is no value; times are RFC 3339 in UTC with
//! milliseconds; spans of time are texts like `5m`; what a request sends is read strictly (a number is no text).

mod account;
mod alarm;
mod change;
mod checkpoint;
mod choice;
mod followed;
mod held;
mod interval;
mod outcome;
mod period;
mod profile;
mod revision;
mod scalar;
mod sources;
mod status;
mod stray;
mod text;
mod time;
mod written;

pub use account::{Account, AccountWait};
pub use alarm::{Alarm, Delay, Selector, SettledSurge, drift_code, drift_key};
pub use change::{Change, ChangePage, FieldDifference, LoggedChange, Piece, RevisionDiff};
pub use checkpoint::{Checkpoint, CheckpointPage, Delivery};
pub use choice::{KindChoice, OrderChoice, PresenceChoice, PriorityChoice};
pub use followed::{FollowedPage, FollowedProfile};
pub use held::{CheckAnswer, Held, HeldPage, Rejected, RejectedChanges};
pub use interval::{Interval, IntervalError};
pub use outcome::{OutcomeLine, seconds};
pub use period::{CountPage, CountPoint, Coverage, Span};
pub use profile::{BirthdayFields, ChannelFields, IntroFields, LinkFields, ProfileFields};
pub use revision::{Revision, RevisionPage};
pub use sources::{Backend, FieldSource, SourceFields, SourcedProfile};
pub use status::{Budget, Canary, PollerState, Status, Totals};
pub use stray::{StrayPage, StrayPages};
pub use text::Text;
pub use time::Time;
pub use written::Written;
