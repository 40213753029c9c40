//! The backend that asks Telegram's own protocol.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use grammers_client::tl::{enums, functions, types};
use tgbio_core::store::sqlite::db::Database;
use tgbio_core::{
    Capabilities, Evidence, FetchError, FetchErrorKind, Field, Observation, ProfileFetcher, Target,
    UnrecognisedReason, WaitScope,
};

use super::convert::{self, PARSER};
use super::engine::{Engine, Failure};
use super::facts::MEDIA_TYPE;
use super::limits::Method;
use super::peers::{Peer, PeerKind};
use super::redact::{self, Full};
use super::{MtprotoBuilder, MtprotoStatus, NAME};

/// Reads public profiles through Telegram's own protocol, with an account of the operator's.
///
/// A name is looked up once (`contacts.resolveUsername`); from then on the profile is asked for by id
/// (`users.getFullUser`, `channels.getFullChannel`), also after a restart, and is followed through renames. A look is
/// one call, two for a name that is new.
///
/// - With [`Target::telegram_id`] the answer is about that profile and never about another, whatever the name is now. A
///   profile that has lost all its names keeps the last one, with
///   [`username_owner`](tgbio_core::Profile::username_owner) saying so. When the id can be asked for no more and the
///   name belongs to somebody else, the outcome is `Unrecognised` with reason `other_profile`.
/// - Without it, the answer is about whoever has the name now.
/// - With [`Target::unhurried`] a name is looked up only from what others leave of the budget
///   ([`MtprotoBuilder::unhurried_look_ups`]).
///
/// Limits are kept inside, since Telegram counts by method and account: do not wrap it in
/// [`Limited`](crate::Limited). A method that must wait is not called before its time; looks that need it end at once as
/// [`RateLimited`](FetchErrorKind::RateLimited), others go on. [`Retrying`](crate::Retrying) may wrap it.
#[derive(Debug)]
pub struct MtprotoFetcher {
    engine: Arc<Engine>,
    name: Arc<str>,
    parser: Arc<str>,
}

