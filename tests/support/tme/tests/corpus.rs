//! Our pages beside saved ones of the real site, when `TGBIO_CORPUS` names their folder.

use super::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Attributes that only saving a page adds.
const SAVED: &str = "theme_dark";

#[tokio::test]
async fn pages_have_the_class_tokens_and_the_size_of_real_ones() {
    let Some(folder) = std::env::var_os("TGBIO_CORPUS") else { return };
    let mut compared = 0;
    for path in saved_pages(Path::new(&folder)) {
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let real = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        if let Some(ours) = redrawn(&expected, &real).await {
            assert_alike(&path, &real, &ours);
            compared += 1;
        }
    }
    assert!(compared > 0, "no page of {} could be redrawn", folder.display());
}

fn saved_pages(folder: &Path) -> Vec<PathBuf> {
    let inside =
        |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    ["real", "synthetic"]
        .iter()
        .flat_map(|part| inside(folder.join(part)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .collect()
}

/// The same profile as our site shows it; `None` for what is no profile or shell.
async fn redrawn(expected: &serde_json::Value, real: &str) -> Option<String> {
    let fields = &expected["expected"];
    let text = |field: &str| fields[field].as_str().map(str::to_owned);
    let name = expected["name"].as_str()?.to_owned();
    let tme = Tme::start().await;
    tme.steady();
    if fields["page_class"] != "not_found" {
        let kind = match fields["page_class"].as_str()? {
            "user" => Kind::User,
            "bot" => Kind::Bot,
            "channel" => Kind::Channel,
            "group" => Kind::Group,
            _ => return None,
        };
        tme.set(Card {
            kind,
            bio: text("bio").map(Into::into),
            verified: fields["verified"] == true,
            photo: (fields["photo_present"] == true).then(|| photo(1)),
            subscribers: fields["subscribers"].as_u64(),
            members: fields["members"].as_u64(),
            online: fields["online"].as_u64(),
            monthly_users: fields["monthly_users"].as_u64(),
            preview: fields["preview_link"].is_string(),
            layout: layout_of(real),
            ..Card::user(name.clone(), text("display_name")?)
        });
    }
    Some(page(&tme, &format!("/{name}")).await)
}

fn layout_of(real: &str) -> Layout {
    match (real.contains("tgme_body_wrap"), real.contains("location.hash")) {
        (false, _) => Layout::Y2021,
        (true, false) if !real.contains(">Start Bot<") => Layout::Y2024,
        (true, _) => Layout::Y2026,
    }
}

fn assert_alike(path: &Path, real: &str, ours: &str) {
    assert_eq!(class_tokens(ours), class_tokens(real), "{}", path.display());
    if ours.contains("tgme_body_wrap") {
        assert!((9_000..13_000).contains(&ours.len()), "{}: {} bytes", path.display(), ours.len());
    }
}

fn class_tokens(page: &str) -> BTreeSet<&str> {
    let classes = page.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
    classes
        .flat_map(str::split_whitespace)
        .filter(|token| *token != SAVED && *token != "no_transition")
        .collect()
}
