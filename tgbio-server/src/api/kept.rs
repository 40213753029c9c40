//! The answer about one profile, which programs ask for again and again.

use std::sync::Arc;

use async_trait::async_trait;
use poem::http::{HeaderValue, Method, header};
use poem::{IntoResponse, PathPattern, Request, Response};
use tgbio_core::store::ProfileKey;

use super::access::{By, Reader};
use crate::auth::{Caller, Scope};
use crate::http::{Problem, Shortcut};
use crate::state::App;
use crate::wire::{FollowedProfile, SourceFields, SourcedProfile, Written};

/// The followed profile that the path names, as the caller may see it.
pub(super) async fn profile(by: &By<Reader>, p: &str) -> Result<Written<SourcedProfile>, Problem> {
    kept_or_made(&by.app, &ProfileKey::parse(p)?, by.keeps()).await?.ok_or_else(not_followed)
}

/// The kept answer, or a new one that is kept from now on. `keeps`: the caller is one of those who keep the list.
async fn kept_or_made(
    app: &App,
    key: &ProfileKey,
    keeps: bool,
) -> Result<Option<Written<SourcedProfile>>, Problem> {
    // The version comes first: what is read behind it can only be newer.
    let Some(version) = app.store().version(key).await? else { return Ok(None) };
    if let Some(body) = app.answers().get(version, &keeps) {
        return Ok(Some(body.into()));
    }
    let Some(record) = app.store().profile(&version.id.into()).await? else { return Ok(None) };
    let sources = SourceFields::new(&record, &app.store().sources(record.id).await?);
    let profile = FollowedProfile::new(&record);
    let profile = if keeps { profile } else { profile.for_strangers() };
    let written =
        Written::new(&SourcedProfile { profile, sources }).map_err(|error| Problem::internal(&error))?;
    app.answers().put(version, keeps, written.bytes().clone(), written.bytes().len());
    Ok(Some(written))
}

/// No such profile.
pub(super) fn not_followed() -> Problem {
    Problem::not_found("no profile of this id or username is followed")
}

/// Where profiles are, and the route as metrics name it.
const PROFILES: &str = "/api/v1/profiles/";
const ROUTE: &str = "/api/v1/profiles/:param0";

/// Gives the answer of [`profile`] without the way through the framework. Whatever is out of the ordinary is left to the
/// operation.
pub(super) struct Quick {
    app: App,
    route: Arc<str>,
}

impl Quick {
    pub(super) fn new(app: &App) -> Self {
        Self { app: app.clone(), route: ROUTE.into() }
    }
}

/// The plain name or id that a request asks for.
fn plain_name(request: &Request) -> Option<&str> {
    let name = request.uri().path().strip_prefix(PROFILES)?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    (plain && request.uri().query().is_none() && *request.method() == Method::GET).then_some(name)
}

#[async_trait]
impl Shortcut for Quick {
    async fn answer(&self, request: &Request) -> Option<Response> {
        let key = ProfileKey::parse(plain_name(request)?).ok()?;
        let caller = request.data::<Caller>().filter(|caller| caller.may(Scope::Read))?;
        let written = kept_or_made(&self.app, &key, caller.reaches(Scope::Read)).await.ok()??;
        let mut answer = written.into_response();
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.set_data(PathPattern(Arc::clone(&self.route)));
        Some(answer)
    }
}
