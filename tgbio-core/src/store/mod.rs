//! Where profiles and their history are kept: the trait, its types, and two stores.

mod check;
mod correction;
mod cursor;
mod error;
mod held;
mod host;
mod look;
pub mod memory;
mod photo;
mod query;
mod record;
mod removal;
mod revision;
mod set_back;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod stray;
mod text;
mod thinning;
mod told;

use async_trait::async_trait;
use std::time::Duration;

use crate::alarm::Alarm;
use crate::canary::CanaryRecord;
use crate::coverage::Span;
use crate::drift::SelectorRate;
use crate::sources::Source;
use crate::{Change, PhotoBytes, PhotoId, ProfileId, Timestamp, Username};

pub use check::{CheckRecord, Claim, Committed, Lease};
pub use correction::{Correction, Corrector, Reread};
pub(crate) use cursor::Cursor;
pub use error::StoreError;
pub(crate) use held::REJECTED;
pub use held::{Decision, Held, HeldId, HeldStep, HoldReason, Rejected};
pub use host::HostWait;
#[cfg(feature = "sqlite")]
pub(crate) use look::Look;
pub use memory::MemoryStore;
pub use query::{Actor, AuditEntry, Order, Page, ProfileKey, ProfileQuery, SearchHit, Totals};
pub use record::{
    NewProfile, PhotoProgress, PhotoSight, ProfilePatch, ProfileRecord, RecordVersion, tidy_tags,
};
pub use revision::{CountPoint, EvidenceSource, KeptEvidence, LoggedChange, NewRevision, Revision};
#[cfg(feature = "sqlite")]
pub(crate) use set_back::SetBack;
pub use set_back::{MeasuredBack, SET_BACK};
pub(crate) use set_back::{is_far, was_set_back};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use stray::{STRAY_PAGES, StrayPage};
#[cfg(feature = "sqlite")]
pub(crate) use text::fold;
pub use text::is_short_text;
pub(crate) use text::{Needle, texts};
pub use told::changes_told;

/// What a store answers.
pub type StoreResult<T> = Result<T, StoreError>;

/// The bytes of a photo that were read, or the failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhotoReading {
    /// The address that was asked.
    pub url: String,
    /// The picture; `None` when it could not be had.
    pub bytes: Option<PhotoBytes>,
    /// When.
    pub at: Timestamp,
    /// The backend that read it.
    pub fetcher: String,
    /// The reader and its version.
    pub parser: String,
}

impl PhotoReading {
    /// An attempt at an address.
    pub fn new(url: String, bytes: Option<PhotoBytes>, at: Timestamp, fetcher: &str, parser: &str) -> Self {
        Self { url, bytes, at, fetcher: fetcher.to_owned(), parser: parser.to_owned() }
    }
}

