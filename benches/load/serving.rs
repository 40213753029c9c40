//! One profile as JSON and its history page, against a constant body of the same size.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::{Followed, clock};
use crate::invented::Invented;
use crate::load::Asker;
use crate::program::{Serving, program};
use crate::role::Helper;
use crate::site::{self, Site};
use crate::{Outcome, constant, row};

/// Followed profiles, and revisions of each.
const PROFILES: usize = 500;
const REVISIONS: usize = 10;
/// More profiles than the server keeps answers of.
const MANY: usize = 10_000;
/// Connections that ask at the same time.
const CONNECTIONS: usize = 16;

/// Something that is served, and its baseline.
struct Work {
    name: &'static str,
    asker: Asker,
    paths: Arc<[String]>,
    /// `None` for a figure without an aim.
    aim: Option<f64>,
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let runtime = runtime()?;
    let site = Site::start(1)?;
    let few = served(&runtime, &site, PROFILES, REVISIONS)?;
    let many = served(&runtime, &site, MANY, 1)?;
    let name = site::name(PROFILES / 2);
    let call = "GET /api/v1/profiles/{p}";
    let each = (0..MANY).map(|number| format!("/api/v1/profiles/{}", site::name(number)));
    for work in [
        Work::new(call, &few.client, [format!("/api/v1/profiles/{name}")], Some(0.5)),
        Work::new("the same, no answer kept", &many.client, each, None),
        Work::new("history page with 10 revisions", &few.reader, [format!("/profiles/{name}")], Some(0.3)),
    ] {
        runtime.block_on(work.measure(args))?;
    }
    Ok(())
}

/// A server over so many profiles with so many revisions each.
fn served(runtime: &Runtime, site: &Site, profiles: usize, revisions: usize) -> Outcome<Serving> {
    let folder = TempDir::new()?;
    runtime.block_on(fill(&folder, profiles, revisions))?;
    let program = program(folder.path(), site)?;
    Serving::start(folder, &program)
}

/// Profiles with so many revisions each.
async fn fill(folder: &TempDir, profiles: usize, wanted: usize) -> Outcome<()> {
    let clock = clock(wanted);
    let fetcher = Arc::new(Invented::new(clock.clone()));
    let mut followed = Followed::start(folder.path(), profiles, fetcher.clone(), clock).await?;
    for _ in 1..wanted {
        fetcher.edit();
        followed.look_at_all().await?;
    }
    let revisions = followed.totals().await?.revisions;
    if revisions != (profiles * wanted) as u64 {
        return Err(format!("{revisions} revisions were written").into());
    }
    followed.stop().await
}

impl Work {
    fn new(
        name: &'static str,
        asker: &Asker,
        paths: impl IntoIterator<Item = String>,
        aim: Option<f64>,
    ) -> Self {
        Self { name, asker: asker.clone(), paths: paths.into_iter().collect(), aim }
    }

    async fn measure(&self, args: &Args) -> Outcome<()> {
        let requests = args.size(20_000, 2_000);
        let answer = self.asker.connect().await?.get(&self.paths[0]).await?;
        let (_helper, address): (Helper, String) = constant::start(answer.body.len(), &answer.media_type)?;
        let (baseline, constant) = (Asker::new(&address), Arc::from(["/constant".to_owned()]));
        let (mut rates, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..=args.repeat {
            bare.push(baseline.rate(&constant, CONNECTIONS, requests).await?);
            rates.push(self.asker.rate(&self.paths, CONNECTIONS, requests).await?);
        }
        // The first round warms up.
        let (rate, bare) = (row::median(rates.split_off(1)), row::median(bare.split_off(1)));
        let work = format!("{}, {} bytes", self.name, answer.body.len());
        let aim = self.aim.map_or_else(|| "-".to_owned(), |aim| format!(">= {aim}"));
        row::line(
            &work,
            &row::rate(rate),
            &row::rate(bare),
            Some(rate / bare),
            &aim,
            self.aim.is_none_or(|aim| rate / bare >= aim),
        );
        Ok(())
    }
}
