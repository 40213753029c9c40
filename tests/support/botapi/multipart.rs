//! Forms with files, as far as a Bot API client sends them.

use bytes::Bytes;
use serde_json::{Map, Value};

/// The plain fields as JSON, and the files by the names of their fields.
pub(super) fn read(content_type: &str, body: &Bytes) -> Option<(Value, Vec<(String, Bytes)>)> {
    let boundary = format!("--{}", content_type.split("boundary=").nth(1)?.trim_matches('"'));
    let (mut fields, mut files) = (Map::new(), Vec::new());
    let mut rest = 0;
    while let Some(start) = find(body, boundary.as_bytes(), rest) {
        let head = start + boundary.len() + 2;
        let Some(split) = find(body, b"\r\n\r\n", head) else { break };
        let Some(end) = find(body, format!("\r\n{boundary}").as_bytes(), split) else { break };
        let header = String::from_utf8_lossy(&body[head..split]).into_owned();
        let content = body.slice(split + 4..end.max(split + 4));
        let name = header.split("name=\"").nth(1)?.split('"').next()?.to_owned();
        if header.contains("filename=") || header.contains("filename*=") {
            files.push((name, content));
        } else {
            fields.insert(name, Value::String(String::from_utf8_lossy(&content).into_owned()));
        }
        rest = end;
    }
    Some((Value::Object(fields), files))
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let first = *what.first()?;
    let mut at = 0;
    while let Some(step) = rest[at..].iter().position(|byte| *byte == first) {
        at += step;
        if rest[at..].starts_with(what) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}
