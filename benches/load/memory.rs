//! Resident memory of `serve`, idle and while it polls many profiles.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::follow_only;
use crate::program::{Serving, program};
use crate::site::Site;
use crate::{Outcome, proc, row};

const MB: u64 = 1_000_000;
/// Resident bytes, idle and while polling, at most.
const IDLE_AIM: u64 = 40 * MB;
const BUSY_AIM: u64 = 80 * MB;
/// How often memory is looked at, and how many looks in a row must agree.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const AGREE: usize = 10;
/// How long a state may take to come about.
const PATIENCE: Duration = Duration::from_secs(300);

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let runtime = runtime()?;
    let (now, most) = runtime.block_on(idle())?;
    print("memory of serve, idle", now, most, IDLE_AIM);
    let profiles = args.size(100_000, 5_000);
    let (now, most) = runtime.block_on(busy(profiles))?;
    print(&format!("memory of serve, polling {profiles} profiles"), now, most, BUSY_AIM);
    Ok(())
}

fn print(work: &str, now: u64, most: u64, aim: u64) {
    let in_mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / MB as f64);
    let measured = format!("{} (at most {})", in_mb(now), in_mb(most));
    row::line(work, &measured, "-", None, &format!("< {} MB", aim / MB), now < aim);
}

/// A server that follows nobody, after each kind of answer was given once.
async fn idle() -> Outcome<(u64, u64)> {
    let (site, folder) = (Site::start(1)?, TempDir::new()?);
    let program = program(folder.path(), &site)?;
    let serving = Serving::start(folder, &program)?;
    let mut line = serving.client.connect().await?;
    for path in ["/healthz", "/readyz", "/api/v1/profiles", "/", "/status"] {
        line.get(path).await?;
    }
    settled(serving.server.pid()).await
}

/// A server in the middle of looking at everybody again, after it has looked at everybody once.
async fn busy(profiles: usize) -> Outcome<(u64, u64)> {
    let (mut site, folder) = (Site::start(profiles)?, TempDir::new()?);
    follow_only(folder.path(), profiles).await?;
    let program = program(folder.path(), &site)?
        .set("TGBIO_CHECK_INTERVAL", "1s")
        .set("TGBIO_CHECK_INTERVAL_MAX", "1s");
    let serving = Serving::start(folder, &program)?;
    let start = Instant::now();
    while site.requests()? < profiles * 2 {
        if start.elapsed() > PATIENCE {
            return Err("the server did not look at everybody twice in good time".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    proc::resident(serving.server.pid())
}

/// Resident memory when it does not change any more.
async fn settled(pid: u32) -> Outcome<(u64, u64)> {
    let (mut last, mut agree, start) = (proc::resident(pid)?, 0, Instant::now());
    while agree < AGREE && start.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_EVERY).await;
        let next = proc::resident(pid)?;
        agree = if next.0.abs_diff(last.0) * 100 <= last.0 { agree + 1 } else { 0 };
        last = next;
    }
    Ok(last)
}
