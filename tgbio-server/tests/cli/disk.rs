//! A full disk, a locked and a vanished file: the server says what is wrong, loses nothing that it has said, and goes on by
//! itself when the cause is gone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{Home, Server, until};
use super::upstream::Upstream;

const PASSWORD: &str = "some-password";

/// A server over a database, with its log in a file.
struct Disturbed<'a> {
    home: &'a Home,
    site: &'a Upstream,
    database: PathBuf,
    server: Server,
    bios: usize,
}

impl<'a> Disturbed<'a> {
    /// Starts `serve` by a line of shell in which `"$@"` is the program and its arguments.
    fn start(home: &'a Home, site: &'a Upstream, database: &Path, shell: &str) -> Self {
        let named = database.to_str().unwrap().to_owned();
        site.bio("a_one", "bio 0");
        let mut words = vec!["--database", &named, "profile", "add", "a_one"];
        words.extend(site.track_flags());
        home.run(&words).ok();
        let mut command = home.command_of("sh");
        command.args(["-c", shell, "sh", env!("CARGO_BIN_EXE_tgbio")]);
        command.args(["--database", &named, "serve", "--listen", "127.0.0.1:0"]).args(site.track_flags());
        command.args(["--backoff-min", "50ms", "--backoff-max", "100ms"]).env_remove("TGBIO_DATABASE");
        command.env("TGBIO_ADMIN_PASSWORD", PASSWORD);
        let log = File::create(home.path("log")).unwrap();
        let server = Server::spawn(command.stderr(log));
        Self { home, site, database: database.to_owned(), server, bios: 0 }
    }

    fn history(&self) -> Vec<String> {
        let words = ["--database", self.database.to_str().unwrap(), "history", "a_one", "--json"];
        let ran = self.home.run(words);
        ran.json().iter().map(|line| line["bio"].as_str().unwrap().to_owned()).collect()
    }

    /// Shows another bio.
    fn change(&mut self) {
        self.bios += 1;
        self.site.bio("a_one", &format!("bio {}", self.bios));
    }

    fn seen(&self) -> bool {
        self.history().last() == Some(&format!("bio {}", self.bios))
    }

    fn ready(&self) -> bool {
        self.server.get("/readyz").starts_with("HTTP/1.1 200")
    }

    /// Shows new bios until the server says that something is wrong, and gives what was in the history then.
    fn until_told(&mut self, word: &str) -> Vec<String> {
        let said = |home: &Home| fs::read_to_string(home.path("log")).unwrap().contains(word);
        let mut before = Vec::new();
        until("the server said what is wrong", || {
            if self.seen() {
                before = self.history();
                self.change();
            }
            said(self.home)
        });
        before
    }

    /// The cause is gone: everything goes on, nothing that was written is lost, and the chain is whole.
    fn goes_on(mut self, before: &[String]) {
        self.change();
        until("it goes on by itself", || self.seen());
        until("it is ready again", || self.ready());
        let history = self.history();
        assert!(history.starts_with(before), "{before:?} {history:?}");
        assert_eq!(self.server.signal("TERM").0, Some(0));
        self.home.run(["--database", self.database.to_str().unwrap(), "verify"]).ok();
        assert_eq!(self.history(), history);
    }
}

#[test]
fn no_more_room_for_the_files() {
    let (home, site) = (Home::new(), Upstream::start());
    if !super::proving::has("prlimit", "--version") {
        return;
    }
    let limited = "trap '' XFSZ; ulimit -S -f 1400; exec \"$@\"";
    let mut server = Disturbed::start(&home, &site, &home.path("tgbio.db"), limited);
    let before = server.until_told("the disk failed");
    let pid = server.server.child.id().to_string();
    let freed = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().unwrap();
    assert!(freed.success());
    server.goes_on(&before);
}

/// A small file system of its own, taken away at the end.
struct Mounted(PathBuf);

impl Mounted {
    fn new(place: PathBuf) -> Option<Self> {
        fs::create_dir(&place).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&place).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(place));
        }
        println!("skipped: a small file system cannot be mounted here");
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk() {
    let (home, site) = (Home::new(), Upstream::start());
    let Some(mounted) = Mounted::new(home.path("small")) else { return };
    let mut server = Disturbed::start(&home, &site, &mounted.0.join("tgbio.db"), "exec \"$@\"");
    let filler = mounted.0.join("filler");
    // Everything that is free but some pages.
    let _ = fs::write(&filler, vec![1; 2 << 20]);
    let length = fs::metadata(&filler).unwrap().len();
    File::options().write(true).open(&filler).unwrap().set_len(length.saturating_sub(64 << 10)).unwrap();
    let before = server.until_told("the disk is full");
    fs::remove_file(&filler).unwrap();
    server.goes_on(&before);
}

