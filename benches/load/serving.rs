//! One profile as JSON and its history page, against a constant body of the same size.

use std::sync::Arc;

use tempfile::TempDir;

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
/// Connections that ask at the same time.
const CONNECTIONS: usize = 16;

/// Something that is served, and its baseline.
struct Work {
    name: &'static str,
    asker: Asker,
    path: String,
    aim: f64,
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let runtime = runtime()?;
    let site = Site::start(1)?;
    let folder = TempDir::new()?;
    runtime.block_on(fill(&folder))?;
    let program = program(folder.path(), &site)?;
    let serving = Serving::start(folder, &program)?;
    let name = site::name(PROFILES / 2);
    let call = Work {
        name: "GET /api/v1/profiles/{p}",
        asker: serving.client.clone(),
        path: format!("/api/v1/profiles/{name}"),
        aim: 0.5,
    };
    let page = Work {
        name: "history page with 10 revisions",
        asker: serving.reader,
        path: format!("/profiles/{name}"),
        aim: 0.3,
    };
    for work in [call, page] {
        runtime.block_on(work.measure(args))?;
    }
    Ok(())
}

/// Profiles with ten revisions each.
async fn fill(folder: &TempDir) -> Outcome<()> {
    let clock = clock();
    let fetcher = Arc::new(Invented::new(clock.clone()));
    let mut followed = Followed::start(folder.path(), PROFILES, fetcher.clone(), clock).await?;
    for _ in 1..REVISIONS {
        fetcher.edit();
        followed.look_at_all().await?;
    }
    let revisions = followed.totals().await?.revisions;
    if revisions != (PROFILES * REVISIONS) as u64 {
        return Err(format!("{revisions} revisions were written").into());
    }
    followed.stop().await
}

impl Work {
    async fn measure(&self, args: &Args) -> Outcome<()> {
        let requests = args.size(20_000, 2_000);
        let answer = self.asker.connect().await?.get(&self.path).await?;
        let (_helper, address): (Helper, String) = constant::start(answer.body.len(), &answer.media_type)?;
        let baseline = Asker::new(&address);
        let (mut rates, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..=args.repeat {
            bare.push(baseline.rate("/constant", CONNECTIONS, requests).await?);
            rates.push(self.asker.rate(&self.path, CONNECTIONS, requests).await?);
        }
        // The first round warms up.
        let (rate, bare) = (row::median(rates.split_off(1)), row::median(bare.split_off(1)));
        let work = format!("{}, {} bytes", self.name, answer.body.len());
        let aim = format!(">= {}", self.aim);
        row::line(
            &work,
            &row::rate(rate),
            &row::rate(bare),
            Some(rate / bare),
            &aim,
            rate / bare >= self.aim,
        );
        Ok(())
    }
}
