//! Answers as real pages: drawn by the simulated site and read by the scraper's parser.

use std::sync::atomic::{AtomicU64, Ordering};

use tgbio_core::{
    Evidence, FetchErrorKind, Field, Observation, Profile, ProfileKind, Timestamp, UnrecognisedReason,
    Username,
};
use tgbio_fetch::scrape::{LastCards, NAME, PARSER};

use super::faults;
use super::truth::counts_at;
use super::world::Spoilt;
use crate::tme::{Card, Cut, Fault, draw_page, photo};

/// The painter and the reader.
pub(super) struct Pages {
    cards: LastCards,
    drawn: AtomicU64,
}

impl Default for Pages {
    fn default() -> Self {
        Self { cards: LastCards::new(64), drawn: AtomicU64::new(0) }
    }
}

impl Pages {
    /// Draws the page for a name, spoils it, and reads it.
    pub fn read(
        &self,
        asked: &Username,
        truth: Option<Profile>,
        spoilt: &Spoilt,
        wall: Timestamp,
    ) -> Result<Observation, FetchErrorKind> {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let (truth, fault) = match spoilt {
            Spoilt::Fails(FetchErrorKind::NotFound) => (None, None),
            Spoilt::Fails(FetchErrorKind::Unrecognised(reason)) => (truth, Some(unrecognised(*reason)?)),
            Spoilt::Fails(kind) => return Err(*kind),
            Spoilt::Lost(fields) if fields.len() == 1 => (truth, renamed(fields[0])),
            spoilt => (truth.map(|profile| changed(profile, spoilt)), None),
        };
        let card = truth.map(|profile| card(&profile, wall));
        let body = draw_page(asked.as_str(), card.as_ref(), fault.as_ref(), number);
        let reading = self.cards.read(&body, asked).map_err(|unreadable| unreadable.kind())?;
        let mut seen = Observation::new(reading.profile, wall, NAME, PARSER);
        seen.counts = reading.counts;
        let url = format!("{}/{asked}", tgbio_fetch::DEFAULT_BASE_URL);
        seen.evidence = Some(Evidence::new(url, 200, "text/html; charset=utf-8", body));
        Ok(seen)
    }
}

fn changed(mut profile: Profile, spoilt: &Spoilt) -> Profile {
    faults::spoil(&mut profile, spoilt);
    profile
}

/// A fault of the page that is no profile page any more.
fn unrecognised(reason: UnrecognisedReason) -> Result<Fault, FetchErrorKind> {
    match reason {
        UnrecognisedReason::Empty => Ok(Fault::EmptyOk),
        UnrecognisedReason::Truncated => Ok(Fault::CutHtml(Cut::BeforeBio)),
        UnrecognisedReason::NotTelegram => Ok(Fault::ProviderBlockPage),
        UnrecognisedReason::Challenge => Ok(Fault::ChallengePage(200)),
        UnrecognisedReason::Layout => Ok(Fault::renamed_class("tgme_page_title", "tgme_heading")),
        UnrecognisedReason::Encoding => Ok(Fault::BadUtf8),
        other => Err(FetchErrorKind::Unrecognised(other)),
    }
}

/// The class that shows a field, under another name.
fn renamed(field: Field) -> Option<Fault> {
    let (from, to) = match field {
        Field::Bio => ("tgme_page_description", "tgme_about"),
        Field::HasPhoto => ("tgme_page_photo_image", "tgme_face"),
        Field::Verified => ("verified-icon", "badge"),
        _ => return None,
    };
    Some(Fault::renamed_class(from, to))
}

fn card(profile: &Profile, wall: Timestamp) -> Card {
    let name = profile.username.as_str();
    let title = profile.display_name.present().cloned().unwrap_or_default();
    let [subscribers, members, _, users] =
        counts_at(profile, wall).named().map(|(_, count)| count.present().copied().unwrap_or_default());
    let mut card = match profile.kind.present() {
        Some(ProfileKind::Bot) => Card::bot(name, title).monthly_users(users),
        Some(ProfileKind::Channel) => Card::channel(name, title, subscribers),
        Some(ProfileKind::Group) => Card::group(name, title, members),
        _ => Card::user(name, title),
    };
    card.bio = profile.bio.present().map(|bio| bio.as_str().into());
    card.verified = profile.verified.present() == Some(&true);
    let number = profile.photo.present().map(|photo| photo.url.as_ref().map_or(0, |url| url.len() as u64));
    card.photo = number.map(photo);
    card
}
