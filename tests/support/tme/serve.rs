//! Which right answer each route has.

use super::answer::Answer;
use super::card::{Card, Kind};
use super::draw::{Asked, card_page, no_photo};
use super::fresh::{Fresh, photo_of_token};
use super::others;
use super::route::{Route, possible_name, start_parameter};
use super::state::{State, key, photo_id};

/// Where impossible names are sent.
const HOME: &str = "https://telegram.org/";

impl State {
    /// The right answer.
    pub(super) fn answer(&self, route: &Route<'_>, target: &str) -> Answer {
        match route {
            Route::Card { name, rest } => self.card_answer(name, *rest, target),
            Route::Preview(name) => self.preview(name),
            Route::Invite(code) => self.invite(code, target),
            Route::Photo(token) => self.photo(photo_of_token(token)),
            Route::Userpic(name) => {
                let card = self.visible(&key(name)).map(|profile| &profile.card);
                self.photo(card.and_then(|card| card.photo.as_ref()).map(photo_id))
            }
            Route::Away => Answer::redirect(HOME),
        }
    }

    /// The card of `name`, its shell, or the way home.
    pub(super) fn card_answer(&self, name: &str, rest: Option<&str>, target: &str) -> Answer {
        let name = name.trim_start_matches('@');
        let Some(profile) = self.visible(&key(name)) else {
            return if possible_name(name) { self.shell(name, target) } else { Answer::redirect(HOME) };
        };
        let (card, path) = (&profile.card, path_of(target));
        let post = rest.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        Answer::html(match post {
            Some(id) if card.kind == Kind::Channel => {
                let image = self.photo_address(card).unwrap_or_else(|| no_photo(card.layout).into());
                others::post(card, id, &image, path, self.fresh())
            }
            _ => card_page(card, &self.asked(card, target, None)),
        })
    }

    fn asked<'a>(&self, card: &Card, target: &'a str, invite: Option<&'a str>) -> Asked<'a> {
        let start = start_parameter(target);
        Asked { path: path_of(target), start, photo: self.photo_address(card), fresh: self.fresh(), invite }
    }

    fn fresh(&self) -> Fresh {
        Fresh::new(self.fetches, self.volatile)
    }

    fn photo_address(&self, card: &Card) -> Option<String> {
        let token = self.fresh().photo_token(photo_id(card.photo.as_ref()?));
        Some(format!("{}/file/{token}.jpg", self.photo_base))
    }

    /// The not-found shell, echoing `name`.
    pub(super) fn shell(&self, name: &str, target: &str) -> Answer {
        Answer::html(others::not_found(name, path_of(target), self.fresh()))
    }

    fn preview(&self, name: &str) -> Answer {
        match self.visible(&key(name)) {
            Some(profile) if profile.card.kind == Kind::Channel && profile.card.preview => {
                Answer::html(others::preview(&profile.card))
            }
            _ => Answer::redirect(&format!("{}/{name}", self.base)),
        }
    }

    fn invite(&self, code: &str, target: &str) -> Answer {
        Answer::html(match self.invites.get(code) {
            Some(card) => card_page(card, &self.asked(card, target, Some(code))),
            None => others::dead_invite(code, path_of(target), self.fresh()),
        })
    }

    fn photo(&self, id: Option<u64>) -> Answer {
        match id.and_then(|id| self.photos.get(&id)) {
            Some(bytes) => Answer::jpeg(bytes.clone()),
            None => Answer::gateway(404),
        }
    }
}

fn path_of(target: &str) -> &str {
    target.trim_start_matches('/')
}
