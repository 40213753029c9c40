//! An HTTP answer before it is put on the wire.

use super::date::http_date;
use bytes::Bytes;
use std::fmt::Write as _;
use std::time::SystemTime;

/// Status, headers and body of a well-formed answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn html(body: impl Into<Bytes>) -> Self {
        Self::with_type("text/html; charset=utf-8", body)
    }

    pub(super) fn jpeg(body: impl Into<Bytes>) -> Self {
        Self::with_type("image/jpeg", body)
    }

    pub(super) fn with_type(media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: vec![("Content-Type", media_type.into())], body: body.into() }
    }

    /// The error page of the web server in front of the site.
    pub(super) fn gateway(status: u16) -> Self {
        let body = super::others::gateway_page(status);
        Self { status, headers: vec![("Content-Type", "text/html".into())], body: body.into() }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self::html(Bytes::new()).status(302).header("Location", to)
    }

    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The head with `length` announced; `None` announces chunks.
    pub(super) fn head(&self, length: Option<usize>) -> String {
        let mut out = String::with_capacity(400);
        _ = write!(
            out,
            "HTTP/1.1 {} {}\r\nServer: nginx/1.18.0\r\nDate: {}\r\n",
            self.status,
            reason(self.status),
            http_date(SystemTime::now())
        );
        for (name, value) in &self.headers {
            _ = write!(out, "{name}: {value}\r\n");
        }
        _ = match length {
            Some(length) => write!(out, "Content-Length: {length}\r\n"),
            None => write!(out, "Transfer-Encoding: chunked\r\n"),
        };
        out.push_str("Cache-Control: no-store\r\nStrict-Transport-Security: max-age=35768000\r\n\r\n");
        out
    }

    /// Head and body in one piece.
    pub(super) fn wire(&self) -> Bytes {
        let mut out = self.head(Some(self.body.len())).into_bytes();
        out.extend_from_slice(&self.body);
        out.into()
    }
}

/// The reason phrase of a status.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "Status",
    }
}
