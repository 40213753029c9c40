//! An API in memory, whose clock and whose profiles the test sets.

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode};
use poem::{Endpoint, EndpointExt, Request, Response};
use secrecy::ExposeSecret;
use serde_json::Value;
use tgbio_core::store::{ProfileStore, SqliteStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{
    Link, ManualClock, Observed, Photo, PollerHandle, Profile, ProfileKind, Timestamp, Tracker, Username,
};
use tgbio_server::api::Metrics;
use tgbio_server::auth::cookie::SessionCookie;
use tgbio_server::auth::guard::Authenticate;
use tgbio_server::auth::{Accounts, Scope, db::Db};
use tgbio_server::http::limits::BodyLimit;
use tgbio_server::http::{Routes, Shell, shell};
use tgbio_server::state::{App, HostBudget, HostBudgets, Parts, Settings};

/// 2026-11-21T01:02:03.004Z
pub const START: i64 = 1_795_222_923_004;
pub const PHOTO: &[u8] = b"\xff\xd8\xff a picture";

pub struct Api {
    pub app: App,
    pub fetcher: ScriptedFetcher,
    pub clock: ManualClock,
    pub endpoint: Arc<BoxEndpoint<'static, Response>>,
    token: String,
}

struct NoBudgets;

impl HostBudgets for NoBudgets {
    fn budgets(&self) -> Vec<HostBudget> {
        vec![HostBudget {
            host: "t.me".to_owned(),
            min_delay: Duration::from_secs(2),
            not_before: None,
            reason: None,
            requests_last_minute: 7,
        }]
    }
}

pub fn name(name: &str) -> Username {
    Username::parse(name).unwrap()
}

/// A person of whom everything is known.
pub fn person(username: &str, bio: &str) -> Profile {
    let mut profile = Profile::new(name(username));
    let text = |text: &str| Observed::Present(text.to_owned());
    profile.kind = Observed::Present(ProfileKind::User);
    profile.display_name = text("Some One");
    profile.bio = if bio.is_empty() { Observed::Absent } else { text(bio) };
    let link = Link { text: "example.org".to_owned(), url: "https://example.org/".to_owned() };
    profile.links =
        if bio.contains("example.org") { Observed::Present(vec![link]) } else { Observed::Absent };
    profile.photo = Observed::Present(Photo::at("https://photos.test/1.jpg"));
    profile.verified = Observed::Present(true);
    profile
}

pub fn accounts() -> Accounts {
    Accounts::new(Db::over(rusqlite::Connection::open_in_memory().unwrap()).unwrap())
}

impl Api {
    pub async fn new() -> Self {
        Self::with(false).await
    }

    pub async fn with(public: bool) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(START));
        let fetcher = ScriptedFetcher::new(Arc::new(clock.clone()));
        fetcher.set_photo("https://photos.test/1.jpg", PHOTO);
        let store: Arc<dyn ProfileStore> = Arc::new(SqliteStore::in_memory().unwrap());
        let tracker =
            Tracker::builder(Arc::new(fetcher.clone()), store).clock(Arc::new(clock.clone())).build();
        let accounts = accounts();
        let settings = Settings {
            public,
            public_url: None,
            backend: "scrape".to_owned(),
            started_at: Timestamp::from_millis(START),
        };
        let poller = PollerHandle::default();
        let parts =
            Parts { tracker, poller, accounts: accounts.clone(), budgets: Arc::new(NoBudgets), settings };
        let app = App::new(parts);
        let endpoint = Arc::new(endpoint(&app));
        let token = token(&accounts, Scope::Admin).await;
        Self { app, fetcher, clock, endpoint, token }
    }

    /// An API that follows @someone, whose first revision is of the start.
    pub async fn following() -> Self {
        let api = Self::new().await;
        api.fetcher.show(person("someone", "old text, see example.org"));
        assert_eq!(api.post("/profiles", r#"{"username": "someone"}"#).await.status, 201);
        api
    }

    /// The admin's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri_str(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_owned()),
            None => request.finish(),
        };
        Answer::read(self.endpoint.call(request).await.unwrap()).await
    }

    async fn api(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        self.call(method, &format!("/api/v1{path}"), Some(&self.token), body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.api(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.api(Method::POST, path, Some(body).filter(|body| !body.is_empty())).await
    }

    pub async fn patch(&self, path: &str, body: &str) -> Answer {
        self.api(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.api(Method::DELETE, path, None).await
    }

    /// The profile changes, and is looked at an hour later.
    pub async fn change(&self, profile: Profile) -> Answer {
        let path = format!("/profiles/{}/check", profile.username);
        self.fetcher.show(profile);
        self.clock.advance(Duration::from_secs(3600));
        self.post(&path, "").await
    }

    /// Waits until the photo, which is read in the background, is known.
    pub async fn photo_of(&self, username: &str) -> String {
        let known = async {
            loop {
                let answer = self.get(&format!("/profiles/{username}")).await.json();
                if let Some(photo) = answer["photo"].as_str() {
                    return photo.strip_prefix("sha256:").unwrap().to_owned();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), known).await.expect("the photo is read in time")
    }
}

pub fn endpoint(app: &App) -> BoxEndpoint<'static, Response> {
    endpoint_with(app, None)
}

pub fn endpoint_with(app: &App, metrics: Option<Metrics>) -> BoxEndpoint<'static, Response> {
    let shell_of = Shell {
        public_url: None,
        noindex: app.settings.public,
        body: BodyLimit::default(),
        error_page: None,
        authenticate: Authenticate::new(app.accounts.clone(), SessionCookie::new(false), app.settings.public),
    };
    shell(tgbio_server::api::routes(Routes::new(), app, metrics), shell_of).boxed()
}

pub async fn token(accounts: &Accounts, scope: Scope) -> String {
    let made = accounts.create_token(scope.as_str(), scope).await.unwrap();
    made.secret.expose_secret().to_owned()
}

pub struct Answer {
    pub status: u16,
    pub response: Response,
    pub body: Vec<u8>,
}

impl Answer {
    async fn read(mut response: Response) -> Self {
        let body = response.take_body().into_vec().await.unwrap();
        Self { status: response.status().as_u16(), response, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    /// The status and the body, with ids and chance taken out.
    pub fn told(&self) -> String {
        let reason = StatusCode::from_u16(self.status).unwrap();
        if self.body.is_empty() {
            return reason.to_string();
        }
        let mut json = self.json();
        redact(&mut json);
        format!("{reason}\n{json:#}")
    }

    /// Checks that this is a whole problem document and returns its `code`.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(redact),
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(_) if key == "next_check_at" => *value = "[soon]".into(),
                    Value::String(id) if uuid::Uuid::parse_str(id).is_ok() => *value = "[id]".into(),
                    other => redact(other),
                }
            }
        }
        _ => {}
    }
}
