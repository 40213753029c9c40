//! Asks Telegram's own protocol (MTProto): [`MtprotoFetcher`], the log-in it needs, and the session that it keeps.
//!
//! # How it differs from the scraper
//! | | scraper | protocol |
//! |---|---|---|
//! | needs | nothing | an account and an API id of the operator's own |
//! | sees | what a visitor without an account sees | also the id, all usernames, scam and fake marks, premium, emoji status, birthday, personal channel, linked chat, business introduction, groups and users without a page |
//! | a rename | looks like a disappearance | is followed, by id |
//! | photo's bytes | yes | no, only which photo it is |
//! | a look costs | one page | one call; a name that is new, one more |
//! | limit | the host's patience | about 200 new names a day per account, and waits that Telegram sets per method |
//!
//! # Risks
//! Telegram puts accounts that sign in with other programs than its own "under observation" and may limit, freeze or
//! ban them; take an account whose loss you can bear, with an API id and hash of your own from
//! <https://my.telegram.org> (published ones are limited). Use a **bot** first: it has no contacts, reads no messages
//! and costs nothing if it is lost. It is an open question whether a bot may look up a user whom it has never met:
//! Telegram's pages say that bots may call the method, its maintainers have said that they only resolve users that they
//! have seen. If a bot finds nobody, sign in with a telephone number. For a user account use one without contacts: the
//! names of contacts are those that you gave them, so they are left out here.
//!
//! # Limits
//! Waits that Telegram asks for are kept per account and method in the database, and nothing is asked before they end,
//! not even after a restart. A frozen method is tried again after a day. Names are looked up at most 150 times in 24
//! hours: up to five at once, and otherwise one every 30 s; one that nobody has is looked up again after 15 minutes, and
//! from the fifth time in a row after twice as long each time, up to a day, and until then is not found from memory.
//! Names for whose answer nobody waits, like those that followed profiles have lost, take at most half of that.
//! Details are asked for once a second; see [`MtprotoBuilder`]. A look that must wait says for how long, and puts off no
//! other profile than its own.
//!
//! # When which call is made
//! Every fetch makes the full call, because the bio is in no other. [`MtprotoFetcher::glance`] tells of a hundred
//! profiles in one call whose names, photo or badges have moved since, so that those need not wait for their next turn;
//! [`MtprotoFetcher::glance_round`] does so for everybody who is followed.
//!
//! # Session
//! The keys are in tables of the same database file, which only its owner may read from the moment that a key stands in
//! it (mode 0600 on Unix; SQLite gives its log the same). A locked file beside the database
//! (`DATABASE.mtproto-lock`) keeps a second process from using the session, since Telegram would end it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use tgbio_core::store::sqlite::SqliteStore;
//! use tgbio_core::{ProfileFetcher, Target, Username};
//! use tgbio_fetch::MtprotoFetcher;
//!
//! let store = SqliteStore::open("tgbio.db")?;
//! let builder = MtprotoFetcher::builder(store.database().clone(), 12345, "0123456789abcdef").used_by("example");
//! builder.clone().login().await?.bot("123456:ABC-DEF").await?;
//! let fetcher = builder.open().await?;
//! let seen = fetcher.fetch(&Target::new(Username::parse("durov")?)).await?;
//! println!("{:?} {:?}", seen.profile.bio, fetcher.status().state);
//! # Ok(())
//! # }
//! ```

mod account;
mod builder;
mod convert;
mod engine;
mod error;
mod facts;
mod fetcher;
mod glance;
mod jitter;
mod limits;
mod peers;
mod redact;
mod round;
mod rpc;
mod session;
mod status;
mod supervise;
mod telethon;

use jitter::Jitter;

pub use account::{AskAgain, LoginError, MtprotoCode, MtprotoLogin, MtprotoStep};
pub use builder::MtprotoBuilder;
pub use convert::{PARSER, ProtocolReading, read_evidence};
pub use error::MtprotoError;
pub use facts::{EvidenceError, MEDIA_TYPE};
pub use fetcher::MtprotoFetcher;
pub use round::{GlanceRound, RoundError};
pub use session::MtprotoSession;
pub use status::{MethodWait, MtprotoAccount, MtprotoState, MtprotoStatus};
pub use telethon::{TelethonError, TelethonSession};

/// The backend's name, as it is stored with every observation.
pub const NAME: &str = "mtproto";