#[test]
fn a_locked_file() {
    let (home, site) = (Home::new(), Upstream::start());
    let mut server = Disturbed::start(&home, &site, &home.path("tgbio.db"), "exec \"$@\"");
    let other = rusqlite::Connection::open(home.path("tgbio.db")).unwrap();
    other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let before = server.until_told("locked by another program");
    other.execute_batch("ROLLBACK").unwrap();
    server.goes_on(&before);
}

#[test]
fn a_vanished_file() {
    let (home, site) = (Home::new(), Upstream::start());
    let mut server = Disturbed::start(&home, &site, &home.path("tgbio.db"), "exec \"$@\"");
    until("it has begun", || server.seen());
    fs::rename(home.path("tgbio.db"), home.path("away.db")).unwrap();
    let told = || fs::read_to_string(home.path("log")).unwrap().contains("was moved, deleted or replaced");
    server.change();
    until("the server said what is wrong", told);
    until("it is not ready", || !server.ready());
    let login = server.server.post("/login", &format!("user=admin&password={PASSWORD}"));
    assert!(login.starts_with("HTTP/1.1 503") && login.contains("cannot be written now"), "{login}");
    fs::rename(home.path("away.db"), home.path("tgbio.db")).unwrap();
    server.goes_on(&["bio 0".to_owned()]);
}

#[test]
fn a_vanished_log() {
    let (home, site) = (Home::new(), Upstream::start());
    let mut server = Disturbed::start(&home, &site, &home.path("tgbio.db"), "exec \"$@\"");
    until("it has begun", || server.seen());
    let before = server.history();
    fs::rename(home.path("tgbio.db-wal"), home.path("away")).unwrap();
    let log = || fs::read_to_string(home.path("log")).unwrap();
    until("the server said what is wrong", || log().contains("tgbio.db-wal was moved, deleted or replaced"));
    until("it is not ready", || !server.ready());
    fs::rename(home.path("away"), home.path("tgbio.db-wal")).unwrap();
    server.change();
    server.goes_on(&before);
}

/// Whoever starts the program again before the file is back does not begin a new one over its log.
#[test]
fn a_file_that_vanished_before_the_start() {
    let (home, site) = (Home::new(), Upstream::start());
    let mut server = Disturbed::start(&home, &site, &home.path("tgbio.db"), "exec \"$@\"");
    server.change();
    until("it is written", || server.seen());
    assert_eq!(server.server.signal("KILL").0, None);
    fs::rename(home.path("tgbio.db"), home.path("away.db")).unwrap();
    home.run(["serve", "--listen", "127.0.0.1:0"]).failed(1, "put the file back beside the log");
    home.run(["profile", "add", "another", "--no-verify"]).failed(1, "put the file back beside the log");
    let mut doctor = vec!["doctor"];
    doctor.extend(site.flags());
    for reading in [&["history", "a_one"][..], &["profile", "list"], &["export"], &["verify"], &doctor] {
        let ran = home.run(reading);
        assert!(
            format!("{}{}", ran.out, ran.err).contains("put the file back beside the log"),
            "{reading:?}: {}",
            ran.err
        );
        assert_eq!(ran.status, 1, "{reading:?}");
        let told = format!("{}{}", ran.out, ran.err).matches("put the file back").count();
        assert_eq!(told, 1, "{reading:?} says it once: {}", ran.out);
    }
    fs::rename(home.path("away.db"), home.path("tgbio.db")).unwrap();
    assert!(server.seen());
    home.run(["verify"]).ok();
}

/// An archive, say: rights alone would not stop root.
#[test]
fn a_file_system_that_cannot_be_written() {
    let (home, site) = (Home::new(), Upstream::start());
    let Some(mounted) = Mounted::new(home.path("small")) else { return };
    let database = mounted.0.join("tgbio.db");
    let named = database.to_str().unwrap();
    site.bio("a_one", "bio 0");
    let mut words = vec!["--database", named, "profile", "add", "a_one"];
    words.extend(site.track_flags());
    home.run(&words).ok();
    let closed = Command::new("mount").args(["-o", "remount,ro"]).arg(&mounted.0).status().unwrap();
    assert!(closed.success());
    for words in [&["history", "a_one"][..], &["profile", "list"], &["held"], &["export"], &["verify"]] {
        let ran = home.run([&["--database", named], words].concat());
        assert_eq!(ran.status, 0, "{words:?}: {}", ran.err);
    }
    home.run(["--database", named, "erase", "a_one", "--yes"]).failed(1, "cannot be written");
    home.run(["restore", named]).failed(0, "there was no database in its place");
    home.run(["history", "a_one"]).ok();
}
