//! A measurement, not a test: `TGBIO_STORE_SPEED=1 cargo test --release -p tgbio-core speed -- --nocapture`.

use std::time::Instant;

use super::*;

async fn round(store: &SqliteStore, seconds: i64, bio: &'static str) -> (f64, f64) {
    let (started, cpu) = (Instant::now(), cpu());
    let mut done = 0;
    loop {
        let claims = store.claim_due(at(seconds), 64, LEASE).await.unwrap();
        if claims.is_empty() {
            break;
        }
        let mut looks = futures_util::stream::iter(claims.into_iter().map(|claim| async move {
            let bio = format!("{bio} of {} with some more words to read", claim.record.username);
            store.commit(&claim, saw(&claim, &bio, at(seconds))).await.unwrap();
        }));
        let mut looks = futures_util::StreamExt::buffer_unordered(&mut looks, 16);
        while futures_util::StreamExt::next(&mut looks).await.is_some() {
            done += 1;
        }
    }
    let each = 1e6 / f64::from(done);
    (started.elapsed().as_secs_f64() * each, (cpu_since(cpu)) * each)
}

/// Ticks of CPU that this process has used.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.split_whitespace().collect();
    [13, 14].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum()
}

fn cpu_since(before: u64) -> f64 {
    (cpu() - before) as f64 / 100.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_and_commits_per_second() {
    if std::env::var_os("TGBIO_STORE_SPEED").is_none() {
        return;
    }
    let (_folder, path) = folder();
    let store = SqliteStore::open(&path).unwrap();
    let started = Instant::now();
    let names: Vec<String> = (0..10_000).map(|number| format!("someone{number}")).collect();
    futures_util::future::join_all(names.iter().map(|name| follow(&store, name))).await;
    println!("follow: {:.1} us", started.elapsed().as_secs_f64() * 100.0);
    for (what, seconds, bio) in [
        ("first look", 1000, "a bio"),
        ("unchanged", 2000, "a bio"),
        ("unchanged", 3000, "a bio"),
        ("changed", 4000, "another bio"),
    ] {
        let (wall, cpu) = round(&store, seconds, bio).await;
        println!("{what}: {wall:.1} us, {cpu:.1} us CPU");
    }
    println!("{:?}", store.file_sizes());
}
