//! `export`: everything that is known, as a stream of lines or rows.

use csv::{QuoteStyle, WriterBuilder};
use serde_json::Value;
use tgbio_core::store::{ProfileQuery, ProfileRecord, ProfileStore, Revision};

use super::args::ExportFormat;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::lines::ExportLine;
use super::out::Out;
use super::safe;

/// Profiles and revisions that are read at once.
const PAGE: usize = 200;

/// Columns of the CSV: names of keys of the export's lines.
const COLUMNS: [&str; 34] = [
    "profile_id",
    "number",
    "presence",
    "last_seen_before",
    "first_seen",
    "confirmed_at",
    "changed",
    "username",
    "kind",
    "telegram_id",
    "username_owner",
    "display_name",
    "bio",
    "links",
    "usernames",
    "verified",
    "scam",
    "fake",
    "premium",
    "emoji_status",
    "birthday",
    "personal_channel",
    "linked_chat",
    "business_intro",
    "has_photo",
    "photo",
    "subscribers",
    "members",
    "online",
    "monthly_users",
    "hidden",
    "fetcher",
    "parser",
    "evidence_sha256",
];

/// Writes all profiles with their revisions.
pub async fn run(context: &mut Context, format: ExportFormat) -> CliResult {
    let store = context.to_read().await?;
    if format == ExportFormat::Csv {
        row(&mut context.out, &COLUMNS.map(str::to_owned))?;
    }
    let mut query = ProfileQuery { limit: PAGE, ..ProfileQuery::default() };
    loop {
        let page = store.profiles(&query).await?;
        for record in &page.items {
            profile(&mut context.out, &*store, record, format).await?;
        }
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(());
        }
    }
}

async fn profile(
    out: &mut Out,
    store: &dyn ProfileStore,
    record: &ProfileRecord,
    format: ExportFormat,
) -> CliResult {
    if format == ExportFormat::Ndjson {
        out.json(&ExportLine::profile(record))?;
    }
    let mut after = 0;
    loop {
        let page = store.revisions(record.id, after, PAGE).await?;
        for revision in &page {
            give(out, record, revision, format)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = last.number,
            _ => return Ok(()),
        }
    }
}

fn give(out: &mut Out, record: &ProfileRecord, revision: &Revision, format: ExportFormat) -> CliResult {
    let line = ExportLine::revision(record, revision);
    if format == ExportFormat::Ndjson {
        return out.json(&line);
    }
    let value = serde_json::to_value(&line).map_err(CliError::failed)?;
    row(out, &COLUMNS.map(|column| cell(&value[column])))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => defused(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            defused(&texts.join(" "))
        }
        other => other.to_string(),
    }
}

/// A spreadsheet takes a cell that begins like a formula for one; an apostrophe makes it a text.
fn defused(text: &str) -> String {
    let runs = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let blank = |c: char| c == ' ' || c == '\u{a0}';
    if text.trim_start_matches(blank).starts_with(runs) { format!("'{text}") } else { text.to_owned() }
}

/// One row by RFC 4180. A NUL would end the cell in many readers; a terminal gets nothing that drives it.
fn row(out: &mut Out, cells: &[String]) -> CliResult {
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Necessary).from_writer(Vec::new());
    let screen = out.is_terminal();
    let safe =
        cells.iter().map(|cell| if screen { safe::lines(cell) } else { cell.replace('\0', "\u{fffd}") });
    writer.write_record(safe).map_err(CliError::failed)?;
    out.bytes(&writer.into_inner().map_err(CliError::failed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"] {
            assert_eq!(cell(&json!(hostile)), format!("'{hostile}"));
        }
        assert_eq!(cell(&json!("plain = text")), "plain = text");
        assert_eq!(
            (cell(&json!(42)), cell(&json!(null)), cell(&json!(true))),
            ("42".into(), "".into(), "true".into())
        );
        assert_eq!(cell(&json!(["bio", "kind"])), "bio kind");
    }
}
