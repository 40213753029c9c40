//! The fake data centre, driven by a plain client of Telegram's protocol.

mod errors;
mod fetches;
mod load;
mod logins;
mod lost;
mod program;
mod signing_in;
mod wires;

use grammers_client::Client;
use grammers_client::sender::{ConnectionParams, InvocationError, NoRetries, SenderPool};
use grammers_client::session::SessionData;
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::tl::{RemoteCall, enums, functions, types};
use std::sync::Arc;
use std::time::Duration;
use tgbio_testkit::dc::{AccountId, Dc};

const API_ID: i32 = 4_242;
const API_HASH: &str = "an api hash";

/// Far longer than any answer takes.
const LONG: Duration = Duration::from_secs(20);
/// Long enough to call it silence.
const SHORT: Duration = Duration::from_millis(300);

/// A client with its background task, stopped when it is dropped.
struct Rig {
    client: Client,
    session: Arc<MemorySession>,
    runner: tokio::task::JoinHandle<()>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.runner.abort();
    }
}

/// A session that knows this account's keys at these data centres, the first of them being home.
fn session(dcs: &[&Dc], account: AccountId) -> Arc<MemorySession> {
    let mut data = SessionData { home_dc: dcs[0].id(), ..SessionData::default() };
    for dc in dcs {
        let option = DcOption {
            id: dc.id(),
            ipv4: dc.address(),
            ipv6: std::net::SocketAddrV6::new(dc.address().ip().to_ipv6_mapped(), dc.address().port(), 0, 0),
            auth_key: Some(dc.key_of(account)),
        };
        data.dc_options.insert(dc.id(), option);
    }
    Arc::new(MemorySession::from(data))
}

fn rig_on(session: Arc<MemorySession>) -> Rig {
    let retry_policy = Box::new(NoRetries);
    let params = ConnectionParams { retry_policy, device_model: "rig".into(), ..Default::default() };
    let SenderPool { runner, handle, updates } =
        SenderPool::with_configuration(session.clone(), API_ID, params);
    drop(updates);
    Rig { client: Client::new(handle), session, runner: tokio::spawn(runner.run()) }
}

fn rig(dc: &Dc) -> Rig {
    rig_on(session(&[dc], AccountId::FIRST))
}

impl Rig {
    async fn ask<R: RemoteCall>(&self, request: &R) -> Result<R::Return, InvocationError> {
        tokio::time::timeout(LONG, self.client.invoke(request)).await.unwrap()
    }

    /// No answer comes.
    async fn in_vain<R: RemoteCall>(&self, request: &R) -> bool {
        tokio::time::timeout(SHORT, self.client.invoke(request)).await.is_err()
    }

    async fn resolve(&self, name: &str) -> Result<types::contacts::ResolvedPeer, InvocationError> {
        let request = functions::contacts::ResolveUsername { username: name.into(), referer: None };
        let enums::contacts::ResolvedPeer::Peer(resolved) = self.ask(&request).await?;
        Ok(resolved)
    }

    /// A user to ask for.
    async fn input(&self, name: &str) -> enums::InputUser {
        let enums::User::User(user) = self.resolve(name).await.unwrap().users.remove(0) else {
            panic!("no user")
        };
        input(user.id, user.access_hash.unwrap())
    }

    async fn full(&self, id: enums::InputUser) -> Result<(types::UserFull, types::User), InvocationError> {
        let enums::users::UserFull::Full(mut full) = self.ask(&functions::users::GetFullUser { id }).await?;
        let enums::UserFull::Full(user_full) = full.full_user;
        let enums::User::User(user) = full.users.remove(0) else { panic!("no user") };
        Ok((user_full, user))
    }

    async fn bio(&self, name: &str) -> Option<String> {
        let id = self.input(name).await;
        self.full(id).await.unwrap().0.about
    }
}

fn input(user_id: i64, access_hash: i64) -> enums::InputUser {
    types::InputUser { user_id, access_hash }.into()
}

/// What the client makes of an answer: the error's code, name and number.
fn refusal<T>(result: Result<T, InvocationError>) -> (i32, String, Option<u32>) {
    match result {
        Err(InvocationError::Rpc(error)) => (error.code, error.name, error.value),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("no error"),
    }
}
