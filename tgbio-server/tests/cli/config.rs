//! Which source of the configuration wins, and what errors say.

use super::support::Home;
#[cfg(feature = "scrape")]
use super::upstream::Upstream;

#[test]
fn flag_environment_file_default() {
    let home = Home::new();
    home.write("tgbio.toml", "database = \"file.db\"\n");
    let list = ["profile", "list"];
    home.run(list).failed(1, "file.db");
    home.run_with(list, &[("TGBIO_DATABASE", "environment.db")]).failed(1, "environment.db");
    let flagged = ["--database", "flag.db", "profile", "list"];
    home.run_with(flagged, &[("TGBIO_DATABASE", "environment.db")]).failed(1, "flag.db");
    home.run(["profile", "list", "--database", "after.db"]).failed(1, "after.db");
    home.run_with(["profile", "list", "--config", "/dev/null"], &[]).failed(1, "database tgbio.db");
}

#[test]
fn errors_name_their_source() {
    let home = Home::new();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    home.run(["serve", "--listen", "here"]).failed(2, "the flag --listen is \"here\"");
    home.run_with(serve, &[("TGBIO_CHECK_INTERVAL", "5")]).failed(
        2,
        "the environment variable TGBIO_CHECK_INTERVAL is \"5\", but a duration like 500ms, 2s, 5m",
    );
    home.run(["--config", "missing.toml", "profile", "list"]).failed(2, "missing.toml");
    home.write("tgbio.toml", "check_intervall = \"5m\"\n");
    home.run(serve).failed(2, "did you mean `check_interval`?");
    home.write("tgbio.toml", "public = maybe\n");
    home.run(serve).failed(2, "not valid TOML in line 1");
}

#[cfg(feature = "scrape")]
#[test]
fn a_misspelt_variable_is_told() {
    let (home, site) = (Home::new(), Upstream::start());
    site.bio("telegram", "A canary.");
    let mut words = vec!["doctor"];
    words.extend(site.track_flags());
    let slip = [("TGBIO_CHEK_INTERVAL", "hunter2"), ("TGBIO_LOG", "error")];
    let doctor = home.run_with(&words, &slip);
    let told = "the environment variable TGBIO_CHEK_INTERVAL means nothing and is passed over: did you mean TGBIO_CHECK_INTERVAL?";
    assert!(doctor.out.contains(told) && !doctor.out.contains("TGBIO_LOG"), "{}", doctor.out);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = home.run_with(["serve", "--listen", &address], &slip[..1]).failed(1, told);
    assert!(!format!("{}{}", serve.err, doctor.out).contains("hunter2"), "values may be secrets");
}

#[test]
fn doctor_says_that_a_first_password_cannot_be_used() {
    let home = Home::new();
    let short = [("TGBIO_ADMIN_PASSWORD", "hunter2")];
    let told = "BAD  configuration: the password of the first admin, TGBIO_ADMIN_PASSWORD, cannot be used";
    let doctor = ["doctor", "--scrape-base-url", "http://127.0.0.1:1"];
    let ran = home.run_with(doctor, &short).failed(1, "");
    assert!(ran.out.contains(told) && !ran.out.contains("hunter2"), "{}", ran.out);
    home.run(["profile", "add", "someone", "--no-verify"]).ok();
    assert!(home.run_with(doctor, &short).out.contains(told), "there is no admin yet");
    home.pipe(["password"], b"a good password\n").ok();
    let ran = home.run_with(doctor, &short);
    assert!(ran.out.contains("accounts: admin") && !ran.out.contains(told), "{}", ran.out);
}

#[test]
fn secrets_stay_secret() {
    let home = Home::new();
    let ran = home.run_with(["check"], &[("TGBIO_PROXY", "hunter2")]).failed(2, "TGBIO_PROXY");
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    home.run(["serve", "--admin-password-file", "nowhere"])
        .failed(2, "--admin-password-file names the file nowhere");
    let help = home.run_with(["serve", "--help"], &[("TGBIO_ADMIN_PASSWORD", "hunter2")]).ok();
    assert!(!help.out.contains("hunter2"));
}
