//! History inside a program of one's own: a fetcher, a store in memory, and the loop around them.

use std::sync::Arc;
use std::time::Duration;

use tgbio_core::store::{Actor, MemoryStore, NewProfile};
use tgbio_core::testing::ScriptedFetcher;
use tgbio_core::{Observed, Poller, Profile, Rules, Tracker, Username};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn profile(name: &Username, bio: &str) -> Profile {
    let mut profile = Profile::new(name.clone());
    profile.bio = Observed::Present(bio.to_owned());
    profile
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = Username::parse("ann_example")?;
    let source = ScriptedFetcher::default();
    source.show(profile(&name, "I like red cars."));
    let mut rules = Rules::default();
    rules.interval_min = Duration::from_millis(100);
    rules.interval_max = rules.interval_min;

    let (told, mut changes) = mpsc::unbounded_channel();
    let tracker = Tracker::builder(Arc::new(source.clone()), Arc::new(MemoryStore::default()))
        .rules(rules)
        .on_checked(move |checked| drop(told.send(checked.changed.clone())))
        .build();
    let followed = tracker.follow(&NewProfile::new(name.clone()), true, &Actor::system()).await?;

    let stop = CancellationToken::new();
    let poller = tokio::spawn(Poller::new(tracker.clone(), 1).run(stop.clone()));
    source.show(profile(&name, "I like blue cars."));
    while let Some(changed) = changes.recv().await {
        if changed == [tgbio_core::Field::Bio] {
            break;
        }
    }
    stop.cancel();
    poller.await?;
    for revision in tracker.store().revisions(followed.id, 0, 10).await? {
        println!("#{} {} {:?}", revision.number, revision.first_seen, revision.profile.bio);
    }
    Ok(())
}
