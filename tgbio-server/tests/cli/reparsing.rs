//! `reparse` corrects what an older reader has read wrongly, beside a running server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tgbio_core::store::{NewProfile, ProfileStore, SqliteStore, StrayPage};
use tgbio_core::{
    Evidence, FetchError, Observation, Observed, ProfileFetcher, Target, Timestamp, Tracker, Username,
};

use super::support::{Home, Server};
use super::upstream::{Upstream, card};

const LEASE: Duration = Duration::from_secs(60);

/// A reader of before: it forgets to decode what the page has encoded. What it shows is the next of its bios.
struct Old {
    name: &'static str,
    media_type: &'static str,
    bios: std::sync::Mutex<Vec<&'static str>>,
    /// When it looked; now without it.
    at: Option<Timestamp>,
}

#[async_trait]
impl ProfileFetcher for Old {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> tgbio_core::Capabilities {
        tgbio_core::Capabilities::default()
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let bio = self.bios.lock().unwrap().remove(0);
        let page = card(target.username.as_str(), bio).into_bytes();
        let mut profile = tgbio_fetch::scrape::read_page(&page, &target.username).unwrap().profile;
        profile.bio = Observed::Present(bio.replace('&', "&amp;"));
        let mut seen = Observation::new(profile, self.at.unwrap_or_else(Timestamp::now), self.name, "tme/0");
        seen.evidence = Some(Evidence::new("https://site.test/x", 200, self.media_type, page.into()));
        Ok(seen)
    }
}

/// Writes a history as that reader saw it.
fn seen_by(home: &Home, name: &str, old: Old) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(SqliteStore::open(home.path("tgbio.db")).unwrap());
        let looks = old.bios.lock().unwrap().len();
        let tracker = Tracker::builder(Arc::new(old), store.clone()).build();
        let actor = tgbio_core::store::Actor::system();
        let name = Username::parse(name).unwrap();
        let id = match store.profile(&name.clone().into()).await.unwrap() {
            Some(known) => known.id,
            None => store.follow(&NewProfile::new(name), Timestamp::now(), &actor).await.unwrap().id,
        };
        for _ in 0..looks {
            let claim = store.claim(id, Timestamp::now(), LEASE).await.unwrap().unwrap();
            tracker.check(claim).await.unwrap();
        }
    });
}

fn old(bios: &[&'static str]) -> Old {
    let bios = std::sync::Mutex::new(bios.to_vec());
    Old { name: "scrape", media_type: "text/html; charset=utf-8", bios, at: None }
}

fn bios(home: &Home, name: &str) -> Vec<String> {
    let lines = home.run(["history", name, "--json"]).ok().json();
    lines.iter().map(|line| line["bio"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn history_is_corrected_and_told_to_nobody_as_a_change() {
    let (home, site) = (Home::new(), Upstream::start());
    seen_by(&home, "a_one", old(&["salt", "salt & pepper", "salt & vinegar"]));
    seen_by(&home, "other_one", Old { name: "other", media_type: "application/json", ..old(&["x & y"]) });
    let mut server = Server::start(&home, &site.flags());

    let dry = home.run(["reparse", "--dry-run", "--json"]);
    assert_eq!((dry.status, dry.json().len()), (0, 2), "{}", dry.err);
    assert_eq!(dry.json()[0]["was"], "salt &amp; pepper");
    assert_eq!(dry.json()[0]["becomes"], "salt & pepper");
    assert!(
        dry.err.contains("2 revisions would be corrected") && dry.err.contains("1 of another backend"),
        "{}",
        dry.err
    );
    assert_eq!(bios(&home, "a_one")[1], "salt &amp; pepper");
    let table = home.run(["reparse", "--dry-run"]).out;
    assert!(table.contains("salt &amp; pepper") && table.contains("@a_one"), "{table}");

    assert_eq!(home.run(["reparse"]).status, 0);
    assert_eq!(bios(&home, "a_one"), ["salt", "salt & pepper", "salt & vinegar"]);
    assert_eq!(bios(&home, "other_one"), ["x &amp; y"]);
    let lines = home.run(["history", "a_one", "--json"]).ok().json();
    assert!(lines[0]["corrected_at"].is_null() && lines[1]["corrected_at"].is_string());
    assert_ne!(lines[1]["parser"], "tme/0");
    assert!(home.run(["history", "a_one"]).ok().out.contains("corrected"));
    let whole = home.run(["verify"]).ok().out;
    assert!(whole.contains("2 corrected"), "{whole}");
    assert!(home.run(["reparse"]).err.contains(" 0 revisions are corrected"));
    assert_eq!(server.signal("TERM").0, Some(0));
}

/// Keeps pages that were not judged when they came: each with a bio, so many seconds after `from`.
fn strayed(home: &Home, name: &str, from: Timestamp, pages: &[(u64, &str)]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(home.path("tgbio.db")).unwrap();
        let record = store.profile(&Username::parse(name).unwrap().into()).await.unwrap().unwrap();
        for (seconds, body) in pages {
            let at = from.after(Duration::from_secs(*seconds));
            let evidence =
                Evidence::new("https://site.test/x", 200, "text/html", body.as_bytes().to_vec().into());
            let page = StrayPage::new(record.id, at, "scrape", "layout", evidence);
            store.keep_stray(&page).await.unwrap();
        }
    });
}

#[test]
fn pages_that_were_not_judged_narrow_the_time_of_a_change() {
    let home = Home::new();
    let from = Timestamp::now().before(Duration::from_secs(1_000));
    let after = |seconds| from.after(Duration::from_secs(seconds));
    seen_by(&home, "a_one", Old { at: Some(from), ..old(&["salt"]) });
    seen_by(&home, "a_one", Old { at: Some(after(50)), ..old(&["pepper"]) });
    let page = |bio: &str| card("a_one", bio);
    let (salt, pepper, other) = (page("salt"), page("pepper"), page("vinegar"));
    strayed(&home, "a_one", from, &[(10, &salt), (20, &other), (30, &pepper), (40, "<html>broken</html>")]);
    let before = home.run(["history", "a_one", "--json"]).ok().json();

    let done = home.run(["reparse"]);
    assert_eq!(done.status, 0);
    assert!(done.err.contains("1 revisions are corrected"), "{}", done.err);
    let told = "3 are read now, 1 of them show what the history has not; 1 cannot be read";
    assert!(done.err.contains(told) && done.out.contains("first_seen"), "{} {}", done.out, done.err);
    let log = home.run(["history", "a_one", "--json"]).ok().json();
    let at = |seconds| serde_json::Value::from(after(seconds).to_string());
    assert_eq!((&log[1]["last_seen_before"], &log[1]["first_seen"]), (&at(10), &at(30)));
    assert_eq!((&log[1]["bio"], &log[1]["confirmed_at"]), (&before[1]["bio"], &before[1]["confirmed_at"]));
    assert!(log[1]["corrected_at"].is_string() && log[0] == before[0]);
    assert!(home.run(["verify"]).ok().out.contains("1 corrected"));
    assert!(home.run(["reparse"]).err.contains(" 0 revisions are corrected"), "once and for all");
}
