//! The suite that every fetcher passes.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{join_all, poll_immediate};
use futures_util::stream::StreamExt;

use crate::{
    FetchErrorKind, Field, Observed, ProfileFetcher, ProfileFetcherExt, ProfileKind, Target,
    UnrecognisedReason, Username, wording,
};

/// What a profile is really like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truth {
    /// The name in the owner's spelling.
    pub username: Username,
    /// What it is.
    pub kind: ProfileKind,
    /// First and last name, or the title.
    pub display_name: String,
    /// The bio, if there is any.
    pub bio: Option<String>,
    /// Verified by Telegram.
    pub verified: bool,
    /// The photo's bytes, a JPEG, if there is any.
    pub photo: Option<Vec<u8>>,
}

impl Truth {
    /// A profile with a name and nothing else.
    #[expect(clippy::missing_panics_doc, reason = "a test's own constants")]
    #[expect(clippy::unwrap_used, reason = "a test's own constants")]
    pub fn new(username: &str, kind: ProfileKind) -> Self {
        let username = Username::parse(username).unwrap();
        let display_name = format!("Name of {username}");
        Self { username, kind, display_name, bio: None, verified: false, photo: None }
    }
}

/// The world that a fetcher looks at: the suite changes it and looks again.
#[async_trait]
pub trait FetcherWorld: Send + Sync {
    /// The fetcher under test, looking at this world.
    fn fetcher(&self) -> Arc<dyn ProfileFetcher>;

    /// From now on the profile is like this.
    async fn show(&self, truth: &Truth);

    /// From now on there is no such profile.
    async fn hide(&self, username: &Username);

    /// Breaks the way to the source, or mends it: every look must fail while it is broken.
    async fn break_source(&self, broken: bool);
}

/// Runs every case. Each uses names of its own, so that the world needs no reset.
///
/// # Panics
/// When the fetcher breaks its contract.
pub async fn fetcher_suite(world: &dyn FetcherWorld) {
    sees_every_kind_as_it_is(world).await;
    keeps_every_character_of_a_bio(world).await;
    empty_is_absent_and_invisible_is_hidden(world).await;
    sees_changes(world).await;
    ignores_the_case_of_a_name_and_keeps_the_spelling(world).await;
    an_unknown_name_is_not_found(world).await;
    a_name_that_may_be_somebody_elses_is_not_read(world).await;
    a_broken_source_is_an_error_and_heals(world).await;
    many_looks_at_once_do_not_mix(world).await;
    a_dropped_look_harms_nothing(world).await;
    batches_keep_their_order(world).await;
    reads_photos_if_it_says_so(world).await;
}

fn target(truth: &Truth) -> Target {
    Target::new(truth.username.clone())
}

#[track_caller]
fn assert_shows(seen: &crate::Observation, truth: &Truth) {
    let profile = &seen.profile;
    assert_eq!(profile.username, truth.username);
    assert_eq!(profile.kind, Observed::Present(truth.kind));
    assert_eq!(profile.display_name, Observed::Present(truth.display_name.clone()));
    assert_eq!(profile.bio, truth.bio.as_deref().map_or(Observed::Absent, wording::text));
    assert!(profile.links.is_hidden() || profile.bio.present().is_some() || profile.links.is_absent());
    assert_eq!(profile.verified, Observed::Present(truth.verified));
    assert_eq!(profile.has_photo(), Observed::Present(truth.photo.is_some()));
}

async fn look(world: &dyn FetcherWorld, truth: &Truth) -> crate::Observation {
    let fetcher = world.fetcher();
    let seen = fetcher.fetch(&target(truth)).await.unwrap_or_else(|error| panic!("{truth:?}: {error}"));
    assert!(fetcher.name().contains(&*seen.fetcher), "{} is not in {}", seen.fetcher, fetcher.name());
    assert!(!seen.parser.is_empty());
    seen
}

async fn sees_every_kind_as_it_is(world: &dyn FetcherWorld) {
    for kind in ProfileKind::ALL {
        let mut truth = Truth::new(&format!("suite_{kind}"), kind);
        truth.bio = Some("A bio".into());
        truth.verified = kind == ProfileKind::Channel;
        world.show(&truth).await;
        assert_shows(&look(world, &truth).await, &truth);
    }
}

