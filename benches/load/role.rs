//! The other processes of the harness: this program again, told by its environment what to be.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use crate::{Outcome, constant, site};

/// The environment variable that names the role.
pub const ROLE: &str = "LOAD_ROLE";

/// What a process of the harness can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The program under test itself.
    Tgbio,
    /// A simulated t.me.
    Site,
    /// A poem server with a constant body.
    Constant,
}

impl Role {
    /// The value of [`ROLE`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Tgbio => "tgbio",
            Self::Site => "site",
            Self::Constant => "constant",
        }
    }

    /// The role of this process; `None` for the harness itself.
    pub fn of_this_process() -> Option<Self> {
        let name = std::env::var(ROLE).ok()?;
        [Self::Tgbio, Self::Site, Self::Constant].into_iter().find(|role| role.name() == name)
    }

    /// Plays the role to its end.
    pub fn run(self) -> ExitCode {
        let played = match self {
            Self::Tgbio => return tgbio_server::cli::main(),
            Self::Site => site::serve(),
            Self::Constant => constant::serve(),
        };
        match played {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", self.name());
                ExitCode::FAILURE
            }
        }
    }
}

/// A process in a role that obeys lines on its standard input and answers each with a line. It ends when it is dropped.
#[derive(Debug)]
pub struct Helper {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts a process and reads its first line.
    pub fn start(role: Role, settings: &[(&str, String)]) -> Outcome<(Self, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(ROLE, role.name()).envs(settings.iter().map(|(key, value)| (key, value)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, answers) = pipes.ok_or("the process has no pipes")?;
        let mut helper = Self { child, orders, answers: BufReader::new(answers) };
        let first = helper.answer()?;
        Ok((helper, first))
    }

    /// Gives an order and waits for the answer.
    pub fn order(&mut self, order: &str) -> Outcome<String> {
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("a process of the harness has ended".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other side of a [`Helper`]: tells `first`, then answers orders until there are no more.
pub fn obey(first: &str, mut answer: impl FnMut(&str) -> Outcome<String>) -> Outcome<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{first}")?;
    out.flush()?;
    for order in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(order?.trim())?)?;
        out.flush()?;
    }
    Ok(())
}
