//! From the bytes of a page to a reading or to the reason why there is none. No I/O, no clock.

use std::fmt;

use tgbio_core::{
    Counts, DeniedReason, FetchErrorKind, Profile, RateLimitReason, UnreachableReason, UnrecognisedReason,
    Username,
};

use super::hits::Hits;
use super::{foreign, rules, scan, tree};

/// Name and version of this reader, as it is stored with every observation.
pub const PARSER: &str = "tme/1";

/// The most bytes of a page that are read: 1 MiB.
pub const MAX_PAGE: usize = 1 << 20;

/// The most bytes that the reference reader takes; real pages have 10 to 20 kB.
const MAX_TREE: usize = 256 << 10;
/// The most tags that the reference reader takes; real pages have about 150. HTML's rules of repair are quadratic.
const MAX_TAGS: usize = 5_000;

/// What a page says about a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageReading {
    /// The profile; what a page cannot show is hidden.
    pub profile: Profile,
    /// The counts beside it.
    pub counts: Counts,
    pub(super) hits: Hits,
}

impl PageReading {
    pub(super) fn new(profile: Profile, counts: Counts) -> Self {
        Self { profile, counts, hits: Hits::default() }
    }
}

/// Why a page gives no reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    kind: FetchErrorKind,
    detail: &'static str,
    /// Where the page is of the site and its layout is not known.
    hits: Option<Hits>,
}

impl Unreadable {
    pub(super) fn new(kind: FetchErrorKind, detail: &'static str) -> Self {
        Self { kind, detail, hits: None }
    }

    pub(super) fn because(reason: UnrecognisedReason, detail: &'static str) -> Self {
        Self::new(FetchErrorKind::Unrecognised(reason), detail)
    }

    /// The outcome that this means for a fetch.
    pub fn kind(&self) -> FetchErrorKind {
        self.kind
    }

    /// The same with what the selectors have found.
    pub(super) fn finding(self, hits: Hits) -> Self {
        let unknown = self.kind == FetchErrorKind::Unrecognised(UnrecognisedReason::Layout);
        Self { hits: unknown.then_some(hits), ..self }
    }

    pub(super) fn hits(&self) -> Option<Hits> {
        self.hits
    }

    /// What was found or missed, in words without any text of the page.
    pub fn detail(&self) -> &'static str {
        self.detail
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail)
    }
}

impl std::error::Error for Unreadable {}

/// Reads the body of a page that was served with status 200 for the name `asked`.
///
/// A page gives a reading only when it is complete, is positively recognised as a profile's and belongs to the name
/// asked for; a page that contradicts itself (text in its head that its card does not show) is not recognised, so
/// that a renamed class never empties a field. Only the badge of verified profiles has nothing to be checked against.
///
/// Plainly written pages are read in one quick pass, others by [`read_page_whole`]; the results are the same, save
/// that the latter refuses pages of more than 256 KiB or 5,000 tags, which take long to repair.
///
/// # Errors
/// [`Unreadable`] says which outcome the page stands for.
pub fn read_page(body: &[u8], asked: &Username) -> Result<PageReading, Unreadable> {
    let page = text(body)?;
    if let Some(parts) = scan::parts(page)
        && let Ok(reading) = rules::reading(&parts, asked)
    {
        return Ok(reading);
    }
    whole(page, asked)
}

/// The same as [`read_page`], always by parsing the whole document: the reference that it is measured against.
///
/// # Errors
/// [`Unreadable`] says which outcome the page stands for.
pub fn read_page_whole(body: &[u8], asked: &Username) -> Result<PageReading, Unreadable> {
    whole(text(body)?, asked)
}

/// Reads a page with the HTTP status it came with, `None` where nobody knows it any more (a saved file).
///
/// # Errors
/// [`Unreadable`] says which outcome status and page stand for.
pub fn read_saved_page(
    body: &[u8],
    asked: &Username,
    status: Option<u16>,
) -> Result<PageReading, Unreadable> {
    if let Some(kind) = status.and_then(outcome_of_status) {
        return Err(Unreadable::new(kind, "the status says so"));
    }
    let reading = read_page(body, asked);
    if status.is_none_or(|status| status == 200) {
        return reading;
    }
    let layout = Unreadable::because(UnrecognisedReason::Layout, "a profile page has status 200");
    match reading {
        Err(unreadable) if matches!(unreadable.kind, FetchErrorKind::Unrecognised(_)) => Err(unreadable),
        _ => Err(layout),
    }
}

/// The outcome that a status stands for whatever the body says.
pub(super) fn outcome_of_status(status: u16) -> Option<FetchErrorKind> {
    match status {
        429 => Some(FetchErrorKind::RateLimited { retry_after: None, reason: RateLimitReason::Http429 }),
        401 | 403 => Some(FetchErrorKind::Denied(DeniedReason::Http403)),
        500..=599 => Some(FetchErrorKind::Unreachable(UnreachableReason::Http5xx)),
        _ => None,
    }
}

fn text(body: &[u8]) -> Result<&str, Unreadable> {
    use UnrecognisedReason::{Empty, Encoding, TooLarge, Truncated};
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::because(Empty, "the body is empty"));
    }
    if body.len() > MAX_PAGE {
        return Err(Unreadable::because(TooLarge, "the body has more than 1 MiB"));
    }
    std::str::from_utf8(body).map_err(|error| match error.error_len() {
        Some(_) => Unreadable::because(Encoding, "the body is not UTF-8"),
        None => Unreadable::because(Truncated, "the body ends within a character"),
    })
}

fn whole(page: &str, asked: &Username) -> Result<PageReading, Unreadable> {
    if page.len() > MAX_TREE {
        return Err(Unreadable::because(
            UnrecognisedReason::TooLarge,
            "an unusual page of this size is not read",
        ));
    }
    if memchr::memchr_iter(b'<', page.as_bytes()).take(MAX_TAGS + 1).count() > MAX_TAGS {
        return Err(Unreadable::because(UnrecognisedReason::Layout, "the page has too many tags"));
    }
    if !is_complete(page) {
        return Err(foreign::incomplete(page));
    }
    let parts = tree::parts(page);
    if parts.wrap && parts.cards > 0 {
        rules::reading(&parts, asked)
    } else {
        Err(foreign::outcome(page, &parts))
    }
}

fn is_complete(page: &str) -> bool {
    ["</html>", "</HTML>"].iter().any(|end| memchr::memmem::rfind(page.as_bytes(), end.as_bytes()).is_some())
}
