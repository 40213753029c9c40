//! What the data centres of one test share: accounts, keys, access hashes, addresses.

use super::account::{Account, AccountId, auth_key, scatter};
use super::crypt::{AuthKey, KeyId, key_id};
use super::options::Stale;
use super::srp::Srp;
use super::truth::Truth;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far the log-in with a key has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// Nobody is logged in.
    None,
    /// The code was right, the password is missing.
    Password(AccountId),
    /// This account is logged in.
    Done(AccountId),
    /// Telegram has ended the log-in, with this error.
    Ended(&'static str),
}

pub(super) struct Key {
    pub(super) secret: Arc<AuthKey>,
    pub(super) dc: i32,
    pub(super) owner: AccountId,
    pub(super) login: Login,
    pub(super) srp: Option<Srp>,
}

pub(super) struct Inner {
    pub(super) accounts: Vec<Account>,
    pub(super) keys: HashMap<KeyId, Key>,
    pub(super) addresses: BTreeMap<i32, SocketAddr>,
    /// Phone number by the hash that its code was sent with.
    pub(super) codes: HashMap<String, String>,
    /// How often the access hashes of a peer changed.
    ages: HashMap<i64, i64>,
}

pub(super) struct Cloud {
    pub(super) truth: Truth,
    pub(super) api: Option<(i32, String)>,
    pub(super) seed: i64,
    pub(super) stale: Stale,
    inner: Mutex<Inner>,
}

impl Cloud {
    pub(super) fn new(truth: Truth, api: Option<(i32, String)>, stale: Stale) -> Self {
        let (accounts, keys, addresses) = (vec![], HashMap::new(), BTreeMap::new());
        let (codes, ages) = (HashMap::new(), HashMap::new());
        let inner = Mutex::new(Inner { accounts, keys, addresses, codes, ages });
        Self { truth, api, seed: rand::random(), stale, inner }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new account, with a key at every data centre; it is logged in with the one of its home.
    pub(super) fn join(&self, mut account: Account, at: i32) -> AccountId {
        let mut inner = self.lock();
        let id = AccountId(inner.accounts.len());
        let home = *account.home.get_or_insert(at);
        if account.profile.id == 0 {
            account.profile.id = 7_000_000_000 + id.0 as i64;
        }
        for dc in 1..=5 {
            let secret = Arc::new(auth_key(self.seed, id, dc));
            let done = account.signed_in && dc == home;
            let login = if done { Login::Done(id) } else { Login::None };
            inner.keys.insert(key_id(&secret), Key { secret, dc, owner: id, login, srp: None });
        }
        inner.accounts.push(account);
        id
    }

    /// The access hash that this account knows a peer by.
    pub(super) fn access_hash(&self, account: AccountId, peer: i64) -> i64 {
        let age = self.lock().ages.get(&peer).copied().unwrap_or_default();
        let hash = scatter(&[self.seed, account.0 as i64, peer, age, 7]);
        i64::from_le_bytes(std::array::from_fn(|i| hash[i]))
    }

    /// Makes every access hash of this peer stale.
    pub(super) fn age(&self, peer: i64) {
        *self.lock().ages.entry(peer).or_default() += 1;
    }
}
