//! Public usernames: the only way in is parsing.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// Shortest name that exists (a few official ones have three characters).
pub const MIN_LEN: usize = 3;
/// Longest name that Telegram allows.
pub const MAX_LEN: usize = 32;

/// Path words of t.me that are no profiles (core.telegram.org/api/links).
const RESERVED: [&str; 28] = [
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
    "nft",
    "proxy",
    "setlanguage",
    "share",
    "socks",
    "web",
    "bg",
    "iv",
    "www",
    "m",
    "s",
    "c",
    "a",
];

/// The hosts whose first path segment is a profile.
const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

/// A possible public username, equal and hashed without case, with the spelling it was given.
#[derive(Clone)]
pub struct Username(Arc<str>);

/// Why a text is no username.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsernameError {
    /// There is nothing in it.
    #[error("the name is empty: give a username like @durov or https://t.me/durov")]
    Empty,
    /// It has fewer than [`MIN_LEN`] or more than [`MAX_LEN`] characters.
    #[error(
        "\"{name}\" cannot be a username: it has {MIN_LEN} to {MAX_LEN} characters, and this is {length} long"
    )]
    Length {
        /// The name, shortened.
        name: String,
        /// Characters in it.
        length: usize,
    },
    /// A character other than a-z, 0-9 and underscore.
    #[error("\"{name}\" holds {character:?}: a username has only the letters a-z, digits and underscores")]
    Character {
        /// The name, shortened and without control characters.
        name: String,
        /// The first wrong character.
        character: char,
    },
    /// It starts with a digit or an underscore, ends with an underscore or has two in a row.
    #[error("\"{name}\" cannot exist: a username starts with a letter, does not end with _ and has no __")]
    Shape {
        /// The name.
        name: String,
    },
    /// A word that t.me uses for something else.
    #[error("\"{name}\" is a page of t.me itself and not a profile")]
    Reserved {
        /// The word.
        name: String,
    },
    /// An invite link (`t.me/+...`, `t.me/joinchat/...`).
    #[error("this is an invite link: only public profiles with a username can be followed")]
    Invite,
    /// A telephone number.
    #[error("this is a telephone number, which is no public name: only public usernames can be followed")]
    Phone,
    /// A link that leads elsewhere.
    #[error("\"{host}\" is not Telegram: give a username or a t.me link")]
    Host {
        /// The host of the link, shortened.
        host: String,
    },
}

impl Username {
    /// Reads `name`, `@name`, `t.me/name`, `https://t.me/s/name?x`, `telegram.me/name`, `telegram.dog/name`,
    /// `name.t.me` or `tg://resolve?domain=name`; white space around it is ignored.
    ///
    /// # Errors
    /// [`UsernameError`] says why the text cannot be a public profile.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let text = text.trim();
        if text.bytes().all(is_of_names) {
            return Self::from_name(text);
        }
        if let Some(query) =
            strip_prefix_ci(text, "tg://resolve?").or_else(|| strip_prefix_ci(text, "tg:resolve?"))
        {
            return Self::from_name(query_value(query, "domain").ok_or(UsernameError::Empty)?);
        }
        match split_link(text)? {
            Some(path) => Self::from_path(path),
            None => Self::from_name(text),
        }
    }

    fn from_path(path: &str) -> Result<Self, UsernameError> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let first = segments.next().ok_or(UsernameError::Empty)?;
        if first.eq_ignore_ascii_case("joinchat") {
            return Err(UsernameError::Invite);
        }
        if first.eq_ignore_ascii_case("s") {
            return Self::from_name(segments.next().ok_or(UsernameError::Empty)?);
        }
        Self::from_name(first)
    }

    fn from_name(name: &str) -> Result<Self, UsernameError> {
        checked(name).map(|name| Self(name.into()))
    }

    /// Whether this is a name, with or without `@`.
    pub(crate) fn accepts(name: &str) -> bool {
        checked(name).is_ok()
    }

    /// The name as it was spelt, without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: equal names have equal keys.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn strip_prefix_ci<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn query_value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// The path of a link to Telegram, or `None` when the text is a bare name.
fn split_link(text: &str) -> Result<Option<&str>, UsernameError> {
    let stripped = strip_prefix_ci(text, "https://").or_else(|| strip_prefix_ci(text, "http://"));
    let rest = stripped.unwrap_or(text);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.split(['?', '#', ':']).next().unwrap_or_default();
    let bare = host.strip_prefix("www.").unwrap_or(host);
    if HOSTS.iter().any(|known| bare.eq_ignore_ascii_case(known)) {
        return Ok(Some(path));
    }
    if let Some(name) = subdomain(bare) {
        return Ok(Some(name));
    }
    if stripped.is_some() || (rest.contains('/') && host.contains('.')) {
        return Err(UsernameError::Host { host: shown(host) });
    }
    Ok(None)
}

/// `name` of `name.t.me`.
fn subdomain(host: &str) -> Option<&str> {
    let cut = host.len().checked_sub(".t.me".len())?;
    let (name, tail) = (host.get(..cut)?, host.get(cut..)?);
    (tail.eq_ignore_ascii_case(".t.me") && !name.contains('.')).then_some(name)
}

