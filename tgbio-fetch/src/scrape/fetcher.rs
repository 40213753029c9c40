//! The backend that reads t.me.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response};
use tgbio_core::drift::SelectorRate;
use tgbio_core::{
    Capabilities, Clock, Evidence, FetchError, FetchErrorKind, Field, Observation, Photo, PhotoBytes,
    ProfileFetcher, RateLimitReason, Target, Timestamp, UnreachableReason, UnrecognisedReason, Username,
};
use url::Url;

use super::exchange::{self, Answer, Head};
use super::failure::Failure;
use super::guard::{self, Hop};
use super::hits::Rates;
use super::{
    LastCards, NAME, PageReading, PhotoHosts, ScrapeFetcherBuilder, Unreadable, page, picture, preview,
    read_saved_page, retry_after,
};

/// A page of more bytes is read on a thread that may block.
const LARGE: usize = 64 << 10;

/// A name without a preview is sent to its card.
const NO_PREVIEW: FetchErrorKind = FetchErrorKind::Unreachable(UnreachableReason::Redirect);

/// The fields that pages show.
static SEEN: [Field; 8] = [
    Field::Username,
    Field::Kind,
    Field::DisplayName,
    Field::Bio,
    Field::Links,
    Field::HasPhoto,
    Field::Photo,
    Field::Verified,
];

/// The headers that are kept as evidence, by their names in lower case.
const KEPT: [&str; 5] = ["date", "content-type", "etag", "last-modified", "server"];

/// Reads public profiles from t.me, or from any server that speaks like it.
///
/// One look is one request for the bare name over a kept connection, with up to two redirects within the site.
/// Nothing is retried and no budget is kept here: wrap it in [`Limited`](crate::Limited).
#[derive(Debug)]
pub struct ScrapeFetcher {
    pub(super) client: Client,
    pub(super) base: Url,
    pub(super) photo_hosts: PhotoHosts,
    pub(super) timeout: Duration,
    pub(super) photo_timeout: Duration,
    pub(super) max_body: usize,
    pub(super) last_cards: Arc<LastCards>,
    pub(super) rates: Rates,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) name: Arc<str>,
    pub(super) parser: Arc<str>,
}

impl ScrapeFetcher {
    /// Begins with the settings for t.me.
    pub fn builder() -> ScrapeFetcherBuilder {
        ScrapeFetcherBuilder::default()
    }

