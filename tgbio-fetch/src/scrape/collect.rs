//! Gathers the parts of a page from a walk over its elements, whoever does the walking.
//!
//! The whole-document reader and the quick one both feed this collector, so the rules exist once.

use std::borrow::Cow;

use tgbio_core::Link;

use super::selectors as s;

/// The attributes of the element that is being opened.
pub(super) trait Attributes {
    /// The decoded value of an attribute.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// What a page consists of, before anything is made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Text of the first `title` element.
    pub(super) page_title: Option<String>,
    pub(super) og_title: Option<String>,
    pub(super) og_image: Option<String>,
    pub(super) og_description: Option<String>,
    /// Link into the app: whom the page belongs to.
    pub(super) app_link: Option<String>,
    /// The frame is there.
    pub(super) wrap: bool,
    /// Some class of the site is there.
    pub(super) site: bool,
    pub(super) cards: usize,
    pub(super) card: Card,
}

/// The parts of the card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) titles: usize,
    pub(super) name: String,
    pub(super) verified: bool,
    pub(super) extras: Vec<String>,
    pub(super) descriptions: usize,
    pub(super) description: String,
    pub(super) anchors: Vec<Link>,
    /// `src` of the photo's element.
    pub(super) photo: Option<String>,
    pub(super) buttons: Vec<String>,
    pub(super) preview: bool,
    pub(super) username_link: bool,
    pub(super) widget: bool,
    pub(super) additional: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    PageTitle,
    Title,
    Extra,
    Description,
    Button,
    Additional,
}

/// A piece of text inside a region that ends with the element at `depth`.
#[derive(Debug)]
struct Piece {
    depth: usize,
    start: usize,
}

/// Custom emoji: only the character inside `b` counts.
#[derive(Debug)]
struct Emoji {
    piece: Piece,
    bold: Option<Piece>,
    character: String,
}

/// Where the walk is.
#[derive(Debug, Default)]
pub(super) struct Collector {
    parts: Parts,
    depth: usize,
    card_depth: Option<usize>,
    region: Option<(Region, usize)>,
    text: String,
    muted: Option<usize>,
    span: Option<Piece>,
    name: Option<String>,
    anchor: Option<(Piece, String)>,
    emoji: Option<Emoji>,
}

impl Collector {
    /// An element begins.
    pub(super) fn open(&mut self, element: &str, attributes: &impl Attributes) {
        self.depth += 1;
        if self.muted.is_some() {
            return;
        }
        if matches!(element, "script" | "style") {
            self.muted = Some(self.depth);
            return;
        }
        if self.region.is_some() {
            self.open_inside(element, attributes);
            return;
        }
        match element {
            "meta" => self.meta(attributes),
            "title" if self.parts.page_title.is_none() => self.enter(Region::PageTitle),
            _ => self.open_block(element, attributes),
        }
    }