fn refuse_phone_or_invite(name: &str) -> Result<(), UsernameError> {
    let (plus, rest) = match name.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let is_of_phones =
        |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '–' | '.' | '…' | '(' | ')');
    // Behind a plus a few digits are enough: what invites is longer, with letters.
    let enough = if plus { 1 } else { 5 };
    match (plus, rest.chars().all(is_of_phones) && digits >= enough) {
        (_, true) => Err(UsernameError::Phone),
        (true, false) => Err(UsernameError::Invite),
        (false, false) => Ok(()),
    }
}

fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The name, if it is one, without `@`.
fn checked(name: &str) -> Result<&str, UsernameError> {
    refuse_phone_or_invite(name)?;
    let name = name.strip_prefix('@').unwrap_or(name);
    check_characters(name)?;
    check_shape(name)?;
    Ok(name)
}

fn check_characters(name: &str) -> Result<(), UsernameError> {
    if name.is_empty() {
        return Err(UsernameError::Empty);
    }
    match name.chars().find(|c| !u8::try_from(*c).is_ok_and(is_of_names)) {
        Some(character) => Err(UsernameError::Character { name: shown(name), character }),
        None => Ok(()),
    }
}

fn check_shape(name: &str) -> Result<(), UsernameError> {
    if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) {
        return Err(UsernameError::Reserved { name: name.to_ascii_lowercase() });
    }
    if !(MIN_LEN..=MAX_LEN).contains(&name.len()) {
        return Err(UsernameError::Length { name: shown(name), length: name.len() });
    }
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_well || name.ends_with('_') || name.contains("__") {
        return Err(UsernameError::Shape { name: name.to_owned() });
    }
    Ok(())
}

/// What is repeated of hostile input in an error message: short, no control or direction characters.
fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() || is_direction_control(c) { '\u{fffd}' } else { c };
    text.chars().take(40).map(clean).collect()
}

fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Username {}

impl Hash for Username {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut key = [0; MAX_LEN];
        let key = &mut key[..self.0.len()];
        key.copy_from_slice(self.0.as_bytes());
        key.make_ascii_lowercase();
        state.write(key);
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Username {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Username {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_is_one_name() {
        for text in [
            "durov",
            "@Durov",
            " t.me/durov ",
            "https://t.me/durov",
            "http://t.me/s/durov?before=1",
            "telegram.me/durov/",
            "https://telegram.dog/durov#x",
            "durov.t.me",
            "https://DUROV.t.me/",
            "tg://resolve?domain=durov&post=1",
            "https://www.t.me/durov/123",
            "T.ME/@durov",
            "https://t.me:443/durov",
            "t.me/durov?start=x/y",
        ] {
            let name = Username::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(name.key(), "durov", "{text}");
        }
        assert_eq!(Username::parse("@Durov").unwrap(), Username::parse("dUROV").unwrap());
        assert_eq!(Username::parse("@Durov").unwrap().as_str(), "Durov");
        assert_eq!(Username::parse("gif").unwrap().as_str(), "gif");
    }

    #[test]
    fn what_is_no_profile_is_refused_with_its_reason() {
        use UsernameError as E;
        let error = |text: &str| Username::parse(text).unwrap_err();
        assert!(matches!(error(""), E::Empty));
        assert!(matches!(error("@"), E::Empty));
        assert!(matches!(error("t.me"), E::Empty));
        assert!(matches!(error("ab"), E::Length { .. }));
        assert!(matches!(error(&"a".repeat(33)), E::Length { .. }));
        assert!(matches!(error("美女"), E::Character { .. }));
        assert!(matches!(error("a b c"), E::Character { .. }));
        assert!(matches!(error("7even"), E::Shape { .. }));
        assert!(matches!(error("even_"), E::Shape { .. }));
        assert!(matches!(error("ev__en"), E::Shape { .. }));
        assert!(matches!(error("t.me/joinchat/AAAA"), E::Invite));
        assert!(matches!(error("https://t.me/+AbCdEf"), E::Invite));
        assert!(matches!(error("t.me/+79991234567"), E::Phone));
        for phone in
            ["+7 999 123-45-67", "+7999", "+7999…", "+7.999.123", "8 (999) 123-45-67", "https://t.me/+7999"]
        {
            assert!(matches!(error(phone), E::Phone), "{phone}");
        }
        assert!(error("+7999").to_string().contains("no public name"));
        assert!(matches!(error("https://t.me/addstickers/x"), E::Reserved { .. }));
        assert!(matches!(error("https://example.org/durov"), E::Host { .. }));
        assert!(matches!(error("https://t.me.evil.org/durov"), E::Host { .. }));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_results_are_stable(text in "\\PC{0,60}") {
            if let Ok(name) = Username::parse(&text) {
                let again = Username::parse(name.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), name.as_str());
                prop_assert!(name.as_str().is_ascii());
            }
        }

        #[test]
        fn every_legal_name_parses_in_every_form(name in "[a-zA-Z][a-zA-Z0-9]{3,12}(_[a-z0-9]{1,8})?") {
            prop_assume!(!RESERVED.iter().any(|word| word.eq_ignore_ascii_case(&name)));
            for form in [format!("@{name}"), format!("https://t.me/{name}"), format!("{name}.t.me")] {
                let parsed = Username::parse(&form).unwrap();
                prop_assert_eq!(parsed.as_str(), name.as_str());
            }
        }
    }
}
