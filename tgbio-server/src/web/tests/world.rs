//! A whole server without a network: pages, shell, accounts, tracker and store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode, header};
use poem::{Body, Endpoint, EndpointExt, Request, Response};
use tgbio_core::store::{Actor, NewProfile, SqliteStore};
use tgbio_core::{
    Capabilities, Clock, Evidence, FetchError, FetchErrorKind, Field, ManualClock, Observation, Observed,
    Photo, PhotoBytes, Poller, Profile, ProfileFetcher, ProfileId, ProfileKind, Rules, Target, Timestamp,
    Tracker, Username,
};
use url::form_urlencoded;

use crate::auth::cookie::SessionCookie;
use crate::auth::guard::Authenticate;
use crate::auth::{Accounts, db::Db};
use crate::http::client_addr::TrustedProxies;
use crate::http::limits::BodyLimit;
use crate::http::{Routes, Shell, shell};
use crate::state::{AccountStatus, App, HostBudget, HostBudgets, Parts, Settings};

pub(super) const PASSWORD: &str = "correct horse";

/// What is said of a name: a profile with its subscribers, or a failure.
type Said = Result<(Profile, u64), FetchErrorKind>;

/// Says about each name what a test has put there; other names are not found.
#[derive(Debug)]
pub(super) struct Source {
    clock: Arc<ManualClock>,
    says: Mutex<HashMap<String, Said>>,
}

impl Source {
    pub(super) fn says(&self, profile: Profile) {
        self.counts(profile, 0);
    }

    /// The same with subscribers; zero is none.
    pub(super) fn counts(&self, profile: Profile, subscribers: u64) {
        self.says.lock().unwrap().insert(profile.username.key(), Ok((profile, subscribers)));
    }

    pub(super) fn fails(&self, name: &str, kind: FetchErrorKind) {
        self.says.lock().unwrap().insert(name.to_owned(), Err(kind));
    }
}

#[async_trait]
impl ProfileFetcher for Source {
    fn name(&self) -> &str {
        "scrape"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&Field::OF_PROFILE).with_photos()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let said = self.says.lock().unwrap().get(&target.username.key()).cloned();
        let said = said.unwrap_or(Err(FetchErrorKind::NotFound));
        let (profile, subscribers) =
            said.map_err(|kind| FetchError::new("scrape", target.username.clone(), kind))?;
        let mut seen = Observation::new(profile, self.clock.now(), "scrape", "tme/1");
        if subscribers > 0 {
            seen.counts.subscribers = Observed::Present(subscribers);
        }
        let page = Bytes::from_static(b"<html><script>alert('evidence')</script></html>");
        seen.evidence = Some(Evidence::new("https://t.me/x", 200, "text/html", page));
        Ok(seen)
    }

    async fn photo(&self, _: &Target, photo: &Photo) -> Result<Option<PhotoBytes>, FetchError> {
        let other = photo.url.as_deref().is_some_and(|url| url.ends_with('b'));
        let picture: &[u8] = if other { include_bytes!("face-b.png") } else { include_bytes!("face-a.png") };
        Ok(Some(PhotoBytes::new(Bytes::from_static(picture), "image/png")))
    }
}

/// One host that is told to wait, and perhaps an account.
#[derive(Clone)]
struct Budgets(Timestamp, Arc<Mutex<Option<AccountStatus>>>);

impl HostBudgets for Budgets {
    fn budgets(&self) -> Vec<HostBudget> {
        vec![HostBudget {
            host: "t.me".into(),
            min_delay: Duration::from_secs(2),
            not_before: Some(self.0),
            reason: Some("http_429".into()),
            requests_last_minute: 28,
        }]
    }

    fn account(&self) -> Option<AccountStatus> {
        self.1.lock().unwrap().clone()
    }
}

