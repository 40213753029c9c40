//! A desk on a free port, a conference in it, and browsers.

use std::net::SocketAddr;
use std::sync::Arc;

use conference_bot::domain::{ApplicationState, DocumentKind, Part, Role, Status};
use conference_bot::organisers::Desk;
use conference_bot::store::{Durability, Res, applications, documents, number, papers, people, run};
use conference_bot::texts::Locale;
use conference_bot::{Config, World};
use reqwest::{Client, Response, StatusCode, redirect};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tgbio_core::{ManualClock, Timestamp};
use tgbio_server::http::Routes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// 1 May 2026, 12:00 in UTC.
pub const NOON: i64 = 1_777_636_800_000;
pub const PASSWORD: &str = "correct horse";
/// Markup, quotes, text turned around, emoji.
pub const HOSTILE: &str = "<script>alert(1)</script> \"O'Brien\" \u{202e}gpj & 😀";

pub struct Site {
    pub desk: Desk,
    pub address: SocketAddr,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
    stop: CancellationToken,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Site {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(tweak: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            database: folder.path().join("conference.db"),
            admin_password: Some(PASSWORD.to_owned().into()),
            ..Config::default()
        };
        tweak(&mut config);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOON)));
        let world = World::open(config).await.unwrap().with_clock(clock.clone());
        let (desk, _) = Desk::open(world).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (serving, told) = (desk.clone(), stop.clone());
        tokio::spawn(async move { serving.serve(listener, Routes::new(), told).await });
        Self { desk, address, clock, folder, stop }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Res<T> + Send + 'static,
    ) -> T {
        self.desk.world.db.write(Durability::Normal, work).await.unwrap()
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        self.write(move |conn| number(conn, sql, [])).await
    }

    /// Somebody whose registration was sent.
    pub async fn person(&self, name: &str, email: &str, status: Status) -> i64 {
        let (name, email) = (name.to_owned(), email.to_owned());
        self.write(move |conn| {
            let id = people::create(conn, Some(&name), Locale::Ru, NOON)?;
            let full = format!("Университет «{name}»");
            let organisation = people::organisation(conn, &full, "ТГУ", "TSU")?;
            let sql = "UPDATE person SET email = ?2, email_key = ?2, phone = '+79131234567', birth_date = '2004-05-06',
                status = ?3, organisation_id = ?4 WHERE id = ?1";
            run(conn, sql, params![id, email, status, organisation])?;
            applications::create(conn, id, NOON)?;
            let sql = "INSERT INTO tg_account (tg_id, person_id, username, username_key, first_name, seen_at)
                VALUES (?1, ?2, ?3, ?3, ?4, ?5)";
            run(conn, sql, params![id + 1000, id, format!("user{id}"), name, NOON])?;
            let sql = "INSERT INTO dialog (bot, tg_id, place, rev, updated_at) VALUES ('main', ?1, 'menu.0.0', 1, ?2)";
            run(conn, sql, [id + 1000, NOON])?;
            let application = applications::of(conn, id)?.unwrap().id;
            let draft = [ApplicationState::Draft];
            applications::set_state(conn, application, &draft, ApplicationState::Submitted, None, None, NOON)?;
            Ok(id)
        })
        .await
    }

    pub async fn application(&self, person: i64) -> i64 {
        self.write(move |conn| Ok(applications::of(conn, person)?.unwrap().id)).await
    }

    pub async fn document(&self, uploader: i64, kind: DocumentKind, mime: &str, bytes: Vec<u8>) -> i64 {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let mime = mime.to_owned();
        self.write(move |conn| {
            let sum: [u8; 32] = sha2::Digest::finalize(sha2::Digest::chain_update(
                <sha2::Sha256 as sha2::Digest>::new(),
                &bytes,
            ))
            .into();
            let new = documents::NewDocument {
                kind,
                path: file.path(),
                sha256: &sum,
                size: bytes.len() as u64,
                mime: &mime,
                file_name: "../../<b>диплом</b>.pdf",
                uploader,
            };
            documents::store(conn, &new, NOON)
        })
        .await
    }

    /// A paper that was sent, in a section by its number, with its two documents.
    pub async fn paper(&self, owner: i64, title: &str, section: i64, state: &str) -> i64 {
        let paper = self.document(owner, DocumentKind::Paper, "application/pdf", pdf(title)).await;
        let permit = self.document(owner, DocumentKind::Permit, "application/pdf", pdf("permit")).await;
        let (title, state) = (title.to_owned(), state.to_owned());
        self.write(move |conn| {
            let id = papers::create(conn, owner, &title, NOON)?;
            let sql = "UPDATE submission SET abstract = ?2, section_id = ?3, paper_doc = ?4, permit_doc = ?5,
                state = ?6 WHERE id = ?1";
            let summary = format!("О чём: {title}");
            run(conn, sql, params![id, summary, section, paper, permit, state])?;
            papers::keep_version(conn, id, owner, &format!("SRI-{id:03}"), NOON)?;
            Ok(id)
        })
        .await
    }

    pub async fn joins(&self, paper: i64, person: i64, part: Part) {
        self.write(move |conn| papers::join(conn, paper, person, part, NOON)).await;
    }

    /// A second log-in, for a person with a role.
    pub async fn login_for(&self, name: &str, role: Role, section: Option<i64>) -> Browser {
        let made = self.desk.accounts.add_admin(name).await.unwrap();
        let (known, owned) = (name.to_owned(), name.to_owned());
        self.write(move |conn| {
            let person = people::create(conn, Some(&known), Locale::Ru, NOON)?;
            people::grant(conn, person, role, section, "test", NOON)?;
            let sql = "INSERT INTO web_identity (kind, name, person_id, made_at) VALUES ('user', ?1, ?2, ?3)";
            run(conn, sql, params![known, person, NOON])
        })
        .await;
        let browser = self.browser();
        let password = secrecy::ExposeSecret::expose_secret(&made.0).to_owned();
        assert!(browser.log_in(&owned, &password).await.contains("aria-current"));
        browser
    }

    pub fn browser(&self) -> Browser {
        let client = Client::builder().cookie_store(true).no_proxy().redirect(redirect::Policy::limited(5));
        Browser { client: client.build().unwrap(), base: self.url("") }
    }

    /// The first organiser.
    pub async fn admin(&self) -> Browser {
        let browser = self.browser();
        let page = browser.log_in("admin", PASSWORD).await;
        assert!(page.contains("/audit"), "{page}");
        browser
    }
}

pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.7\n{text}\n%%EOF\n").into_bytes()
}

pub struct Browser {
    pub client: Client,
    base: String,
}

impl Browser {
    pub async fn fetch(&self, path: &str) -> Response {
        let asked = self.client.get(format!("{}{path}", self.base)).header("accept", "text/html,*/*;q=0.1");
        asked.header("accept-language", "ru").send().await.unwrap()
    }

    /// A page that is there.
    pub async fn page(&self, path: &str) -> String {
        let response = self.fetch(path).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let asked =
            self.client.post(format!("{}{path}", self.base)).header("accept", "text/html").form(fields);
        asked.header("accept-language", "ru").header("sec-fetch-site", "same-origin").send().await.unwrap()
    }

    /// The page to which a form leads.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let response = self.send(path, fields).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    pub async fn log_in(&self, user: &str, password: &str) -> String {
        self.send("/login", &[("user", user), ("password", password)]).await.text().await.unwrap()
    }

    pub async fn api(
        &self,
        method: reqwest::Method,
        path: &str,
        body: serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let asked = self.client.request(method, format!("{}/api/v1{path}", self.base));
        let asked = if body.is_null() { asked } else { asked.json(&body) };
        let response = asked.send().await.unwrap();
        let (status, kind) =
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        if status >= 400 {
            assert!(kind.starts_with("application/problem+json"), "{path}: {kind} {text}");
        }
        (status, serde_json::from_str(&text).unwrap())
    }
}
