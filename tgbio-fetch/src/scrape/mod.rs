//! Reads public t.me pages.

#[cfg(test)]
mod agree;
mod collect;
mod entities;
mod extras;
mod foreign;
mod last_cards;
mod page;
mod rules;
mod scan;
mod selectors;
mod tag;
mod tree;

pub use last_cards::LastCards;
pub use page::{MAX_PAGE, PARSER, PageReading, Unreadable, read_page, read_page_whole, read_saved_page};
