//! The program under test as a process of its own: started, asked, stopped, killed.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::client::Client;

/// How long a start or a clean stop may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program's file, a folder for its database, and its settings.
#[derive(Debug, Clone)]
pub struct Program {
    file: PathBuf,
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl Program {
    /// The program at `file`, with its database in `folder`.
    pub fn new(file: impl Into<PathBuf>, folder: &Path) -> Self {
        let database = folder.join("tgbio.db").display().to_string();
        Self { file: file.into(), folder: folder.to_owned(), settings: Vec::new() }
            .set("TGBIO_DATABASE", database)
            .set("TGBIO_LISTEN", "127.0.0.1:0")
            .set("TGBIO_ADMIN_PASSWORD", crate::ADMIN_PASSWORD)
            .set("TGBIO_LOG", "warn")
    }

    /// The same against a simulated t.me, as fast as it can: no delay between requests, short intervals.
    #[must_use]
    pub fn against(self, base_url: &str, photo_host: &str) -> Self {
        self.set("TGBIO_SCRAPE_BASE_URL", base_url)
            .set("TGBIO_SCRAPE_PHOTO_HOSTS", photo_host)
            .set("TGBIO_SCRAPE_MIN_DELAY", "0s")
            .set("TGBIO_CHECK_INTERVAL", "100ms")
            .set("TGBIO_CHECK_INTERVAL_MAX", "200ms")
            .set("TGBIO_BACKOFF_MIN", "50ms")
            .set("TGBIO_BACKOFF_MAX", "200ms")
            .set("TGBIO_CONFIRM_DELAY", "150ms")
            .set("TGBIO_CONFIRM_CHECKS", "3")
            .set("TGBIO_SURGE_PROFILES", "0")
    }

    /// The same with one more setting.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.into()));
        self
    }

    /// The folder of the database.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.file);
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &self.folder);
        command.envs(self.settings.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        self.command(arguments).output()
    }

    /// Runs a command to its end with this on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> io::Result<Output> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        child.wait_with_output()
    }

    /// Starts a command at a terminal of its own.
    #[cfg(target_os = "linux")]
    pub fn at_terminal(&self, arguments: &[&str]) -> io::Result<crate::terminal::Terminal> {
        crate::terminal::Terminal::start(&self.command(arguments))
    }

    /// Starts `serve` and waits until it tells its address.
    pub fn serve(&self) -> io::Result<Server> {
        let mut child = self.command(&["serve"]).stderr(Stdio::inherit()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        let address = match address_line(BufReader::new(stdout)) {
            Ok(address) => address,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        Ok(Server { child, address, program: self.clone() })
    }
}

/// The address in the first line that has one; the rest of the output is read and dropped, so that the pipe never fills.
fn address_line(mut lines: impl BufRead + Send + 'static) -> io::Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the server ended without telling its address"));
        }
        if let Some(at) = line.find("http://127.0.0.1:") {
            let address =
                line[at..].split_whitespace().next().unwrap_or_default().trim_end_matches('/').to_owned();
            std::thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
            return Ok(address);
        }
    }
}

/// A running `serve`. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    program: Program,
}

impl Server {
    /// Where it listens, like `http://127.0.0.1:12345`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The program that was started.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// A client of its REST API with a new admin token, made by the command line beside the running server.
    pub fn client(&self) -> io::Result<Client> {
        let name = format!("test-{}", rand::random::<u32>());
        let made = self.program.run(&["token", "create", &name, "--scope", "admin"])?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        Ok(Client::new(&self.address, &token))
    }

    /// SIGKILL, in the middle of whatever it does.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; waits until it has ended.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(mut self) -> io::Result<ExitStatus> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let (done, ended) = std::sync::mpsc::channel();
        let mut child = std::mem::replace(&mut self.child, Command::new("true").spawn()?);
        std::thread::spawn(move || done.send(child.wait()));
        let _ = self.child.wait();
        ended.recv_timeout(PATIENCE).map_err(|_| io::Error::other("it did not end after SIGTERM"))?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Each line of an output as JSON.
///
/// # Panics
/// When a line is no JSON.
pub fn json_lines(output: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(output);
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}
