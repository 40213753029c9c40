//! `history`, `diff` and `search`: reading.

use std::fmt::Write as _;

use tgbio_core::store::{ProfileKey, ProfileStore, Revision, SearchHit, changes_told, is_short_text};
use tgbio_core::{Change, Field, FieldValue, PieceKind, ProfileId, TextDiff, history};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::lines::HitLine;
use super::profile::seconds;
use super::{names, out, safe};
use crate::wire;

/// Revisions that are read at once.
const PAGE: usize = 200;
/// What is to be known when a short text is looked for.
const SHORT_TEXT: &str =
    "a text of fewer than three characters is compared with the beginnings of current names only";
/// Characters of a text in a table.
const SHORT: usize = 100;

/// All revisions of a profile, oldest first.
pub async fn history(context: &mut Context, name: &str, json: bool) -> CliResult {
    let store = context.to_read().await?;
    let record = names::find(&*store, name).await?;
    if let Some(id) = names::former(&*store, &ProfileKey::parse(name)?).await? {
        out::note(&format!(
            "another profile was called @{} before: see `tgbio history {id}`",
            record.username
        ));
    }
    let mut previous: Option<Revision> = None;
    loop {
        let after = previous.as_ref().map_or(0, |revision| revision.number);
        let page = store.revisions(record.id, after, PAGE).await?;
        for revision in &page {
            let changes = match previous.as_ref().filter(|_| !json) {
                Some(before) => Some(changes_told(&*store, record.id, before, revision).await?),
                None => None,
            };
            show(context, changes.as_deref(), revision, json)?;
            previous = Some(revision.clone());
        }
        if page.len() < PAGE {
            break;
        }
    }
    if previous.is_none() {
        out::note(&names::no_history(&record));
    }
    Ok(())
}

fn show(context: &mut Context, changes: Option<&[Change]>, revision: &Revision, json: bool) -> CliResult {
    if json {
        return context.out.json(&wire::Revision::from(revision));
    }
    context.out.line(&heading(revision))?;
    match changes {
        None => first(context, revision),
        Some(changes) => changes.iter().try_for_each(|change| show_change(context, change)),
    }
}

fn heading(revision: &Revision) -> String {
    let mut text = format!("#{} {}", revision.number, seconds(revision.first_seen));
    if let Some(before) = revision.last_seen_before {
        let _ = write!(text, ", the state before was last seen {}", seconds(before));
    }
    if revision.confirmed_at > revision.first_seen {
        let _ = write!(text, ", confirmed {}", seconds(revision.confirmed_at));
    }
    if let Some(at) = revision.corrected_at {
        let _ = write!(text, ", corrected {} by reading its page again", seconds(at));
    }
    text
}

fn first(context: &mut Context, revision: &Revision) -> CliResult {
    for field in revision.profile.known_fields() {
        if let Some(value) = revision.profile.value(field).present() {
            context.out.line(&format!("   {field}: {}", shown(value)))?;
        }
    }
    Ok(())
}

/// A value in one line.
fn shown(value: &FieldValue) -> String {
    match value {
        FieldValue::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) => safe::line(text),
        FieldValue::Names(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        FieldValue::Links(links) => {
            let link = |link: &tgbio_core::Link| safe::line(&format!("{} -> {}", link.text, link.url));
            links.iter().map(link).collect::<Vec<_>>().join(", ")
        }
        FieldValue::Birthday(birthday) => birthday.to_string(),
        FieldValue::Channel(channel) => channel.to_string(),
        FieldValue::Intro(intro) => safe::line(&intro.to_string()),
        other => safe::line(&format!("{other:?}")),
    }
}

fn show_change(context: &mut Context, change: &Change) -> CliResult {
    let colors = context.out.colors();
    context.out.line(&format!("   {}: {}", change.field, difference(change, colors)))
}

fn difference(change: &Change, colors: bool) -> String {
    let text = |value: &Option<FieldValue>| {
        value.as_ref().map(FieldValue::as_text).map(|text| text.map(str::to_owned))
    };
    match (change.field, text(&change.before), text(&change.after)) {
        (Field::Bio | Field::DisplayName, Some(Some(old)), Some(Some(new))) => words(&old, &new, colors),
        _ => {
            let value =
                |value: &Option<FieldValue>| value.as_ref().map_or_else(|| "nothing".to_owned(), shown);
            let (old, new) = (value(&change.before), value(&change.after));
            format!("{} {}", removed(&old, colors), added(&new, colors))
        }
    }
}

