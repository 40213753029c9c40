//! How the text of each kind of key is read. The error says what is expected.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tgbio_core::Username;
use url::{Host, Url};

use super::duration;
use super::values::{Backend, DataCenter, LogFormat, PhotoHosts};
use crate::http::client_addr::TrustedProxies;

type Read<T> = Result<T, String>;

fn expected<T>(value: Option<T>, what: &str) -> Read<T> {
    value.ok_or_else(|| what.to_owned())
}

/// The items of a list with commas; none for an empty text.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

pub(super) fn path(text: &str) -> Read<PathBuf> {
    Ok(PathBuf::from(text))
}

pub(super) fn some_path(text: &str) -> Read<Option<PathBuf>> {
    Ok(Some(PathBuf::from(text)))
}

pub(super) fn webhook(text: &str) -> Read<Option<SecretString>> {
    let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let good = Url::parse(text).ok().filter(web).is_some();
    expected(good.then(|| Some(text.to_owned().into())), "a URL that begins with http or https")
}

pub(super) fn address(text: &str) -> Read<String> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let good = parts.is_some_and(|(host, _)| is_host(host));
    expected(good.then(|| text.to_owned()), "an address like 127.0.0.1:8080 or [::1]:8080")
}

fn is_host(host: &str) -> bool {
    Host::parse(host).is_ok()
}

pub(super) fn flag(text: &str) -> Read<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

/// An address of the web without path, query and credentials.
fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    (web && bare && anonymous).then_some(url)
}

pub(super) fn public_url(text: &str) -> Read<Option<Url>> {
    expected(origin(text), "an address like https://history.example.org, without a path").map(Some)
}

pub(super) fn base_url(text: &str) -> Read<String> {
    let url = expected(origin(text), "an address like https://t.me, without a path")?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn proxies(text: &str) -> Read<TrustedProxies> {
    TrustedProxies::parse(items(text)).map_err(|_| "a list like 127.0.0.1, 10.0.0.0/8".to_owned())
}

pub(super) fn user(text: &str) -> Read<String> {
    let good = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    expected(good.then(|| text.to_owned()), "a name of at most 64 characters")
}

pub(super) fn secret(text: &str) -> Read<Option<SecretString>> {
    Ok(Some(text.to_owned().into()))
}

pub(super) fn api_id(text: &str) -> Read<Option<i32>> {
    let id = text.parse().ok().filter(|id| *id > 0);
    expected(id.map(Some), "the number that https://my.telegram.org shows as api_id")
}

pub(super) fn number(text: &str) -> Read<u32> {
    expected(text.parse().ok(), "a whole number")
}

pub(super) fn data_center(text: &str) -> Read<Option<DataCenter>> {
    text.parse().map(Some)
}

pub(super) fn backend(text: &str) -> Read<Backend> {
    match text {
        "scrape" => Ok(Backend::Scrape),
        "mtproto" => Ok(Backend::Mtproto),
        "auto" => Ok(Backend::Auto),
        _ => Err("scrape, mtproto or auto".to_owned()),
    }
}

pub(super) fn photo_hosts(text: &str) -> Read<PhotoHosts> {
    if text == "none" {
        return Ok(PhotoHosts::Only(Vec::new()));
    }
    let hosts: Vec<_> = items(text).map(str::to_ascii_lowercase).collect();
    if hosts.is_empty() {
        return Ok(PhotoHosts::Telegram);
    }
    let good = hosts.iter().all(|host| is_host_and_port(host));
    expected(good.then_some(PhotoHosts::Only(hosts)), "a list like cdn.example.org, 127.0.0.1:8080, or none")
}

fn is_host_and_port(text: &str) -> bool {
    let split = text.rsplit_once(':').filter(|(host, _)| host.starts_with('[') || !host.contains(':'));
    match split {
        Some((host, port)) if !text.ends_with(']') => is_host(host) && port.parse::<u16>().is_ok(),
        _ => is_host(text),
    }
}

pub(super) fn duration(text: &str) -> Read<Duration> {
    expected(duration::parse(text), duration::EXPECTED)
}

pub(super) fn interval(text: &str) -> Read<Duration> {
    let positive = duration::parse(text).filter(|span| !span.is_zero());
    expected(positive, &format!("{}, longer than nothing,", duration::EXPECTED))
}

pub(super) fn timeout(text: &str) -> Read<Duration> {
    let range = Duration::from_millis(100)..=Duration::from_secs(100);
    let fitting = duration::parse(text).filter(|span| range.contains(span));
    expected(fitting, "a duration between 100ms and 100s")
}

pub(super) fn header(text: &str) -> Read<Option<String>> {
    let good = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    expected(good.then(|| Some(text.to_owned())), "a text of printable ASCII characters")
}

pub(super) fn proxy(text: &str) -> Read<Option<SecretString>> {
    let known = ["http", "https", "socks5", "socks5h"];
    let url = Url::parse(text).ok().filter(|url| known.contains(&url.scheme()) && url.has_host());
    let text =
        expected(url.map(|_| text.to_owned()), "a URL that begins with http, https, socks5 or socks5h")?;
    Ok(Some(text.into()))
}

pub(super) fn confirm_checks(text: &str) -> Read<u32> {
    let number = text.parse().ok().filter(|number| (1..=100).contains(number));
    expected(number, "a number from 1 to 100")
}

pub(super) fn surge_profiles(text: &str) -> Read<u32> {
    let number = text.parse().ok().filter(|number| *number <= 1_000_000);
    expected(number, "a number from 0 to 1000000")
}

pub(super) fn surge_percent(text: &str) -> Read<u32> {
    let number = text.parse().ok().filter(|number| (1..=100).contains(number));
    expected(number, "a number from 1 to 100")
}

pub(super) fn concurrency(text: &str) -> Read<Option<usize>> {
    let number = text.parse().ok().filter(|number| (1..=1_000).contains(number));
    expected(number, "a number from 1 to 1000").map(Some)
}

pub(super) fn names(text: &str) -> Read<Vec<Username>> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let names: Result<Vec<_>, _> = items(text).map(Username::parse).collect();
    names.map_err(|error| format!("a list of usernames ({error})"))
}

