//! Pages without a server: for those who need very many.

use bytes::Bytes;

use super::card::Card;
use super::draw::{Asked, card_page};
use super::fault::Fault;
use super::fresh::{Fresh, Volatile};
use super::others;
use super::spoil::spoil;
use super::state::photo_id;

/// The body that the site answers with when `name` is asked for the `number`-th time: the page of a card, or the shell
/// of a free name, with a fault in it if one is given. Faults of the wire change nothing here.
pub fn draw_page(name: &str, card: Option<&Card>, fault: Option<&Fault>, number: u64) -> Bytes {
    let fresh = Fresh::new(number, Volatile { counts: false, ..Volatile::ALL });
    let page = match card {
        Some(card) => {
            let token = card.photo.as_ref().map(|photo| fresh.photo_token(photo_id(photo)));
            let photo = token.map(|token| format!("https://cdn4.telesco.pe/file/{token}.jpg"));
            card_page(card, &Asked { path: name, start: None, photo, fresh, invite: None })
        }
        None => others::not_found(name, name, fresh),
    };
    match fault {
        Some(fault) => spoil(fault, super::answer::Answer::html(page)).body,
        None => page.into(),
    }
}
