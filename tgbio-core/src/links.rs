//! The links of a bio: derived from its text by one rule, with the targets that a page shows beside it.

use crate::{Link, Observed, Profile, Username};

/// The links that can be read from the text alone, in order: `@mentions`, `http://`, `https://` and `t.me/` addresses.
///
/// Every backend derives them by this rule, so that switching backends changes nothing.
pub fn derive(bio: &str) -> Vec<Link> {
    found(bio).map(Found::link).collect()
}

/// Whether the text alone names a link.
pub(crate) fn any(bio: &str) -> bool {
    found(bio).next().is_some()
}

/// What a link can begin with.
const BEGINNINGS: [char; 5] = ['@', 'h', 'H', 't', 'T'];

/// A link as it stands in the text.
#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    /// A name, with the `@` before it.
    Mention(&'a str),
    /// An address with its scheme.
    Address(&'a str),
    /// One of Telegram's without a scheme.
    Short(&'a str),
}

impl<'a> Found<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Mention(text) | Self::Address(text) | Self::Short(text) => text,
        }
    }

    fn link(self) -> Link {
        let url = match self {
            Self::Mention(text) => format!("https://t.me/{}", text.trim_start_matches('@')),
            Self::Address(text) => text.to_owned(),
            Self::Short(text) => format!("https://{text}"),
        };
        Link { text: self.text().to_owned(), url }
    }
}

fn found(bio: &str) -> impl Iterator<Item = Found<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += bio[at..].find(BEGINNINGS)?;
            let inside = bio[..at].chars().next_back().is_some_and(is_word);
            let link = if inside { None } else { link_at(&bio[at..]) };
            at += link.map_or(1, |link| link.text().len());
            if link.is_some() {
                return link;
            }
        }
    })
}

/// The derived links, corrected and completed by the anchors that a page shows.
///
/// An anchor with the text of a derived link gives it its target; any other anchor is added behind them.
pub fn with_anchors(bio: &str, anchors: &[Link]) -> Vec<Link> {
    let mut links = derive(bio);
    let mut used = vec![false; links.len()];
    for anchor in anchors {
        let place = (0..used.len()).find(|&at| !used[at] && links[at].text == anchor.text);
        match place {
            Some(at) => {
                used[at] = true;
                links[at].url.clone_from(&anchor.url);
            }
            None => links.push(anchor.clone()),
        }
    }
    links
}

/// The links of a bio, as a backend tells them that has nothing but the text.
pub fn of_bio(bio: &Observed<String>) -> Observed<Vec<Link>> {
    match bio {
        Observed::Present(bio) => Observed::from_option(Some(derive(bio)).filter(|links| !links.is_empty())),
        Observed::Absent => Observed::Absent,
        Observed::Hidden => Observed::Hidden,
    }
}

/// Whether the links say nothing that the bio's text does not say itself.
pub(crate) fn only_text(profile: &Profile) -> bool {
    profile.links == of_bio(&profile.bio)
}

/// Whether two states have the same bio and one of them knows no targets beside its text: their links do not differ,
/// one only says more.
pub(crate) fn one_says_more(a: &Profile, b: &Profile) -> bool {
    a.bio == b.bio && (only_text(a) || only_text(b))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '/' || c == '@' || c == '.'
}

fn link_at(text: &str) -> Option<Found<'_>> {
    if text.starts_with('@') {
        return mention(text);
    }
    let address = starts_ci(text, "https://") || starts_ci(text, "http://");
    if !address && !starts_ci(text, "t.me/") {
        return None;
    }
    let text = trim_address(text.split(|c: char| c.is_whitespace() || "<>\"«»".contains(c)).next()?);
    let scheme_len = text.find("//").map_or(0, |at| at + 2);
    if text.len() <= scheme_len || text.eq_ignore_ascii_case("t.me/") {
        return None;
    }
    Some(if address { Found::Address(text) } else { Found::Short(text) })
}

fn mention(text: &str) -> Option<Found<'_>> {
    let rest = text.strip_prefix('@')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if rest[end..].chars().next().is_some_and(char::is_alphanumeric) {
        return None;
    }
    Username::accepts(&rest[..end]).then(|| Found::Mention(&text[..text.len() - rest.len() + end]))
}

fn starts_ci(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Punctuation at the end belongs to the sentence and not to the address.
fn trim_address(text: &str) -> &str {
    let mut text = text;
    while let Some(last) = text.chars().next_back() {
        let open = if last == ')' { text.matches('(').count() >= text.matches(')').count() } else { false };
        if open || !".,;:!?)]}'…".contains(last) {
            break;
        }
        text = &text[..text.len() - last.len_utf8()];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(bio: &str) -> Vec<String> {
        derive(bio).into_iter().map(|link| link.text).collect()
    }

    #[test]
    fn mentions_and_addresses_are_found() {
        assert_eq!(
            texts("See @synth_chan, and https://example.org/a?b=1&c=2."),
            ["@synth_chan", "https://example.org/a?b=1&c=2"]
        );
        assert_eq!(texts("(https://a.org/x_(y)) t.me/durov!"), ["https://a.org/x_(y)", "t.me/durov"]);
        assert_eq!(texts("mail a@example.org, @ab @7up foo@durov https:// t.me/"), Vec::<String>::new());
        assert_eq!(derive("@Durov")[0].url, "https://t.me/Durov");
        assert_eq!(derive("t.me/x1x")[0].url, "https://t.me/x1x");
    }

    #[test]
    fn a_page_adds_the_targets_that_the_text_hides() {
        let anchors = [
            Link { text: "mysite.com".into(), url: "https://evil.example".into() },
            Link { text: "@durov".into(), url: "https://t.me/durov".into() },
        ];
        let links = with_anchors("mysite.com by @durov", &anchors);
        assert_eq!(links.len(), 2);
        assert_eq!(links[0].url, "https://t.me/durov");
        assert_eq!(links[1].url, "https://evil.example");
    }

    proptest! {
        #[test]
        fn never_panics_and_every_text_is_in_the_bio(bio in "([@a-z:/. \\n(),]|https://|t.me/|\\PC){0,40}") {
            for link in derive(&bio) {
                prop_assert!(bio.contains(&link.text), "{:?}", link);
                prop_assert!(link.url.to_ascii_lowercase().starts_with("http"));
            }
        }
    }
}