/// Keeps profiles, their history and everything around them.
///
/// # For implementers
/// - Every method is atomic: it does all or nothing, and what it acknowledged survives a crash.
/// - The rules are not the store's: [`CheckRecord`] says what a look writes, [`crate::history`] what a removal does,
///   [`crate::judge`] what an accepted change becomes.
/// - Claims: between a claim and its commit or release nobody else gets the same profile, unless the lease has run out.
///   A commit whose lease was lost, or whose record was changed by anybody since, is a [`StoreError::Conflict`] and
///   writes nothing.
/// - Revision numbers, change-log places, held ids and audit places are never used again, also after removals.
/// - Every mutation by an [`Actor`] stands in the audit log, in the same transaction. The log holds no content.
/// - Text search and filters answer in time that does not grow with the number of profiles beyond the logarithm.
///
/// The suite in [`testing`](crate::testing) checks the contract.
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// Follows a name. It is due at once.
    ///
    /// # Errors
    /// [`StoreError::AlreadyFollowed`] in whatever spelling, [`StoreError::OptedOut`].
    async fn follow(&self, new: &NewProfile, now: Timestamp, actor: &Actor) -> StoreResult<ProfileRecord>;

    /// One followed profile.
    async fn profile(&self, key: &ProfileKey) -> StoreResult<Option<ProfileRecord>>;

    /// Which writing of a profile's record stands in the store: the quickest way to know that nothing was written since,
    /// by whatever process. What is read after this is at least as new. Every write to a record gives it another version.
    async fn version(&self, key: &ProfileKey) -> StoreResult<Option<RecordVersion>>;

    /// A page of followed profiles.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`].
    async fn profiles(&self, query: &ProfileQuery) -> StoreResult<Page<ProfileRecord>>;

    /// Changes what a person can change. Resuming makes the profile due at once.
    async fn update(
        &self,
        id: ProfileId,
        patch: &ProfilePatch,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<ProfileRecord>;

    /// Erases a profile with all its content for good. What must stay (places in logs, links of the hash chain) names
    /// nobody. With `opt_out` its name is refused from then on; only a salted hash of it is kept.
    async fn erase(&self, id: ProfileId, opt_out: bool, now: Timestamp, actor: &Actor) -> StoreResult<()>;

    /// Whether a name stands on the opt-out list.
    async fn opted_out(&self, username: &Username) -> StoreResult<bool>;

    /// Tells what time it is, at least every minute while profiles are looked at, so that a clock that is set back delays
    /// nothing. The latest time that anybody told is remembered.
    ///
    /// When `now` lies before that, the clock was set back by what the caller has measured, or by the distance at least where
    /// nobody has measured it; when it lies after that, only what was measured by whoever told the latest time itself counts,
    /// since another process may have told it already. If that is more than [`SET_BACK`], everything that is planned, lasts,
    /// waits or was seen last is moved back by as much, in one step: next and last looks, leases, waits of hosts, waiting
    /// changes, open spans of coverage, whose hours that come again are not watched yet. One that would lie in the gap before
    /// it then is forgotten: nobody has looked at that time by either clock. Every record that is moved is another version
    /// then. Where a wrong clock is set back by more than a month, only what was written meanwhile is moved, and nothing where
    /// that is only found at a start. Answers by how much, zero if not at all.
    async fn tell_time(&self, now: Timestamp, back: Option<MeasuredBack>) -> StoreResult<Duration>;

    /// Claims those up to `limit` monitored profiles that are longest due at `now`, where each
    /// [`Priority`](crate::Priority) counts as due so much later as it [waits behind](crate::Priority::waits_behind).
    /// They come in that order; a hundred and more of one priority may come in another, since whoever asks for so many
    /// looks at all of them within a moment.
    async fn claim_due(&self, now: Timestamp, limit: usize, lease: Duration) -> StoreResult<Vec<Claim>>;

    /// Makes up to `limit` monitored profiles due at `now` whose last look failed and that are planned later: the source
    /// answers again. Those that somebody has claimed stay as they are, those that were told to wait, and those of which a
    /// change waits: when that is repeated belongs to the judgement. Answers how many they were; whoever asks again gets the next ones. A store that does nothing
    /// here lets them wait for their turn.
    async fn bring_failed_forward(&self, _now: Timestamp, _limit: usize) -> StoreResult<u64> {
        Ok(0)
    }

    /// Claims one profile, due or not, monitored or not; `None` while somebody else has it.
    async fn claim(&self, id: ProfileId, now: Timestamp, lease: Duration) -> StoreResult<Option<Claim>>;

    /// Gives a claim back without a look.
    async fn release(&self, claim: &Claim) -> StoreResult<()>;

    /// Writes what a look found, and gives the claim back.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    async fn commit(&self, claim: &Claim, check: CheckRecord) -> StoreResult<Committed>;

    /// When the next monitored profile is due.
    async fn next_due(&self) -> StoreResult<Option<Timestamp>>;

    /// Revisions with a number above `after`, oldest first.
    async fn revisions(&self, id: ProfileId, after: u64, limit: usize) -> StoreResult<Vec<Revision>>;

    /// Revisions with a number below `before`, newest first.
    async fn revisions_before(&self, id: ProfileId, before: u64, limit: usize) -> StoreResult<Vec<Revision>>;

    /// One revision.
    async fn revision(&self, id: ProfileId, number: u64) -> StoreResult<Option<Revision>>;

    /// The raw answer of a revision; `None` where none was kept.
    async fn evidence(&self, id: ProfileId, number: u64) -> StoreResult<Option<KeptEvidence>>;

    /// What each backend says of a profile, by the backends' names. It is forgotten with the first removal of a revision,
    /// until it is said again.
    async fn sources(&self, id: ProfileId) -> StoreResult<Vec<Source>>;

    /// Removes one revision; neighbours that are equal then merge. See [`crate::history::remove`].
    async fn remove_revision(
        &self,
        id: ProfileId,
        number: u64,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<()>;

    /// The change log after `seq`, oldest first.
    async fn changes(&self, after: u64, limit: usize) -> StoreResult<Vec<LoggedChange>>;

    /// The entries of the change log of one revision.
    async fn changes_of(&self, id: ProfileId, number: u64) -> StoreResult<Vec<Change>>;

    /// Measurements of a profile between two times, oldest first, at most `limit`; the newest when there are more.
    async fn counts(
        &self,
        id: ProfileId,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CountPoint>>;

    /// Spans in which a profile was observed and that touch the period, oldest first; the open one is the last.
    async fn coverage(&self, id: ProfileId, from: Timestamp, until: Timestamp) -> StoreResult<Vec<Span>>;

    /// Waiting changes with an id above `after`, oldest first; of one profile if it is given. Rejected ones are left out.
    async fn held(&self, of: Option<ProfileId>, after: i64, limit: usize) -> StoreResult<Vec<Held>>;

    /// What a person has rejected of a profile and its source still shows, oldest first.
    async fn rejected(&self, of: ProfileId) -> StoreResult<Vec<Rejected>>;

    /// A person's decision about a waiting change.
    async fn settle(
        &self,
        id: HeldId,
        decision: Decision,
        now: Timestamp,
        actor: &Actor,
    ) -> StoreResult<Held>;

    /// Writes a reading of a photo: the first identity is a baseline, another one of the same source a revision.
    /// Nothing is written to the state when the profile has no photo any more.
    async fn record_photo(&self, id: ProfileId, reading: &PhotoReading) -> StoreResult<Committed>;

    /// The bytes of a photo that belongs to a profile.
    async fn photo(&self, id: ProfileId, photo: &PhotoId) -> StoreResult<Option<PhotoBytes>>;

    /// Places in the histories whose display name, bio or username holds `text`, without regard to case, newest first: a
    /// text that stays over several revisions is one place, where it came. A text of one or two characters finds only
    /// current usernames and display names that begin with it, see [`is_short_text`]. A link to a profile, and a name with
    /// `@`, is looked for as the name alone.
    async fn search(&self, text: &str, limit: usize) -> StoreResult<Vec<SearchHit>>;

    /// Totals.
    async fn totals(&self) -> StoreResult<Totals>;

    /// What is known of a canary.
    async fn canary(&self, username: &Username) -> StoreResult<Option<CanaryRecord>>;

    /// Remembers a canary.
    async fn set_canary(&self, record: &CanaryRecord) -> StoreResult<()>;

    /// How often what the backends read by was found on pages, over all runs.
    async fn selectors(&self) -> StoreResult<Vec<SelectorRate>>;

    /// Adds what was counted to these rates by [`drift::add_up`](crate::drift::add_up), and gives all of them.
    async fn count_pages(&self, counted: &[SelectorRate]) -> StoreResult<Vec<SelectorRate>>;

    /// The alarms that go on, by their keys.
    async fn alarms(&self) -> StoreResult<Vec<Alarm>>;

    /// Raises an alarm, or writes one anew that has its key.
    async fn set_alarm(&self, alarm: &Alarm) -> StoreResult<()>;

    /// Ends the alarm with this key; none with it is no error.
    async fn end_alarm(&self, key: &str) -> StoreResult<()>;

    /// Keeps a page that could not be judged; the oldest beyond [`STRAY_PAGES`] go. They are erased with their profile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn keep_stray(&self, page: &StrayPage) -> StoreResult<()>;

    /// Pages that could not be judged, newest first.
    async fn stray_pages(&self, limit: usize) -> StoreResult<Vec<StrayPage>>;

    /// Writes a line to the audit log that belongs to no other mutation.
    async fn audit(
        &self,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        detail: Option<&str>,
    ) -> StoreResult<()>;

    /// The audit log before a place, newest first.
    async fn audit_log(&self, before: u64, limit: usize) -> StoreResult<Vec<AuditEntry>>;
}
