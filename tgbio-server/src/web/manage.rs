//! What an admin does to a profile: check, pause, resume, remove a revision, erase.

use std::time::Duration;

use askama::Template;
use poem::handler;
use poem::http::StatusCode;
use poem::web::{Form, Path};
use serde::Deserialize;
use tgbio_core::store::{ProfilePatch, ProfileRecord};
use tgbio_core::{CheckError, Checked, Outcome, ProfileId, Username};

use super::html::{Html, fill, fill_plain};
use super::texts::Texts;
use super::visitor::{Page, Reply, Section, Visitor};
use super::{names, times};
use crate::http::Problem;
use crate::http::site::Flash;
use crate::state::App;

/// A browser waits no longer for a check; it goes on without it.
const PATIENCE: Duration = Duration::from_secs(25);

#[handler]
pub(super) async fn check(visitor: Visitor, Path(name): Path<String>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    // In a task of its own: a look that has begun is finished and remembered whatever the browser does.
    let look = tokio::spawn(check_with_photo(visitor.web.app.clone(), record.id));
    let t = visitor.t;
    let flash = match tokio::time::timeout(PATIENCE, look).await {
        Err(_) => Flash::good(t.flash_under_way),
        Ok(Ok(Ok(checked))) => told(t, &checked, anything_held(&visitor, record.id).await),
        Ok(Ok(Err(CheckError::Busy))) => Flash::bad(t.flash_busy),
        Ok(Ok(Err(CheckError::Store(error)))) => return Err(error.into()),
        Ok(other) => return Err(Problem::internal(&format!("{other:?}"))),
    };
    Ok(visitor.go(&names::address_of(&visitor, record.id).await, &flash))
}

/// Looks now; a photo that is due is read behind it.
async fn check_with_photo(app: App, id: ProfileId) -> Result<Checked, CheckError> {
    let checked = app.tracker.check_now(id).await?;
    if checked.photo_due {
        app.read_photo(id);
    }
    Ok(checked)
}

async fn anything_held(visitor: &Visitor, id: ProfileId) -> bool {
    let held = visitor.web.app.store().held(Some(id), 0, 1).await;
    held.is_ok_and(|held| !held.is_empty())
}

fn told(t: &Texts, checked: &Checked, held: bool) -> Flash {
    match checked.outcome {
        _ if !checked.changed.is_empty() => {
            Flash::good(fill_plain(t.flash_changed, &[&t.fields(&checked.changed)]))
        }
        _ if checked.doubted => Flash::bad(t.flash_doubted),
        _ if held => Flash::good(t.flash_held),
        Outcome::Profile => Flash::good(t.flash_same),
        outcome => Flash::bad(fill_plain(t.flash_failed, &[&t.outcome_and_reason(outcome, checked.reason)])),
    }
}

#[handler]
pub(super) async fn pause(visitor: Visitor, Path(name): Path<String>) -> Reply {
    monitor(&visitor, &name, false, visitor.t.flash_paused).await
}

#[handler]
pub(super) async fn resume(visitor: Visitor, Path(name): Path<String>) -> Reply {
    monitor(&visitor, &name, true, visitor.t.flash_resumed).await
}

async fn monitor(visitor: &Visitor, name: &str, monitored: bool, done: &str) -> Reply {
    visitor.manages()?;
    let record = names::profile(visitor, name).await?;
    let patch = ProfilePatch { monitored: Some(monitored), ..ProfilePatch::default() };
    let app = &visitor.web.app;
    let record = app.store().update(record.id, &patch, app.now(), &visitor.actor()).await?;
    app.poller.wake();
    let flash = Flash::good(fill_plain(done, &[record.username.as_str()]));
    Ok(visitor.go(&names::address(&record), &flash))
}

#[derive(Template)]
#[template(path = "erase.html")]
struct ErasePage {
    page: Page,
    t: &'static Texts,
    called: String,
    typed: Html,
    wrong: bool,
}

impl ErasePage {
    fn new(visitor: &Visitor, record: &ProfileRecord, wrong: bool) -> Self {
        let t = visitor.t;
        let mut name = Html::default();
        name.markup("<strong>").push_text(record.username.as_str()).markup("</strong>");
        Self {
            page: visitor.page(Section::Profiles, fill_plain(t.erase_title, &[record.username.as_str()])),
            t,
            called: names::called(record),
            typed: fill(t.erase_type, &[&name]),
            wrong,
        }
    }
}

#[handler]
pub(super) async fn erase_page(visitor: Visitor, Path(name): Path<String>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    visitor.show(&ErasePage::new(&visitor, &record, false))
}

#[derive(Debug, Deserialize)]
pub(super) struct Erasure {
    #[serde(default)]
    typed: String,
    opt_out: Option<String>,
}

#[handler]
pub(super) async fn erase(visitor: Visitor, Path(name): Path<String>, Form(form): Form<Erasure>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    if Username::parse(&form.typed).as_ref() != Ok(&record.username) {
        let page = ErasePage::new(&visitor, &record, true);
        return visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let app = &visitor.web.app;
    app.store().erase(record.id, form.opt_out.is_some(), app.now(), &visitor.actor()).await?;
    visitor.web.forget(record.id);
    Ok(visitor.go("/", &Flash::good(fill_plain(visitor.t.flash_erased, &[record.username.as_str()]))))
}

#[derive(Template)]
#[template(path = "remove.html")]
struct RemovePage {
    page: Page,
    t: &'static Texts,
    id: ProfileId,
    called: String,
    number: u64,
    when: Html,
    comes_back: bool,
}

#[handler]
pub(super) async fn remove_page(visitor: Visitor, Path((name, number)): Path<(String, u64)>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    let found = visitor.web.app.store().revision(record.id, number).await?;
    let revision = found.ok_or_else(|| Problem::not_found("there is no such revision"))?;
    let newer = visitor.web.app.store().revisions(record.id, number, 1).await?;
    let t = visitor.t;
    let title = fill_plain(t.remove_title, &[&number.to_string(), record.username.as_str()]);
    visitor.show(&RemovePage {
        page: visitor.page(Section::Profiles, title),
        t,
        id: record.id,
        called: names::called(&record),
        number,
        when: times::interval(t, &revision),
        comes_back: record.monitored && newer.is_empty(),
    })
}

#[handler]
pub(super) async fn remove(visitor: Visitor, Path((name, number)): Path<(String, u64)>) -> Reply {
    visitor.manages()?;
    let record = names::profile(&visitor, &name).await?;
    let app = &visitor.web.app;
    app.store().remove_revision(record.id, number, app.now(), &visitor.actor()).await?;
    visitor.web.forget(record.id);
    let flash = Flash::good(fill_plain(visitor.t.flash_removed, &[&number.to_string()]));
    Ok(visitor.go(&names::address_of(&visitor, record.id).await, &flash))
}