async fn keeps_every_character_of_a_bio(world: &dyn FetcherWorld) {
    let bios = [
        "two\nlines\n\nand a gap",
        "a  b   c",
        "<b>R&D</b> \"q\" 'x' &amp; &lt;",
        "👩‍👩‍👧‍👦 ❤️‍🩹",
        "\u{2800}\u{2800}",
        "مرحبا \u{202b}abc\u{202c}",
        "@durov https://example.org/a?b=1&c=2",
        "\u{3164}",
        "!#$%^&*()",
        "\t spaces at the ends \n",
    ];
    for (at, bio) in bios.iter().enumerate() {
        let mut truth = Truth::new(&format!("suite_bio{at}"), ProfileKind::User);
        truth.bio = Some((*bio).to_owned());
        world.show(&truth).await;
        assert_shows(&look(world, &truth).await, &truth);
    }
}

async fn empty_is_absent_and_invisible_is_hidden(world: &dyn FetcherWorld) {
    let truth = Truth::new("suite_empty", ProfileKind::User);
    world.show(&truth).await;
    let seen = look(world, &truth).await;
    assert_eq!(seen.profile.bio, Observed::Absent);
    let sees = world.fetcher().capabilities().fields;
    for field in Field::OF_PROFILE {
        let known = seen.profile.value(field).is_known();
        assert!(!known || sees.contains(&field), "{field} is known although the capabilities do not list it");
    }
}

async fn sees_changes(world: &dyn FetcherWorld) {
    let mut truth = Truth::new("suite_changes", ProfileKind::User);
    for bio in [Some("first"), Some("second"), None, Some("third")] {
        truth.bio = bio.map(str::to_owned);
        world.show(&truth).await;
        assert_shows(&look(world, &truth).await, &truth);
    }
}

async fn ignores_the_case_of_a_name_and_keeps_the_spelling(world: &dyn FetcherWorld) {
    let truth = Truth::new("Suite_CaSe", ProfileKind::User);
    world.show(&truth).await;
    let asked = Truth { username: lower(&truth.username), ..truth.clone() };
    assert_eq!(look(world, &asked).await.profile.username.as_str(), "Suite_CaSe");
}

#[expect(clippy::unwrap_used, reason = "a name in lower case is a name")]
fn lower(name: &Username) -> Username {
    Username::parse(&name.key()).unwrap()
}

#[track_caller]
fn assert_not_found(result: &Result<crate::Observation, crate::FetchError>, name: &Username) {
    match result {
        Err(error) => {
            assert_eq!(error.kind(), FetchErrorKind::NotFound, "{error}");
            assert_eq!(error.username(), name);
            assert!(!error.fetcher().is_empty());
        }
        Ok(seen) => panic!("a profile that does not exist was seen: {seen:?}"),
    }
}

async fn an_unknown_name_is_not_found(world: &dyn FetcherWorld) {
    let truth = Truth::new("suite_nobody", ProfileKind::User);
    assert_not_found(&world.fetcher().fetch(&target(&truth)).await, &truth.username);
    world.show(&truth).await;
    assert_shows(&look(world, &truth).await, &truth);
    world.hide(&truth.username).await;
    assert_not_found(&world.fetcher().fetch(&target(&truth)).await, &truth.username);
}

async fn a_name_that_may_be_somebody_elses_is_not_read(world: &dyn FetcherWorld) {
    let truth = Truth::new("suite_moved", ProfileKind::User);
    world.show(&truth).await;
    let nobody = target(&truth).only_by_id(true);
    let other = FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile);
    match world.fetcher().fetch(&nobody).await {
        Err(error) => assert_eq!(error.kind(), other, "{error}"),
        Ok(seen) => panic!("without an id nobody can say whose this is: {seen:?}"),
    }
}

async fn a_broken_source_is_an_error_and_heals(world: &dyn FetcherWorld) {
    let truth = Truth::new("suite_broken", ProfileKind::User);
    world.show(&truth).await;
    world.break_source(true).await;
    let result = world.fetcher().fetch(&target(&truth)).await;
    world.break_source(false).await;
    match result {
        Err(error) => {
            assert_ne!(error.kind(), FetchErrorKind::NotFound, "a broken source says nothing about a name");
        }
        Ok(seen) => panic!("a broken source showed {seen:?}"),
    }
    assert_shows(&look(world, &truth).await, &truth);
}

