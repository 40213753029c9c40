//! Checkpoints and verification, checked with the tools that everybody has.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::support::{Home, Server, until};
use super::upstream::Upstream;

/// Whether a tool is there; says when it is not.
pub fn has(tool: &str, argument: &str) -> bool {
    let there = Command::new(tool).arg(argument).output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: {tool} is not installed");
    }
    there
}

/// A home with a history of some bios.
pub fn with_history(bios: &[&str]) -> (Home, Upstream) {
    let (home, site) = (Home::new(), Upstream::start());
    for (at, bio) in bios.iter().enumerate() {
        site.bio("a_one", bio);
        let start = if at == 0 { ["profile", "add", "a_one"].as_slice() } else { &["check", "a_one"] };
        let mut words = start.to_vec();
        words.extend(site.track_flags());
        home.run(&words).ok();
    }
    (home, site)
}

/// Writes into the database behind the program's back.
fn tamper(home: &Home, sql: &str) {
    let conn = rusqlite::Connection::open(home.path("tgbio.db")).unwrap();
    conn.execute_batch(sql).unwrap();
}

#[test]
fn a_checkpoint_is_checked_with_openssl() {
    let (home, _site) = with_history(&["one", "two"]);
    let line = home.run(["checkpoint", "--to", "kept.txt"]).ok().out;
    assert_eq!(fs::read_to_string(home.path("kept.txt")).unwrap(), line);
    let mode = fs::metadata(home.path("tgbio.db.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let pem = home.run(["checkpoint", "--public-key"]).ok().out;
    assert!(line.contains(" links=2 head=") && pem.starts_with("-----BEGIN PUBLIC KEY-----"), "{line}{pem}");
    if !has("openssl", "version") {
        return;
    }
    let script = "printf %s \"${LINE% signature=*}\" > signed && printf %s \"${LINE##* signature=}\" | base64 -d > signature \
        && openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile signature";
    home.write("key.pem", &pem);
    for (text, good) in [(line.trim().to_owned(), true), (line.trim().replace("links=2", "links=3"), false)] {
        let checked = home.command_of("sh").args(["-c", script]).env("LINE", text).output().unwrap();
        assert_eq!(checked.status.success(), good, "{}", String::from_utf8_lossy(&checked.stderr));
    }
    let secret =
        home.command_of("openssl").args(["pkey", "-in", "tgbio.db.key", "-pubout"]).output().unwrap();
    assert_eq!(String::from_utf8(secret.stdout).unwrap(), pem);
}

#[test]
fn verify_names_the_break_and_the_checkpoint_that_does_not_fit() {
    let (home, _site) = with_history(&["one", "two", "three"]);
    home.run(["checkpoint", "--to", "kept.txt"]).ok();
    let whole = home.run(["verify", "--checkpoint", "kept.txt"]).ok().out;
    assert!(
        whole.contains("3 revisions checked with 3 raw pages") && whole.contains("1 checkpoint passed"),
        "{whole}"
    );
    let line = fs::read_to_string(home.path("kept.txt")).unwrap();
    home.write("forged.txt", &line.replace("links=3", "links=2"));
    home.run(["verify", "--checkpoint", "forged.txt"]).failed(1, "signature");
    home.write("none.txt", "\n");
    home.run(["verify", "--checkpoint", "none.txt"]).failed(1, "no checkpoint");
    fs::copy(home.path("tgbio.db"), home.path("whole.db")).unwrap();
    tamper(&home, "UPDATE revision SET content = replace(content, 'two', 'TWO') WHERE number = 2");
    let broken = home.run(["verify"]).failed(1, "link 2 (revision 2 of @a_one");
    assert!(broken.err.contains("the content is not the one that was committed to"), "{}", broken.err);
    home.run(["doctor"]).failed(1, "");
    fs::copy(home.path("whole.db"), home.path("tgbio.db")).unwrap();
    tamper(
        &home,
        "DELETE FROM revision WHERE seq = 3; DELETE FROM chain_link WHERE seq = 3; DELETE FROM checkpoint; \
        UPDATE sqlite_sequence SET seq = 0 WHERE name = 'checkpoint'",
    );
    let beside = "the chain is whole, but not what stands beside it: the change log tells a change that no revision tells";
    home.run(["verify"]).failed(1, beside);
    home.run(["doctor"]).failed(1, "");
    // Only the checkpoint that was kept elsewhere finds out whoever cuts all of it.
    tamper(
        &home,
        "DELETE FROM change_log WHERE revision = 3; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'change_log'; \
        UPDATE profile SET state = replace(state, 'three', 'two'), revisions = 2, last_number = 2, \
        last_changed_at = (SELECT first_seen FROM revision WHERE number = 2); \
        UPDATE totals SET value = 2 WHERE name = 'revisions'",
    );
    home.run(["verify"]).ok();
    home.run(["verify", "--checkpoint", "kept.txt"]).failed(1, "the chain ends before the checkpoint");
}

#[test]
fn verify_names_whose_photo_was_replaced() {
    let (home, _site) = with_history(&["one"]);
    tamper(
        &home,
        "INSERT INTO photo (id, media_type, body) VALUES ('sha256:00', 'image/png', x'00'); \
        INSERT INTO profile_photo (profile, photo, read_at) SELECT key, 1, 0 FROM profile",
    );
    let broken = home.run(["verify"]).failed(1, "a photo is not the one whose hash it is kept by (@a_one, ");
    assert!(broken.err.contains("the chain is whole, but"), "{}", broken.err);
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let (home, _site) = with_history(&["one"]);
    home.run(["checkpoint"]).ok();
    fs::set_permissions(home.path("tgbio.db.key"), fs::Permissions::from_mode(0o644)).unwrap();
    home.run(["checkpoint"]).failed(1, "chmod 600");
    home.write("tgbio.db.key", "rubbish");
    fs::set_permissions(home.path("tgbio.db.key"), fs::Permissions::from_mode(0o600)).unwrap();
    home.run(["checkpoint"]).failed(1, "no Ed25519 key");
}

#[test]
fn checkpoints_are_sent_and_what_fails_is_said() {
    let (home, site) = with_history(&["one"]);
    let hook = format!("{}/hook?secret=s3cret", site.url);
    site.set("hook?secret=s3cret", super::upstream::Page::Status(302, "Location: /elsewhere\r\n".into()));
    let environment = [("TGBIO_CHECKPOINT_FILE", "log.txt"), ("TGBIO_CHECKPOINT_WEBHOOK", hook.as_str())];
    let ran = home.run_with(["checkpoint"], &environment).failed(1, "redirects");
    assert!(!ran.err.contains("s3cret"), "{}", ran.err);
    assert_eq!(site.asked("elsewhere"), 0);
    assert_eq!(site.asked("hook?secret=s3cret"), 3, "it is tried again");
    assert_eq!(fs::read_to_string(home.path("log.txt")).unwrap(), ran.out);
    let flags = site.flags();
    let doctor: Vec<&str> = ["doctor"].into_iter().chain(flags).collect();
    let told = home.run_with(&doctor, &environment).out;
    assert!(told.contains("BAD  checkpoints") && !told.contains("s3cret"), "{told}");
    site.set("hook?secret=s3cret", super::upstream::Page::Status(204, String::new()));
    home.run_with(["checkpoint"], &environment).ok();
    assert_eq!(fs::read_to_string(home.path("log.txt")).unwrap().lines().count(), 2);
}

#[test]
fn another_key_is_told_and_every_kept_checkpoint_counts() {
    let (home, _site) = with_history(&["one"]);
    let line = home.run(["checkpoint"]).ok().out;
    home.run(["checkpoint"]).ok();
    let whole = home.run(["verify"]).ok();
    assert!(whole.out.contains("2 checkpoints passed"), "{}", whole.out);
    fs::rename(home.path("tgbio.db.key"), home.path("old.key")).unwrap();
    let old = line.split_once(" key=").unwrap().1.split(' ').next().unwrap();
    home.run(["verify"]).ok();
    let told = format!("the checkpoints before were signed by the key {old}");
    home.run(["checkpoint", "--public-key"]).failed(0, &told);
    home.run(["verify"])
        .failed(0, &format!("signed by the key {old}: 2 kept checkpoints; the present key is"));
    home.run(["checkpoint"]).failed(0, &told);
    home.run(["checkpoint"]).ok();
    fs::rename(home.path("old.key"), home.path("tgbio.db.key")).unwrap();
    let verified = home.run(["verify"]).failed(0, ": 2 kept checkpoints");
    assert!(verified.out.contains("4 checkpoints passed"), "{}", verified.out);
}

#[test]
fn the_server_makes_one_a_day() {
    let (home, site) = with_history(&["one"]);
    let mut flags = site.flags();
    flags.extend(["--checkpoint-file", "log.txt"]);
    let mut server = Server::start(&home, &flags);
    let lines = || fs::read_to_string(home.path("log.txt")).unwrap_or_default().lines().count();
    until("a checkpoint was sent", || lines() == 1);
    assert_eq!(server.signal("TERM").0, Some(0));
    let mut server = Server::start(&home, &flags);
    until("the server is ready", || {
        home.run(["healthcheck", "--ready", "--listen", &server.address]).status == 0
    });
    assert_eq!(server.signal("TERM").0, Some(0));
    assert_eq!(lines(), 1, "a day has not passed");
    home.run(["verify", "--checkpoint", "log.txt"]).ok();
}
