//! The contract between tgbio and the places that profiles are read from.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use sha2::{Digest, Sha256};

use crate::drift::SelectorRate;
use crate::{Counts, FetchError, Field, Photo, Profile, Timestamp, Username};

/// Whom to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The current username.
    pub username: Username,
    /// Telegram's own id, where it is known: a backend that can follows it through renames.
    pub telegram_id: Option<u64>,
    /// The username may be somebody else's by now: only an answer with [`telegram_id`](Self::telegram_id) counts. A
    /// backend that knows no ids answers `Unrecognised` with reason `other_profile`, and asks nobody.
    pub only_by_id: bool,
    /// Of several backends behind one fetcher only the one of this [name](ProfileFetcher::name) is to be asked. A fetcher
    /// that is one backend, or has none of this name, answers as ever.
    pub through: Option<Arc<str>>,
    /// Nobody waits for the answer. A backend that may ask for few names in a day answers
    /// [`RateLimited`](crate::FetchErrorKind::RateLimited) rather than spend on it what others may need.
    pub unhurried: bool,
}

impl Target {
    /// A target of which only the name is known.
    pub fn new(username: Username) -> Self {
        Self { username, telegram_id: None, only_by_id: false, through: None, unhurried: false }
    }

    /// The same target with its stable id.
    #[must_use]
    pub fn with_telegram_id(mut self, id: Option<u64>) -> Self {
        self.telegram_id = id;
        self
    }

    /// The same target, whose name may be somebody else's.
    #[must_use]
    pub fn only_by_id(mut self, only: bool) -> Self {
        self.only_by_id = only;
        self
    }

    /// The same target, read by the backend of this name alone; by any of them with `None`.
    #[must_use]
    pub fn through<'a>(mut self, backend: impl Into<Option<&'a str>>) -> Self {
        self.through = backend.into().map(Arc::from);
        self
    }

    /// The same target, for whose answer nobody waits.
    #[must_use]
    pub fn unhurried(mut self, unhurried: bool) -> Self {
        self.unhurried = unhurried;
        self
    }
}

impl From<Username> for Target {
    fn from(username: Username) -> Self {
        Self::new(username)
    }
}

/// The raw answer that an observation was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The address that answered.
    pub url: String,
    /// HTTP status, or 0 where there is none.
    pub status: u16,
    /// Media type, like `text/html; charset=utf-8`.
    pub media_type: String,
    /// The headers that matter, names in lower case.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The bytes as they came, after transfer decoding.
    pub body: Bytes,
}

impl Evidence {
    /// An answer without headers.
    pub fn new(url: impl Into<String>, status: u16, media_type: impl Into<String>, body: Bytes) -> Self {
        Self { url: url.into(), status, media_type: media_type.into(), headers: Vec::new(), body }
    }

    /// SHA-256 of the body. Computed when it is asked for: an unchanged check never needs it.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }
}

/// A profile as it was seen once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// What was seen; what the source cannot see is hidden.
    pub profile: Profile,
    /// The measurements beside it.
    pub counts: Counts,
    /// When the answer was complete.
    pub at: Timestamp,
    /// The backend: its [`ProfileFetcher::name`].
    pub fetcher: Arc<str>,
    /// Name and version of the reader, like `tme/1`: a corrected reader gets a new one.
    pub parser: Arc<str>,
    /// The raw answer, where the backend keeps one.
    pub evidence: Option<Evidence>,
}

impl Observation {
    /// An observation without counts and evidence.
    pub fn new(
        profile: Profile,
        at: Timestamp,
        fetcher: impl Into<Arc<str>>,
        parser: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            profile,
            counts: Counts::default(),
            at,
            fetcher: fetcher.into(),
            parser: parser.into(),
            evidence: None,
        }
    }
}

/// What a backend can see and do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// The fields that it can see, given that the profile has them.
    pub fields: Cow<'static, [Field]>,
    /// It follows a profile by its stable id when the username changes.
    pub follows_renames: bool,
    /// [`ProfileFetcher::photo`] can read a photo's bytes.
    pub photos: bool,
}

impl Capabilities {
    /// A backend that sees these fields.
    pub fn seeing(fields: impl Into<Cow<'static, [Field]>>) -> Self {
        Self { fields: fields.into(), ..Self::default() }
    }

    /// The same with photos.
    #[must_use]
    pub fn with_photos(mut self) -> Self {
        self.photos = true;
        self
    }
}