    /// The element that was opened last ends.
    pub(super) fn close(&mut self) {
        if self.muted == Some(self.depth) {
            self.muted = None;
        }
        if self.region.is_some() {
            self.close_inside();
        }
        if self.card_depth == Some(self.depth) {
            self.card_depth = None;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether the walk is inside the card.
    pub(super) fn in_card(&self) -> bool {
        self.card_depth.is_some()
    }

    /// Whether text at this place matters.
    pub(super) fn wants_text(&self) -> bool {
        self.region.is_some() && self.muted.is_none()
    }

    /// Decoded text.
    pub(super) fn text(&mut self, text: &str) {
        if self.wants_text() {
            self.text.push_str(text);
        }
    }

    /// The end of the page.
    pub(super) fn finish(self) -> Parts {
        self.parts
    }

    fn meta(&mut self, attributes: &impl Attributes) {
        let Some(key) = attributes.get("property") else { return };
        let place = match &*key {
            s::OG_TITLE => &mut self.parts.og_title,
            s::OG_IMAGE => &mut self.parts.og_image,
            s::OG_DESCRIPTION => &mut self.parts.og_description,
            s::APP_LINK => &mut self.parts.app_link,
            _ => return,
        };
        if place.is_none() {
            *place = attributes.get("content").map(Cow::into_owned);
        }
    }

    fn open_block(&mut self, element: &str, attributes: &impl Attributes) {
        let class = attributes.get("class").unwrap_or_default();
        if class.contains(s::SITE_PREFIX) {
            self.parts.site = true;
            for token in class.split_ascii_whitespace() {
                self.open_class(token, element, attributes);
            }
        }
        if element == "a" && self.card_depth.is_some() {
            let preview = |href: Cow<'_, str>| href.starts_with(s::PREVIEW);
            self.parts.card.preview |= attributes.get("href").is_some_and(preview);
        }
    }

    fn open_class(&mut self, token: &str, element: &str, attributes: &impl Attributes) {
        match token {
            s::WRAP => self.parts.wrap = true,
            s::CARD => {
                self.parts.cards += 1;
                self.card_depth.get_or_insert(self.depth);
            }
            _ if self.card_depth.is_none() => {}
            s::TITLE => self.enter(Region::Title),
            s::EXTRA => self.enter(Region::Extra),
            s::DESCRIPTION => self.enter(Region::Description),
            s::BUTTON => self.enter(Region::Button),
            s::ADDITIONAL => self.enter(Region::Additional),
            s::PHOTO if element == "img" => self.photo(attributes),
            s::USERNAME_LINK => self.parts.card.username_link = true,
            s::WIDGET => self.parts.card.widget = true,
            _ => {}
        }
    }

    fn photo(&mut self, attributes: &impl Attributes) {
        if self.parts.card.photo.is_none() {
            self.parts.card.photo = Some(attributes.get("src").unwrap_or_default().into_owned());
        }
    }

    fn enter(&mut self, region: Region) {
        if self.region.is_none() {
            self.region = Some((region, self.depth));
            self.text.clear();
        }
    }

    fn piece(&self) -> Piece {
        Piece { depth: self.depth, start: self.text.len() }
    }

    fn open_inside(&mut self, element: &str, attributes: &impl Attributes) {
        if self.in_region(Region::Title) && self.open_badge(attributes) {
            return;
        }
        match element {
            "br" => self.text.push('\n'),
            "tg-emoji" if self.emoji.is_none() => {
                self.emoji = Some(Emoji { piece: self.piece(), bold: None, character: String::new() });
            }
            "b" => self.open_bold(),
            "span" if self.in_region(Region::Title) && self.span.is_none() && self.name.is_none() => {
                self.span = Some(self.piece());
            }
            "a" if self.in_region(Region::Description) => self.open_anchor(attributes),
            _ => {}
        }
    }

    fn in_region(&self, region: Region) -> bool {
        self.region.is_some_and(|(here, _)| here == region)
    }

    fn open_bold(&mut self) {
        let piece = self.piece();
        if let Some(emoji) = self.emoji.as_mut().filter(|emoji| emoji.bold.is_none()) {
            emoji.bold = Some(piece);
        }
    }

    fn open_anchor(&mut self, attributes: &impl Attributes) {
        self.parts.card.username_link |= has_class(attributes, s::USERNAME_LINK);
        if self.anchor.is_none()
            && let Some(href) = attributes.get("href")
        {
            self.anchor = Some((self.piece(), href.into_owned()));
        }
    }

    /// The badge's character is no part of the name.
    fn open_badge(&mut self, attributes: &impl Attributes) -> bool {
        let badge = has_class(attributes, s::VERIFIED);
        if badge {
            self.parts.card.verified = true;
            self.muted = Some(self.depth);
        }
        badge
    }

    fn close_inside(&mut self) {
        self.close_emoji();
        if self.span.as_ref().is_some_and(|span| span.depth == self.depth) {
            self.name = self.span.take().map(|span| self.text[span.start..].to_owned());
        }
        if self.anchor.as_ref().is_some_and(|(piece, _)| piece.depth == self.depth) {
            self.close_anchor();
        }
        if let Some((region, depth)) = self.region
            && depth == self.depth
        {
            self.region = None;
            self.leave(region);
        }
    }

    fn close_emoji(&mut self) {
        let Some(emoji) = &mut self.emoji else { return };
        if let Some(bold) = emoji.bold.take_if(|bold| bold.depth == self.depth) {
            emoji.character.push_str(&self.text[bold.start..]);
        }
        if let Some(done) = self.emoji.take_if(|emoji| emoji.piece.depth == self.depth)
            && !done.character.is_empty()
        {
            self.text.truncate(done.piece.start);
            self.text.push_str(&done.character);
        }
    }

    fn close_anchor(&mut self) {
        if let Some((piece, url)) = self.anchor.take() {
            let text = self.text[piece.start..].to_owned();
            self.parts.card.anchors.push(Link { text, url });
        }
    }

    fn leave(&mut self, region: Region) {
        let text = self.text.trim_ascii();
        let card = &mut self.parts.card;
        match region {
            Region::PageTitle => self.parts.page_title = Some(text.to_owned()),
            Region::Extra => card.extras.push(text.to_owned()),
            Region::Button => card.buttons.push(text.to_owned()),
            Region::Additional => text.clone_into(&mut card.additional),
            Region::Title => {
                card.titles += 1;
                let name = self.name.take();
                card.name = name.as_deref().map_or(text, str::trim_ascii).to_owned();
            }
            Region::Description => {
                card.descriptions += 1;
                text.clone_into(&mut card.description);
            }
        }
    }
}

fn has_class(attributes: &impl Attributes, token: &str) -> bool {
    attributes.get("class").is_some_and(|class| class.split_ascii_whitespace().any(|found| found == token))
}
