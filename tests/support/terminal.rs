//! The program at a terminal of its own, driven as a person does it: wait for the question, answer it.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the terminal is asked whether it shows what is typed.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A command at a terminal. Dropping it kills it.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    screen: String,
    /// How much of the screen was read by the caller.
    read: usize,
    device: String,
}

impl Terminal {
    /// Starts the command with a terminal that `script` of util-linux makes.
    pub(crate) fn start(command: &Command) -> io::Result<Self> {
        let mut words = vec![command.get_program().to_string_lossy().into_owned()];
        words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
        let line = format!("tty; exec '{}'", words.join("' '"));
        let mut terminal = Command::new("script");
        terminal.args(["-qefc", &line, "/dev/null"]).env_clear().env("SHELL", "/bin/sh");
        let set = |(key, value): (&std::ffi::OsStr, Option<&std::ffi::OsStr>)| {
            Some((key.to_owned(), value?.to_owned()))
        };
        terminal.envs(command.get_envs().filter_map(set));
        if let Some(folder) = command.get_current_dir() {
            terminal.current_dir(folder);
        }
        let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(keys), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipes to the terminal"));
        };
        let (show, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                if show.send(bytes[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut started = Self { child, keys, shown, screen: String::new(), read: 0, device: String::new() };
        started.device = started.wait_for("\n")?.trim().to_owned();
        Ok(started)
    }

    /// Waits until this text comes, and gives all that has come since the last wait.
    pub fn wait_for(&mut self, text: &str) -> io::Result<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.screen[self.read..].find(text) {
                let end = self.read + at + text.len();
                let new = self.screen[self.read..end].to_owned();
                self.read = end;
                return Ok(new);
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.shown.recv_timeout(left) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => return Err(io::Error::other(format!("{text:?} did not come: {:?}", self.screen))),
            }
        }
    }

    /// Waits for a question after which nothing that is typed is shown, and answers it.
    pub fn answer_unseen(&mut self, question: &str, answer: &str) -> io::Result<String> {
        let asked = self.wait_for(question)?;
        let until = Instant::now() + PATIENCE;
        while self.shows_what_is_typed()? {
            if Instant::now() > until {
                return Err(io::Error::other(format!("what is typed after {question:?} is shown")));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        writeln!(self.keys, "{answer}")?;
        Ok(asked)
    }

    fn shows_what_is_typed(&self) -> io::Result<bool> {
        let told = Command::new("stty").args(["-F", &self.device, "-a"]).output()?;
        if !told.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&told.stderr).into_owned()));
        }
        Ok(!String::from_utf8_lossy(&told.stdout).split_whitespace().any(|word| word == "-echo"))
    }

    /// Waits for the end of the command; gives how it ended and all that was ever on the screen.
    pub fn end(mut self) -> io::Result<(ExitStatus, String)> {
        let until = Instant::now() + PATIENCE;
        while let Ok(bytes) = self.shown.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.screen.push_str(&String::from_utf8_lossy(&bytes));
        }
        Ok((self.child.wait()?, std::mem::take(&mut self.screen)))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