    /// The host that profiles are read from, with its port where it is not the usual one.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The base with the name behind it. A name needs no escaping, so that the host is not read again.
    fn page_of(&self, username: &Username) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{username}", self.base.path()));
        url
    }

    async fn look(&self, username: &Username) -> Result<Observation, Failure> {
        let url = self.page_of(username);
        let hop = |to: &Url| guard::page_hop(&self.base, to);
        let refuse = |response: &Response| self.refused(response);
        let answer = exchange::get(&self.client, url, hop, refuse, self.max_body.min(page::MAX_PAGE)).await?;
        let at = self.clock.now();
        let reading = match self.read(&answer, username).await {
            Ok(reading) => reading,
            Err(unreadable) => return Err(self.unread(unreadable, answer, at)),
        };
        self.rates.count(reading.hits, at);
        let mut seen = Observation::new(reading.profile, at, self.name.clone(), self.parser.clone());
        seen.counts = reading.counts;
        seen.evidence = Some(evidence(answer));
        Ok(seen)
    }

    /// A page of unknown layout counts for the selectors, and goes along for whoever mends the reader.
    fn unread(&self, unreadable: Unreadable, answer: Answer, at: Timestamp) -> Failure {
        let mut failure = Failure::new(unreadable.kind());
        if let Some(hits) = unreadable.hits() {
            self.rates.count(hits, at);
            failure.evidence = Some(Box::new(evidence(answer)));
        }
        failure.cause = Some(Arc::new(unreadable));
        failure
    }

    /// What the web preview of the name says; `None` where there is no preview.
    async fn id_by_preview(&self, username: &Username) -> Result<Option<u64>, Failure> {
        let path = format!("s/{username}");
        let url = self.base.join(&path).map_err(|_| Failure::new(FetchErrorKind::InvalidName))?;
        let refuse = |response: &Response| self.refused(response);
        let asked = exchange::get(&self.client, url, |_| Hop::Refuse, refuse, self.max_body).await;
        let answer = match asked {
            Err(failure) if failure.kind == NO_PREVIEW => return Ok(None),
            answer => answer?,
        };
        let username = username.clone();
        let read = tokio::task::spawn_blocking(move || preview::channel_id(&answer.body, &username));
        Ok(read.await.unwrap_or_default())
    }

    /// What a status alone tells.
    fn refused(&self, response: &Response) -> Result<(), Failure> {
        match page::outcome_of_status(response.status().as_u16()) {
            Some(FetchErrorKind::RateLimited { .. }) => {
                let retry_after = retry_after::wait(response.headers(), self.clock.now());
                let reason = RateLimitReason::Http429;
                Err(Failure::new(FetchErrorKind::RateLimited { retry_after, reason }))
            }
            Some(kind) => Err(Failure::new(kind)),
            None => Ok(()),
        }
    }

    async fn read(&self, answer: &Answer, username: &Username) -> Result<PageReading, Unreadable> {
        let status = answer.head.status;
        let (cards, body, username) = (&self.last_cards, &answer.body, username);
        if body.len() > LARGE {
            let (cards, body, username) = (cards.clone(), body.clone(), username.clone());
            let reading = tokio::task::spawn_blocking(move || read(&cards, &body, &username, status));
            let lost = Unreadable::because(UnrecognisedReason::Layout, "reading the page failed");
            return reading.await.unwrap_or(Err(lost));
        }
        read(cards, body, username, status)
    }

    async fn picture(&self, url: Url) -> Result<PhotoBytes, Failure> {
        let hop = |to: &Url| if self.may_show(to) { Hop::Follow } else { Hop::Refuse };
        let refuse = |response: &Response| self.refused(response);
        let answer = exchange::get(&self.client, url, hop, refuse, self.max_body).await?;
        let picture = picture::media_type(&answer.body).filter(|_| answer.head.status == 200);
        let media_type = picture.ok_or(Failure::unrecognised(UnrecognisedReason::NotTelegram))?;
        Ok(PhotoBytes::new(answer.body, media_type))
    }

    fn may_show(&self, url: &Url) -> bool {
        self.photo_hosts.allow(url, self.base.scheme() == "http")
    }

    fn error(&self, target: &Target, failure: Failure) -> FetchError {
        let error = FetchError::new(self.name.clone(), target.username.clone(), failure.kind);
        let error = match failure.cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        };
        match failure.evidence {
            Some(evidence) => error.with_evidence(*evidence),
            None => error,
        }
    }
}

fn read(cards: &LastCards, body: &[u8], username: &Username, status: u16) -> Result<PageReading, Unreadable> {
    if status == 200 { cards.read(body, username) } else { read_saved_page(body, username, Some(status)) }
}

fn evidence(answer: Answer) -> Evidence {
    let Head { url, status, headers } = answer.head;
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let media_type = text("content-type").unwrap_or_default();
    let mut evidence = Evidence::new(url, status, media_type, answer.body);
    evidence.headers = KEPT.into_iter().filter_map(|name| Some((name.into(), text(name)?))).collect();
    evidence
}

async fn within<T>(time: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(Failure::unreachable(UnreachableReason::Timeout));
    tokio::time::timeout(time, work).await.unwrap_or_else(late)
}

#[async_trait]
impl ProfileFetcher for ScrapeFetcher {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        let seen = Capabilities::seeing(&SEEN);
        if self.photo_hosts.is_none() { seen } else { seen.with_photos() }
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        // A page knows no ids: it cannot say whether it is theirs.
        if target.only_by_id {
            return Err(self.error(target, Failure::unrecognised(UnrecognisedReason::OtherProfile)));
        }
        let look = within(self.timeout, self.look(&target.username)).await;
        look.map_err(|failure| self.error(target, failure))
    }

    /// `Ok(None)` for a photo whose address is not on the list of photo hosts.
    async fn photo(&self, target: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let url = photo.url.as_deref().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| self.may_show(url)) else { return Ok(None) };
        let picture = within(self.photo_timeout, self.picture(url)).await;
        picture.map(Some).map_err(|failure| self.error(target, failure))
    }

    /// Read from the posts of a channel's web preview.
    async fn stable_id(&self, target: &Target) -> Result<Option<u64>, FetchError> {
        let id = within(self.timeout, self.id_by_preview(&target.username)).await;
        id.map_err(|failure| self.error(target, failure))
    }

    fn selectors(&self) -> Vec<SelectorRate> {
        self.rates.all()
    }
}
