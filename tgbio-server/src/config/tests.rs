//! The rules of precedence and the sentences of errors.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

fn map(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn sources(flags: &[(&str, &str)], environment: &[(&str, &str)], file: &[(&str, &str)]) -> Sources {
    Sources {
        flags: map(flags),
        environment: map(environment),
        file: Some((PathBuf::from("tgbio.toml"), map(file))),
    }
}

fn error(sources: &Sources) -> String {
    Config::from_sources(sources).unwrap_err().to_string()
}

#[test]
fn every_default_can_be_read() {
    for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
        (key.take)(&mut Config::default(), key.default).unwrap_or_else(|why| panic!("{}: {why}", key.name));
    }
    let config = Config::default();
    assert_eq!(config.listen, "127.0.0.1:8080");
    assert_eq!(config.rules(), tgbio_core::Rules::default());
    assert_eq!((config.at_once(), config.evidence, config.public), (1, true, false));
    assert_eq!(config.canaries[0].as_str(), "telegram");
}

#[test]
fn flag_before_environment_before_file_before_default() {
    let file = [("timeout", "3s"), ("log", "warn"), ("listen", "127.0.0.1:3")];
    let environment = [("TGBIO_LOG", "debug"), ("TGBIO_LISTEN", "127.0.0.1:2")];
    let config = Config::from_sources(&sources(&[("listen", "127.0.0.1:1")], &environment, &file)).unwrap();
    assert_eq!((config.listen.as_str(), config.log.as_str()), ("127.0.0.1:1", "debug"));
    assert_eq!((config.timeout, config.backoff_min), (Duration::from_secs(3), Duration::from_secs(30)));
}

#[test]
fn an_empty_text_is_not_set_but_an_empty_list_is() {
    let config = Config::from_sources(&sources(&[], &[("TGBIO_LISTEN", ""), ("TGBIO_CANARIES", "")], &[]));
    let config = config.unwrap();
    assert_eq!((config.listen.as_str(), config.canaries.len()), ("127.0.0.1:8080", 0));
}

#[test]
fn errors_name_the_place_and_what_is_expected() {
    assert_eq!(
        error(&sources(&[("check_interval", "soon")], &[], &[])),
        "the flag --check-interval is \"soon\", but a duration like 500ms, 2s, 5m, 1h or 1d, longer than nothing, is expected"
    );
    assert_eq!(
        error(&sources(&[], &[("TGBIO_PUBLIC", "maybe")], &[])),
        "the environment variable TGBIO_PUBLIC is \"maybe\", but true or false is expected"
    );
    assert!(
        error(&sources(&[], &[], &[("listen", "8080")])).starts_with("`listen` in tgbio.toml is \"8080\"")
    );
}

#[test]
fn secrets_are_never_shown_and_may_come_from_files() {
    let secret = error(&sources(&[], &[("TGBIO_PROXY", "hunter2")], &[]));
    assert!(!secret.contains("hunter2"), "{secret}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2 \n").unwrap();
    let variable = [("TGBIO_ADMIN_PASSWORD_FILE", path.to_str().unwrap())];
    let config = Config::from_sources(&sources(&[], &variable, &[("admin_password", "other")])).unwrap();
    assert_eq!(config.admin_password.as_ref().unwrap().expose_secret(), "hunter2 ");
    assert!(!format!("{config:?}").contains("hunter2"));

    let both = [variable[0], ("TGBIO_ADMIN_PASSWORD", "x")];
    assert!(error(&sources(&[], &both, &[])).contains("both set"));
    let missing = error(&sources(&[], &[], &[("bot_token_file", "/nowhere/x")]));
    assert!(missing.contains("`bot_token_file`") && missing.contains("/nowhere/x"), "{missing}");
}

#[cfg(not(feature = "mtproto"))]
#[test]
fn a_backend_that_is_not_here_is_refused() {
    let config = Config::from_sources(&sources(&[("backend", "mtproto")], &[], &[])).unwrap();
    assert!(config.require_backend().unwrap_err().to_string().contains("feature `mtproto`"));
    assert!(Config::default().require_backend().is_ok());
}

#[cfg(feature = "mtproto")]
#[test]
fn the_protocol_wants_an_api_id() {
    for backend in ["mtproto", "auto"] {
        let config = Config::from_sources(&sources(&[("backend", backend)], &[], &[])).unwrap();
        let error = config.require_backend().unwrap_err().to_string();
        let possible = backend == "mtproto" || cfg!(feature = "scrape");
        assert!(error.contains(if possible { "TGBIO_API_ID" } else { "feature `scrape`" }), "{error}");
        let set = [("backend", backend), ("api_id", "12345")];
        let ready = Config::from_sources(&sources(&set, &[], &[])).unwrap().require_backend();
        assert_eq!(ready.is_ok(), possible);
    }
    let around = [("backend", "mtproto"), ("api_id", "12345"), ("proxy", "socks5h://127.0.0.1:9050")];
    let refused = Config::from_sources(&sources(&around, &[], &[])).unwrap().require_backend().unwrap_err();
    assert!(refused.to_string().contains("TGBIO_PROXY"), "{refused}");
    let wrong = Config::from_sources(&sources(&[("api_id", "hash")], &[], &[])).unwrap_err().to_string();
    assert!(wrong.contains("my.telegram.org") && !wrong.contains("hash"), "{wrong}");
}