/// The bytes of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhotoBytes {
    /// The picture as it was served.
    pub body: Bytes,
    /// Its media type by content: `image/jpeg`, `image/png` or `image/webp`.
    pub media_type: &'static str,
}

impl PhotoBytes {
    /// A picture of which the type is known.
    pub fn new(body: Bytes, media_type: &'static str) -> Self {
        Self { body, media_type }
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }
}

/// Reads public profiles from somewhere.
///
/// # For implementers
/// - [`fetch`](Self::fetch) answers with an [`Observation`] only when it has positively recognised a profile that
///   belongs to the target. Anything else is an error; an error page is never an empty profile.
/// - A field that this source cannot see is [`Observed::Hidden`](crate::Observed::Hidden), one that it saw to be empty
///   is `Absent`. An empty string or list does not occur.
/// - Bios and names come in the form of [`wording`](crate::wording), and links follow from the bio by
///   [`links::of_bio`](crate::links::of_bio), with the targets that the source shows beside it.
/// - [`NotFound`](crate::FetchErrorKind::NotFound) means "no public profile by this name, for this client, now". It is evidence and not a
///   fact; the caller decides what to make of it.
/// - Where [`Target::telegram_id`] is given, a backend that sees ids answers with that profile, whatever its name is now
///   (another active name of it counts as its name; without any the last one stays and
///   [`Profile::username_owner`] is absent), or not at all. Without it, the answer's name, or one of its other active
///   names, is the one that was asked for.
/// - Nothing is retried and nothing is waited for inside, beyond one bounded exchange: limits, retries and waits are
///   wrappers. An exchange has its own time limit and ends as [`Unreachable`](crate::FetchErrorKind::Unreachable).
/// - Both methods may be called at once from many tasks. Dropping the future cancels the exchange and leaves nothing
///   half done.
/// - A wait that others need not share says so: [`FetchError::covering`]; without that everybody waits.
/// - A wrapper implements every method and hands through what it does not change.
///
/// The suite in [`testing`](crate::testing) checks the contract.
#[async_trait]
pub trait ProfileFetcher: Send + Sync {
    /// Short name, like `scrape`, without `+`. A wrapper over several backends joins their names with `+` and honours
    /// [`Target::through`]; the observation holds the one that saw it.
    fn name(&self) -> &str;

    /// What it can see and do.
    fn capabilities(&self) -> Capabilities;

    /// Reads one profile, once.
    ///
    /// # Errors
    /// See [`FetchError`]; each names the fetcher and the username.
    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError>;

    /// Reads the bytes of a photo that this backend has named in an observation.
    ///
    /// `Ok(None)` means that this backend reads no photos, or not this one.
    ///
    /// # Errors
    /// As for [`fetch`](Self::fetch).
    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let _ = (target, photo);
        Ok(None)
    }

    /// Reads Telegram's own id of whoever has the target's name now, where the backend can tell it apart from a look whose
    /// observations hide it. `Ok(None)` where it cannot. [`Target::through`] counts as for a look.
    ///
    /// # Errors
    /// As for [`fetch`](Self::fetch).
    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        let _ = target;
        Ok(None)
    }

    /// How often what it reads by is found on pages; empty where there is nothing of the kind.
    fn selectors(&self) -> Vec<SelectorRate> {
        Vec::new()
    }
}

#[async_trait]
impl<F: ProfileFetcher + ?Sized> ProfileFetcher for Arc<F> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        (**self).fetch(target).await
    }

    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        (**self).photo(target, photo).await
    }

    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        (**self).stable_id(target).await
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        (**self).selectors()
    }
}

/// What can be done with every fetcher.
pub trait ProfileFetcherExt: ProfileFetcher {
    /// Reads many profiles, at most `at_once` at a time, and gives the answers in the order asked.
    fn fetch_all<'a, I>(&'a self, targets: I, at_once: usize) -> impl Stream<Item = FetchResult> + Send + 'a
    where
        I: IntoIterator<Item = Target> + 'a,
        I::IntoIter: Send + 'a,
    {
        stream::iter(targets)
            .map(move |target| async move {
                let result = self.fetch(&target).await;
                (target, result)
            })
            .buffered(at_once.max(1))
    }
}

/// A target and what came of it.
pub type FetchResult = (Target, Result<Observation, FetchError>);

impl<F: ProfileFetcher + ?Sized> ProfileFetcherExt for F {}
