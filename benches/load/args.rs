//! What the harness is asked to do.

use std::path::PathBuf;

use crate::Outcome;

/// The works there are.
const WORKS: [&str; 8] = ["checks", "changed", "serving", "lists", "memory", "verify", "writes", "scale"];

/// The command line.
#[derive(Debug)]
pub struct Args {
    names: Vec<String>,
    /// Smaller sizes, for a first look.
    pub quick: bool,
    /// The work `scale` goes up to a million profiles, without kept pages.
    pub million: bool,
    /// Where the databases of `scale` are kept: what is there is measured again, what is not is made.
    pub kept: Option<PathBuf>,
    /// How often each figure is taken; the median counts.
    pub repeat: usize,
}

impl Args {
    /// Reads the command line. `--bench`, which cargo adds, is ignored.
    pub fn read() -> Outcome<Self> {
        let mut args = Self { names: Vec::new(), quick: false, million: false, kept: None, repeat: 3 };
        let mut given = std::env::args().skip(1);
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--bench" => {}
                "--quick" => args.quick = true,
                "--million" => args.million = true,
                "--kept" => args.kept = Some(given.next().ok_or("--kept wants a folder")?.into()),
                "--repeat" => args.repeat = given.next().ok_or("--repeat wants a number")?.parse()?,
                name if WORKS.contains(&name) => args.names.push(name.to_owned()),
                other => {
                    return Err(format!(
                        "{other} is none of {WORKS:?}, --quick, --million, --kept FOLDER, --repeat N"
                    )
                    .into());
                }
            }
        }
        args.repeat = args.repeat.max(1);
        Ok(args)
    }

    /// Whether a work is to be done.
    pub fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// The full size, or the smaller one.
    pub fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}
