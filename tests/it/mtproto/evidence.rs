//! What is kept of an answer shows nothing of the operator, and reads again as it was read.

use tgbio_core::{ProfileFetcher, ProfileKind};
use tgbio_fetch::mtproto::{MEDIA_TYPE, read_evidence};
use tgbio_testkit::dc::Profile;

use super::{Home, named, numbered};

/// Parts of the names of what an answer tells of the operator, or what opens a door.
const SECRETS: [&str; 14] = [
    "hash",
    "phone",
    "contact",
    "mutual",
    "common",
    "blocked",
    "notify",
    "settings",
    "self",
    "status\"",
    "note",
    "theme",
    "reference",
    "read_",
];

#[tokio::test]
async fn evidence_is_redacted_and_reads_again() {
    let home = Home::new().await;
    let mut ann = Profile::user("ann_example", "Ann").bio("two\nlines @durov").photo(1).also("second_ann");
    ann.phone = Some("31600000001".into());
    (ann.restricted, ann.emoji_status) = (Some("terms".into()), Some(5));
    let id = home.truth.set(ann);
    home.truth.set(Profile::channel("news_example", "News", 77).bio("news"));
    home.truth.set(Profile::bot("robot_example", "Robot").bio("beep"));
    home.truth.set(Profile::group("group_example", "Group", 7));
    let fetcher = home.fetcher().await;
    let targets = [
        named("ann_example"),
        numbered("second_ann", id),
        named("news_example"),
        named("robot_example"),
        named("group_example"),
    ];
    for target in targets {
        let seen = fetcher.fetch(&target).await.unwrap();
        let evidence = seen.evidence.unwrap();
        assert_eq!(evidence.media_type, MEDIA_TYPE);
        let text = String::from_utf8(evidence.body.to_vec()).unwrap();
        assert!(text.contains("\"form\":1"), "{text}");
        assert!(!text.contains("31600000001"), "{text}");
        for secret in SECRETS {
            assert!(!text.replace("emoji_status", "").contains(secret), "{secret}: {text}");
        }
        let again = read_evidence(&evidence.body, &target).unwrap();
        assert_eq!((again.profile, again.counts), (seen.profile, seen.counts));
    }
}

#[tokio::test]
async fn what_is_no_evidence_is_refused() {
    let home = Home::new().await;
    home.truth.set(Profile::user("ann_example", "Ann"));
    let seen = home.fetcher().await.fetch(&named("ann_example")).await.unwrap();
    let body = String::from_utf8(seen.evidence.unwrap().body.to_vec()).unwrap();
    assert_eq!(seen.profile.kind.present(), Some(&ProfileKind::User));
    let cases = [
        ("<html>".to_owned(), "ann_example", "no evidence"),
        ("{}".to_owned(), "ann_example", "form"),
        (body.replace("\"form\":1", "\"form\":9"), "ann_example", "update"),
        (body.clone(), "someone_else", "another profile"),
    ];
    for (body, asked, words) in cases {
        let error = read_evidence(body.as_bytes(), &named(asked)).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
