//! What the bot promises about speed and memory, measured from outside: the program in a process of its own, a Bot API
//! and a mail server on loopback.
//!
//! `cargo bench -p conference-bot` takes the figures at full size; `-- --quick` shows in seconds that it works. Names of
//! works (`crowd`, `uploads`, `export`) choose among them.

#![expect(clippy::unwrap_used, reason = "a measurement that meets the unexpected has failed")]
#![expect(clippy::print_stdout, reason = "the figures are printed")]

mod crowd;
mod export;
mod program;
mod uploads;

use std::process::ExitCode;

/// A figure with its limit.
struct Figure {
    what: &'static str,
    value: f64,
    unit: &'static str,
    limit: Option<f64>,
}

impl Figure {
    fn new(what: &'static str, value: f64, unit: &'static str) -> Self {
        Self { what, value, unit, limit: None }
    }

    fn below(self, limit: f64) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Prints it; whether it is within its limit.
    fn show(&self) -> bool {
        let fits = self.limit.is_none_or(|limit| self.value < limit);
        let limit = self.limit.map(|limit| format!(" (limit {limit} {})", self.unit)).unwrap_or_default();
        let verdict = if fits { "" } else { "  TOO MUCH" };
        println!("{:<58} {:>10.1} {}{limit}{verdict}", self.what, self.value, self.unit);
        fits
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let quick = given.iter().any(|argument| argument == "--quick");
    let names: Vec<&str> = given.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    let mut figures = Vec::new();
    if wanted("crowd") {
        figures.extend(crowd::run(if quick { 20 } else { 200 }).await);
    }
    if wanted("uploads") {
        figures.extend(uploads::run(if quick { 5 } else { 100 }).await);
    }
    if wanted("export") {
        figures.extend(export::run(if quick { 50 } else { 1000 }).await);
    }
    // A quick look is for finding out whether it works; its figures mean nothing.
    let too_much = figures.iter().filter(|figure| !figure.show()).count();
    if too_much == 0 || quick { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
