//! Checks of profiles that did not change, stored, against only downloading their pages.

use std::sync::Arc;

use tempfile::TempDir;
use tgbio_core::ManualClock;
use tgbio_fetch::ScrapeFetcher;
use tgbio_fetch::scrape::PhotoHosts;

use crate::args::Args;
use crate::bare::Bare;
use crate::followed::{Followed, clock};
use crate::proc::Spent;
use crate::site::Site;
use crate::{Outcome, row};

/// The part of the bare loop's rate that is wanted.
const AIM: f64 = 0.5;
/// Processor time of one check in microseconds, at most.
const CPU_AIM: f64 = 100.0;
/// Bytes that one check writes to the log, at most.
const LOG_AIM: f64 = 8_192.0;

/// What both kinds of checks are measured on.
pub struct Bench {
    /// The site.
    pub site: Site,
    /// The baseline.
    pub bare: Bare,
    /// The followed profiles.
    pub followed: Followed,
    _folder: TempDir,
}

/// Figures of several repeats.
#[derive(Debug, Default)]
pub struct Figures {
    rates: Vec<f64>,
    bare: Vec<f64>,
    ratios: Vec<f64>,
    cpu: Vec<f64>,
    bare_cpu: Vec<f64>,
}

/// A runtime like that of the program.
pub fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn scraper(site: &Site, clock: Arc<ManualClock>) -> Outcome<Arc<ScrapeFetcher>> {
    let builder = ScrapeFetcher::builder().base_url(&site.base).photo_hosts(PhotoHosts::none()).clock(clock);
    Ok(Arc::new(builder.build()?))
}

impl Bench {
    /// Starts a site, follows all its users and looks at each once.
    pub async fn start(users: usize) -> Outcome<Self> {
        let site = Site::start(users)?;
        let bare = Bare::new(&site)?;
        let (folder, clock) = (TempDir::new()?, clock(0));
        let fetcher = scraper(&site, clock.clone())?;
        let followed = Followed::start(folder.path(), users, fetcher, clock).await?;
        bare.download_all().await?;
        Ok(Self { site, bare, followed, _folder: folder })
    }

    /// Measures a look at every profile between two runs of the baseline, so that a machine that is slower for a while is so
    /// for both.
    pub async fn measure(&mut self, figures: &mut Figures) -> Outcome<()> {
        let users = self.site.users;
        let before = self.bare.download_all().await?;
        let looks = Spent::on(self.followed.look_at_all()).await?;
        let bare = mean(&before, &self.bare.download_all().await?);
        figures.ratios.push(looks.rate(users) / bare.rate(users));
        figures.rates.push(looks.rate(users));
        figures.bare.push(bare.rate(users));
        figures.cpu.push(looks.cpu_each(users));
        figures.bare_cpu.push(bare.cpu_each(users));
        Ok(())
    }
}

/// Bytes of log that a look at a profile writes, of one at each, beginning with an empty log.
async fn log_each(followed: &mut Followed, users: usize) -> Outcome<f64> {
    if !followed.store.database().truncate_log().await? {
        return Err("the log is in use".into());
    }
    followed.look_at_all().await?;
    #[expect(clippy::cast_precision_loss, reason = "some megabytes by some thousands")]
    Ok(followed.store.file_sizes().log as f64 / users as f64)
}

fn mean(one: &Spent, other: &Spent) -> Spent {
    Spent { time: (one.time + other.time) / 2, cpu: (one.cpu + other.cpu) / 2 }
}

impl Figures {
    /// Prints the line of the rates and gives back the processor time of one check.
    pub fn print(self, work: &str, aim: f64) -> (f64, f64) {
        let (rate, bare) = (row::median(self.rates), row::median(self.bare));
        let ratio = row::median(self.ratios);
        row::line(work, &row::rate(rate), &row::rate(bare), Some(ratio), &format!(">= {aim}"), ratio >= aim);
        (row::median(self.cpu), row::median(self.bare_cpu))
    }
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let users = args.size(10_000, 1_000);
    let (cpu, bare_cpu, log) = runtime()?.block_on(async {
        let (mut bench, mut figures) = (Bench::start(users).await?, Figures::default());
        let before = bench.followed.totals().await?;
        for _ in 0..args.repeat {
            bench.measure(&mut figures).await?;
        }
        if bench.followed.totals().await? != before {
            return Err("unchanged profiles have got history".into());
        }
        let log = log_each(&mut bench.followed, users).await?;
        bench.followed.stop().await?;
        let (cpu, bare_cpu) = figures.print(&format!("check {users} unchanged profiles, stored"), AIM);
        Outcome::Ok((cpu, bare_cpu, log))
    })?;
    let (measured, baseline) = (format!("{cpu:.0} us"), format!("{bare_cpu:.0} us"));
    row::line("processor time of such a check", &measured, &baseline, None, "<= 100 us", cpu <= CPU_AIM);
    row::line("log written by such a check", &format!("{log:.0} B"), "-", None, "<= 8192 B", log <= LOG_AIM);
    Ok(())
}
