//! `/add`: follow one profile or many, pasted in any form.

use askama::Template;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Form;
use serde::Deserialize;
use tgbio_core::store::{NewProfile, ProfileRecord, StoreError};
use tgbio_core::{FollowError, Username};

use super::html::fill_plain;
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{names, pasted};
use crate::http::site::Flash;

/// More names than these are not looked up while the browser waits.
const MOST_VERIFIED: usize = 5;
const MOST_NAMES: usize = 2000;

#[derive(Debug, Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    names: String,
    verify: Option<String>,
}

#[derive(Template)]
#[template(path = "add.html")]
struct Add {
    page: Page,
    t: &'static Texts,
    names: String,
    verify: bool,
    verify_words: String,
    error: Option<String>,
    results: Vec<Line>,
}

/// What became of one name.
struct Line {
    given: String,
    good: bool,
    words: String,
    profile: Option<String>,
}

impl Add {
    fn new(visitor: &Visitor, names: String, verify: bool) -> Self {
        let t = visitor.t;
        Self {
            page: visitor.page(Section::Add, t.add_title),
            t,
            names,
            verify,
            verify_words: fill_plain(t.add_verify, &[&MOST_VERIFIED.to_string()]),
            error: None,
            results: Vec::new(),
        }
    }
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    visitor.manages()?;
    visitor.show(&Add::new(&visitor, String::new(), true))
}

#[handler]
pub(super) async fn submit(visitor: Visitor, Form(given): Form<Given>) -> Reply {
    visitor.manages()?;
    let (t, found) = (visitor.t, pasted::names(&given.names));
    let mut page = Add::new(&visitor, given.names, given.verify.is_some());
    if found.is_empty() || found.len() > MOST_NAMES {
        let too_many =
            fill_plain(t.add_too_many, &[&t.number(u64::try_from(MOST_NAMES).unwrap_or_default())]);
        page.error = Some(if found.is_empty() { t.add_nothing.to_owned() } else { too_many });
        return visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let verify = page.verify && found.len() <= MOST_VERIFIED;
    if let [(_, Ok(username))] = &found[..] {
        match follow(&visitor, username, verify).await {
            Ok(record) => return Ok(one_followed(&visitor, &record)),
            Err(error) => page.results.push(refused(t, username, &error)),
        }
    } else {
        for (given, name) in found {
            page.results.push(line(&visitor, given, name.as_ref(), verify).await);
        }
        page.names = String::new();
    }
    visitor.show(&page)
}

fn one_followed(visitor: &Visitor, record: &ProfileRecord) -> poem::Response {
    let flash = Flash::good(fill_plain(visitor.t.flash_following, &[record.username.as_str()]));
    visitor.go(&names::address(record), &flash)
}

async fn line(
    visitor: &Visitor,
    given: String,
    name: Result<&Username, &tgbio_core::UsernameError>,
    verify: bool,
) -> Line {
    let t = visitor.t;
    let username = match name {
        Ok(username) => username,
        Err(error) => {
            return Line { given, good: false, words: pasted::why(t, error).to_owned(), profile: None };
        }
    };
    match follow(visitor, username, verify).await {
        Ok(record) => {
            let profile = Some(record.username.to_string());
            Line { given, good: true, words: t.add_followed.to_owned(), profile }
        }
        Err(error) => Line { given, ..refused(t, username, &error) },
    }
}

async fn follow(visitor: &Visitor, username: &Username, verify: bool) -> Result<ProfileRecord, FollowError> {
    let app = &visitor.web.app;
    let new = NewProfile::new(username.clone());
    let record = app.tracker.follow(&new, verify, &visitor.actor()).await?;
    app.poller.wake();
    if verify {
        app.read_photo(record.id);
    }
    Ok(record)
}

fn refused(t: &'static Texts, username: &Username, error: &FollowError) -> Line {
    let already = matches!(error, FollowError::Store(StoreError::AlreadyFollowed { .. }));
    Line {
        given: format!("@{username}"),
        good: already,
        words: why(t, error),
        profile: already.then(|| username.to_string()),
    }
}

fn why(t: &'static Texts, error: &FollowError) -> String {
    match error {
        FollowError::Fetch(error) => t.outcome_and_reason(error.kind().into(), error.reason()),
        FollowError::Doubtful { .. } => t.add_doubtful.to_owned(),
        FollowError::Store(StoreError::AlreadyFollowed { .. }) => t.add_already.to_owned(),
        FollowError::Store(StoreError::OptedOut { .. }) => t.add_opted_out.to_owned(),
        error => {
            tracing::error!(%error, "a profile could not be followed");
            t.add_store_failed.to_owned()
        }
    }
}
