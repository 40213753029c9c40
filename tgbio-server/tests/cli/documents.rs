//! Documents that the program makes from itself.

use std::process::Stdio;

use super::support::Home;

#[test]
fn documents_are_complete() {
    let home = Home::new();
    let openapi = home.run(["openapi"]).ok();
    let document: serde_json::Value = serde_json::from_str(&openapi.out).unwrap();
    assert!(document["paths"]["/profiles/{p}"].is_object(), "{}", document["paths"]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(home.run(["completions", shell]).ok().out.contains("tgbio"), "{shell}");
    }
    let man = home.run(["man"]).ok().out;
    assert!(man.starts_with(".ie") && man.contains("healthcheck"));
    assert!(!home.path("tgbio.db").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut command = home.command();
    let mut child = command.arg("openapi").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = child.wait_with_output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr), (Some(0), Vec::new()));
}
