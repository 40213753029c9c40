//! How the text of each kind of key is read. The error says what is expected.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tgbio_server::config::{DataCenter, LogFormat};
use tgbio_server::http::client_addr::TrustedProxies;
use url::Url;

type Read<T> = Result<T, String>;

pub(super) fn text(text: &str) -> Read<String> {
    Ok(text.to_owned())
}

pub(super) fn path(text: &str) -> Read<PathBuf> {
    Ok(PathBuf::from(text))
}

/// A file that is there.
pub(super) fn file(text: &str) -> Read<Option<PathBuf>> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(Some(path)) } else { Err("the path of a file that can be read".to_owned()) }
}

pub(super) fn secret(text: &str) -> Read<Option<SecretString>> {
    Ok(Some(text.to_owned().into()))
}

/// Letters, digits, underscores and hyphens, of which tokens are made.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A bot's token. It becomes a part of addresses, so that nothing else may stand in it.
pub(super) fn bot_token(text: &str) -> Read<Option<SecretString>> {
    let good = text
        .split_once(':')
        .is_some_and(|(id, rest)| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && is_plain(rest));
    if good { secret(text) } else { Err("the token that @BotFather gave, like 123456789:AAE...".to_owned()) }
}

/// As Telegram takes it.
pub(super) fn webhook_secret(text: &str) -> Read<Option<SecretString>> {
    let good = is_plain(text) && text.len() <= 256;
    if good { secret(text) } else { Err("1 to 256 letters, digits, _ and -".to_owned()) }
}

/// Who sends the e-mail.
pub(super) fn sender(text: &str) -> Read<String> {
    let known: Result<lettre::message::Mailbox, _> = text.parse();
    known.map(|_| text.to_owned()).map_err(|_| "a sender like Conference <conference@example.org>".to_owned())
}

pub(super) fn proxies(text: &str) -> Read<TrustedProxies> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    TrustedProxies::parse(items).map_err(|_| "addresses or networks like 10.0.0.0/8, with commas".to_owned())
}

pub(super) fn flag(text: &str) -> Read<bool> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

pub(super) fn number(text: &str) -> Read<u32> {
    text.parse().map_err(|_| "a number of at least 0".to_owned())
}

pub(super) fn some(text: &str) -> Read<u32> {
    text.parse()
        .ok()
        .filter(|some| (1..=1000).contains(some))
        .ok_or_else(|| "a number of 1 to 1000".to_owned())
}

pub(super) fn code(text: &str) -> Read<String> {
    let good =
        (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    good.then(|| text.to_owned()).ok_or_else(|| "1 to 8 capital letters and digits".to_owned())
}

pub(super) fn timezone(text: &str) -> Read<String> {
    let known = jiff::tz::TimeZone::get(text).is_ok();
    known.then(|| text.to_owned()).ok_or_else(|| "a time zone like Asia/Novosibirsk".to_owned())
}

fn web(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

pub(super) fn url(text: &str) -> Read<Option<Url>> {
    web(text).map(Some).ok_or_else(|| "an address like https://conference.example.org".to_owned())
}

pub(super) fn base_url(text: &str) -> Read<String> {
    let url = web(text).ok_or_else(|| "an address like https://api.telegram.org".to_owned())?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Without encryption only to the own machine.
pub(super) fn smtp(text: &str) -> Read<Option<SecretString>> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let good = url.is_some_and(|url| match url.scheme() {
        "smtps" | "smtp+starttls" => true,
        "smtp" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    });
    let expected =
        "smtps://user:password@host or smtp+starttls://user:password@host; smtp:// only to 127.0.0.1";
    if good { secret(text) } else { Err(expected.to_owned()) }
}

pub(super) fn ids(text: &str) -> Read<Vec<i64>> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| item.parse().map_err(|_| "Telegram ids like 123456789, with commas".to_owned()))
        .collect()
}

pub(super) fn duration(text: &str) -> Read<Duration> {
    tgbio_server::config::duration::parse(text).ok_or_else(|| "a time like 500ms, 2s, 5m or 1h".to_owned())
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text or json".to_owned()),
    }
}

pub(super) fn api_id(text: &str) -> Read<Option<i32>> {
    let id = text.parse().ok().filter(|id: &i32| *id > 0);
    id.map(Some).ok_or_else(|| "the number that my.telegram.org shows".to_owned())
}

pub(super) fn data_center(text: &str) -> Read<Option<DataCenter>> {
    text.parse().map(Some)
}
