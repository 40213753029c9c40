//! Following, checking and reading a history, beside a second process on the same database.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::store::{Actor, NewProfile, ProfileKey, ProfileStore};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{Observed, Profile, Timestamp, Tracker, Username};

use super::proving::has;
use super::support::{Home, PATIENCE, until};
use super::upstream::{Page, Upstream};

fn with<'a>(words: &[&'a str], site: &'a Upstream) -> Vec<&'a str> {
    let mut all = words.to_vec();
    all.extend(site.track_flags());
    all
}

#[test]
fn a_profile_from_its_first_look_to_its_end() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "I like red cars");
    home.run(with(&["profile", "add", "@a_one"], &site)).ok();
    home.run(with(&["profile", "add", "https://t.me/A_ONE"], &site)).failed(1, "followed already");
    home.run(with(&["profile", "add", "nobody_here"], &site)).failed(1, "no public profile");
    site.bio("a_one", "I like blue cars");
    let checked = home.run(with(&["check", "a_one", "--json"], &site)).ok().json();
    assert_eq!((&checked[0]["outcome"], &checked[0]["changed"]), (&json!("profile"), &json!(["bio"])));
    assert_eq!(home.run(with(&["check", "a_one", "--json"], &site)).ok().json()[0]["changed"], json!([]));

    let history = home.run(["history", "a_one", "--json"]).ok().json();
    let bios: Vec<_> = history.iter().map(|revision| revision["bio"].as_str().unwrap()).collect();
    assert_eq!(bios, ["I like red cars", "I like blue cars"]);
    assert_eq!(history[1]["evidence_sha256"].as_str().unwrap().len(), 64);
    assert!(home.run(["history", "a_one"]).ok().out.contains("#2"));
    assert!(home.run(["diff", "a_one"]).ok().out.contains("[-red-]{+blue+}"));
    assert!(home.run(["diff", "a_one", "2", "1"]).ok().out.contains("[-blue-]{+red+}"));
    home.run(["diff", "a_one", "1", "9"]).failed(1, "no revision 9");
    assert!(home.run(["search", "BLUE"]).ok().out.contains("#2 bio"));
    assert_eq!(home.run(["search", "blue", "--json"]).ok().json()[0]["revision"], 2);

    assert!(home.run(["verify"]).ok().out.contains("2 revisions checked"));
    home.run(["erase", "a_one", "--yes"]).ok();
    home.run(["history", "a_one"]).failed(1, "@a_one is not followed");
    assert!(home.run(["verify"]).ok().out.contains("2 removed"));
}

#[test]
fn several_names_are_told_apart_and_one_failure_is_enough() {
    let (home, site) = (Home::new(), Upstream::start());
    let list = home.write("names.txt", "# people\na_one, t.me/b_two\nc_three\n");
    home.run(["profile", "import", list.to_str().unwrap(), "--no-verify"]).ok();
    site.bio("a_one", "x");
    site.set("b_two", Page::Status(503, String::new()));
    site.bio("c_three", "y");
    let ran = home.run(with(&["check", "c_three", "unknown_one", "b_two", "a_one", "--json"], &site));
    let lines = ran.failed(1, "@unknown_one is not followed").failed(1, "try again later").json();
    let names: Vec<_> = lines.iter().map(|line| line["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["c_three", "b_two", "a_one"]);
    assert_eq!(lines[1]["reason"], "http_5xx");

    home.run(["profile", "pause", "a_one", "b_two"]).ok();
    let due = home.run(with(&["check", "--json"], &site)).json();
    assert!(due.iter().all(|line| line["username"] == "c_three"), "{due:?}");
    home.run(["profile", "priority", "high", "b_two", "zz_gone"]).failed(1, "@zz_gone is not followed");
    home.run(["profile", "priority", "urgent", "b_two"]).failed(2, "urgent");
    home.run(["profile", "remove", "zz_gone"]).failed(1, "@zz_gone is not followed");
    let mixed = home.run(["profile", "remove", "a_one", "zz_gone", "t.me/A_One"]);
    let told = mixed.failed(1, "@zz_gone is not followed");
    assert_eq!(told.err.lines().count(), 1, "who is named twice is erased once: {}", told.err);
    let left = home.run(["profile", "list", "--json"]).ok().json();
    assert_eq!(left.len(), 2);
    assert_eq!((&left[0]["username"], &left[0]["monitored"]), (&json!("b_two"), &json!(false)));
    assert_eq!((&left[0]["priority"], &left[1]["priority"]), (&json!("high"), &json!("normal")));
}

/// Two profiles, of which the second has got the first one's name; their ids.
fn taken_over(home: &Home) -> [String; 2] {
    let shown = |username: &str, id| {
        let mut profile = Profile::new(Username::parse(username).unwrap());
        profile.telegram_id = Observed::Present(id);
        profile.bio = Observed::Present(format!("the bio of {id}"));
        profile
    };
    let source = ScriptedFetcher::default().knowing_ids();
    let store = Arc::new(SqliteStore::open(home.path("tgbio.db")).unwrap());
    let tracker = Tracker::builder(Arc::new(source.clone()), store).build();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut ids = Vec::new();
        for (name, id) in [("someone", 1), ("mover", 2)] {
            source.show(shown(name, id));
            let new = NewProfile::new(Username::parse(name).unwrap());
            ids.push(tracker.follow(&new, true, &Actor::system()).await.unwrap().id);
        }
        source.hide(&Username::parse("mover").unwrap());
        source.show(shown("someone", 2));
        tracker.check_now(ids[1]).await.unwrap();
        [ids[0].to_string(), ids[1].to_string()]
    })
}

