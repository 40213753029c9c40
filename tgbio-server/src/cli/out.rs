//! Standard output: data and nothing else. Nothing here panics when the reader goes away.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use comfy_table::{Cell, ContentArrangement, Table, presets};
use serde::Serialize;

use super::error::{CliError, CliResult};
use super::safe;

/// Columns of a terminal that does not say how many it has.
const USUAL_WIDTH: u16 = 80;

/// Standard output of one command.
#[derive(Debug)]
pub struct Out {
    writer: BufWriter<StdoutLock<'static>>,
    terminal: bool,
}

impl Out {
    /// Takes standard output until the command ends.
    pub fn new() -> Self {
        let stdout = io::stdout().lock();
        Self { terminal: stdout.is_terminal(), writer: BufWriter::new(stdout) }
    }

    /// One line, which must be harmless already.
    pub fn line(&mut self, text: &str) -> CliResult {
        Ok(writeln!(self.writer, "{text}")?)
    }

    /// One line of JSON, given out at once so that a reader can follow.
    pub fn json(&mut self, value: &impl Serialize) -> CliResult {
        let text = serde_json::to_string(value).map_err(CliError::failed)?;
        self.line(&safe::json(&text))?;
        self.flush()
    }

    /// A table for people. Cells are made harmless.
    pub fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> CliResult {
        let mut table = Table::new();
        if self.terminal {
            let columns = columns(table.width());
            table
                .load_style(presets::UTF8_HORIZONTAL_ONLY)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(columns);
        } else {
            table.load_style(presets::NOTHING);
        }
        table.set_header(head.iter().map(Cell::new));
        for row in rows {
            table.add_row(row.iter().map(|cell| Cell::new(safe::line(cell))));
        }
        for line in table.to_string().lines() {
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> CliResult {
        Ok(self.writer.write_all(bytes)?)
    }

    /// Everything is on its way.
    pub fn flush(&mut self) -> CliResult {
        Ok(self.writer.flush()?)
    }

    /// Whether a person reads it on a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether colors are welcome.
    pub fn colors(&self) -> bool {
        self.terminal && colors_wanted()
    }
}

/// How wide a terminal is; one that does not know, or says that it has none, is taken for a usual one.
fn columns(told: Option<u16>) -> u16 {
    told.filter(|columns| *columns > 0).unwrap_or(USUAL_WIDTH)
}

/// Nobody said no: see no-color.org.
fn colors_wanted() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A number with its noun.
pub fn many(number: u64, noun: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{end}")
}

/// One line on standard error; nobody can be told when that fails.
pub fn complain(sentence: &str) {
    let sentence = safe::line(sentence);
    let _ = writeln!(io::stderr().lock(), "tgbio: {sentence}");
}

/// One line of news on standard error.
pub fn note(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", safe::line(sentence));
}
