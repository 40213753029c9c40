//! Evidence bundles, checked by the steps that they bring along.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::proving::{has, with_history};
use super::support::Home;

/// Exports the bundle and unpacks it beside the archive: everything is in one folder.
fn unpacked(home: &Home) -> PathBuf {
    home.run(["export", "--evidence", "a_one", "--to", "bundle.tar"]).status.eq(&0).then_some(()).unwrap();
    tar::Archive::new(File::open(home.path("bundle.tar")).unwrap()).unpack(home.path("")).unwrap();
    home.path("a_one")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The quick way of HOW-TO-CHECK.md.
fn check(folder: &Path) -> (bool, String) {
    let text = fs::read_to_string(folder.join("HOW-TO-CHECK.md")).unwrap_or_default();
    let told = text.split("## Quickly\n\n```sh\n").nth(1).and_then(|rest| rest.lines().next());
    let step = told.unwrap_or("sha256sum --strict --quiet -c SHA256SUMS && python3 check.py").to_owned();
    let output = Command::new("sh").args(["-c", &step]).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), said.concat())
}

#[test]
fn a_bundle_proves_itself_and_no_changed_byte_passes() {
    let (home, _site) = with_history(&["one", "two \u{2028} ../../etc \0", "three"]);
    let folder = unpacked(&home);
    let names: Vec<_> =
        files(&folder).iter().map(|path| path.strip_prefix(&folder).unwrap().to_owned()).collect();
    assert_eq!(names.len(), 8 + 3, "{names:?}");
    if !(has("python3", "--version") && has("openssl", "version") && has("sha256sum", "--version")) {
        return;
    }
    let (good, said) = check(&folder);
    assert!(good && said.contains("GOOD: 3 contents, 3 links, 1 checkpoints"), "{said}");
    for path in files(&folder) {
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let (good, said) = check(&folder);
            assert!(!good, "byte {at} of {} was changed: {said}", path.display());
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(check(&folder).0);
}

/// The steps of HOW-TO-CHECK.md by hand, each as it stands there: what each one prints.
fn by_hand(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("HOW-TO-CHECK.md")).unwrap();
    let steps = text.split("## Step by step").nth(1).unwrap().split("```sh\n").skip(1);
    let run = |step: &str| {
        let step = step.split("```").next().unwrap();
        let output = Command::new("sh").args(["-c", step]).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{step}{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    steps.map(run).collect()
}

#[test]
fn every_step_can_be_done_by_hand() {
    let (home, _site) = with_history(&["one", "two", "three"]);
    let folder = unpacked(&home);
    if !(has("sha256sum", "--version") && has("xxd", "--version") && has("openssl", "version")) {
        return;
    }
    let said = by_hand(&folder);
    let [content, chain, signature] = said.as_slice() else { panic!("other steps: {said:?}") };
    let (found, committed) = content.split_once('\n').unwrap();
    assert!(committed.starts_with("00000000000000000001 "), "{content}");
    assert_eq!(found.split_whitespace().next(), committed.split_whitespace().last(), "{content}");
    let (newest, checkpoint) = chain.split_once('\n').unwrap();
    assert!(newest.len() == 64 && checkpoint.contains(&format!(" links=3 head={newest} ")), "{chain}");
    assert!(signature.contains("Verified Successfully"), "{signature}");
    if has("python3", "--version") {
        assert!(check(&folder).0, "doing it by hand leaves the bundle as it was");
    }
}

/// Somebody who also makes the list of hashes anew is found out by the proofs.
#[test]
fn a_forger_who_makes_the_sums_anew_is_found_out() {
    let (home, _site) = with_history(&["one", "two"]);
    home.run(["checkpoint"]).ok();
    let folder = unpacked(&home);
    if !(has("python3", "--version") && has("openssl", "version") && has("sha256sum", "--version")) {
        return;
    }
    let page = files(&folder.join("pages")).remove(0);
    let changes: [(PathBuf, &str, &str); 4] = [
        (folder.join("history.jsonl"), "\"two\"", "\"TWO\""),
        (folder.join("checkpoints.txt"), "links=2", "links=1"),
        (folder.join("chain.txt"), "00000000000000000001 ", "00000000000000000003 "),
        (page, "Telegram", "telegram"),
    ];
    for (path, from, to) in changes {
        let whole = fs::read_to_string(&path).unwrap();
        assert!(whole.contains(from), "{}", path.display());
        fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let anew = "awk '{print $2}' SHA256SUMS | xargs sha256sum > ../sums && cp ../sums SHA256SUMS";
        assert!(Command::new("sh").args(["-c", anew]).current_dir(&folder).status().unwrap().success());
        let (good, said) = check(&folder);
        assert!(!good && said.contains("BROKEN"), "{}: {said}", path.display());
        fs::write(&path, whole).unwrap();
        assert!(Command::new("sh").args(["-c", anew]).current_dir(&folder).status().unwrap().success());
    }
    assert!(check(&folder).0);
}

/// What is not in the bundle is told: a revision that was left out, and a file that does not belong to it.
#[test]
fn what_was_left_out_or_added_is_named() {
    let (home, _site) = with_history(&["one", "two", "three"]);
    let folder = unpacked(&home);
    if !(has("python3", "--version") && has("openssl", "version") && has("sha256sum", "--version")) {
        return;
    }
    assert!(!check(&folder).1.contains("NOT HERE"));
    fs::write(folder.join("bundle.tar"), "itself").unwrap();
    let (good, said) = check(&folder);
    assert!(good && said.contains("NOT OF THE BUNDLE: 'bundle.tar'") && said.contains("GOOD: 3"), "{said}");
    fs::remove_file(folder.join("bundle.tar")).unwrap();
    let leave_out = "sed -i 2d history.jsonl proofs.txt && awk '{print $2}' SHA256SUMS | xargs sha256sum > ../sums \
        && cp ../sums SHA256SUMS";
    assert!(Command::new("sh").args(["-c", leave_out]).current_dir(&folder).status().unwrap().success());
    let (_, said) = check(&folder);
    assert!(said.contains("NOT HERE: revision 2: removed by the operator, or left out"), "{said}");
    let page = files(&folder.join("pages")).remove(0);
    fs::remove_file(&page).unwrap();
    let told = Command::new("python3").arg("check.py").current_dir(&folder).output().unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("BROKEN: a file is missing: 'pages/"), "{told}");
}

#[test]
fn a_bundle_goes_to_standard_output_and_overwrites_nothing() {
    let (home, _site) = with_history(&["one"]);
    let output = home.command().args(["export", "--evidence", "a_one"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut archive = tar::Archive::new(output.stdout.as_slice());
    let names: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
    assert!(names.contains(&PathBuf::from("a_one/history.jsonl")), "{names:?}");
    home.write("there.tar", "mine");
    home.run(["export", "--evidence", "a_one", "--to", "there.tar"]).failed(1, "exists");
    assert_eq!(fs::read_to_string(home.path("there.tar")).unwrap(), "mine");
    home.run(["export", "--evidence", "nobody_here", "--to", "x.tar"]).failed(1, "nobody_here");
}
