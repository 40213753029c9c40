//! What a path asks for.

use super::log::Request;
use std::time::Instant;

/// First path segments that are no names.
const RESERVED: [&str; 37] = [
    "addemoji",
    "addlist",
    "addstickers",
    "addstyle",
    "addtheme",
    "auction",
    "auth",
    "boost",
    "call",
    "confirmphone",
    "contact",
    "giftcode",
    "invoice",
    "joinchat",
    "login",
    "m",
    "nft",
    "proxy",
    "setlanguage",
    "share",
    "socks",
    "web",
    "a",
    "k",
    "z",
    "s",
    "c",
    "bg",
    "iv",
    "file",
    "i",
    "css",
    "js",
    "img",
    "www",
    "favicon",
    "robots",
];

/// The head of one request.
pub(super) struct Head {
    raw: String,
}

impl Head {
    pub(super) fn new(raw: &[u8]) -> Self {
        Self { raw: String::from_utf8_lossy(raw).into_owned() }
    }

    pub(super) fn method(&self) -> &str {
        self.words().next().unwrap_or_default()
    }

    /// Path and query as they came.
    pub(super) fn target(&self) -> &str {
        self.words().nth(1).unwrap_or_default()
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.raw.lines().next().unwrap_or_default().split(' ')
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.raw
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name, value.trim()))
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        self.headers().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    /// Whether the connection stays open after the answer.
    pub(super) fn keep_alive(&self) -> bool {
        let closes = self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        // A body is never read, so what follows it could not be told apart.
        !closes && self.header("content-length").is_none_or(|length| length == "0")
    }

    /// For the log.
    pub(super) fn to_request(&self, name: Option<&str>) -> Request {
        Request {
            at: Instant::now(),
            method: self.method().into(),
            path: self.target().into(),
            name: name.map(Into::into),
            user_agent: self.header("user-agent").map(Into::into),
            headers: self.headers().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect(),
            fault: None,
        }
    }
}

/// The kinds of pages there are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// `/NAME`, `/NAME/anything`.
    Card { name: &'a str, rest: Option<&'a str> },
    /// `/s/NAME`.
    Preview(&'a str),
    /// `/+CODE`, `/joinchat/CODE`.
    Invite(&'a str),
    /// `/file/TOKEN.jpg`.
    Photo(&'a str),
    /// `/i/userpic/320/NAME.jpg`.
    Userpic(&'a str),
    /// Everything that the site sends to its home page.
    Away,
}

impl<'a> Route<'a> {
    pub(super) fn of(target: &'a str) -> Self {
        let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let rest = rest.filter(|rest| !rest.is_empty());
        match (first, rest) {
            ("s", Some(name)) => Self::Preview(bare(name.split('/').next().unwrap_or_default())),
            ("joinchat", Some(code)) => Self::Invite(code),
            ("file", Some(file)) => Self::Photo(file.strip_suffix(".jpg").unwrap_or(file)),
            ("i", Some(rest)) => match rest.strip_prefix("userpic/320/").and_then(|n| n.strip_suffix(".jpg"))
            {
                Some(name) => Self::Userpic(name),
                None => Self::Away,
            },
            (code, None) if code.starts_with('+') => Self::Invite(&code[1..]),
            (name, rest) => Self::Card { name: bare(name), rest },
        }
    }

    /// The name that the page is about.
    pub(super) fn name(&self) -> Option<&'a str> {
        match self {
            Self::Card { name, .. } | Self::Preview(name) | Self::Userpic(name) => Some(name),
            Self::Invite(_) | Self::Photo(_) | Self::Away => None,
        }
    }

    pub(super) fn is_photo(&self) -> bool {
        matches!(self, Self::Photo(_) | Self::Userpic(_))
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix("%40").unwrap_or(name).trim_start_matches('@')
}

/// Whether the site has a page for a free name of this form; a card that was set is served whatever its name.
pub(super) fn possible_name(name: &str) -> bool {
    (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.contains("__")
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// The value of `start` in the query.
pub(super) fn start_parameter(target: &str) -> Option<&str> {
    target.split_once('?')?.1.split('&').find_map(|pair| pair.strip_prefix("start="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths() {
        let card = |name, rest| Route::Card { name, rest };
        assert_eq!(Route::of("/ann"), card("ann", None));
        assert_eq!(Route::of("/@ann?start=1"), card("ann", None));
        assert_eq!(Route::of("/%40ann/"), card("ann", None));
        assert_eq!(Route::of("/news/12"), card("news", Some("12")));
        assert_eq!(Route::of("/s/news?before=3"), Route::Preview("news"));
        assert_eq!(Route::of("/+AbC"), Route::Invite("AbC"));
        assert_eq!(Route::of("/joinchat/AbC"), Route::Invite("AbC"));
        assert_eq!(Route::of("/file/x_-1.jpg"), Route::Photo("x_-1"));
        assert_eq!(Route::of("/i/userpic/320/ann.jpg"), Route::Userpic("ann"));
        assert_eq!(Route::of("/"), card("", None));
    }

    #[test]
    fn knows_impossible_names() {
        for name in ["", "abc", "1abcd", "a-bcd", "ab__cd", "joinchat", "SHARE", "美女"] {
            assert!(!possible_name(name), "{name}");
        }
        assert!(possible_name("abcd") && possible_name("Ann_1"));
    }

    #[test]
    fn reads_heads() {
        let head = Head::new(
            b"GET /ann?start=x HTTP/1.1\r\nHost: t.me\r\nUser-Agent: a/1 (+b)\r\nConnection: Close",
        );
        assert_eq!((head.method(), head.target(), head.keep_alive()), ("GET", "/ann?start=x", false));
        let request = head.to_request(Some("ann"));
        assert_eq!(request.user_agent.as_deref(), Some("a/1 (+b)"));
        assert_eq!(request.headers[0], ("host".into(), "t.me".into()));
        assert_eq!(start_parameter(head.target()), Some("x"));
    }
}
