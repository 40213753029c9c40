//! Exit statuses and sentences of wrong calls.

use super::support::Home;

#[test]
fn wrong_usage_is_two_and_help_is_none() {
    let home = Home::new();
    for words in [vec![], vec!["nonsense"], vec!["fetch"], vec!["serve", "--nonsense"], vec!["parse", "-"]] {
        assert_eq!(home.run(&words).status, 2, "{words:?}");
    }
    assert!(home.run(["--help"]).ok().out.contains("Exit status"));
    assert!(home.run(["--version"]).ok().out.starts_with("tgbio "));
}

#[cfg(not(feature = "mtproto"))]
#[test]
fn a_backend_that_is_not_here_is_named() {
    let home = Home::new();
    home.run(["fetch", "durov", "--backend", "mtproto"]).failed(2, "feature `mtproto`");
    home.run_with(["check"], &[("TGBIO_BACKEND", "auto")]).failed(2, "`auto`");
    home.run(["login"]).failed(2, "feature `mtproto`");
    home.run(["logout"]).failed(2, "feature `mtproto`");
    home.run(["serve", "--backend", "mtproto", "--listen", "127.0.0.1:0"]).failed(2, "feature `mtproto`");
}

#[test]
fn following_without_a_look_needs_no_backend() {
    let home = Home::new();
    // The protocol is refused with a proxy, where it is there at all.
    let unusable = [("TGBIO_BACKEND", "mtproto"), ("TGBIO_PROXY", "socks5h://127.0.0.1:1")];
    home.run_with(["profile", "add", "a_one"], &unusable).failed(2, "");
    home.run_with(["profile", "add", "a_one", "--no-verify"], &unusable).ok();
    home.run_with(["profile", "add", "A_One", "--no-verify"], &unusable).failed(1, "followed already");
    assert_eq!(home.run(["profile", "list", "--json"]).ok().json().len(), 1);
}

#[test]
fn asking_makes_no_database() {
    let home = Home::new();
    for words in [
        vec!["profile", "list"],
        vec!["history", "durov"],
        vec!["verify"],
        vec!["token", "list"],
        vec!["check"],
    ] {
        home.run(&words).failed(1, "there is no database tgbio.db");
    }
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn proving_needs_a_database_and_makes_none() {
    let home = Home::new();
    for words in [
        vec!["checkpoint"],
        #[cfg(feature = "scrape")]
        vec!["reparse"],
        vec!["export", "--evidence", "durov", "--to", "x.tar"],
        vec!["verify"],
    ] {
        home.run(&words).failed(1, "there is no database");
    }
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn a_foreign_file_is_left_alone() {
    let home = Home::new();
    let path = home.write("tgbio.db", "this is a shopping list and not a database");
    home.run(["profile", "add", "durov", "--no-verify"]).failed(1, "tgbio.db");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "this is a shopping list and not a database");
}