#[test]
fn a_name_that_another_profile_got_is_told_to_be_that_ones() {
    let home = Home::new();
    let [loser, holder] = taken_over(&home);
    let rows = home.run(["profile", "list"]).ok().out;
    let names: Vec<&str> = rows.lines().filter(|row| row.contains("someone")).collect();
    assert!(names[0].trim().starts_with(&format!("{loser} (was @someone)")), "{rows}");
    assert!(names.len() == 2 && names[1].trim().starts_with("@someone "), "{rows}");
    let elsewhere = format!("before: see `tgbio history {loser}`");
    let history = home.run(["history", "someone"]).failed(0, &elsewhere).out;
    assert!(history.contains("the bio of 2") && !history.contains("the bio of 1"), "{history}");
    let history = home.run(["history", &loser]).ok().out;
    assert!(history.contains("the bio of 1"), "{history}");
    let found = home.run(["search", "bio of 1"]).ok().out;
    assert!(found.contains(&format!("{loser} (was @someone)")), "{found}");
    home.run(["profile", "remove", &holder, "--yes"]).ok();
    home.run(["history", "someone"]).failed(1, &format!("the one that had it is now {loser}"));
}

#[test]
fn a_disappearance_is_held_until_somebody_decides() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "here");
    home.run(with(&["profile", "add", "a_one"], &site)).ok();
    site.bio("a_one", "");
    let gone = Upstream::start();
    let looked = home.run(with(&["check", "a_one", "--json"], &gone)).ok().json();
    assert_eq!((&looked[0]["outcome"], &looked[0]["changed"]), (&json!("not_found"), &json!([])));
    let listed = home.run(["profile", "list"]).ok().out;
    assert!(listed.contains("suspected_missing") && listed.contains("not_found"), "{listed}");
    let held = home.run(["held", "--json"]).ok().json();
    assert_eq!(held[0]["reason"], "disappeared");
    let id = held[0]["id"].to_string();
    assert!(home.run(["held"]).ok().out.contains("@a_one"));
    home.run(["held", "accept", &id]).ok();
    home.run(["held", "accept", &id]).failed(1, "nothing waits");
    let history = home.run(["history", "a_one", "--json"]).ok().json();
    assert_eq!((history.len(), &history[1]["presence"]), (2, &json!("missing")));
}

