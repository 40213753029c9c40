//! How often each selector finds something: counted per page, so that a redesign is noticed.

use std::sync::{Mutex, PoisonError};

use tgbio_core::drift::SelectorRate;
use tgbio_core::{Field, Timestamp};

use super::collect::Parts;
use super::{NAME, selectors as s};

type Found = fn(&Parts) -> bool;

/// Each selector with the field that it feeds and what counts as a hit.
const SELECTORS: [(&str, Option<Field>, Found); 13] = [
    (s::WRAP, None, |parts| parts.wrap),
    (s::CARD, None, |parts| parts.cards > 0),
    (s::TITLE, Some(Field::DisplayName), |parts| parts.card.titles > 0),
    (s::VERIFIED, Some(Field::Verified), |parts| parts.card.verified),
    (s::EXTRA, Some(Field::Kind), |parts| !parts.card.extras.is_empty()),
    (s::DESCRIPTION, Some(Field::Bio), |parts| parts.card.descriptions > 0),
    (s::PHOTO, Some(Field::HasPhoto), |parts| parts.card.photo.is_some()),
    (s::BUTTON, None, |parts| !parts.card.buttons.is_empty()),
    (s::ADDITIONAL, None, |parts| !parts.card.additional.is_empty()),
    (s::OG_TITLE, None, |parts| parts.og_title.is_some()),
    (s::OG_IMAGE, None, |parts| parts.og_image.is_some()),
    (s::OG_DESCRIPTION, None, |parts| parts.og_description.is_some()),
    (s::APP_LINK, None, |parts| parts.app_link.is_some()),
];

/// Which selectors have found something on one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hits(u16);

impl Hits {
    pub(super) fn of(parts: &Parts) -> Self {
        let hits = SELECTORS.iter().enumerate().map(|(at, (.., found))| u16::from(found(parts)) << at);
        Self(hits.fold(0, |all, hit| all | hit))
    }

    fn has(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }
}

/// The rates of one scraper.
#[derive(Debug)]
pub(super) struct Rates(Mutex<Vec<SelectorRate>>);

impl Default for Rates {
    fn default() -> Self {
        let rates = SELECTORS.iter().map(|(name, field, _)| SelectorRate::new(NAME, *name, *field));
        Self(Mutex::new(rates.collect()))
    }
}

impl Rates {
    pub(super) fn count(&self, hits: Hits, at: Timestamp) {
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rates.iter_mut().enumerate().for_each(|(place, rate)| rate.count(hits.has(place), at));
    }

    pub(super) fn all(&self) -> Vec<SelectorRate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
