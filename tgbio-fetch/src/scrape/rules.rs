//! The rules by which the parts of a page become a reading. They accept what they know and nothing else.

use tgbio_core::{FetchErrorKind, Observed, Photo, Profile, UnrecognisedReason, Username, links, wording};

use super::collect::{Card, Parts};
use super::extras::Extras;
use super::hits::Hits;
use super::page::{PageReading, Unreadable};
use super::selectors as s;

type Outcome<T> = Result<T, Unreadable>;

fn layout<T>(detail: &'static str) -> Outcome<T> {
    Err(Unreadable::because(UnrecognisedReason::Layout, detail))
}

/// The reading of a complete page with a frame and a card.
pub(super) fn reading(parts: &Parts, asked: &Username) -> Outcome<PageReading> {
    let hits = Hits::of(parts);
    let reading = of_card(parts, asked).map_err(|unreadable| unreadable.finding(hits))?;
    Ok(PageReading { hits, ..reading })
}

fn of_card(parts: &Parts, asked: &Username) -> Outcome<PageReading> {
    let card = &parts.card;
    if !parts.wrap || parts.cards != 1 {
        return layout("a profile page has exactly one card in its frame");
    }
    let domain = domain(parts)?;
    if card.widget || (card.titles == 0 && is_post(parts)) {
        return Err(Unreadable::because(UnrecognisedReason::Post, "the page shows a post"));
    }
    if !domain.eq_ignore_ascii_case(asked.as_str()) {
        return Err(Unreadable::because(UnrecognisedReason::OtherProfile, "the page links to another name"));
    }
    match (card.titles, card.descriptions) {
        (0, _) => Err(without_title(parts)),
        (1, 0 | 1) => profile(parts, asked, domain),
        _ => layout("the card has two titles or two descriptions"),
    }
}

/// The name that the page's link into the app leads to.
fn domain(parts: &Parts) -> Outcome<&str> {
    let link = parts.app_link.as_deref().unwrap_or_default();
    if link.starts_with(s::JOIN) {
        return Err(Unreadable::because(UnrecognisedReason::Invite, "the page invites to a private chat"));
    }
    let query = link.strip_prefix(s::RESOLVE).unwrap_or_default();
    let domain = query.split('&').find_map(|pair| pair.strip_prefix("domain="));
    domain.map_or_else(|| layout("the page has no link to a public profile"), Ok)
}

fn is_post(parts: &Parts) -> bool {
    let link = parts.app_link.as_deref().unwrap_or_default();
    link.split(['?', '&']).any(|pair| pair.starts_with("post="))
}

/// A card without a title: the page for a name without a profile, or something unknown.
fn without_title(parts: &Parts) -> Unreadable {
    let card = &parts.card;
    if card.description.starts_with("You are invited to a") {
        return Unreadable::because(UnrecognisedReason::Invite, "the page invites to a private chat");
    }
    if card.username_link && card.photo.is_none() && !shows_photo(parts) {
        return Unreadable::new(FetchErrorKind::NotFound, "the page has no card for this name");
    }
    Unreadable::because(UnrecognisedReason::Layout, "the card has no title")
}

fn profile(parts: &Parts, asked: &Username, domain: &str) -> Outcome<PageReading> {
    let extras = Extras::read(&parts.card.extras);
    if extras.name.is_some_and(|name| !name.eq_ignore_ascii_case(domain)) {
        return Err(Unreadable::because(UnrecognisedReason::OtherProfile, "the card shows another name"));
    }
    let Some(kind) = extras.kind(parts) else { return layout("the card does not say what the profile is") };
    let username = spelt(asked, extras.name.unwrap_or(domain))?;
    let photo = photo(parts)?;
    let mut profile = Profile::new(username);
    profile.display_name = name(&parts.card)?;
    profile.kind = Observed::Present(kind);
    profile.bio = bio(parts)?;
    profile.links = profile.bio.present().map_or(Observed::Absent, |bio| links_of(bio, &parts.card));
    profile.photo = Observed::from_option(photo);
    profile.verified = Observed::Present(parts.card.verified);
    Ok(PageReading::new(profile, extras.counts(kind)))
}

/// The owner's spelling of the name.
fn spelt(asked: &Username, name: &str) -> Outcome<Username> {
    if asked.as_str() == name {
        return Ok(asked.clone());
    }
    Username::parse(name).or_else(|_| layout("the card's name is no username"))
}

fn name(card: &Card) -> Outcome<Observed<String>> {
    let name = wording::text(&card.name);
    if name.is_absent() { layout("the title is empty") } else { Ok(name) }
}

/// The bio. Where the card shows none, the head of the page must not have one either.
fn bio(parts: &Parts) -> Outcome<Observed<String>> {
    let bio = wording::text(&parts.card.description);
    if bio.present().is_some() {
        return Ok(bio);
    }
    let Some(head) = &parts.og_description else { return layout("the page has neither bio nor description") };
    let head = head.trim_ascii();
    let placeholder = head.starts_with("You can ") && head.ends_with(" right away.");
    if head.is_empty() || placeholder {
        Ok(Observed::Absent)
    } else {
        layout("the head of the page has a bio and the card has none")
    }
}

/// The photo. Where the card shows none, the head of the page must not have one either.
fn photo(parts: &Parts) -> Outcome<Option<Photo>> {
    match parts.card.photo.as_deref() {
        Some("") => layout("the photo has no address"),
        Some(source) if source.starts_with("data:") => Ok(None),
        Some(source) => {
            let served = source.starts_with("https://") || source.starts_with("http://");
            Ok(Some(Photo { url: served.then(|| source.to_owned()), ..Photo::default() }))
        }
        None if parts.og_image.is_none() => layout("the page has neither photo nor logo"),
        None if shows_photo(parts) => layout("the head of the page has a photo and the card has none"),
        None => Ok(None),
    }
}

/// Whether the picture in the head is a photo: neither the logo nor a drawn letter.
fn shows_photo(parts: &Parts) -> bool {
    let image = parts.og_image.as_deref().unwrap_or_default();
    let file = image.rsplit('/').next().unwrap_or_default();
    !image.is_empty() && !image.starts_with("data:") && !file.starts_with("t_logo")
}

fn links_of(bio: &str, card: &Card) -> Observed<Vec<tgbio_core::Link>> {
    let absolute = |url: &str| ["https://", "http://", "tg://"].iter().any(|scheme| url.starts_with(scheme));
    let anchors: Vec<_> =
        card.anchors.iter().filter(|link| !link.text.is_empty() && absolute(&link.url)).cloned().collect();
    let links = links::with_anchors(bio, &anchors);
    if links.is_empty() { Observed::Absent } else { Observed::Present(links) }
}
