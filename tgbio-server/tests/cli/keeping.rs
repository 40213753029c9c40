//! Export, backup, tokens and passwords.

use super::support::Home;
#[cfg(feature = "scrape")]
use super::upstream::Upstream;

#[cfg(feature = "scrape")]
fn followed(home: &Home, site: &Upstream) {
    site.bio("a_one", "=HYPERLINK(\"http://evil\"), \"quoted\"\nsecond line");
    let mut words = vec!["profile", "add", "a_one"];
    words.extend(site.track_flags());
    home.run(&words).ok();
}

#[cfg(feature = "scrape")]
#[test]
fn exports_hold_everything_and_spreadsheets_run_nothing() {
    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    let lines = home.run(["export"]).ok().json();
    assert_eq!((lines[0]["type"].as_str(), lines[1]["type"].as_str()), (Some("profile"), Some("revision")));
    assert_eq!(lines[0]["id"], lines[1]["profile_id"]);
    let table = home.run(["export", "--format", "csv"]).ok().out;
    assert!(table.starts_with("profile_id,number,"), "{table}");
    assert!(table.contains("\"'=HYPERLINK(\"\"http://evil\"\"), \"\"quoted\"\"\nsecond line\""), "{table}");
}

#[cfg(feature = "scrape")]
#[test]
fn a_backup_comes_back() {
    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    home.run(["backup", "copy.db"]).ok();
    let first = std::fs::read(home.path("copy.db")).unwrap();
    home.run(["backup", "copy.db"]).failed(1, "the file copy.db exists already");
    assert_eq!(std::fs::read(home.path("copy.db")).unwrap(), first);
    home.run(["erase", "a_one", "--yes"]).ok();
    home.run(["restore", "copy.db"]).failed(1, "--force");
    home.run(["restore", "--force", "copy.db"]).failed(0, "without --opt-out, and are back with it: 1;");
    assert_eq!(home.run(["history", "a_one", "--json"]).ok().json().len(), 1);
    home.run(["erase", "a_one", "--yes"]).failed(0, "may hold it still: tgbio.db.before-");
    home.run(["--database", "other.db", "restore", "copy.db"])
        .failed(0, "there was no database in its place");
    assert_eq!(home.run(["--database", "other.db", "profile", "list", "--json"]).ok().json().len(), 1);
}

/// As on a disk that is full.
#[cfg(feature = "scrape")]
#[test]
fn a_backup_is_done_although_that_cannot_be_noted() {
    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT raise(ABORT, 'no room'); END";
    rusqlite::Connection::open(home.path("tgbio.db")).unwrap().execute_batch(refuse).unwrap();
    let ran = home.run(["backup", "copy.db"]).failed(0, "the audit log does not say so (database.backup)");
    assert!(ran.out.contains("copied to"), "{}", ran.out);
    // Nobody restores what would run with every write.
    home.run(["--database", "other.db", "restore", "copy.db"]).failed(1, "a trigger or a view");
    assert!(!home.path("other.db").exists());
    home.run(["verify"]).failed(1, "a trigger or a view");
}

#[cfg(feature = "scrape")]
#[test]
fn erasing_wants_a_yes_from_whoever_can_give_one() {
    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    for answer in ["n\n", "\n", "a_one\n", "no", ""] {
        home.pipe(["erase", "a_one"], answer.as_bytes()).failed(1, "use --yes");
    }
    home.run(["history", "a_one"]).ok();
    home.pipe(["erase", "a_one"], b"y\n").ok();
    home.run(["history", "a_one"]).failed(1, "not followed");
    followed(&home, &site);
    home.pipe(["erase", "a_one", "--yes"], b"n\n").ok();
}

#[cfg(feature = "scrape")]
#[test]
fn who_has_opted_out_does_not_come_back_with_a_backup() {
    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    home.run(["backup", "copy.db"]).ok();
    home.run(["erase", "a_one", "--opt-out", "--yes"]).ok();
    let said = home.run(["restore", "--force", "copy.db"]).ok().out;
    assert!(said.contains("stay refused: 1; profiles that were erased again for that: 1"), "{said}");
    assert_eq!(home.run(["profile", "list", "--json"]).ok().json().len(), 0);
    home.run(["profile", "add", "a_one"]).failed(1, "opt-out list");
    home.run(["verify"]).ok();
}

#[test]
fn a_token_stands_alone_on_standard_output() {
    let home = Home::new();
    let token = home.run(["token", "create", "ci", "--scope", "write"]).ok().out;
    assert!(token.starts_with("tgbio_") && token.lines().count() == 1, "{token}");
    home.run(["token", "create", "ci"]).failed(1, "`ci`");
    let list = home.run(["token", "list", "--json"]).ok();
    assert_eq!(
        (list.json()[0]["name"].as_str(), list.json()[0]["scope"].as_str()),
        (Some("ci"), Some("write"))
    );
    assert!(!list.out.contains(token.trim()));
    home.run(["token", "revoke", "ci"]).ok();
    home.run(["token", "revoke", "ci"]).failed(1, "no token `ci`");
}

#[test]
fn a_password_comes_from_standard_input() {
    let home = Home::new();
    for (bad, why) in [(&b"\n"[..], "empty"), (b"", "empty"), (b"seven77\n", "at least 8 characters")] {
        home.pipe(["password"], bad).failed(1, why);
        assert!(!home.path("tgbio.db").exists(), "a password that cannot be used leaves nothing behind");
    }
    home.pipe(["password"], b"a good password\n").ok();
    home.pipe(["password"], b"another password\n").ok();
    home.pipe(["password"], b"\n").failed(1, "empty");
    home.pipe(["password"], b"short\n").failed(1, "at least 8 characters");
    home.pipe(["password", "--user", "nobody"], b"x\n").failed(1, "no user `nobody`");
}

#[cfg(all(unix, feature = "scrape"))]
#[test]
fn reading_commands_read_what_cannot_be_written() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let (home, site) = (Home::new(), Upstream::start());
    followed(&home, &site);
    let (file, folder) = (home.path("tgbio.db"), home.path("."));
    set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    let reading = [
        &["history", "a_one"][..],
        &["search", "quoted"],
        &["profile", "list"],
        &["held"],
        &["export"],
        &["verify"],
    ];
    for words in reading {
        let ran = home.run(words);
        assert_eq!(ran.status, 0, "{words:?}: {}", ran.err);
    }
    // Rights do not stop root.
    if std::fs::OpenOptions::new().write(true).open(&file).is_err() {
        home.run(["erase", "a_one", "--yes"]).failed(1, "cannot be written");
    }
    set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
}
