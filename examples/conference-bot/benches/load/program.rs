//! The program in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use conference_bot::demo::stage::MAIN;
use conference_bot::domain::ApplicationState;
use conference_bot::store::{Durability, Res, applications, people, run};
use conference_bot::texts::Locale;
use conference_bot::{Config, World};
use rusqlite::Connection;
use tempfile::TempDir;
use tgbio_testkit::botapi::BotApi;
use tgbio_testkit::smtp::Smtp;

pub const PASSWORD: &str = "correct horse";

/// A conference: a folder, Telegram and mail on loopback, and the program once it is started.
pub struct Conference {
    pub api: BotApi,
    pub smtp: Smtp,
    folder: TempDir,
}

/// The program. Dropping it ends it.
pub struct Program {
    child: Child,
    _output: BufReader<ChildStdout>,
    pub desk: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Conference {
    pub async fn new() -> Self {
        let (api, smtp) = (BotApi::start().await, Smtp::start().await);
        api.bot(MAIN, "sri_bot");
        Self { api, smtp, folder: tempfile::tempdir().unwrap() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("conference.db")
    }

    /// Writes into the database, while the program does not run.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Res<T> + Send + 'static,
    ) -> T {
        let world = World::open(Config { database: self.database(), ..Config::default() }).await.unwrap();
        world.db.write(Durability::Normal, work).await.unwrap()
    }

    pub fn start(&self) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conference-bot"))
            .arg("serve")
            .current_dir(self.folder.path())
            .env_clear()
            .env("CONFERENCE_DATABASE", self.database())
            .env("CONFERENCE_LISTEN", "127.0.0.1:0")
            .env("CONFERENCE_ADMIN_PASSWORD", PASSWORD)
            .env("CONFERENCE_BOT_TOKEN", MAIN)
            .env("CONFERENCE_API_URL", self.api.base_url())
            .env("CONFERENCE_SMTP_URL", self.smtp.url())
            .env("CONFERENCE_MESSAGES_PER_SECOND", "0")
            .env("CONFERENCE_MESSAGES_PER_CHAT", "0")
            .env("CONFERENCE_NAME_LOOKUP", "false")
            .env("CONFERENCE_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let desk = line.trim().split("listens on ").nth(1).unwrap().to_owned();
        Program { child, _output: output, desk }
    }
}

impl Program {
    /// Resident memory now and at most so far, in MB of a million bytes.
    pub fn memory(&self) -> (f64, f64) {
        let status =
            std::fs::read_to_string(Path::new("/proc").join(self.child.id().to_string()).join("status"));
        let status = status.unwrap();
        let field = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

/// Somebody whose registration is approved, with this Telegram id.
pub fn approved(conn: &Connection, tg_id: i64) -> Res<i64> {
    let person = people::create(conn, Some(&format!("Иванов Иван {tg_id}")), Locale::Ru, 1)?;
    run(conn, "INSERT INTO tg_account (tg_id, first_name, seen_at) VALUES (?1, 'Иван', 1)", [tg_id])?;
    people::bind(conn, tg_id, person)?;
    applications::create(conn, person, 1)?;
    let application = applications::of(conn, person)?.unwrap().id;
    let from = [ApplicationState::Draft];
    applications::set_state(conn, application, &from, ApplicationState::Approved, None, None, 1)?;
    Ok(person)
}