pub(super) struct World {
    pub(super) app: App,
    pub(super) source: Arc<Source>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) site: BoxEndpoint<'static, Response>,
    pub(super) account: Arc<Mutex<Option<AccountStatus>>>,
    session: String,
}

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) head: poem::http::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.head.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn cookies(&self) -> Vec<&str> {
        self.head.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The pair of the first cookie that begins so.
    pub(super) fn cookie(&self, name: &str) -> String {
        let found = self.cookies().into_iter().find(|cookie| cookie.starts_with(name));
        found.expect("the cookie is set").split(';').next().unwrap().to_owned()
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::build(false).await
    }

    pub(super) async fn public() -> Self {
        Self::build(true).await
    }

    async fn build(public: bool) -> Self {
        let clock = Arc::new(ManualClock::new("2026-11-01T08:00:00Z".parse().unwrap()));
        let source = Arc::new(Source { clock: clock.clone(), says: Mutex::default() });
        let tracker = tracker(&source, &clock);
        let accounts = Accounts::new(Db::in_memory().await.unwrap());
        accounts.ensure_admin("admin", Some(PASSWORD.to_owned().into())).await.unwrap();
        let session = accounts.begin_session("admin", false).await.unwrap();
        let session = SessionCookie::new(false).begin(&session).unwrap();
        let session = session.to_str().unwrap().split(';').next().unwrap().to_owned();
        let settings =
            Settings { public, public_url: None, backend: "scrape".into(), started_at: clock.now() };
        let account: Arc<Mutex<Option<AccountStatus>>> = Arc::default();
        let app = App::new(Parts {
            poller: Poller::new(tracker.clone(), 1).handle(),
            tracker,
            accounts,
            budgets: Arc::new(Budgets("2026-11-21T09:00:00Z".parse().unwrap(), account.clone())),
            settings,
        });
        let world = Self { site: site(&app, public), app, source, clock, account, session };
        world.source.says(profile("telegram", "Telegram", Some("News")));
        world
    }

    /// Follows what the source says about a name and reads its photo.
    pub(super) async fn follow(&self, name: &str) -> ProfileId {
        let new = NewProfile::new(Username::parse(name).unwrap());
        let record = self.app.tracker.follow(&new, true, &Actor::system()).await.unwrap();
        self.app.tracker.read_photo(record.id).await.unwrap();
        record.id
    }

    /// Looks again after some hours.
    pub(super) async fn look_after(&self, hours: u64, id: ProfileId) {
        self.clock.advance(Duration::from_secs(hours * 3600));
        self.app.tracker.check_now(id).await.unwrap();
        self.app.tracker.read_photo(id).await.unwrap();
    }

    /// As a stranger.
    pub(super) async fn anybody(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[("accept", "text/html")], "").await
    }

    /// As the admin.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[("accept", "text/html"), ("cookie", &self.session)], "").await
    }

    /// As the admin whose browser speaks Russian.
    pub(super) async fn get_russian(&self, path: &str) -> Answer {
        let headers = [("accept", "text/html"), ("cookie", &self.session), ("accept-language", "ru")];
        self.ask(Method::GET, path, &headers, "").await
    }

    /// The cookie of the admin's session.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// A form that the admin sends.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let headers =
            [("accept", "text/html"), ("cookie", self.session.as_str()), ("sec-fetch-site", "same-origin")];
        self.send(path, form, &headers).await
    }

    pub(super) async fn send(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.ask(Method::POST, path, &headers, &body).await
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path.parse().unwrap());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("content-length", body.len());
        }
        let mut response = self.site.call(request.body(Body::from_string(body.to_owned()))).await.unwrap();
        let text = String::from_utf8_lossy(&response.take_body().into_vec().await.unwrap()).into_owned();
        Answer { status: response.status(), head: response.headers().clone(), text }
    }
}

fn tracker(source: &Arc<Source>, clock: &Arc<ManualClock>) -> Tracker {
    Tracker::builder(source.clone(), Arc::new(SqliteStore::in_memory().unwrap()))
        .clock(clock.clone())
        .rules(Rules::default())
        .canaries(vec![Username::parse("telegram").unwrap()])
        .build()
}

fn site(app: &App, public: bool) -> BoxEndpoint<'static, Response> {
    let routes = crate::web::routes(Routes::new(), app, TrustedProxies::default());
    let around = Shell {
        public_url: None,
        noindex: public,
        body: BodyLimit::default(),
        error_page: Some(crate::web::error_page()),
        authenticate: Authenticate::new(app.accounts.clone(), SessionCookie::new(false), public),
    };
    shell(routes, around).boxed()
}

pub(super) fn name(name: &str) -> Username {
    Username::parse(name).unwrap()
}

pub(super) fn profile(name: &str, called: &str, bio: Option<&str>) -> Profile {
    let mut profile = Profile::new(Username::parse(name).unwrap());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = Observed::Present(called.into());
    profile.bio = Observed::from_option(bio.map(Into::into));
    let links = bio.map(tgbio_core::links::derive).filter(|links| !links.is_empty());
    profile.links = Observed::from_option(links);
    profile.verified = Observed::Present(false);
    profile.photo = Observed::Absent;
    profile
}

pub(super) fn with_photo(mut profile: Profile, url: &str) -> Profile {
    profile.photo = Observed::Present(Photo::at(url));
    profile
}