impl MtprotoFetcher {
    /// Begins with gentle settings. `api_id` and `api_hash` are the operator's own, from <https://my.telegram.org>;
    /// the session and what the account knows are kept in the database.
    pub fn builder(database: Database, api_id: i32, api_hash: impl Into<String>) -> MtprotoBuilder {
        MtprotoBuilder::new(database, api_id, api_hash.into())
    }

    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine, name: NAME.into(), parser: PARSER.into() }
    }

    /// How the backend stands: who is signed in, what must wait.
    pub fn status(&self) -> MtprotoStatus {
        self.engine.status()
    }

    /// Uses a new log-in at once that was made beside this fetcher; without this call it is noticed within half a minute.
    pub async fn look_for_log_in(&self) {
        self.engine.look_at_once().await;
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    async fn look(&self, target: &Target) -> Result<Observation, Failure> {
        let by_name = !target.only_by_id;
        if !by_name && target.telegram_id.is_none() {
            return Err(Failure::unrecognised(UnrecognisedReason::OtherProfile));
        }
        self.engine.ready().await?;
        if let Some(peer) = self.engine.peers.find(target) {
            match self.look_at(peer, target).await {
                Err(failure) if failure.stale => self.engine.peers.forget(peer).await,
                Err(failure) if (failure.deleted || is_another(&failure)) && target.telegram_id.is_none() => {
                    self.engine.peers.unname(&target.username.key());
                }
                answer => return answer,
            }
        }
        if !by_name {
            return Err(Failure::unrecognised(UnrecognisedReason::OtherProfile));
        }
        let peer = self.resolve(target).await?;
        if target.telegram_id.is_some_and(|id| i64::try_from(id) != Ok(peer.id)) {
            return Err(Failure::unrecognised(UnrecognisedReason::OtherProfile));
        }
        self.look_at(peer, target).await
    }

    /// Looks a name up, once for all who ask for it at the same time.
    async fn resolve(&self, target: &Target) -> Result<Peer, Failure> {
        let (engine, name) = (&self.engine, &target.username);
        let lock = engine.name_lock(name);
        let _alone = lock.lock().await;
        if let Some(peer) = engine.peers.find(&Target::new(name.clone())) {
            return Ok(peer);
        }
        let answer = engine.look_up(name, target.unhurried).await?;
        let shown = match &answer.peer {
            enums::Peer::User(peer) => {
                answer.users.iter().filter_map(redact::user).find(|shown| shown.face.id == peer.user_id)
            }
            enums::Peer::Channel(peer) => {
                answer.chats.iter().filter_map(redact::chat).find(|shown| shown.face.id == peer.channel_id)
            }
            enums::Peer::Chat(_) => None,
        };
        let shown = shown.and_then(|shown| Some((shown.peer?, shown.face)));
        let (peer, face) = shown.ok_or(Failure::unrecognised(UnrecognisedReason::Layout))?;
        engine.peers.learn(peer, face.active().map(str::to_ascii_lowercase).collect(), None).await;
        Ok(peer)
    }

    /// The full call about a profile whose id is known.
    async fn look_at(&self, peer: Peer, target: &Target) -> Result<Observation, Failure> {
        let (method, full) = match peer.kind {
            PeerKind::User => (Method::FullUser, self.full_user(peer).await?),
            PeerKind::Channel => (Method::FullChannel, self.full_channel(peer).await?),
        };
        let at = self.engine.clock.now();
        let full = full.ok_or(Failure::unrecognised(UnrecognisedReason::Layout))?;
        let names = full.facts.face.active().map(str::to_ascii_lowercase).collect();
        self.engine.peers.learn(full.peer.unwrap_or(peer), names, Some(full.face)).await;
        let owner = self.engine.peers.owner_of(&target.username.key());
        let reading = convert::reading(&full.facts, target, owner).map_err(Failure::new)?;
        let mut seen = Observation::new(reading.profile, at, self.name.clone(), self.parser.clone());
        seen.counts = reading.counts;
        let address = format!("{NAME}:{}", method.name());
        seen.evidence = Some(Evidence::new(address, 0, MEDIA_TYPE, Bytes::from(full.facts.to_json())));
        Ok(seen)
    }

    async fn full_user(&self, peer: Peer) -> Result<Option<Full>, Failure> {
        let request = functions::users::GetFullUser { id: input_user(peer) };
        let enums::users::UserFull::Full(answer) = self.engine.ask(Method::FullUser, &request).await?;
        Ok(redact::full_user(&answer, peer.id))
    }

    async fn full_channel(&self, peer: Peer) -> Result<Option<Full>, Failure> {
        let request = functions::channels::GetFullChannel { channel: input_channel(peer) };
        let enums::messages::ChatFull::Full(answer) = self.engine.ask(Method::FullChannel, &request).await?;
        Ok(redact::full_chat(&answer, peer.id))
    }

    pub(super) fn error(&self, target: &Target, failure: Failure) -> FetchError {
        let mut error = FetchError::new(self.name.clone(), target.username.clone(), failure.kind)
            .covering(WaitScope::Profile);
        if let Some(wait) = failure.not_asked_for {
            error = error.from_memory(wait);
        }
        match failure.cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}

fn is_another(failure: &Failure) -> bool {
    failure.kind == FetchErrorKind::Unrecognised(UnrecognisedReason::OtherProfile)
}

pub(super) fn input_user(peer: Peer) -> enums::InputUser {
    types::InputUser { user_id: peer.id, access_hash: peer.access_hash }.into()
}

pub(super) fn input_channel(peer: Peer) -> enums::InputChannel {
    types::InputChannel { channel_id: peer.id, access_hash: peer.access_hash }.into()
}

#[async_trait]
impl ProfileFetcher for MtprotoFetcher {
    fn name(&self) -> &str {
        &self.name
    }

    /// Every field, without the photo's bytes.
    fn capabilities(&self) -> Capabilities {
        let mut all = Capabilities::seeing(&Field::OF_PROFILE);
        all.follows_renames = true;
        all
    }

    async fn fetch(&self, target: &Target) -> Result<Observation, FetchError> {
        self.look(target).await.map_err(|failure| self.error(target, failure))
    }
}
