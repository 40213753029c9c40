//! The program under test as a process, with its database in a folder of its own.

use std::path::Path;

use tempfile::TempDir;
use tgbio_testkit::program::{Program, Server};

use crate::Outcome;
use crate::load::Asker;
use crate::role::{ROLE, Role};
use crate::site::Site;

/// The program with its database in `folder`, which reads from `site` as rarely as it can.
pub fn program(folder: &Path, site: &Site) -> Outcome<Program> {
    Ok(Program::new(std::env::current_exe()?, folder)
        .against(&site.base, "none")
        .set("TGBIO_SCRAPE_PHOTO_HOSTS", "none")
        .set("TGBIO_CHECK_INTERVAL", "6h")
        .set("TGBIO_CHECK_INTERVAL_MAX", "6h")
        .set("TGBIO_PUBLIC", "true")
        .set(ROLE, Role::Tgbio.name()))
}

/// A running server over a prepared database, and a client of it.
#[derive(Debug)]
pub struct Serving {
    /// The process.
    pub server: Server,
    /// Asks it without credentials, as a reader of public pages.
    pub reader: Asker,
    /// Asks it with a token.
    pub client: Asker,
    _folder: TempDir,
}

impl Serving {
    /// Starts the program over the database in `folder`.
    pub fn start(folder: TempDir, program: &Program) -> Outcome<Self> {
        let made = program.run(&["token", "create", "bench", "--scope", "read"])?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
        }
        let server = program.serve()?;
        let reader = Asker::new(server.address());
        let client = reader.with_token(String::from_utf8_lossy(&made.stdout).trim());
        Ok(Self { server, reader, client, _folder: folder })
    }
}