pub(super) fn log_filter(text: &str) -> Read<String> {
    let good = tracing_subscriber::EnvFilter::try_new(text).is_ok();
    expected(good.then(|| text.to_owned()), "a level like info or a filter like info,tgbio_core=debug")
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text or json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_ports() {
        for good in ["127.0.0.1:0", "[::1]:8080", "localhost:80", "0.0.0.0:8080"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["8080", "127.0.0.1", "127.0.0.1:99999", ":80", "a b:80", "::1:80"] {
            assert!(address(bad).is_err(), "{bad}");
        }
        for good in ["cdn4.telesco.pe", "127.0.0.1:81", "[::1]:81", "[::1]"] {
            assert!(is_host_and_port(good), "{good}");
        }
        assert!(!is_host_and_port("127.0.0.1:x"));
        assert!(!is_host_and_port("https://a"));
    }

    #[test]
    fn public_addresses_are_origins() {
        assert!(public_url("https://a.example/").is_ok());
        for bad in ["a.example", "ftp://a", "https://a/b", "https://u:p@a", "https://a?x"] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
        assert_eq!(base_url("http://127.0.0.1:9/").unwrap(), "http://127.0.0.1:9");
    }

    #[test]
    fn a_data_center_has_a_number_an_address_and_perhaps_a_key() {
        let plain = data_center("2@149.154.167.40:443").unwrap().unwrap();
        assert_eq!((plain.id, plain.address.port(), plain.key), (2, 443, None));
        let key = "0f".repeat(256);
        let keyed = data_center(&format!("3@[::1]:80/{key}")).unwrap().unwrap();
        assert_eq!((keyed.id, keyed.address.is_ipv6(), keyed.key), (3, true, Some([15; 256])));
        assert_eq!(format!("{keyed:?}"), "3@[::1]:80", "the key is not shown");
        for bad in [
            "127.0.0.1:443",
            "0@127.0.0.1:443",
            "2@127.0.0.1",
            "2@dc.example:443",
            "2@127.0.0.1:443/0f0f",
            "2@127.0.0.1:443/",
        ] {
            assert!(data_center(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_may_be_none() {
        assert_eq!(names("none").unwrap(), []);
        assert_eq!(names("@durov, t.me/telegram").unwrap().len(), 2);
        assert!(names("a b").unwrap_err().contains("usernames"));
        assert_eq!(photo_hosts("").unwrap(), PhotoHosts::Telegram);
        assert_eq!(photo_hosts("none").unwrap(), PhotoHosts::Only(Vec::new()));
    }
}
