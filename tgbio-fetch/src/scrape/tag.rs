//! Start tags, as far as there is no doubt about them.

use std::borrow::Cow;
use std::cell::Cell;

use super::collect::Attributes;
use super::entities;

/// A start tag as it is written.
#[derive(Debug, Default)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    /// Names and source text of the values.
    attributes: Vec<(&'a str, &'a str)>,
    pub(super) self_closing: bool,
    doubt: Cell<bool>,
}

impl<'a> Tag<'a> {
    /// Reads the tag whose `<` stands at `start`, and says where it ends. `None` where its form leaves a doubt.
    pub(super) fn read(&mut self, page: &'a str, start: usize) -> Option<usize> {
        let bytes = page.as_bytes();
        let mut at = start + 1 + length(&bytes[start + 1..], is_name);
        self.name = &page[start + 1..at];
        self.attributes.clear();
        self.self_closing = false;
        loop {
            let spaces = length(&bytes[at..], is_space);
            at += spaces;
            match bytes.get(at)? {
                b'>' => return Some(at + 1),
                b'/' if bytes.get(at + 1) == Some(&b'>') => {
                    self.self_closing = true;
                    return Some(at + 2);
                }
                _ if spaces > 0 => at = self.attribute(page, at)?,
                _ => return None,
            }
        }
    }

    fn attribute(&mut self, page: &'a str, start: usize) -> Option<usize> {
        let bytes = page.as_bytes();
        let name_end = start + length(&bytes[start..], is_attribute);
        let name = &page[start..name_end];
        if name.is_empty() {
            return None;
        }
        if bytes.get(name_end) != Some(&b'=') {
            self.attributes.push((name, ""));
            let next = *bytes.get(name_end)?;
            return (is_space(next) || next == b'>').then_some(name_end);
        }
        let quote = *bytes.get(name_end + 1)?;
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let value_start = name_end + 2;
        let value_end = value_start + memchr::memchr(quote, bytes.get(value_start..)?)?;
        self.attributes.push((name, &page[value_start..value_end]));
        Some(value_end + 1)
    }

    /// The source text of an attribute's value.
    pub(super) fn source(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Whether a value was asked for that only the full rules can decode.
    pub(super) fn doubtful(&self) -> bool {
        self.doubt.get()
    }
}

impl Attributes for Tag<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let decoded = entities::decode(self.source(name)?);
        if decoded.is_none() {
            self.doubt.set(true);
        }
        decoded
    }
}

#[inline]
fn length(bytes: &[u8], test: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !test(*byte)).unwrap_or(bytes.len())
}

fn is_name(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & NAME != 0
}

fn is_attribute(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & ATTRIBUTE != 0
}

const NAME: u8 = 1;
const ATTRIBUTE: u8 = 2;

/// What each byte can be a part of; looked up for every byte of a page's tags.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        let class = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => NAME | ATTRIBUTE,
            b'A'..=b'Z' | b'_' | b':' => ATTRIBUTE,
            _ => 0,
        };
        classes[byte as usize] = class;
        byte += 1;
    }
    classes
};

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}
