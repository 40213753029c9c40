//! `fetch` and `parse`: one look each, and nothing is stored.

use std::io::Read;
use std::path::Path;

use futures_util::stream::{self, StreamExt};
use tgbio_core::{ProfileFetcher, Target, Username};

use super::card;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::names::{self, Failures};
use super::out;
use crate::wire::OutcomeLine;

/// More of a saved page is not read; no page is as large.
const MOST_OF_A_FILE: u64 = 64 << 20;

/// Fetches each name once and gives the answers in the order asked.
pub async fn fetch(context: &mut Context, names: &[String], json: bool) -> CliResult {
    let (fetcher, unread) = context.fetcher_alone().await?;
    if let Some(why) = unread.as_ref().and_then(CliError::sentence) {
        out::note(&format!("waits that the host asked for are not known: {why}"));
    }
    let progress = context.progress(names.len());
    let looks = stream::iter(names).map(|text| look(&*fetcher, text)).buffered(context.config.at_once());
    let mut looks = std::pin::pin!(looks);
    let mut failures = Failures::default();
    while let Some(line) = looks.next().await {
        progress.suspend(|| failures.note(show(context, &line, json)))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    failures.end()
}

async fn look(fetcher: &dyn ProfileFetcher, text: &str) -> OutcomeLine {
    match Username::parse(text) {
        Ok(name) => OutcomeLine::of(&name, &fetcher.fetch(&Target::new(name.clone())).await),
        Err(error) => OutcomeLine::impossible(text, error.to_string()),
    }
}

/// Reads a saved page.
pub fn parse(context: &mut Context, file: &Path, asked: &str, status: Option<u16>, json: bool) -> CliResult {
    let page = read_page(file)?;
    let line = match Username::parse(asked) {
        Ok(name) => read(&page, &name, status)?,
        Err(error) => OutcomeLine::impossible(asked, error.to_string()),
    };
    let shown = show(context, &line, json);
    let mut failures = Failures::default();
    failures.note(shown)?;
    failures.end()
}

#[cfg(feature = "scrape")]
fn read(page: &[u8], name: &Username, status: Option<u16>) -> CliResult<OutcomeLine> {
    Ok(match tgbio_fetch::scrape::read_saved_page(page, name, status) {
        Ok(seen) => OutcomeLine::profile(name, crate::wire::ProfileFields::new(&seen.profile, &seen.counts)),
        Err(error) => OutcomeLine::failed(name, error.kind(), format!("{}: {error}", error.kind())),
    })
}

#[cfg(not(feature = "scrape"))]
fn read(_: &[u8], _: &Username, _: Option<u16>) -> CliResult<OutcomeLine> {
    Err(crate::config::ConfigError::NoScraper.into())
}

fn read_page(file: &Path) -> CliResult<Vec<u8>> {
    let mut page = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MOST_OF_A_FILE).read_to_end(&mut page)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MOST_OF_A_FILE).read_to_end(&mut page))
    };
    match read {
        Ok(_) => Ok(page),
        Err(error) => Err(CliError::Failed(format!("the page {} cannot be read: {error}", file.display()))),
    }
}

/// Gives out what came of one name; anything but a profile is a failure.
fn show(context: &mut Context, line: &OutcomeLine, json: bool) -> CliResult {
    if json {
        context.out.json(line)?;
    }
    match &line.profile {
        Some(_) if json => Ok(()),
        Some(profile) => {
            card::show(&mut context.out, profile)?;
            context.out.flush()
        }
        None => {
            let message = line.message.as_deref().unwrap_or(line.outcome).to_owned();
            Err(CliError::Failed(names::with_advice(message, line.reason)))
        }
    }
}
