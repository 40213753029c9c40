//! One bounded exchange: request, redirects by hand, body up to a limit.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_LENGTH, HeaderMap, LOCATION};
use reqwest::{Client, Response};
use tgbio_core::{FetchErrorKind, UnreachableReason, UnrecognisedReason};
use url::Url;

use super::failure::{Failure, Phase};
use super::guard::Hop;

/// Redirects that are followed at most.
const MOST_HOPS: usize = 2;

/// A complete answer that is no redirect.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Bytes,
}

/// An answer before its body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
}

/// Asks for `url` and follows redirects as far as `hop` allows, then hands the answer's head to `look`, which may
/// refuse it before a body is read.
pub(super) async fn get(
    client: &Client,
    mut url: Url,
    hop: impl Fn(&Url) -> Hop,
    look: impl Fn(&Response) -> Result<(), Failure>,
    limit: usize,
) -> Result<Answer, Failure> {
    for _ in 0..=MOST_HOPS {
        let sent = client.get(url.clone()).send().await;
        let response = sent.map_err(|error| Failure::of(error, Phase::Request))?;
        if !response.status().is_redirection() {
            look(&response)?;
            return finish(url, response, limit).await;
        }
        url = target(&url, response.headers()).ok_or(Failure::unreachable(UnreachableReason::Redirect))?;
        match hop(&url) {
            Hop::Follow => {}
            Hop::Home => return Err(Failure::new(FetchErrorKind::InvalidName)),
            Hop::Refuse => break,
        }
    }
    Err(Failure::unreachable(UnreachableReason::Redirect))
}

fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    from.join(location).ok()
}

async fn finish(url: Url, mut response: Response, limit: usize) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let announced =
        response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
        return Err(Failure::unrecognised(UnrecognisedReason::TooLarge));
    }
    let headers = std::mem::take(response.headers_mut());
    let body = body(response, limit).await?;
    Ok(Answer { head: Head { url, status, headers }, body })
}

/// The body after decompression; a body in one piece is not copied.
async fn body(mut response: Response, limit: usize) -> Result<Bytes, Failure> {
    let failed = |error| Failure::of(error, Phase::Body);
    let Some(first) = response.chunk().await.map_err(failed)? else { return Ok(Bytes::new()) };
    within(first.len(), limit)?;
    let Some(second) = response.chunk().await.map_err(failed)? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(first.len() + second.len());
    whole.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(piece) = next {
        within(whole.len() + piece.len(), limit)?;
        whole.extend_from_slice(&piece);
        next = response.chunk().await.map_err(failed)?;
    }
    Ok(whole.freeze())
}

fn within(length: usize, limit: usize) -> Result<(), Failure> {
    if length > limit { Err(Failure::unrecognised(UnrecognisedReason::TooLarge)) } else { Ok(()) }
}
