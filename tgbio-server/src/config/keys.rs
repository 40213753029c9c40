//! Every key of the configuration, in one table: name, default, meaning, and how its text is read.
//!
//! A key is the flag `--some-key`, the variable `TGBIO_SOME_KEY` and `some_key` in the file.

use super::read;
use super::values::Config;

/// Which commands offer a key as a flag.
pub mod group {
    /// All commands.
    pub const ALL: u8 = 1;
    /// Commands that ask Telegram.
    pub const FETCH: u8 = 2;
    /// Commands that judge what they have read.
    pub const TRACK: u8 = 4;
    /// The server.
    pub const SERVE: u8 = 8;
    /// The server, and the commands that ask it how it is.
    pub const LISTEN: u8 = 16;
    /// Commands that sign in to Telegram.
    pub const LOGIN: u8 = 32;
    /// Everything that `serve` takes beside [`ALL`].
    pub const OF_SERVE: u8 = FETCH | TRACK | SERVE | LISTEN;
}

/// How the text of a key is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Shown when it is wrong; an empty text is as if it were not set.
    Plain,
    /// As plain; an empty text is an empty list.
    List,
    /// `true` or `false`; as a flag its value may be left out.
    Switch,
    /// Never shown; may come from a file.
    Secret,
}

/// Takes a text into the configuration, or says what is expected instead.
pub(super) type Take = fn(&mut Config, &str) -> Result<(), String>;

/// One key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Key {
    /// The name in snake case.
    pub name: &'static str,
    /// The text that holds when nobody sets the key; empty for nothing.
    pub default: &'static str,
    /// What stands for the value in help texts.
    pub value_name: &'static str,
    /// The meaning.
    pub help: &'static str,
    /// How its text is treated.
    pub nature: Nature,
    /// Commands that have the flag.
    pub groups: u8,
    pub(super) take: Take,
}

impl Key {
    /// The names under which it can be set: its own, and for secrets that of the file's name.
    pub fn names(&self) -> Vec<String> {
        let own = self.name.to_owned();
        match self.nature {
            Nature::Secret => vec![own, format!("{}_file", self.name)],
            _ => vec![own],
        }
    }
}

/// All names that may stand in the file.
pub(super) fn file_keys() -> impl Iterator<Item = String> {
    KEYS.iter().flat_map(Key::names)
}

macro_rules! keys {
    ($($name:ident: $nature:ident, $groups:expr, $default:expr, $value:literal, $help:literal, $take:expr;)*) => {
        /// The table.
        pub static KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            default: $default,
            value_name: $value,
            help: $help,
            nature: Nature::$nature,
            groups: $groups,
            take: |config, text| $take(text).map(|value| config.$name = value),
        }),*];
    };
}

use group::{ALL, FETCH, LISTEN, LOGIN, SERVE, TRACK};

