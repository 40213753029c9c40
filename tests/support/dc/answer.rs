//! Which answer each request gets.

use super::account::AccountId;
use super::cloud::{Cloud, Login};
use super::config::config;
use super::crypt::KeyId;
use super::profile::Profile;
use super::refusal::Refusal;
use super::request::Request;
use grammers_tl_types::{Deserializable, Identifiable, Serializable, enums, functions, types};

/// The bytes of an answer, or the error in its place.
pub(super) type Outcome = Result<Vec<u8>, Refusal>;

/// Who asks, and where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) dc: i32,
    pub(super) key: KeyId,
    /// Who is logged in, or else whose key it is.
    pub(super) account: AccountId,
}

/// The answer that is due; `None` if the request cannot be read.
fn with<F: Identifiable + Deserializable>(request: &Request, answer: impl FnOnce(&F) -> Outcome) -> Outcome {
    match request.arguments::<F>() {
        Some(call) => answer(&call),
        None => Err(Refusal::bad("INPUT_REQUEST_INVALID")),
    }
}

impl Asker<'_> {
    pub(super) fn own_id(&self) -> i64 {
        self.cloud.lock().accounts[self.account.0].profile.id
    }

    /// The account's own profile, if that is the one.
    pub(super) fn own(&self, id: i64) -> Option<Profile> {
        let inner = self.cloud.lock();
        Some(inner.accounts[self.account.0].profile.clone()).filter(|profile| profile.id == id)
    }

    pub(super) fn answer(&self, request: &Request) -> Outcome {
        match request.method {
            "help.getConfig" => Ok(config(self.cloud, self.dc).to_bytes()),
            "auth.importBotAuthorization" => with(request, |call| self.import_bot(call)),
            "auth.sendCode" => with(request, |call| self.send_code(call)),
            "auth.signIn" => with(request, |call| self.sign_in(call)),
            "auth.checkPassword" => with(request, |call| self.check_password(call)),
            "account.getPassword" => self.password_question(),
            _ => self.check_login().and_then(|()| self.answer_member(request)),
        }
    }

    fn check_login(&self) -> Result<(), Refusal> {
        match self.cloud.lock().keys.get(&self.key).map(|key| key.login.clone()) {
            Some(Login::Done(_)) => Ok(()),
            Some(Login::Password(_)) => Err(Refusal::new(401, "SESSION_PASSWORD_NEEDED")),
            Some(Login::Ended(why)) => Err(Refusal::new(401, why)),
            Some(Login::None) | None => Err(Refusal::unregistered()),
        }
    }

    /// Answers that need a log-in.
    fn answer_member(&self, request: &Request) -> Outcome {
        match request.method {
            "contacts.resolveUsername" => with(request, |call| self.resolve(call)),
            "users.getUsers" => with(request, |call| self.users(call)),
            "users.getFullUser" => with(request, |call| self.full_user(call)),
            "channels.getChannels" => with(request, |call| self.channels(call)),
            "channels.getFullChannel" => with(request, |call| self.full_channel(call)),
            "updates.getState" => {
                let state =
                    types::updates::State { pts: 1, qts: 0, date: 1_700_000_000, seq: 1, unread_count: 0 };
                Ok(enums::updates::State::from(state).to_bytes())
            }
            "auth.logOut" => self.log_out(),
            _ => Err(Refusal::bad("METHOD_INVALID")),
        }
    }
}

/// Service messages get bare answers, or none.
pub(super) enum Service {
    /// This message.
    Answer(Vec<u8>),
    /// Nothing.
    Quiet,
    /// It is no service message.
    No,
}

pub(super) fn service(request: &Request, id: i64, salts: &[i64], now: i32) -> Service {
    let ping = request.arguments::<functions::Ping>().map(|ping| ping.ping_id);
    let ping = ping.or_else(|| Some(request.arguments::<functions::PingDelayDisconnect>()?.ping_id));
    if let Some(ping_id) = ping {
        return Service::Answer(enums::Pong::from(types::Pong { msg_id: id, ping_id }).to_bytes());
    }
    match request.method {
        "get_future_salts" => Service::Answer(future_salts(id, salts, now)),
        method if method.contains('.') => Service::No,
        _ => Service::Quiet,
    }
}

/// Each salt is good for half an hour; the client asks for ever if it gets only one.
fn future_salts(id: i64, salts: &[i64], now: i32) -> Vec<u8> {
    let times = (0..).map(|i| now - 60 + 1_800 * i);
    let salts = salts.iter().zip(times).map(|(salt, valid_since)| types::FutureSalt {
        valid_since,
        valid_until: valid_since + 3_600,
        salt: *salt,
    });
    let salts = types::FutureSalts { req_msg_id: id, now, salts: grammers_tl_types::RawVec(salts.collect()) };
    enums::FutureSalts::from(salts).to_bytes()
}