#[test]
fn two_processes_share_one_database() {
    let (home, site) = (Home::new(), Upstream::start());
    let names: Vec<String> = (0..12).map(|n| format!("person_{n}")).collect();
    names.iter().for_each(|name| site.bio(name, "hello"));
    let mut add = vec!["profile", "add", "--no-verify"];
    add.extend(names.iter().map(String::as_str));
    home.run(&add).ok();
    let mut flags = site.flags();
    flags.extend(["--check-interval", "1h"]);
    let (mut first, mut second) = (home.command(), home.command());
    let start = |command: &mut std::process::Command| {
        command
            .args(["check", "--json"])
            .args(&flags)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (one, two) = (start(&mut first), start(&mut second));
    for mut child in [one, two] {
        assert!(child.wait().unwrap().success());
    }
    assert!(names.iter().all(|name| site.asked(name) == 1), "every profile is looked at once");
    let rows = home.run(["export"]).ok().json();
    assert_eq!(rows.iter().filter(|row| row["type"] == "revision").count(), 12);
}

#[test]
fn a_photo_host_that_never_answers_delays_no_result() {
    let (home, site) = (Home::new(), Upstream::start());
    let names = ["a_one", "b_two", "c_three", "d_four"];
    for name in names {
        home.run(["profile", "add", name, "--no-verify"]).ok();
        site.set(name, Page::Photo("x".to_owned(), format!("{}/{name}.jpg", site.url)));
        site.set(&format!("{name}.jpg"), Page::Silence);
    }
    let host = site.url.trim_start_matches("http://");
    let flags = |timeout| with(&["check", "--scrape-photo-hosts", host, "--timeout", timeout], &site);
    let started = Instant::now();
    let mut child = home.command().args(flags("90s")).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(names.len());
    assert_eq!(lines.map(Result::unwrap).filter(|line| line.contains("changed: ")).count(), names.len());
    assert!(started.elapsed() < PATIENCE, "the results waited for the photos");
    until("a photo was asked for", || names.iter().any(|name| site.asked(&format!("{name}.jpg")) > 0));
    child.kill().unwrap();
    child.wait().unwrap();

    let ran = home.run(flags("3s").iter().chain(&names).copied().collect::<Vec<_>>());
    assert_eq!(ran.out.lines().count(), names.len(), "{}", ran.out);
    ran.failed(0, "not read in time, and due again with the next looks");
}

#[test]
fn short_texts_are_compared_with_beginnings_and_it_is_said() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("ann_ex", "in 北京 😀");
    home.run(with(&["profile", "add", "ann_ex"], &site)).ok();
    for text in ["😀", "北京", "ex"] {
        let ran =
            home.run(["search", text]).failed(0, "nothing found: a text of fewer than three characters");
        assert_eq!(ran.out, "");
        home.run(["search", text, "--json"]).failed(0, "the beginnings of current names only");
    }
    home.run(["search", "an"]).failed(0, "fewer than three");
    for text in ["in 北京", "t.me/ann_ex", "@ann_ex", "https://t.me/s/Ann_Ex"] {
        assert!(home.run(["search", text]).ok().out.contains("@ann_ex"), "{text}");
    }
    assert_eq!(home.run(["search", "nobody"]).failed(0, "nothing found").err, "nothing found\n");
}

/// What the admin has removed is not called unread.
#[tokio::test]
async fn a_history_without_revisions_says_why() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "x");
    home.run(["profile", "add", "b_two", "--no-verify"]).ok();
    home.run(["history", "b_two"]).failed(0, "no history yet: it was never read");
    home.run(with(&["profile", "add", "a_one"], &site)).ok();
    let store = SqliteStore::open(home.path("tgbio.db")).unwrap();
    let id = store.profile(&ProfileKey::parse("a_one").unwrap()).await.unwrap().unwrap().id;
    store.remove_revision(id, 1, Timestamp::now(), &Actor::named("cli", "x")).await.unwrap();
    drop(store);
    let ran = home.run(["history", "a_one"]).failed(0, "all its revisions were removed");
    assert!(!ran.err.contains("never read"), "{}", ran.err);
    home.run(["export", "--evidence", "a_one", "--to", "x.tar"]).failed(1, "all its revisions were removed");
}

/// New terminals say that they have no columns until they are told otherwise.
#[test]
fn a_terminal_without_columns_gets_a_readable_table() {
    if !has("python3", "--version") {
        return;
    }
    let home = Home::new();
    home.run(["profile", "add", "a_one", "--no-verify"]).ok();
    let terminal = "import os, pty, sys\npid, fd = pty.fork()\nif pid == 0: os.execv(sys.argv[1], sys.argv[1:])\n\
        while True:\n    try: data = os.read(fd, 4096)\n    except OSError: break\n    if not data: break\n    \
        sys.stdout.buffer.write(data)\nos.waitpid(pid, 0)";
    let mut command = home.command_of("python3");
    let shown =
        command.args(["-c", terminal, env!("CARGO_BIN_EXE_tgbio"), "profile", "list"]).output().unwrap();
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        text.contains("@a_one") && text.contains("presence"),
        "{text}{}",
        String::from_utf8_lossy(&shown.stderr)
    );
}