async fn many_looks_at_once_do_not_mix(world: &dyn FetcherWorld) {
    let truths: Vec<Truth> =
        (0..24).map(|at| Truth::new(&format!("suite_many{at}"), ProfileKind::ALL[at % 4])).collect();
    for truth in &truths {
        world.show(truth).await;
    }
    for (seen, truth) in join_all(truths.iter().map(|truth| look(world, truth))).await.iter().zip(&truths) {
        assert_shows(seen, truth);
    }
}

async fn a_dropped_look_harms_nothing(world: &dyn FetcherWorld) {
    let truth = Truth::new("suite_dropped", ProfileKind::User);
    world.show(&truth).await;
    let fetcher = world.fetcher();
    let target = target(&truth);
    for _ in 0..3 {
        drop(poll_immediate(fetcher.fetch(&target)).await);
    }
    assert_shows(&look(world, &truth).await, &truth);
}

async fn batches_keep_their_order(world: &dyn FetcherWorld) {
    let truths: Vec<Truth> =
        (0..8).map(|at| Truth::new(&format!("suite_batch{at}"), ProfileKind::User)).collect();
    for truth in &truths {
        world.show(truth).await;
    }
    let fetcher = world.fetcher();
    let answers: Vec<_> = fetcher.fetch_all(truths.iter().map(target), 3).collect().await;
    let names: Vec<_> = answers.iter().map(|(target, _)| target.username.clone()).collect();
    assert_eq!(names, truths.iter().map(|truth| truth.username.clone()).collect::<Vec<_>>());
    assert!(answers.iter().all(|(_, answer)| answer.is_ok()));
}

async fn reads_photos_if_it_says_so(world: &dyn FetcherWorld) {
    if !world.fetcher().capabilities().photos {
        return;
    }
    let mut truth = Truth::new("suite_photo", ProfileKind::User);
    truth.photo = Some(vec![0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 0xff, 0xd9]);
    world.show(&truth).await;
    let seen = look(world, &truth).await;
    let Observed::Present(photo) = &seen.profile.photo else { panic!("the photo was not seen") };
    let read = world.fetcher().photo(&target(&truth), photo).await;
    assert_eq!(read.ok().flatten().map(|photo| photo.body.to_vec()), truth.photo);
}

/// Keeps the suite's futures `Send`, so that it runs on every runtime.
fn _suite_is_send(world: &dyn FetcherWorld) -> impl Future<Output = ()> + Send {
    fetcher_suite(world)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ScriptedFetcher;
    use crate::{Photo, Profile, UnreachableReason};

    struct Scripted(ScriptedFetcher);

    #[async_trait]
    impl FetcherWorld for Scripted {
        fn fetcher(&self) -> Arc<dyn ProfileFetcher> {
            Arc::new(self.0.clone())
        }

        async fn show(&self, truth: &Truth) {
            let mut profile = Profile::new(truth.username.clone());
            profile.kind = Observed::Present(truth.kind);
            profile.display_name = Observed::Present(truth.display_name.clone());
            profile.bio = truth.bio.as_deref().map_or(Observed::Absent, wording::text);
            profile.verified = Observed::Present(truth.verified);
            let url = format!("photo:{}", truth.username);
            profile.photo = Observed::from_option(truth.photo.as_ref().map(|_| Photo::at(url.clone())));
            self.0.set_photo(url, truth.photo.clone().unwrap_or_default());
            self.0.show(profile);
        }

        async fn hide(&self, username: &Username) {
            self.0.hide(username);
        }

        async fn break_source(&self, broken: bool) {
            self.0.break_all(broken.then_some(FetchErrorKind::Unreachable(UnreachableReason::Reset)));
        }
    }

    #[tokio::test]
    async fn the_scripted_fetcher_passes_the_suite() {
        fetcher_suite(&Scripted(ScriptedFetcher::default())).await;
    }
}
