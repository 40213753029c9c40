//! The protocol backend against a fake data centre on a thread of its own: a fetch by known id beside a bare call of the
//! same request, ten thousand known profiles without a look-up of a name, and the memory that the first use takes.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use futures_util::StreamExt as _;
use grammers_client::Client;
use grammers_client::sender::{ConnectionParams, NoRetries, SenderPool};
use grammers_client::session::SessionData;
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::tl::{enums, functions, types};
use tempfile::TempDir;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_core::{ProfileFetcher, ProfileFetcherExt, Target, Username};
use tgbio_fetch::MtprotoFetcher;
use tgbio_fetch::mtproto::{MtprotoBuilder, MtprotoSession};
use tgbio_testkit::dc::{AccountId, Dc, Options, Profile, Truth};
use tokio::runtime::{Builder, Runtime};

#[path = "load/proc.rs"]
mod proc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const API_ID: i32 = 4_242;
const API_HASH: &str = "an api hash";
const RESOLVE: &str = "contacts.resolveUsername";
const FULL: &str = "users.getFullUser";
/// Known profiles in the steady state.
const PROFILES: usize = 10_000;
/// Fetches at once there.
const AT_ONCE: usize = 16;
/// The first use may add so many bytes.
const MEMORY: u64 = 60 << 20;

fn main() -> Outcome<()> {
    // `cargo test --benches` only wants to see that it works.
    let profiles = if std::env::args().any(|argument| argument == "--test") { 100 } else { PROFILES };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (truth, targets) = many(profiles)?;
    let dc = Dc::start_apart(&truth, Options::default(), 1)?;
    dc.count_only(true);
    let folder = TempDir::new()?;
    let store = SqliteStore::open(folder.path().join("tgbio.db"))?;
    runtime.block_on(memory(&dc, &store, &targets[0]))?;
    runtime.block_on(steady(&dc, &store, &targets))?;
    let mut criterion = Criterion::default().configure_from_args();
    known(&mut criterion, &runtime, &dc, &store, &targets[0])?;
    criterion.final_summary();
    Ok(())
}

/// Users with a bio and photo, as they are asked for once their ids are known.
fn many(count: usize) -> Outcome<(Truth, Vec<Target>)> {
    let truth = Truth::new();
    let target = |number| {
        let name = format!("bench{number:06}");
        let bio = format!("Number {number}.\nNews at @example_news, since 2019 \u{1f30d}");
        let id = truth.set(Profile::user(&name, "Ann Example").bio(&bio).photo(1));
        Ok(Target::new(Username::parse(&name)?).with_telegram_id(Some(id.unsigned_abs())))
    };
    let targets = (0..count).map(target).collect::<Outcome<_>>()?;
    Ok((truth, targets))
}

/// Without distances between calls and limits of a day.
fn builder(store: &SqliteStore) -> MtprotoBuilder {
    MtprotoFetcher::builder(store.database().clone(), API_ID, API_HASH)
        .resolve_budget(u32::MAX)
        .resolve_distance(Duration::ZERO)
        .full_distance(Duration::ZERO)
        .glance_distance(Duration::ZERO)
        .used_by("a bench")
}

/// From the session that moves in to the first profile. What the data centre takes for its answers counts as well.
async fn memory(dc: &Dc, store: &SqliteStore, target: &Target) -> Outcome<()> {
    let (before, _) = proc::resident(std::process::id())?;
    let session = MtprotoSession::open(store.database()).await?;
    session.import_telethon(&dc.telethon_session()).await?;
    let fetcher = builder(store).open().await?;
    fetcher.fetch(target).await?;
    let (after, _) = proc::resident(std::process::id())?;
    let added = after.saturating_sub(before);
    println!("the first use adds {:.1} MB of memory", added as f64 / 1e6);
    if added > MEMORY { Err("that is more than it may".into()) } else { Ok(()) }
}

/// Everybody is looked up once; from then on, also after a restart, nobody is.
async fn steady(dc: &Dc, store: &SqliteStore, targets: &[Target]) -> Outcome<()> {
    let fetcher = builder(store).open().await?;
    let learning = proc::Spent::on(fetch_all(&fetcher, targets)).await?;
    drop(fetcher);
    let fetcher = builder(store).open().await?;
    dc.clear_log();
    let spent = proc::Spent::on(fetch_all(&fetcher, targets)).await?;
    let (full, resolves) = (dc.count(FULL), dc.count(RESOLVE));
    println!("{} new profiles: {:.0}/s", targets.len(), learning.rate(targets.len()));
    println!(
        "{} known profiles: {full} full calls, {resolves} look-ups of names, {:.0}/s, {:.0} µs of processor time each with the data centre",
        targets.len(),
        spent.rate(targets.len()),
        spent.cpu_each(targets.len())
    );
    match (resolves, usize::try_from(full)) {
        (0, Ok(full)) if full == targets.len() => Ok(()),
        (0, _) => Err("not everybody was asked for once".into()),
        _ => Err("names of known profiles were looked up".into()),
    }
}

async fn fetch_all(fetcher: &MtprotoFetcher, targets: &[Target]) -> Outcome<()> {
    let mut answers = std::pin::pin!(fetcher.fetch_all(targets.to_vec(), AT_ONCE));
    while let Some((_, answer)) = answers.next().await {
        answer?;
    }
    Ok(())
}

/// A fetch by known id beside a bare call of the same request.
#[expect(clippy::unwrap_used, reason = "an answer that fails ends the bench")]
fn known(
    criterion: &mut Criterion,
    runtime: &Runtime,
    dc: &Dc,
    store: &SqliteStore,
    target: &Target,
) -> Outcome<()> {
    let fetcher = runtime.block_on(builder(store).open())?;
    let client = runtime.block_on(async { bare(dc) });
    let request = &functions::users::GetFullUser { id: runtime.block_on(input(&client, target))? };
    let mut group = criterion.benchmark_group("protocol");
    group.bench_function("bare client.invoke", |b| {
        b.to_async(runtime).iter(async || black_box(client.invoke(request).await.unwrap()));
    });
    group.bench_function("fetch by known id", |b| {
        b.to_async(runtime).iter(async || black_box(fetcher.fetch(target).await.unwrap()));
    });
    group.finish();
    Ok(())
}

/// A plain client of the same account on a connection of its own.
fn bare(dc: &Dc) -> Client {
    let address = dc.address();
    let option = DcOption {
        id: dc.id(),
        ipv4: address,
        ipv6: std::net::SocketAddrV6::new(address.ip().to_ipv6_mapped(), address.port(), 0, 0),
        auth_key: Some(dc.key_of(AccountId::FIRST)),
    };
    let mut data = SessionData { home_dc: dc.id(), ..SessionData::default() };
    data.dc_options.insert(dc.id(), option);
    let params = ConnectionParams { retry_policy: Box::new(NoRetries), ..ConnectionParams::default() };
    let session = Arc::new(MemorySession::from(data));
    let SenderPool { runner, handle, .. } = SenderPool::with_configuration(session, API_ID, params);
    tokio::spawn(runner.run());
    Client::new(handle)
}

async fn input(client: &Client, target: &Target) -> Outcome<enums::InputUser> {
    let username = target.username.as_str().to_owned();
    let request = functions::contacts::ResolveUsername { username, referer: None };
    let enums::contacts::ResolvedPeer::Peer(answer) = client.invoke(&request).await?;
    match answer.users.first() {
        Some(enums::User::User(user)) => {
            let access_hash = user.access_hash.unwrap_or_default();
            Ok(types::InputUser { user_id: user.id, access_hash }.into())
        }
        _ => Err("the data centre shows no user".into()),
    }
}
