//! The quick reader: a single pass over pages that are written as plainly as Telegram writes them.
//!
//! It knows a few elements, and of those only forms in which HTML's rules of repair have nothing to repair: every
//! element is closed in its order, attributes are quoted, links do not nest. Anything else is a doubt, and a page
//! with a doubt is read by the reference reader. So both always agree; a property test holds them together.

use memchr::{memchr, memmem};

use super::collect::{Collector, Parts};
use super::entities;
use super::tag::Tag;
use crate::hosts;

/// How HTML treats an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `html`, `head` and `body`: only in their own places.
    Frame,
    /// Has no end tag.
    Void,
    /// Holds elements and text.
    Plain,
    /// Holds text that is not markup and not read.
    Raw,
    /// Holds text with character references.
    Title,
    /// The root of a drawing.
    Svg,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "div" | "a" | "span" | "i" | "b" | "strong" | "em" | "canvas" | "tg-emoji" => Kind::Plain,
        "meta" | "link" | "img" | "br" => Kind::Void,
        "script" | "style" => Kind::Raw,
        "title" => Kind::Title,
        "svg" => Kind::Svg,
        "html" | "head" | "body" => Kind::Frame,
        _ => return None,
    })
}

/// Elements inside a drawing that have no special rule.
fn is_drawing(name: &str) -> bool {
    matches!(name, "g" | "path" | "circle" | "rect" | "defs" | "ellipse" | "polygon" | "line" | "stop")
}

/// Reads the parts of a plainly written page; `None` if any doubt is left.
pub(super) fn parts(page: &str) -> Option<Parts> {
    parts_and_token(page).map(|(parts, _)| parts)
}

/// The same with the place where the token of the download link begins, if there is one outside the card.
pub(super) fn parts_and_token(page: &str) -> Option<(Parts, Option<usize>)> {
    let mut scan = Scan::new(page);
    scan.run()?;
    scan.ended.then(|| (scan.collector.finish(), scan.token))
}

struct Scan<'a> {
    page: &'a str,
    at: usize,
    open: Vec<&'a str>,
    tag: Tag<'a>,
    collector: Collector,
    token: Option<usize>,
    started: bool,
    ended: bool,
}

impl<'a> Scan<'a> {
    fn new(page: &'a str) -> Self {
        Self {
            page,
            at: 0,
            open: Vec::with_capacity(16),
            tag: Tag::default(),
            collector: Collector::default(),
            token: None,
            started: false,
            ended: false,
        }
    }

    fn run(&mut self) -> Option<()> {
        self.doctype()?;
        let bytes = self.page.as_bytes();
        while let Some(distance) = memchr(b'<', &bytes[self.at..]) {
            let markup = self.at + distance;
            self.text(markup)?;
            self.at = match bytes.get(markup + 1)? {
                b'!' => self.comment(markup)?,
                b'/' => self.end_tag(markup)?,
                b'a'..=b'z' => self.start_tag(markup)?,
                _ => return None,
            };
        }
        Some(())
    }

    /// The document type and, before it, white space.
    fn doctype(&mut self) -> Option<()> {
        let trimmed = self.page.trim_ascii_start();
        let head = trimmed.get(.."<!doctype html>".len())?;
        self.at = self.page.len() - trimmed.len() + head.len();
        head.eq_ignore_ascii_case("<!doctype html>").then_some(())
    }

    fn text(&mut self, end: usize) -> Option<()> {
        if self.collector.wants_text() {
            self.collector.text(&entities::decode(&self.page[self.at..end])?);
        }
        Some(())
    }

    fn comment(&self, start: usize) -> Option<usize> {
        let body = self.page[start..].strip_prefix("<!--")?;
        if body.starts_with('>') || body.starts_with("->") {
            return None;
        }
        let length = memmem::find(body.as_bytes(), b"-->")?;
        let odd = memmem::find(&body.as_bytes()[..length], b"--!").is_some();
        (!odd).then_some(start + "<!--".len() + length + "-->".len())
    }

    fn start_tag(&mut self, start: usize) -> Option<usize> {
        let end = self.tag.read(self.page, start)?;
        if self.open.last().is_some_and(|top| *top == "svg" || is_drawing(top)) {
            return self.drawing(end);
        }
        let kind = kind(self.tag.name)?;
        self.check_place(kind)?;
        if self.tag.self_closing && kind != Kind::Void {
            return None;
        }
        self.collector.open(self.tag.name, &self.tag);
        if self.tag.doubtful() {
            return None;
        }
        self.note_token();
        match kind {
            Kind::Void => self.collector.close(),
            Kind::Raw | Kind::Title => return self.raw(kind, end),
            Kind::Plain | Kind::Svg | Kind::Frame => self.open.push(self.tag.name),
        }
        Some(end)
    }

    fn note_token(&mut self) {
        if self.token.is_none() && self.tag.name == "a" && !self.collector.in_card() {
            let href = self.tag.source("href").unwrap_or_default();
            if href.starts_with(hosts::DOWNLOAD) {
                self.token = Some(href.as_ptr().addr() - self.page.as_ptr().addr() + hosts::DOWNLOAD.len());
            }
        }
    }

    fn check_place(&mut self, kind: Kind) -> Option<()> {
        let name = self.tag.name;
        let fits = match (name, self.open.as_slice()) {
            ("html", []) => !std::mem::replace(&mut self.started, true),
            ("head" | "body", ["html"]) => true,
            ("a", open) => open.len() > 1 && !open.contains(&"a"),
            (_, open) => kind != Kind::Frame && open.len() > 1,
        };
        fits.then_some(())
    }

    fn drawing(&mut self, end: usize) -> Option<usize> {
        if !is_drawing(self.tag.name) {
            return None;
        }
        self.collector.open(self.tag.name, &self.tag);
        if self.tag.self_closing {
            self.collector.close();
        } else {
            self.open.push(self.tag.name);
        }
        (!self.tag.doubtful()).then_some(end)
    }

    /// An element whose content is no markup, up to its end tag.
    fn raw(&mut self, kind: Kind, start: usize) -> Option<usize> {
        let rest = &self.page[start..];
        let length = raw_length(rest, self.tag.name)?;
        let content = &rest[..length];
        if kind == Kind::Title {
            self.collector.text(&entities::decode(content)?);
        } else if memmem::find(content.as_bytes(), b"<!--").is_some() {
            return None;
        }
        self.collector.close();
        Some(start + length + "</>".len() + self.tag.name.len())
    }

    fn end_tag(&mut self, start: usize) -> Option<usize> {
        let name = self.open.pop()?;
        let rest = self.page[start + 2..].strip_prefix(name)?;
        if !rest.starts_with('>') {
            return None;
        }
        self.ended |= name == "html";
        self.collector.close();
        Some(start + 2 + name.len() + 1)
    }
}

/// How long the text is before the end tag; `None` if something like that end tag stands there in another form.
fn raw_length(rest: &str, name: &str) -> Option<usize> {
    for at in memmem::find_iter(rest.as_bytes(), b"</") {
        let after = &rest.as_bytes()[at + 2..];
        let word = after.get(..name.len())?;
        if word.eq_ignore_ascii_case(name.as_bytes()) {
            return (word == name.as_bytes() && after.get(name.len()) == Some(&b'>')).then_some(at);
        }
    }
    None
}
