//! A server that starts, works beside commands, and stops cleanly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::support::{Home, Server, files, until};
use super::upstream::{Page, Upstream};

/// What the contract allows.
const LONGEST_STOP: Duration = Duration::from_secs(10);

fn revisions(home: &Home, name: &str) -> usize {
    home.run(["history", name, "--json"]).out.lines().count()
}

#[test]
fn an_idle_server_stops_at_once_and_leaves_one_file() {
    let (home, site) = (Home::new(), Upstream::start());
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&home, &site.flags());
        assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
        home.run(["healthcheck", "--listen", &server.address]).ok();
        until("the server is ready", || {
            home.run(["healthcheck", "--ready", "--listen", &server.address]).status == 0
        });
        let (status, took) = server.signal(signal);
        assert_eq!(status, Some(0));
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(files(&home.path(""), "tgbio.db"), ["tgbio.db"]);
        home.run(["healthcheck", "--listen", &server.address]).failed(1, "cannot be reached");
    }
}

#[test]
fn a_first_password_is_looked_at_only_where_it_would_be_used() {
    let (home, site) = (Home::new(), Upstream::start());
    let long = "x".repeat(1025);
    let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
    words.extend(site.flags());
    let refused = |password, why| {
        let ran = home.run_with(&words, &[("TGBIO_ADMIN_PASSWORD", password)]).failed(2, why);
        assert!(ran.err.contains("TGBIO_ADMIN_PASSWORD") && !ran.err.contains(password), "{}", ran.err);
    };
    for (bad, why) in [("hunter2", "at least 8 characters"), (&long, "longer than 1,024 bytes")] {
        refused(bad, why);
        assert!(!home.path("tgbio.db").exists(), "a password that cannot be used leaves nothing behind");
    }
    home.run_with(["token", "create", "x"], &[("TGBIO_ADMIN_PASSWORD", "hunter2")]).ok();
    refused("hunter2", "at least 8 characters");
    home.pipe(["password"], b"a good password\n").ok();
    let mut flags = site.flags();
    flags.extend(["--admin-password", "hunter2"]);
    let mut server = Server::start(&home, &flags);
    assert_eq!(server.signal("TERM").0, Some(0));
}

#[test]
fn failed_log_ins_stand_in_the_log_without_the_password() {
    let (home, site) = (Home::new(), Upstream::start());
    for (format, user) in
        [("text", r#" user="\"admin\"\nforged" "#), ("json", r#""user":"\"admin\"\nforged""#)]
    {
        let mut command = home.command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", format]).args(site.flags());
        let server = Server::spawn(command.stderr(std::fs::File::create(home.path("log")).unwrap()));
        let form = "user=%22admin%22%0Aforged&password=hunter2hunter2";
        assert!(server.post("/login", form).starts_with("HTTP/1.1 401"));
        let log = || std::fs::read_to_string(home.path("log")).unwrap();
        until("it is logged", || log().contains("a log-in failed"));
        let log = log();
        let line = log.lines().find(|line| line.contains("a log-in failed")).unwrap();
        assert!(line.contains("WARN") && line.contains("127.0.0.1"), "{line}");
        assert!(line.contains(user) && !log.contains("hunter2"), "{log}");
    }
}

#[test]
fn a_slow_request_does_not_hold_the_stop_up() {
    let (home, site) = (Home::new(), Upstream::start());
    let mut server = Server::start(&home, &site.flags());
    let mut half_sent = TcpStream::connect(&server.address).unwrap();
    half_sent.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut slow = TcpStream::connect(&server.address).unwrap();
    slow.write_all(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nuser=").unwrap();
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    let (status, took) = server.signal("TERM");
    assert_eq!(status, Some(0));
    assert!(took < LONGEST_STOP, "{took:?}");
}

#[test]
fn a_site_that_never_answers_does_not_hold_the_stop_up() {
    let (home, site) = (Home::new(), Upstream::start());
    site.set("a_one", Page::Silence);
    home.run(["profile", "add", "a_one", "--no-verify"]).ok();
    let mut server = Server::start(&home, &site.flags());
    site.wait_until_asked("a_one");
    let (status, took) = server.signal("TERM");
    assert_eq!(status, Some(0));
    assert!(took < LONGEST_STOP, "{took:?}");
    // The claim was given back: the next process looks at once.
    site.bio("a_one", "back");
    let mut words = vec!["check", "a_one"];
    words.extend(site.flags());
    home.run(&words).ok();
}

#[test]
fn history_grows_beside_commands_and_survives_a_kill() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("a_one", "first");
    let flags = site.track_flags();
    let mut server = Server::start(&home, &flags);
    home.run(["profile", "add", "a_one", "--no-verify"]).ok();
    until("the first revision", || revisions(&home, "a_one") == 1);
    site.bio("a_one", "second");
    until("the second revision", || revisions(&home, "a_one") == 2);
    server.signal("KILL");
    site.bio("a_one", "third");
    let server = Server::start(&home, &flags);
    until("the third revision", || revisions(&home, "a_one") == 3);
    assert!(home.run(["verify"]).ok().out.contains("3 revisions checked"));
    drop(server);
}

#[test]
fn a_taken_port_is_one_sentence() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = home.run(["serve", "--listen", &address]).failed(1, "cannot listen on");
    assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""));
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn the_first_password_is_told_once() {
    let (home, site) = (Home::new(), Upstream::start());
    let tell = || {
        let mut command = home.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(site.flags());
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut byte = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
        child.kill().unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    };
    assert!(tell().contains("The first admin is `admin`"));
    assert!(!tell().contains("The first admin"));
}