keys! {
    database: Plain, ALL, "tgbio.db", "FILE", "The database", read::path;
    listen: Plain, LISTEN, "127.0.0.1:8080", "HOST:PORT", "Address to listen on; port 0 takes a free one", read::address;
    public: Switch, SERVE, "false", "BOOL", "Open reading pages and feeds to everybody", read::flag;
    public_url: Plain, SERVE, "", "URL", "The server's own address as its users see it", read::public_url;
    trusted_proxies: List, SERVE, "", "NETWORKS", "Proxies whose forwarding headers count, like 10.0.0.0/8", read::proxies;
    admin_user: Plain, SERVE, "admin", "NAME", "Name of the first admin", read::user;
    admin_password: Secret, SERVE, "", "PASSWORD", "Password of the first admin, random without it", read::secret;
    backend: Plain, FETCH, "scrape", "BACKEND", "Where profiles are read: scrape, mtproto or auto", read::backend;
    scrape_base_url: Plain, FETCH, tgbio_fetch::DEFAULT_BASE_URL, "URL", "The site that is scraped", read::base_url;
    scrape_photo_hosts: List, FETCH, "", "HOSTS", "Hosts that photos may come from, with ports; none = never [default: Telegram's]", read::photo_hosts;
    scrape_min_delay: Plain, FETCH, "2s", "DURATION", "Between two requests to the host; 0s = no limit", read::duration;
    user_agent: Plain, FETCH, "", "TEXT", "User-Agent of all requests [default: tgbio/VERSION (+contact)]", read::header;
    contact: Plain, FETCH, "", "TEXT", "Address or URL of the operator, told in the User-Agent", read::header;
    proxy: Secret, FETCH, "", "URL", "Proxy for all requests for t.me pages, like socks5h://127.0.0.1:9050", read::proxy;
    timeout: Plain, FETCH, "20s", "DURATION", "Longest time of one request to Telegram", read::timeout;
    check_interval: Plain, TRACK, "5m", "DURATION", "Shortest time between two regular looks at a profile", read::interval;
    check_interval_max: Plain, TRACK, "6h", "DURATION", "Longest time between two regular looks at a profile", read::interval;
    backoff_min: Plain, TRACK, "30s", "DURATION", "First wait after a failed look", read::interval;
    backoff_max: Plain, TRACK, "1h", "DURATION", "Longest wait after failed looks", read::interval;
    confirm_delay: Plain, TRACK, "30m", "DURATION", "How far apart the repeats are that confirm a suspicious change", read::duration;
    confirm_checks: Plain, TRACK, "3", "NUMBER", "How many repeats confirm a suspicious change", read::confirm_checks;
    surge_profiles: Plain, TRACK, "10", "NUMBER", "The same kind of change on so many profiles is a surge and held; 0 = never", read::surge_profiles;
    surge_percent: Plain, TRACK, "20", "NUMBER", "And on so many per cent of the profiles looked at", read::surge_percent;
    surge_window: Plain, TRACK, "1h", "DURATION", "Within this time; and lower for as long before it is over", read::interval;
    canaries: List, TRACK, "telegram", "NAMES", "Profiles that surely exist; none = no canaries", read::names;
    evidence: Switch, TRACK, "true", "BOOL", "Keep the raw page of each revision", read::flag;
    checkpoint_file: Plain, SERVE, "", "FILE", "File that gets a line for every checkpoint of the chain", read::some_path;
    checkpoint_webhook: Secret, SERVE, "", "URL", "Address that every checkpoint is posted to, as JSON", read::webhook;
    checkpoint_key: Plain, SERVE, "", "FILE", "Key that signs checkpoints, made when there is none [default: DATABASE.key]", read::some_path;
    concurrency: Plain, TRACK, "", "NUMBER", "Looks at once [default: 1, or 16 without a delay between requests]", read::concurrency;
    log: Plain, ALL, "info", "FILTER", "What is logged: error, warn, info, debug, trace, or a filter by module", read::log_filter;
    log_format: Plain, ALL, "text", "FORMAT", "text or json", read::log_format;
    api_id: Secret, FETCH | LOGIN, "", "ID", "MTProto: the operator's own api_id", read::api_id;
    api_hash: Secret, FETCH | LOGIN, "", "HASH", "MTProto: the operator's own api_hash", read::secret;
    bot_token: Secret, SERVE | LOGIN, "", "TOKEN", "MTProto: token of the operator's bot", read::secret;
    mtproto_min_delay: Plain, FETCH, "1s", "DURATION", "MTProto: between two calls for details; 0s = no limit", read::duration;
    mtproto_resolve_delay: Plain, FETCH, "30s", "DURATION", "MTProto: between two look-ups of names; 0s = no limit", read::duration;
    mtproto_resolve_budget: Plain, FETCH, "150", "NUMBER", "MTProto: how many names may be looked up in 24 hours", read::number;
    mtproto_glance_interval: Plain, SERVE, "10m", "DURATION", "MTProto: between two rounds of glances at all profiles", read::interval;
    mtproto_dc: Secret, SERVE | LOGIN, "", "ID@ADDRESS:PORT", "MTProto: test server where a log-in begins; /KEY behind it, 512 hexadecimal digits, if it knows one", read::data_center;
}
