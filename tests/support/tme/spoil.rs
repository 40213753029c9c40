//! Faults in what an answer says.

use super::answer::Answer;
use super::date::http_date;
use super::fault::{Cut, Fault, RetryAfter};
use super::others::{CHALLENGE, PROVIDER_BLOCK};
use bytes::Bytes;
use std::time::{Duration, SystemTime};

/// The answer with `fault` in it; faults of the wire leave it as it is.
pub(super) fn spoil(fault: &Fault, answer: Answer) -> Answer {
    match fault {
        Fault::TooManyRequests(retry_after) => too_many(*retry_after),
        Fault::Status(status) => Answer::gateway(*status),
        Fault::ChallengePage(status) => Answer::html(CHALLENGE).status(*status),
        Fault::ProviderBlockPage => Answer::html(PROVIDER_BLOCK),
        Fault::EmptyOk => Answer::html(Bytes::new()),
        Fault::RedirectTo(to) => Answer::redirect(to),
        Fault::RenamedClasses(names) => with_body(answer, |body| rename_classes(body, names)),
        Fault::CutHtml(cut) => with_body(answer, |body| body[..cut_at(body, *cut)].to_vec()),
        Fault::BadUtf8 => with_body(answer, bad_utf8),
        Fault::Utf16 => Answer::with_type("text/html; charset=utf-16", utf16(&answer.body)),
        Fault::NotAnImage => Answer::jpeg("this is no image\n"),
        Fault::GzipBomb { bytes } => {
            Answer::html(super::gzip::bomb(*bytes)).header("Content-Encoding", "gzip")
        }
        _ => answer,
    }
}

fn with_body(answer: Answer, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Answer {
    let body = change(&answer.body).into();
    Answer { body, ..answer }
}

fn too_many(retry_after: RetryAfter) -> Answer {
    let answer = Answer::gateway(429);
    match retry_after {
        RetryAfter::Seconds(seconds) => answer.header("Retry-After", seconds.to_string()),
        RetryAfter::DateIn(seconds) => {
            answer.header("Retry-After", http_date(SystemTime::now() + Duration::from_secs(seconds)))
        }
        RetryAfter::Missing => answer,
    }
}

/// Where `cut` falls in `body`; the middle if the page has no such place.
pub(super) fn cut_at(body: &[u8], cut: Cut) -> usize {
    let bio = || find(body, b"<div class=\"tgme_page_description");
    let place = match cut {
        Cut::Half => None,
        Cut::BeforeBio => bio(),
        Cut::InBio => bio().and_then(|start| {
            let text = start + find(&body[start..], b">")? + 1;
            Some(text + find(&body[text..], b"</div>")? / 2)
        }),
        Cut::BeforeEnd => find(body, b"</html>"),
    };
    place.unwrap_or(body.len() / 2)
}

fn find(body: &[u8], what: &[u8]) -> Option<usize> {
    body.windows(what.len()).position(|window| window == what)
}

fn rename_classes(body: &[u8], names: &[(String, String)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let mut pieces = text.split("class=\"");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (classes, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let renamed: Vec<&str> = classes.split(' ').map(|class| renamed(class, names)).collect();
        out.push_str("class=\"");
        out.push_str(&renamed.join(" "));
        out.push('"');
        out.push_str(rest);
    }
    out.into_bytes()
}

fn renamed<'a>(class: &'a str, names: &'a [(String, String)]) -> &'a str {
    names.iter().find(|(from, _)| from == class).map_or(class, |(_, to)| to)
}

/// Half a character and an impossible byte after each `dir="auto">` and at the start of the bio.
fn bad_utf8(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    for (i, byte) in body.iter().enumerate() {
        out.push(*byte);
        let so_far = &body[..=i];
        if so_far.ends_with(b"dir=\"auto\">") || so_far.ends_with(b"tgme_page_description \">") {
            out.extend(b"\xd0\xff\xfe\xe2\x82");
        }
    }
    out
}

fn utf16(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}
