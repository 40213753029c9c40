//! The program as a process of its own, which can be killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use conference_bot::demo::stage::MAIN;
use tgbio_testkit::botapi::BotApi;
use tgbio_testkit::smtp::Smtp;

/// A process. Dropping it kills it.
pub struct Process {
    child: Child,
    /// The address of the desk.
    pub desk: String,
    /// What it says; whoever drops this reads no more.
    _output: Option<BufReader<ChildStdout>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts the bot with its database in a folder, and waits until it listens.
    pub fn start(folder: &Path, api: &BotApi, smtp: &Smtp) -> Self {
        Self::with(folder, api, smtp, &[])
    }

    /// The same with more variables.
    pub fn with(folder: &Path, api: &BotApi, smtp: &Smtp, more: &[(&str, String)]) -> Self {
        let mut process = Self::unread(folder, api, smtp, more);
        let mut output = BufReader::new(process.child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains("listens on"), "{line}");
        process.desk = line.trim().split("listens on ").nth(1).unwrap().to_owned();
        process._output = Some(output);
        process
    }

    /// Runs another command on the same database; what it printed, or what it said as it failed.
    pub fn command(folder: &Path, arguments: &[&str]) -> Result<String, String> {
        let ran = Command::new(env!("CARGO_BIN_EXE_conference-bot"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("CONFERENCE_DATABASE", folder.join("c.db"))
            .env("CONFERENCE_LOG", "error")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if ran.status.success() { Ok(text(&ran.stdout)) } else { Err(text(&ran.stderr)) }
    }

    /// Waits until it ends by itself.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Starts it and reads nothing of what it says.
    pub fn unread(folder: &Path, api: &BotApi, smtp: &Smtp, more: &[(&str, String)]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_conference-bot"))
            .arg("serve")
            .current_dir(folder)
            .env_clear()
            .env("CONFERENCE_DATABASE", folder.join("c.db"))
            .env("CONFERENCE_LISTEN", "127.0.0.1:0")
            .env("CONFERENCE_BOT_TOKEN", MAIN)
            .env("CONFERENCE_API_URL", api.base_url())
            .env("CONFERENCE_SMTP_URL", smtp.url())
            .env("CONFERENCE_MAIL_FROM", "conference@example.org")
            .env("CONFERENCE_MESSAGES_PER_CHAT", "0")
            .env("CONFERENCE_NAME_LOOKUP", "false")
            .env("CONFERENCE_LOG", "error")
            .envs(more.iter().map(|(key, value)| (key, value)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, desk: String::new(), _output: None }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_need_read_what_the_program_says() {
    let folder = tempfile::tempdir().unwrap();
    let (api, smtp) = (BotApi::start().await, Smtp::start().await);
    api.bot(MAIN, "sri_bot");
    let mut process = Process::unread(folder.path(), &api, &smtp, &[]);
    drop(process.child.stdout.take());
    api.person(MAIN, 7, "Анна").say_and_see("/start", "Здравствуйте").await;
}