/// A difference by words.
fn words(old: &str, new: &str, colors: bool) -> String {
    let piece = |piece: &tgbio_core::Piece| {
        let text = safe::line(&piece.text);
        match piece.kind {
            PieceKind::Same => text,
            PieceKind::Removed => removed(&text, colors),
            PieceKind::Added => added(&text, colors),
        }
    };
    TextDiff::words(old, new).pieces().iter().map(piece).collect()
}

fn removed(text: &str, colors: bool) -> String {
    if colors { format!("\x1b[31m[-{text}-]\x1b[0m") } else { format!("[-{text}-]") }
}

fn added(text: &str, colors: bool) -> String {
    if colors { format!("\x1b[32m{{+{text}+}}\x1b[0m") } else { format!("{{+{text}+}}") }
}

/// What changed between two revisions; the last two without numbers.
pub async fn diff(context: &mut Context, name: &str, between: Option<(u64, u64)>) -> CliResult {
    let store = context.to_read().await?;
    let record = names::find(&*store, name).await?;
    let (from, to) = match between {
        Some((from, to)) => (one(&*store, record.id, from).await?, one(&*store, record.id, to).await?),
        None => last_two(&*store, record.id).await?,
    };
    context.out.line(&format!("{}, from #{} to #{}", names::called(&record), from.number, to.number))?;
    let changes = history::changes_between(&from, &to);
    if changes.is_empty() {
        context.out.line("   no difference")?;
    }
    changes.iter().try_for_each(|change| show_change(context, change))
}

async fn one(store: &dyn ProfileStore, id: ProfileId, number: u64) -> CliResult<Revision> {
    let found = store.revision(id, number).await?;
    found.ok_or_else(|| CliError::Failed(format!("there is no revision {number}: see `tgbio history NAME`")))
}

async fn last_two(store: &dyn ProfileStore, id: ProfileId) -> CliResult<(Revision, Revision)> {
    let mut newest = store.revisions_before(id, u64::MAX, 2).await?.into_iter();
    match (newest.next(), newest.next()) {
        (Some(to), Some(from)) => Ok((from, to)),
        _ => Err(CliError::failed("there are no two revisions to compare yet")),
    }
}

/// Places where a text stands.
pub async fn search(context: &mut Context, text: &str, limit: u32, json: bool) -> CliResult {
    let store = context.to_read().await?;
    let hits = store.search(text, limit as usize).await?;
    let narrow = is_short_text(text).then_some(SHORT_TEXT);
    if json {
        narrow.into_iter().for_each(out::note);
        return hits.iter().try_for_each(|hit| context.out.json(&HitLine::from(hit)));
    }
    if hits.is_empty() {
        out::note(&["nothing found"].into_iter().chain(narrow).collect::<Vec<_>>().join(": "));
        return Ok(());
    }
    narrow.into_iter().for_each(out::note);
    let mut rows = Vec::with_capacity(hits.len());
    for hit in &hits {
        let place = format!("#{} {}", hit.revision, hit.field);
        let text = safe::short(&hit.text, SHORT);
        rows.push(vec![whose(&*store, hit).await?, place, seconds(hit.first_seen), text]);
    }
    context.out.table(&["name", "where", "first seen", "text"], rows)
}

async fn whose(store: &dyn ProfileStore, hit: &SearchHit) -> CliResult<String> {
    let record = store.profile(&hit.profile_id.into()).await?;
    Ok(record.map_or_else(|| format!("@{}", hit.username), |record| names::called(&record)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: Field, before: Option<FieldValue>, after: Option<FieldValue>) -> Change {
        Change::new(field, before, after)
    }

    #[test]
    fn differences_are_readable_without_colors() {
        let bio = change(Field::Bio, Some("I like red cars".into()), Some("I like blue\ncars".into()));
        assert_eq!(difference(&bio, false), "I like [-red -]{+blue⏎+}cars");
        let gone = change(Field::Bio, Some("x\x1b[2J".into()), None);
        assert_eq!(difference(&gone, false), "[-x\\u{1b}[2J-] {+nothing+}");
        let badge = change(Field::Verified, Some(FieldValue::Flag(false)), Some(FieldValue::Flag(true)));
        assert_eq!(difference(&badge, true), "\x1b[31m[-no-]\x1b[0m \x1b[32m{+yes+}\x1b[0m");
    }
}
