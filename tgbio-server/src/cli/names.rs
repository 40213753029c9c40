//! The names that a command was given.

use tgbio_core::ProfileId;
use tgbio_core::store::{Order, ProfileKey, ProfileQuery, ProfileRecord, ProfileStore};

use super::error::{CliError, CliResult};
use super::{out, safe};

/// So many profiles with a text in their names are looked through for one that had it for its name.
const MOST_NAMESAKES: usize = 200;

/// The followed profile of this name or id.
///
/// # Errors
/// A sentence for whoever asked.
pub async fn find(store: &dyn ProfileStore, text: &str) -> CliResult<ProfileRecord> {
    let key = ProfileKey::parse(text)?;
    if let Some(found) = store.profile(&key).await? {
        return Ok(found);
    }
    let name = shown(text);
    Err(CliError::Failed(match former(store, &key).await? {
        Some(id) => {
            format!("{name} is the name of no followed profile any more: the one that had it is now {id}")
        }
        None => format!("{name} is not followed: see `tgbio profile list`"),
    }))
}

/// Another profile that had this name last, and has it no more.
pub async fn former(store: &dyn ProfileStore, key: &ProfileKey) -> CliResult<Option<ProfileId>> {
    let ProfileKey::Username(name) = key else { return Ok(None) };
    let text = Some(name.as_str().to_owned());
    let query =
        ProfileQuery { text, order: Order::LastChanged, limit: MOST_NAMESAKES, ..ProfileQuery::default() };
    let found = store.profiles(&query).await?.items;
    Ok(found.iter().find(|record| !record.holds_name() && record.username == *name).map(|record| record.id))
}

/// What a profile is called: its username, or its id when the name is not its any more.
pub fn called(record: &ProfileRecord) -> String {
    if record.holds_name() {
        return format!("@{}", record.username);
    }
    format!("{} (was @{})", record.id, record.username)
}

/// Why there is nothing to show of a profile.
pub fn no_history(record: &ProfileRecord) -> String {
    match record.last_number {
        0 if record.last_checked_at.is_some() => {
            format!("{} has no history yet: no look has shown a profile by this name", called(record))
        }
        0 => format!("{} has no history yet: it was never read", called(record)),
        _ => format!("{} has no history: all its revisions were removed", called(record)),
    }
}

/// A name as it is repeated in a sentence.
pub fn shown(text: &str) -> String {
    let short = safe::short(text, 60);
    if text.starts_with('@') || tgbio_core::Username::parse(text).is_err() {
        short
    } else {
        format!("@{short}")
    }
}

/// Why a look failed, with what to do where the way to the host broke.
pub fn with_advice(message: String, reason: Option<&str>) -> String {
    let advice = match reason {
        Some("dns") => "check the name server of this machine",
        Some("connect" | "tls" | "timeout" | "reset" | "redirect") => {
            "check the network, and TGBIO_PROXY and TGBIO_SCRAPE_BASE_URL if they are set"
        }
        Some("http_5xx") => "try again later",
        _ => return message,
    };
    format!("{message}: {advice}")
}

/// All names in a text, one per line or separated by spaces or commas; `#` begins a remark.
pub fn in_text(text: &str) -> Vec<String> {
    let lines = text.trim_start_matches('\u{feff}').lines();
    let useful = lines.map(|line| if line.trim_start().starts_with('#') { "" } else { line });
    let words = useful.flat_map(|line| line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Counts how many of several things failed; each failure is told when it happens.
#[derive(Debug, Default)]
pub struct Failures(usize);

impl Failures {
    /// Tells a failure. Only an unread output ends the whole command.
    pub fn note<T>(&mut self, result: CliResult<T>) -> CliResult<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(CliError::Unread) => Err(CliError::Unread),
            Err(error) => {
                self.0 += 1;
                if let Some(sentence) = error.sentence() {
                    out::complain(sentence);
                }
                Ok(None)
            }
        }
    }

    /// Good only if nothing failed.
    pub fn end(&self) -> CliResult {
        if self.0 == 0 { Ok(()) } else { Err(CliError::Told) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_way_broke_it_is_said_what_to_do() {
        let told = |reason| with_advice("@a_one: why".to_owned(), reason);
        for code in ["dns", "connect", "tls", "timeout", "reset", "http_5xx", "redirect"] {
            assert!(told(Some(code)).starts_with("@a_one: why: "), "{code}");
        }
        assert_eq!((told(Some("empty")), told(None)), ("@a_one: why".to_owned(), "@a_one: why".to_owned()));
    }

    #[test]
    fn lists_in_any_form() {
        let text = "\u{feff}# people\n@a_one, t.me/b_two;c_three\n\n  https://t.me/d_four?x=#1  e_five\n";
        assert_eq!(in_text(text), ["@a_one", "t.me/b_two", "c_three", "https://t.me/d_four?x=#1", "e_five"]);
    }
}
