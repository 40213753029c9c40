//! Compression of answers. The framework's own also unpacks request bodies, past any limit on their size.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::http::{HeaderMap, HeaderValue, header};
use poem::web::{Compress as Compressed, CompressionAlgo, CompressionLevel};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};

/// Middleware that compresses texts with brotli or gzip where the client takes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compress;

/// Shorter bodies do not get smaller.
const WORTH_IT: usize = 1024;

/// The first of brotli and gzip that the client accepts with the higher weight.
fn negotiated(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let weighed = accepted.flat_map(|value| value.split(',')).filter_map(weighed);
    weighed.max_by_key(|(weight, algo)| (*weight, *algo == CompressionAlgo::BR)).map(|(_, algo)| algo)
}

/// One coding with its weight in thousandths, if it can be produced and is not refused.
fn weighed(coding: &str) -> Option<(u16, CompressionAlgo)> {
    let mut parts = coding.split(';').map(str::trim);
    let algo = match parts.next()? {
        name if name.eq_ignore_ascii_case("br") => CompressionAlgo::BR,
        name if name.eq_ignore_ascii_case("gzip") => CompressionAlgo::GZIP,
        _ => return None,
    };
    let quality =
        parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    let weight = (quality.clamp(0.0, 1.0) * 1000.0) as u16;
    (weight > 0).then_some((weight, algo))
}

fn compressible(response: &Response) -> bool {
    let media = response.content_type().unwrap_or_default();
    let text = media.starts_with("text/") && !media.starts_with("text/event-stream");
    let data =
        ["application/json", "application/problem+json", "application/javascript", "application/x-ndjson"];
    let text = text || media.starts_with("image/svg+xml") || data.iter().any(|data| media.starts_with(data));
    text && !response.headers().contains_key(header::CONTENT_ENCODING)
}

/// A body whose first piece is long enough, or the short body as it was.
async fn peek(body: Body) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + 'static, Body> {
    let mut rest = body.into_bytes_stream();
    let first = match rest.next().await {
        None => return Err(Body::empty()),
        Some(Ok(first)) if first.len() < WORTH_IT => {
            let Some(second) = rest.next().await else { return Err(Body::from_bytes(first)) };
            vec![Ok(first), second]
        }
        Some(first) => vec![first],
    };
    Ok(stream::iter(first).chain(rest))
}

async fn compress(mut response: Response, algo: CompressionAlgo) -> Response {
    match peek(response.take_body()).await {
        Err(short) => {
            response.set_body(short);
            response
        }
        Ok(long) => {
            response.set_body(Body::from_bytes_stream(long));
            response.headers_mut().remove(header::CONTENT_LENGTH);
            Compressed::new(response, algo).with_quality(CompressionLevel::Fastest).into_response()
        }
    }
}

impl<E: Endpoint> Middleware<E> for Compress {
    type Output = CompressEndpoint<E>;

    fn transform(&self, inner: E) -> CompressEndpoint<E> {
        CompressEndpoint(inner)
    }
}

/// Endpoint of [`Compress`].
#[derive(Debug)]
pub struct CompressEndpoint<E>(E);

impl<E: Endpoint> Endpoint for CompressEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let algo = negotiated(request.headers());
        let mut response = self.0.call(request).await?.into_response();
        if !compressible(&response) {
            return Ok(response);
        }
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        match algo {
            Some(algo) => Ok(compress(response, algo).await),
            None => Ok(response),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accepted: &'static str) -> Option<CompressionAlgo> {
        negotiated(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]))
    }

    #[test]
    fn the_client_chooses() {
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(CompressionAlgo::BR));
        assert_eq!(chosen("br;q=0.5, gzip;q=0.8"), Some(CompressionAlgo::GZIP));
        assert_eq!(chosen("gzip; q=0, identity"), None);
        assert_eq!(chosen("zstd"), None);
        assert_eq!(chosen("br;q=x"), None);
    }
}
