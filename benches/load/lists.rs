//! The list page and the list call, with few and with many profiles.

use std::sync::Arc;

use tempfile::TempDir;

use crate::args::Args;
use crate::checks::runtime;
use crate::followed::{Followed, clock};
use crate::invented::{Invented, NEEDLE};
use crate::load::Line;
use crate::program::{Serving, program};
use crate::site::Site;
use crate::{Outcome, row};

const FEW: usize = 500;
/// How much slower a long list may be.
const AIM: f64 = 1.5;
/// The orders that a list can have.
const ORDERS: [&str; 3] = ["followed", "username", "changed"];

/// A server with so many profiles.
struct Long {
    serving: Serving,
    profiles: usize,
}

/// Where a list is asked for, with few and with many profiles.
struct Case {
    name: String,
    few: String,
    many: String,
}

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let many = args.size(100_000, 5_000);
    let (runtime, site) = (runtime()?, Site::start(1)?);
    runtime.block_on(async {
        let (few, many) = (Long::start(FEW, &site).await?, Long::start(many, &site).await?);
        let cases = cases(&few, &many).await?;
        println!("| list with {} profiles, against {FEW}: | | | | | |", many.profiles);
        for (kind, few, many) in [
            ("call", few.serving.client.connect().await?, many.serving.client.connect().await?),
            ("page", few.serving.reader.connect().await?, many.serving.reader.connect().await?),
        ] {
            compare(args, kind, &cases, few, many).await?;
        }
        Ok(())
    })
}

impl Long {
    async fn start(profiles: usize, site: &Site) -> Outcome<Self> {
        let (folder, clock) = (TempDir::new()?, clock(1));
        let fetcher = Arc::new(Invented::new(clock.clone()).with_needle_every(profiles / 40));
        let mut followed = Followed::start(folder.path(), profiles, fetcher.clone(), clock).await?;
        fetcher.edit();
        followed.look_at_all().await?;
        followed.stop().await?;
        let program = program(folder.path(), site)?;
        Ok(Self { serving: Serving::start(folder, &program)?, profiles })
    }

    /// The cursor behind nine tenths of the list.
    async fn deep_cursor(&self, order: &str) -> Outcome<String> {
        let mut line = self.serving.client.connect().await?;
        let mut cursor = String::new();
        for _ in 0..self.profiles * 9 / 10 / 100 {
            let from = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let answer = line.get(&format!("/api/v1/profiles?limit=100&order={order}{from}")).await?;
            let page: serde_json::Value = serde_json::from_slice(&answer.body)?;
            cursor = page["next_cursor"].as_str().ok_or("the list ended early")?.to_owned();
        }
        Ok(cursor)
    }
}

async fn cases(few: &Long, many: &Long) -> Outcome<Vec<Case>> {
    let mut cases = Vec::new();
    for order in ORDERS {
        let query = format!("order={order}");
        cases.push(Case { name: query.clone(), few: query.clone(), many: query.clone() });
        let (few, many) = (few.deep_cursor(order).await?, many.deep_cursor(order).await?);
        let deep = |cursor: &str| format!("{query}&cursor={cursor}");
        cases.push(Case { name: format!("{query}, deep"), few: deep(&few), many: deep(&many) });
    }
    for text in [NEEDLE, "anna", "an", "nobody has it"] {
        let query = format!("q={}", text.replace(' ', "+"));
        cases.push(Case { name: query.clone(), few: query.clone(), many: query });
    }
    Ok(cases)
}

async fn compare(args: &Args, kind: &str, cases: &[Case], mut few: Line, mut many: Line) -> Outcome<()> {
    let path =
        |query: &str| if kind == "call" { format!("/api/v1/profiles?{query}") } else { format!("/?{query}") };
    for case in cases {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for _ in 0..args.size(300, 60) {
            short.push(few.time(&path(&case.few)).await?.as_secs_f64() * 1e6);
            long.push(many.time(&path(&case.many)).await?.as_secs_f64() * 1e6);
        }
        let (short, long) = (row::median(short), row::median(long));
        let work = format!("list {kind}, {}", case.name);
        let (measured, baseline) = (format!("{long:.0} us"), format!("{short:.0} us"));
        row::line(&work, &measured, &baseline, Some(long / short), &format!("<= {AIM}"), long / short <= AIM);
    }
    Ok(())
}
