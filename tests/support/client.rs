//! A client of the REST API, as a program outside would write it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A client with a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    token: String,
}

/// What a call answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, `null` where it is no JSON.
    pub body: Value,
}

impl Client {
    /// A client of the server at `address`, like `http://127.0.0.1:8080`.
    pub fn new(address: &str, token: &str) -> Self {
        Self { http: reqwest::Client::new(), address: address.to_owned(), token: token.to_owned() }
    }

    /// A request to a path below `/api/v1`, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/api/v1{path}", self.address)).bearer_auth(&self.token)
    }

    /// Sends a call.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap_or_default();
        Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }

    /// Gets a path that must answer 200.
    ///
    /// # Panics
    /// When it answers anything else.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK.as_u16(), "{path}: {}", answer.body);
        answer.body
    }

    /// Gets a path of the server that is outside the API.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn get_outside(&self, path: &str) -> Value {
        let sent = self.http.get(format!("{}{path}", self.address)).send().await;
        let body = sent.unwrap_or_else(|error| panic!("{path}: {error}")).bytes().await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }

    /// Gets a path of the server that is outside the API, with the token, as text.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn text(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.address)).bearer_auth(&self.token);
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        answer.text().await.unwrap_or_default()
    }

    /// Looks at a page of text outside the API, like `/metrics`, until a line of it is this one.
    ///
    /// # Panics
    /// When it never is.
    pub async fn wait_for_line(&self, path: &str, line: &str) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        let waiting = async {
            loop {
                looks.tick().await;
                if self.text(path).await.lines().any(|shown| shown == line) {
                    return;
                }
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{path} never showed {line}");
    }

    /// Follows a name.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn follow(&self, name: &str) -> Value {
        let answer =
            self.call(Method::POST, "/profiles", Some(serde_json::json!({ "username": name }))).await;
        assert_eq!(answer.status, StatusCode::CREATED.as_u16(), "{name}: {}", answer.body);
        answer.body
    }

    /// All revisions of a profile, page by page.
    pub async fn revisions(&self, profile: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let more = cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page = self.get(&format!("/profiles/{profile}/revisions?limit=50{more}")).await;
            all.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return all,
            }
        }
    }

    /// The whole change log.
    pub async fn changes(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.get(&format!("/changes?after={after}&limit=100")).await;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            if items.is_empty() {
                return all;
            }
            all.extend(items);
            after = page["next_after"].as_u64().unwrap_or(u64::MAX);
        }
    }

    /// Looks at a path until it shows what is wanted.
    ///
    /// # Panics
    /// When it does not in good time.
    pub async fn wait_for(&self, path: &str, what: &str, mut shows: impl FnMut(&Value) -> bool) -> Value {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        let mut latest = Value::Null;
        let waiting = async {
            loop {
                looks.tick().await;
                latest = self.get(path).await;
                if shows(&latest) {
                    return latest.clone();
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(shown) => shown,
            Err(_) => panic!("{path} never showed {what}: {latest}"),
        }
    }
}
