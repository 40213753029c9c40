//! A quick look at many: whose names, photo or badges have moved.

use grammers_client::tl::{enums, functions};
use tgbio_core::{FetchError, Target};

use super::MtprotoFetcher;
use super::engine::Failure;
use super::fetcher::{input_channel, input_user};
use super::limits::Method;
use super::peers::{Peer, PeerKind};
use super::redact::{self, Shown};

/// Profiles in one call; what Telegram allows at most is not documented.
const AT_ONCE: usize = 100;

type Asked<'a> = (Peer, &'a Target);

impl MtprotoFetcher {
    /// Looks at up to a hundred profiles per call (`users.getUsers`, `channels.getChannels`) and gives back those whose
    /// names, photo or badges are not what the last full look showed, or who cannot be seen so: a full look at them is
    /// due. Bios do not show in this, so it does not stand in for a full look; it tells between two of them who should
    /// not wait for the next one.
    ///
    /// Profiles that were never fetched with this account are passed over: no name is looked up here.
    ///
    /// # Errors
    /// As for a fetch; the error names the first profile of the call that failed. Nothing is then told of the others.
    pub async fn glance(&self, targets: &[Target]) -> Result<Vec<Target>, FetchError> {
        let mut moved = Vec::new();
        for kind in PeerKind::ALL {
            self.glance_at_kind(kind, targets, &mut moved).await?;
        }
        Ok(moved)
    }

    /// The same for those who are of a kind, whose calls may have to wait while those of the other kind need not.
    pub(super) async fn glance_at_kind(
        &self,
        kind: PeerKind,
        targets: &[Target],
        moved: &mut Vec<Target>,
    ) -> Result<(), FetchError> {
        let Some(first) = targets.first() else { return Ok(()) };
        self.engine().ready().await.map_err(|failure| self.error(first, failure))?;
        let known = |target| Some((self.engine().peers.find(target)?, target));
        let known = targets.iter().filter_map(known);
        let asked: Vec<Asked<'_>> = known.filter(|(peer, _)| peer.kind == kind).collect();
        for part in asked.chunks(AT_ONCE) {
            self.glance_at(kind, part, moved).await?;
        }
        Ok(())
    }

    /// One call; where a single wrong id has spoilt it, its halves.
    async fn glance_at(
        &self,
        kind: PeerKind,
        part: &[Asked<'_>],
        moved: &mut Vec<Target>,
    ) -> Result<(), FetchError> {
        let mut parts = vec![part];
        while let Some(part) = parts.pop() {
            let Some((_, first)) = part.first() else { continue };
            match self.shown(kind, part).await {
                Ok(shown) => moved.extend(self.moved(part, &shown)),
                Err(failure) if spoils(&failure) && part.len() > 1 => {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right, left]);
                }
                Err(failure) if spoils(&failure) => moved.push((*first).clone()),
                Err(failure) => return Err(self.error(first, failure)),
            }
        }
        Ok(())
    }

    async fn shown(&self, kind: PeerKind, part: &[Asked<'_>]) -> Result<Vec<Shown>, Failure> {
        let peers = part.iter().map(|(peer, _)| *peer);
        match kind {
            PeerKind::User => {
                let request = functions::users::GetUsers { id: peers.map(input_user).collect() };
                let users = self.engine().ask(Method::Users, &request).await?;
                Ok(users.iter().filter_map(redact::user).collect())
            }
            PeerKind::Channel => {
                let request = functions::channels::GetChannels { id: peers.map(input_channel).collect() };
                let chats = match self.engine().ask(Method::Channels, &request).await? {
                    enums::messages::Chats::Chats(chats) => chats.chats,
                    enums::messages::Chats::Slice(chats) => chats.chats,
                };
                Ok(chats.iter().filter_map(redact::chat).collect())
            }
        }
    }

    fn moved<'a>(&'a self, part: &'a [Asked<'_>], shown: &'a [Shown]) -> impl Iterator<Item = Target> + 'a {
        let is_same = |peer: Peer| {
            let face = shown.iter().find(|shown| shown.face.id == peer.id).map(|shown| shown.face.digest());
            face.is_some() && face == self.engine().peers.face(peer)
        };
        part.iter().filter(move |(peer, _)| !is_same(*peer)).map(|(_, target)| (*target).clone())
    }
}

/// Whether one profile of many can have spoilt the call.
fn spoils(failure: &Failure) -> bool {
    failure.stale || failure.deleted
}
