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
    let (store, answers, keeps) = (by.app.store(), by.app.answers(), by.keeps());
    // The version comes first: what is read behind it can only be newer.
    let version = store.version(&ProfileKey::parse(p)?).await?.ok_or_else(not_followed)?;
    if let Some(body) = answers.get(version, &keeps) {
        return Ok(body.into());
    }
    let record = store.profile(&version.id.into()).await?.ok_or_else(not_followed)?;
    let sources = SourceFields::new(&record, &store.sources(record.id).await?);
    let profile = FollowedProfile::new(&record);
    let profile = if keeps { profile } else { profile.for_strangers() };
    let written = Written::new(&SourcedProfile { profile, sources }).map_err(|error| Problem::internal(&error))?;
    answers.put(version, keeps, written.bytes().clone(), written.bytes().len());
    Ok(written)
}

/// No such profile.
pub(super) fn not_followed() -> Problem {
    Problem::not_found("no profile of this id or username is followed")
}

/// Where profiles are, and the route as metrics name it.
const PROFILES: &str = "/api/v1/profiles/";
const ROUTE: &str = "/api/v1/profiles/:param0";

/// Gives the answer that [`profile`] has kept. Whatever is out of the ordinary is left to the operation.
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
        let version = self.app.store().version(&key).await.ok()??;
        let body = self.app.answers().get(version, &caller.reaches(Scope::Read))?;
        let mut answer = Written::<SourcedProfile>::from(body).into_response();
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.set_data(PathPattern(Arc::clone(&self.route)));
        Some(answer)
    }
}
