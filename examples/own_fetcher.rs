//! A backend of one's own: here profiles come from a map, in real life from anywhere.

use std::collections::HashMap;

use async_trait::async_trait;
use tgbio_core::{
    Capabilities, FetchError, FetchErrorKind, Field, Observation, Profile, ProfileFetcher, ProfileFetcherExt,
    Target, Timestamp, UnrecognisedReason, Username, wording,
};

/// Knows some bios and nothing else.
struct Bios(HashMap<Username, String>);

#[async_trait]
impl ProfileFetcher for Bios {
    fn name(&self) -> &str {
        "bios"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::seeing(&[Field::Username, Field::Bio])
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        let fails = |kind| Err(FetchError::new(self.name(), target.username.clone(), kind));
        // This source knows names and no ids: it cannot tell whose a doubtful name is.
        if target.only_by_id {
            return fails(FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile));
        }
        let Some(bio) = self.0.get(&target.username) else { return fails(FetchErrorKind::NotFound) };
        // What this source cannot see stays hidden and is never told as a change.
        let mut profile = Profile::new(target.username.clone());
        profile.bio = wording::text(bio);
        Ok(Observation::new(profile, Timestamp::now(), self.name(), "bios/1"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (ann, bob) = (Username::parse("@ann_example")?, Username::parse("t.me/bob_example")?);
    let fetcher = Bios(HashMap::from([(ann.clone(), "Hello!".to_owned())]));
    let mut answers = std::pin::pin!(fetcher.fetch_all([ann.into(), bob.into()], 2));
    while let Some((target, answer)) = futures_util::StreamExt::next(&mut answers).await {
        match answer {
            Ok(seen) => println!("@{}: {:?}", target.username, seen.profile.bio),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
