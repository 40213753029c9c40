//! Keeps prose and layout true: headers, sizes, listed files, one place for real host names.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for package in ["tgbio-core", "tgbio-fetch", "tgbio-server", "tests", "examples", "benches"] {
        collect(&root().join(package), &mut files);
    }
    assert!(files.len() > 50, "the sources were not found");
    files
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
}

#[test]
fn every_file_says_what_it_is_about_and_stays_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} does not start with //!", path.display());
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines: divide it by subject", path.display());
    }
}

#[test]
fn every_example_and_bench_is_listed() {
    for (package, kind) in [("examples", "example"), ("benches", "bench")] {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        for entry in fs::read_dir(root().join(package)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") && name != "lib.rs" {
                let listed = manifest.contains(&format!("path = \"{name}\""))
                    || manifest.contains(&format!("name = \"{}\"", name.trim_end_matches(".rs")));
                assert!(listed, "{package}/{name} is not listed as a [[{kind}]] and is never built");
            }
        }
    }
}

#[test]
fn the_real_hosts_stand_in_one_constant_each() {
    let library = |path: &Path| path.starts_with("tgbio-fetch/src") || path.starts_with("tgbio-server/src");
    for host in ["\"https://t.me\"", "\"telesco.pe\"", "\"cdn-telegram.org\""] {
        let places: Vec<_> = sources()
            .into_iter()
            .filter(|(path, text)| {
                library(path) && text.split("#[cfg(test)]").next().unwrap_or_default().contains(host)
            })
            .filter(|(path, _)| !path.to_string_lossy().contains("test"))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(places.len(), 1, "{host} stands in {places:?}");
    }
}
