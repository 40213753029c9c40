//! Methods about people, bots, channels and groups.

use super::answer::{Asker, Outcome};
use super::full::{channel_full, user_full};
use super::options::Stale;
use super::profile::Profile;
use super::refusal::Refusal;
use super::request::Request;
use super::wire::Seen;
use grammers_tl_types::{Serializable, enums, functions, types};

/// Most users or channels of one call; Telegram's own limit is not known.
const BATCH: usize = 100;

impl Asker<'_> {
    fn seen(&self, profile: &Profile) -> (enums::User, enums::Chat) {
        let seen = Seen {
            profile,
            access_hash: self.cloud.access_hash(self.account, profile.id),
            is_self: profile.id == self.own_id(),
            dc: self.dc,
        };
        (seen.user(), seen.channel())
    }

    pub(super) fn user(&self, profile: &Profile) -> enums::User {
        self.seen(profile).0
    }

    fn chat(&self, profile: &Profile) -> enums::Chat {
        self.seen(profile).1
    }

    /// A profile, if the account knows its right access hash.
    fn known(&self, id: i64, hash: i64) -> Option<Profile> {
        let profile = self.cloud.truth.profile(id).or_else(|| self.own(id))?;
        (self.cloud.access_hash(self.account, id) == hash).then_some(profile)
    }

    fn input_user(&self, input: &enums::InputUser) -> Result<Profile, Refusal> {
        let profile = match input {
            enums::InputUser::UserSelf => self.own(self.own_id()),
            enums::InputUser::User(user) => self.known(user.user_id, user.access_hash),
            _ => None,
        };
        profile.filter(|profile| !profile.is_chat()).ok_or_else(|| Refusal::bad("USER_ID_INVALID"))
    }

    fn input_channel(&self, input: &enums::InputChannel) -> Result<Profile, Refusal> {
        let profile = match input {
            enums::InputChannel::Channel(channel) => self.known(channel.channel_id, channel.access_hash),
            _ => None,
        };
        match profile.filter(Profile::is_chat) {
            Some(profile) if profile.private => Err(Refusal::bad("CHANNEL_PRIVATE")),
            Some(profile) => Ok(profile),
            None => Err(Refusal::bad("CHANNEL_INVALID")),
        }
    }

    pub(super) fn resolve(&self, call: &functions::contacts::ResolveUsername) -> Outcome {
        let name = &call.username;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.len() < 4 || name.len() > 32 || !name.chars().all(allowed) {
            return Err(Refusal::bad("USERNAME_INVALID"));
        }
        let id = self.cloud.truth.id_of(name);
        let profile = id.and_then(|id| self.cloud.truth.profile(id)).filter(|profile| !profile.private);
        let profile = profile.ok_or_else(|| Refusal::bad("USERNAME_NOT_OCCUPIED"))?;
        let resolved = if profile.is_chat() {
            let peer = types::PeerChannel { channel_id: profile.id }.into();
            types::contacts::ResolvedPeer { peer, chats: vec![self.chat(&profile)], users: vec![] }
        } else {
            let peer = types::PeerUser { user_id: profile.id }.into();
            types::contacts::ResolvedPeer { peer, chats: vec![], users: vec![self.user(&profile)] }
        };
        Ok(enums::contacts::ResolvedPeer::from(resolved).to_bytes())
    }

    pub(super) fn users(&self, call: &functions::users::GetUsers) -> Outcome {
        if call.id.len() > BATCH {
            return Err(Refusal::bad("LIMIT_INVALID"));
        }
        let users: Result<Vec<_>, _> = call.id.iter().filter_map(|id| self.one_of_many(id)).collect();
        Ok(users?.to_bytes())
    }

    /// A user of a batch; `None` leaves it out.
    fn one_of_many(&self, id: &enums::InputUser) -> Option<Result<enums::User, Refusal>> {
        match (self.input_user(id), self.cloud.stale, id) {
            (Ok(profile), ..) => Some(Ok(self.user(&profile))),
            (Err(refusal), Stale::Refused, _) => Some(Err(refusal)),
            (Err(_), Stale::Empty, enums::InputUser::User(user)) => {
                Some(Ok(types::UserEmpty { id: user.user_id }.into()))
            }
            (Err(_), ..) => None,
        }
    }

    pub(super) fn full_user(&self, call: &functions::users::GetFullUser) -> Outcome {
        let profile = self.input_user(&call.id)?;
        self.cloud.truth.note_served(profile.id);
        let channel = profile.personal_channel.and_then(|id| self.cloud.truth.profile(id));
        let full = types::users::UserFull {
            full_user: user_full(&profile, self.dc),
            chats: channel.iter().map(|channel| self.chat(channel)).collect(),
            users: vec![self.user(&profile)],
        };
        Ok(enums::users::UserFull::from(full).to_bytes())
    }

    pub(super) fn channels(&self, call: &functions::channels::GetChannels) -> Outcome {
        if call.id.len() > BATCH {
            return Err(Refusal::bad("LIMIT_INVALID"));
        }
        let chats: Result<Vec<_>, _> =
            call.id.iter().map(|id| self.input_channel(id).map(|profile| self.chat(&profile))).collect();
        Ok(enums::messages::Chats::from(types::messages::Chats { chats: chats? }).to_bytes())
    }

    pub(super) fn full_channel(&self, call: &functions::channels::GetFullChannel) -> Outcome {
        let profile = self.input_channel(&call.channel)?;
        self.cloud.truth.note_served(profile.id);
        let linked = profile.linked_chat.and_then(|id| self.cloud.truth.profile(id));
        let full = types::messages::ChatFull {
            full_chat: channel_full(&profile, self.dc),
            chats: std::iter::once(&profile).chain(&linked).map(|chat| self.chat(chat)).collect(),
            users: vec![],
        };
        Ok(enums::messages::ChatFull::from(full).to_bytes())
    }
}

/// The peers and the username that a request is about.
pub(super) fn subject(request: &Request) -> (Vec<i64>, Option<String>) {
    if let Some(call) = request.arguments::<functions::contacts::ResolveUsername>() {
        return (vec![], Some(call.username.to_ascii_lowercase()));
    }
    let users = request.arguments::<functions::users::GetUsers>().map(|call| call.id);
    let users = users.or_else(|| Some(vec![request.arguments::<functions::users::GetFullUser>()?.id]));
    let channels = request.arguments::<functions::channels::GetChannels>().map(|call| call.id);
    let channels =
        channels.or_else(|| Some(vec![request.arguments::<functions::channels::GetFullChannel>()?.channel]));
    let users = users.unwrap_or_default().into_iter().filter_map(|user| match user {
        enums::InputUser::User(user) => Some(user.user_id),
        _ => None,
    });
    let channels = channels.unwrap_or_default().into_iter().filter_map(|channel| match channel {
        enums::InputChannel::Channel(channel) => Some(channel.channel_id),
        _ => None,
    });
    (users.chain(channels).collect(), None)
}
