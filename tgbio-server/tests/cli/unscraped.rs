//! A build that has Telegram's protocol alone.

use super::support::{Home, Server, until};

#[test]
fn the_scraper_is_named_where_it_is_asked_for() {
    let home = Home::new();
    for backend in ["scrape", "auto"] {
        let words = ["fetch", "durov", "--backend", backend];
        home.run(words).failed(2, "feature `scrape`");
        let serve = ["serve", "--backend", backend, "--listen", "127.0.0.1:0"];
        home.run(serve).failed(2, "feature `scrape`");
    }
    home.pipe(["parse", "-", "--username", "durov"], b"<html>").failed(2, "feature `scrape`");
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn a_server_without_an_account_starts_says_so_and_stops() {
    let home = Home::new();
    let mut server = Server::start(&home, &["--backoff-min", "50ms", "--backoff-max", "50ms"]);
    home.run(["profile", "add", "durov", "--no-verify"]).ok();
    until("the look said why it failed", || {
        home.run(["profile", "list", "--json"]).ok().json()[0]["health_reason"] == "signed_out"
    });
    let doctor = home.run(["doctor"]).failed(1, "");
    assert!(doctor.out.contains("tgbio login") && !doctor.out.contains("PROXY"), "{}", doctor.out);
    assert_eq!(server.signal("TERM").0, Some(0));
}
