//! Pages without a card: what they are instead.

use tgbio_core::{DeniedReason, FetchErrorKind, UnrecognisedReason};

use super::collect::Parts;
use super::page::{Unreadable, outcome_of_status};

/// Marks of pages that ask for a proof of being human, from proxies and content networks.
const CHALLENGES: [&str; 6] =
    ["_cf_chl_opt", "cf-turnstile", "challenge-platform", "g-recaptcha", "h-captcha", "ddos-guard"];
/// Titles of such pages.
const CHALLENGE_TITLES: [&str; 3] = ["Just a moment", "Attention Required", "DDoS-Guard"];

/// The outcome of a body whose end is missing.
pub(super) fn incomplete(page: &str) -> Unreadable {
    let start = page.trim_ascii_start();
    let html = ["<!doctype", "<html"]
        .iter()
        .any(|mark| start.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)));
    if html {
        Unreadable::because(UnrecognisedReason::Truncated, "the end of the page is missing")
    } else {
        Unreadable::because(UnrecognisedReason::NotTelegram, "this is no HTML page")
    }
}

/// The outcome of a complete page without a card.
pub(super) fn outcome(page: &str, parts: &Parts) -> Unreadable {
    let title = parts.page_title.as_deref().unwrap_or_default();
    if parts.site || parts.app_link.is_some() {
        return Unreadable::because(UnrecognisedReason::Layout, "a page of Telegram without a card");
    }
    if is_home_page(title, parts) {
        return Unreadable::new(FetchErrorKind::InvalidName, "this is Telegram's home page");
    }
    if is_challenge(page, title) {
        return Unreadable::because(
            UnrecognisedReason::Challenge,
            "the page asks for a proof of being human",
        );
    }
    match outcome_of_title(title) {
        Some(kind) => Unreadable::new(kind, "the page is a server's error message"),
        None => Unreadable::because(UnrecognisedReason::NotTelegram, "nothing on the page is Telegram's"),
    }
}

/// Names that cannot exist are sent there.
fn is_home_page(title: &str, parts: &Parts) -> bool {
    title == "Telegram Messenger" && parts.og_title.as_deref().is_some_and(|og| og.starts_with("Telegram"))
}

fn is_challenge(page: &str, title: &str) -> bool {
    CHALLENGE_TITLES.iter().any(|mark| title.starts_with(mark))
        || CHALLENGES.iter().any(|mark| memchr::memmem::find(page.as_bytes(), mark.as_bytes()).is_some())
}

/// Error messages of servers begin their title with the status.
fn outcome_of_title(title: &str) -> Option<FetchErrorKind> {
    if title.eq_ignore_ascii_case("Too Many Requests") {
        return outcome_of_status(429);
    }
    if title.eq_ignore_ascii_case("Forbidden") {
        return Some(FetchErrorKind::Denied(DeniedReason::Http403));
    }
    let status = title.split_ascii_whitespace().next()?;
    if status.len() == 3 { outcome_of_status(status.parse().ok()?) } else { None }
}
