//! Runs the program in a folder of its own, with nothing of the tester's environment.

#![cfg_attr(
    not(feature = "scrape"),
    expect(dead_code, reason = "most tests look at profiles through the scraper")
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing takes longer, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a database, and the program in it.
pub struct Home {
    folder: TempDir,
}

/// What a run came to.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tgbio"));
        command.current_dir(self.folder.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("USER", "tester").stdin(Stdio::null());
        if cfg!(all(feature = "mtproto", not(feature = "scrape"))) {
            // The only backend that there is; nobody is signed in.
            command.env("TGBIO_BACKEND", "mtproto").env("TGBIO_API_ID", "1");
        }
        command
    }

    /// Another program, in the same folder.
    pub fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run<'a>(&self, words: impl AsRef<[&'a str]>) -> Ran {
        self.run_with(words, &[])
    }

    pub fn run_with<'a>(&self, words: impl AsRef<[&'a str]>, environment: &[(&str, &str)]) -> Ran {
        self.command().args(words.as_ref()).envs(environment.iter().copied()).output().unwrap().into()
    }

    pub fn pipe<'a>(&self, words: impl AsRef<[&'a str]>, input: &[u8]) -> Ran {
        let mut command = self.command();
        command.args(words.as_ref()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            status: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Ran {
    /// It ended well and complained about nothing.
    pub fn ok(self) -> Self {
        assert_eq!((self.status, self.err.as_str()), (0, ""), "{}", self.out);
        self
    }

    /// It ended with this status and this word in one sentence.
    pub fn failed(self, status: i32, word: &str) -> Self {
        assert_eq!(self.status, status, "{} {}", self.out, self.err);
        assert!(self.err.contains(word), "{word} is not in {}", self.err);
        self
    }

    /// Every line of the output as JSON.
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A server that runs as a process; it is killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: String,
}

impl Server {
    /// Starts on a free port and waits for the line with the address.
    pub fn start(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command();
        Self::spawn(command.args(["serve", "--listen", "127.0.0.1:0"]).args(words).stderr(Stdio::null()))
    }

    /// The same for a command that is ready.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("tgbio listens on http://").expect("the address").to_owned();
        Self { child, address }
    }

    /// Asks for a path and gives the whole answer.
    pub fn get(&self, path: &str) -> String {
        self.ask("GET", path, "")
    }

    /// Sends a form and gives the whole answer.
    pub fn post(&self, path: &str, form: &str) -> String {
        self.ask("POST", path, form)
    }

    fn ask(&self, method: &str, path: &str, form: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
            Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            self.address,
            form.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends a signal by its name, and says how the process ended and how long that took.
    pub fn signal(&mut self, name: &str) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (status.code(), started.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `done` is true.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Files in a folder whose names begin so.
pub fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(prefix)).collect()
}
