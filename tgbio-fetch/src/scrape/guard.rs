//! Which addresses may be asked: decided by lists of hosts, never by what a page says.

use std::str::FromStr;

use url::Url;

use crate::hosts;

/// What to make of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// It stays where it may be followed.
    Follow,
    /// It leads to Telegram's home page: the name cannot exist.
    Home,
    /// It leads elsewhere.
    Refuse,
}

/// Judges a redirect of a page: only the base itself, or from one of Telegram's own hosts to another.
pub(super) fn page_hop(base: &Url, to: &Url) -> Hop {
    let host = to.host_str().unwrap_or_default();
    let on_site = |url: &Url| url.scheme() == "https" && url.port().is_none() && is_site(url);
    if to.origin() == base.origin() || (on_site(to) && is_site(base)) {
        Hop::Follow
    } else if hosts::HOME.contains(&host) {
        Hop::Home
    } else {
        Hop::Refuse
    }
}

fn is_site(url: &Url) -> bool {
    url.host_str().is_some_and(|host| hosts::SITE.contains(&host))
}

/// The hosts that photos may be read from, each with its subdomains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoHosts(Vec<(String, Option<u16>)>);

/// A text is no list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{entry}\" is no photo host: write HOST or HOST:PORT, separated by commas, or none")]
pub struct PhotoHostsError {
    entry: String,
}

impl PhotoHosts {
    /// No photo is ever read.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether no photo is ever read.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a photo may be read from this address; `plain` also allows it without encryption.
    pub(super) fn allow(&self, url: &Url, plain: bool) -> bool {
        let scheme = url.scheme() == "https" || (plain && url.scheme() == "http");
        let host = url.host_str().unwrap_or_default();
        let plainly = url.username().is_empty() && url.password().is_none();
        scheme
            && plainly
            && self.0.iter().any(|(known, port)| *port == url.port() && is_or_below(host, known))
    }
}

impl Default for PhotoHosts {
    /// Telegram's photo hosts.
    fn default() -> Self {
        Self(hosts::PHOTOS.iter().map(|host| ((*host).to_owned(), None)).collect())
    }
}

impl FromStr for PhotoHosts {
    type Err = PhotoHostsError;

    /// Reads a list like `telesco.pe,photos.example:8443`; `none` is the empty one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Self::none());
        }
        text.split(',').map(|entry| read_entry(entry.trim())).collect::<Result<_, _>>().map(Self)
    }
}

fn read_entry(entry: &str) -> Result<(String, Option<u16>), PhotoHostsError> {
    let error = || PhotoHostsError { entry: entry.chars().filter(|c| !c.is_control()).take(80).collect() };
    let url = Url::parse(&format!("https://{entry}/")).map_err(|_| error())?;
    let bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|_| bare && !entry.is_empty()).ok_or_else(error)?;
    Ok((host.to_owned(), url.port()))
}

fn is_or_below(host: &str, known: &str) -> bool {
    host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn photos_come_only_from_their_hosts() {
        let hosts = PhotoHosts::default();
        assert!(hosts.allow(&url("https://cdn4.telesco.pe/file/a.jpg"), false));
        assert!(hosts.allow(&url("https://cdn1.cdn-telegram.org/file/a.jpg"), false));
        for other in [
            "http://cdn4.telesco.pe/a.jpg",
            "https://telesco.pe.evil.example/a.jpg",
            "https://eviltelesco.pe/a.jpg",
            "https://cdn4.telesco.pe:8443/a.jpg",
            "https://u:p@cdn4.telesco.pe/a.jpg",
            "https://127.0.0.1/a.jpg",
            "file:///etc/passwd",
        ] {
            assert!(!hosts.allow(&url(other), false), "{other}");
        }
        let local: PhotoHosts = "127.0.0.1:81, photos.example".parse().unwrap();
        assert!(local.allow(&url("http://127.0.0.1:81/a"), true));
        assert!(!local.allow(&url("http://127.0.0.1:82/a"), true));
        assert!(local.allow(&url("https://a.photos.example/a"), true));
        assert!("none".parse::<PhotoHosts>().unwrap().is_none());
        for wrong in ["", "a,,b", "https://x/", "a/b", "a:x", "u@h"] {
            assert!(wrong.parse::<PhotoHosts>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn redirects_stay_on_the_site() {
        let (real, local) = (url("https://t.me"), url("http://127.0.0.1:81"));
        assert_eq!(page_hop(&real, &url("https://t.me/durov")), Hop::Follow);
        assert_eq!(page_hop(&real, &url("https://telegram.dog/durov")), Hop::Follow);
        assert_eq!(page_hop(&real, &url("https://telegram.org/")), Hop::Home);
        assert_eq!(page_hop(&local, &url("https://telegram.org/")), Hop::Home);
        assert_eq!(page_hop(&local, &url("http://127.0.0.1:81/x")), Hop::Follow);
        for elsewhere in
            ["https://t.me.evil.example/", "http://127.0.0.1:82/", "https://t.me/x", "http://10.0.0.1/"]
        {
            assert_eq!(page_hop(&local, &url(elsewhere)), Hop::Refuse, "{elsewhere}");
        }
        assert_eq!(page_hop(&real, &url("http://t.me/durov")), Hop::Refuse);
    }
}
