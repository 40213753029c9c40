//! The organisers' desk over real HTTP, and an organiser who uses its REST API.

use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::stage::Stage;
use crate::http::Server;

/// A desk that is being served.
#[derive(Debug)]
pub struct OpenDesk {
    /// Where.
    pub url: String,
    /// The password of the first organiser, `admin`.
    pub password: String,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl OpenDesk {
    /// Opens the desk of a conference on a free port.
    ///
    /// # Panics
    /// When it cannot be opened, or has been before: the password is made once.
    pub async fn of(stage: &Stage) -> Self {
        let server = match Server::open(&stage.world).await {
            Ok(server) => server,
            Err(error) => panic!("{error}"),
        };
        let Some(password) = server.first_password().map(|password| password.expose_secret().to_owned())
        else {
            panic!("the desk was opened before");
        };
        let (url, stop) = (format!("http://{}", server.address()), CancellationToken::new());
        let told = stop.clone();
        let serving = tokio::spawn(async move {
            if let Err(error) = server.run(told).await {
                tracing::error!(%error, "the desk has ended");
            }
        });
        Self { url, password, stop, serving }
    }

    /// Closes it.
    pub async fn close(self) {
        self.stop.cancel();
        let _ = self.serving.await;
    }
}

/// Somebody who is logged in at the desk.
#[derive(Debug)]
pub struct Organiser {
    http: reqwest::Client,
    url: String,
    cookies: String,
}

impl Organiser {
    /// Logs in.
    ///
    /// # Panics
    /// When the desk does not let them in.
    pub async fn log_in(desk: &OpenDesk) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = match http.build() {
            Ok(http) => http,
            Err(error) => panic!("{error}"),
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("user", "admin")
            .append_pair("password", &desk.password)
            .finish();
        let asked = http
            .post(format!("{}/login", desk.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form);
        let cookies = match asked.send().await {
            Ok(answer) => cookies(&answer),
            Err(error) => panic!("{error}"),
        };
        Self { http, url: desk.url.clone(), cookies }
    }

    /// Asks the REST API for something to be made.
    ///
    /// # Panics
    /// When it is not.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let asked = self
            .http
            .post(format!("{}/api/v1{path}", self.url))
            .header("content-type", "application/json")
            .header("cookie", &self.cookies)
            .body(body.to_string());
        let (status, text) = answer(asked).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// A page of the desk, as they see it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn own_page(&self, path: &str) -> String {
        let asked = self.http.get(format!("{}{path}", self.url)).header("cookie", &self.cookies);
        let (status, text) = answer(asked).await;
        assert_eq!(status, 200, "{path}");
        text
    }

    /// The names in an archive that the desk gives out.
    ///
    /// # Panics
    /// When there is none.
    pub async fn archive(&self, path: &str) -> Vec<String> {
        let asked = self.http.get(format!("{}{path}", self.url)).header("cookie", &self.cookies);
        let body = match asked.send().await {
            Ok(answer) => answer.bytes().await.unwrap_or_default(),
            Err(error) => panic!("{error}"),
        };
        match zip::ZipArchive::new(std::io::Cursor::new(body)) {
            Ok(archive) => archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect(),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    /// A page as everybody sees it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn page(&self, path: &str) -> String {
        let (status, text) = answer(self.http.get(format!("{}{path}", self.url))).await;
        assert_eq!(status, 200, "{path}");
        text
    }
}

fn cookies(answer: &reqwest::Response) -> String {
    let all = answer.headers().get_all("set-cookie").iter();
    let pairs = all.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn answer(asked: reqwest::RequestBuilder) -> (u16, String) {
    match asked.send().await {
        Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(error) => panic!("{error}"),
    }
}
