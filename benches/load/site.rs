//! The role of a simulated t.me: so many users whose pages change only on order.

use tgbio_testkit::tme::{Card, Tme, photo};

use crate::Outcome;
use crate::role::{Helper, Role, obey};

/// How many users it has.
const USERS: &str = "LOAD_USERS";

/// The name of one user.
pub fn name(number: usize) -> String {
    format!("bench{number:06}")
}

fn card(number: usize) -> Card {
    Card::user(name(number), format!("Ann Example {number}")).bio(bio(number, 0).as_str()).photo(photo(1))
}

/// A bio of usual length, with what pages have to get right: a mention, a line break, an emoji.
pub fn bio(number: usize, edition: usize) -> String {
    format!("Edition {edition} of number {number}.\nNews at @example_news, since 2019 \u{1f30d}")
}

/// Plays the role. Orders: `edit N` gives every bio its edition N, `count` tells the requests so far.
pub fn serve() -> Outcome<()> {
    let users: usize = std::env::var(USERS)?.parse()?;
    let tme = Tme::start_apart(1)?;
    tme.steady();
    tme.count_only(true);
    tme.set(Card::user("telegram", "Telegram").bio("A canary."));
    (0..users).for_each(|number| tme.set(card(number)));
    obey(&tme.base_url(), |order| match order.split_once(' ') {
        Some(("edit", edition)) => {
            let edition = edition.parse()?;
            for number in 0..users {
                tme.update(&name(number), |card| card.bio = Some(bio(number, edition).into()));
            }
            Ok("edited".to_owned())
        }
        _ => Ok(tme.total().to_string()),
    })
}

/// A running site.
#[derive(Debug)]
pub struct Site {
    helper: Helper,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// How many users it has.
    pub users: usize,
}

impl Site {
    /// Starts a site with so many users.
    pub fn start(users: usize) -> Outcome<Self> {
        let (helper, base) = Helper::start(Role::Site, &[(USERS, users.to_string())])?;
        Ok(Self { helper, base, users })
    }

    /// Gives every bio another text.
    pub fn edit(&mut self, edition: usize) -> Outcome<()> {
        self.helper.order(&format!("edit {edition}")).map(drop)
    }

    /// Requests so far.
    pub fn requests(&mut self) -> Outcome<usize> {
        Ok(self.helper.order("count")?.parse()?)
    }
}
