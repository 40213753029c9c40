//! Texts of strangers as harmless HTML: nothing in them is markup, turns the direction of what follows, or hides.

use tgbio_core::Link;
use url::Url;

use super::html::{Html, fill};
use super::texts::Texts;

/// A text that is read: line breaks stay, controls that turn or hide the text are shown by their number.
pub(super) fn text(text: &str) -> Html {
    let mut html = Html::default();
    push(&mut html, text, false);
    html
}

/// A piece that was added or removed: there everything invisible is shown, a line break when it is all there is.
pub(super) fn changed(text: &str) -> Html {
    let mut html = Html::default();
    if text.trim().is_empty() && text.contains('\n') {
        html.push_text(&text.replace('\n', "\u{21b5}\n"));
        return html;
    }
    push(&mut html, text, true);
    html
}

/// A text for titles and attributes: one line, without controls; the template escapes it.
pub(super) fn one_line(text: &str) -> String {
    let shown = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    shown.filter(|c| !c.is_control() && !turns(*c) && !hides(*c)).collect()
}

fn push(html: &mut Html, text: &str, loud: bool) {
    let mut from = 0;
    let mut previous = None;
    for (at, c) in text.char_indices() {
        if marked(c, previous, loud) {
            html.push_text(&text[from..at]);
            mark(html, c);
            from = at + c.len_utf8();
        }
        previous = Some(c);
    }
    html.push_text(&text[from..]);
}

/// Whether a character is shown by its number.
fn marked(c: char, previous: Option<char>, loud: bool) -> bool {
    match c {
        ' '..='~' => false,
        '\n' | '\t' => false,
        // They join emoji and letters; alone they only hide.
        '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => {
            loud && previous.is_none_or(|previous| previous.is_ascii())
        }
        c => c.is_control() || turns(c) || (loud && (hides(c) || hints_direction(c))),
    }
}

/// Embeddings, overrides and isolates: they turn the text that follows.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Marks that honest right-to-left texts need.
fn hints_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Characters without a look of their own.
fn hides(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e001f}')
}

fn mark(html: &mut Html, c: char) {
    html.push_fmt(format_args!("<span class=\"ctl\">U+{:04X}</span>", u32::from(c)));
}

/// A bio with its links. Where a link leads elsewhere than its text says, the address is shown.
pub(super) fn with_links(t: &Texts, bio: &str, links: &[Link]) -> Html {
    let mut html = Html::default();
    let mut rest = bio;
    for shown in links.iter().filter(|link| !link.text.is_empty()) {
        let Some(at) = rest.find(&shown.text) else { continue };
        push(&mut html, &rest[..at], false);
        html.push(&link(t, shown));
        rest = &rest[at + shown.text.len()..];
    }
    push(&mut html, rest, false);
    html
}

/// One link: clickable when its scheme is harmless, with its address when the text says something else.
pub(super) fn link(t: &Texts, link: &Link) -> Html {
    let mut html = Html::default();
    let target = harmless(&link.url);
    match &target {
        Some(url) => {
            html.markup("<a rel=\"nofollow noopener noreferrer ugc\" href=\"").push_text(url.as_str());
            html.markup("\"><bdi>").push(&text(&link.text)).markup("</bdi></a>");
        }
        None => {
            html.markup("<bdi>").push(&text(&link.text)).markup("</bdi>");
        }
    }
    if !says_its_target(link, target.as_ref()) {
        let mut address = Html::default();
        address.markup("<bdi>").push(&text(&link.url)).markup("</bdi>");
        html.markup(" <span class=\"target\">(").push(&fill(t.link_leads, &[&address])).markup(")</span>");
    }
    html
}

/// The address, if following it runs nothing.
fn harmless(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https" | "tg").then_some(url)
}

/// Whether a reader of the link's text knows where it leads.
pub(super) fn is_plain(link: &Link) -> bool {
    says_its_target(link, harmless(&link.url).as_ref())
}

fn says_its_target(link: &Link, target: Option<&Url>) -> bool {
    let Some(target) = target else { return false };
    let said = match link.text.strip_prefix('@') {
        Some(name) => format!("https://t.me/{name}"),
        None if link.text.contains("://") => link.text.clone(),
        None => format!("https://{}", link.text),
    };
    let Ok(said) = Url::parse(&said) else { return false };
    let same = |of: fn(&Url) -> &str| of(&said) == of(target);
    // A host in foreign letters may look like another one: the address is shown as the browser knows it.
    let honest = link.text.is_ascii() && said.username().is_empty();
    let name_case = said.host_str() == Some("t.me") && said.path().eq_ignore_ascii_case(target.path());
    honest
        && said.host_str() == target.host_str()
        && said.port() == target.port()
        && (same(Url::path) || name_case)
        && said.query() == target.query()
}

#[cfg(test)]
mod tests {
    use super::super::texts::Lang;
    use super::*;

    fn shown(text: &str, url: &str) -> String {
        link(Lang::En.texts(), &Link { text: text.into(), url: url.into() }).into_string()
    }

    #[test]
    fn markup_stays_text_and_overrides_are_seen() {
        assert_eq!(text("<b>\"a\" & 'b'").as_str(), "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;");
        assert_eq!(text("a\u{202e}b").as_str(), "a<span class=\"ctl\">U+202E</span>b");
        assert_eq!(text("👩\u{200d}👧 a\u{200b}b\nc").as_str(), "👩\u{200d}👧 a\u{200b}b\nc");
        assert_eq!(changed("a\u{200b}\n").as_str(), "a<span class=\"ctl\">U+200B</span>\n");
        assert_eq!(changed("\n\n").as_str(), "\u{21b5}\n\u{21b5}\n");
        assert_eq!(changed("\u{200d}").as_str(), "<span class=\"ctl\">U+200D</span>");
        assert_eq!(one_line("a\u{202e}\n<b>\u{200b}"), "a <b>");
    }

    #[test]
    fn only_harmless_schemes_are_clickable() {
        assert!(
            shown("click", "javascript:alert(1)").starts_with("<bdi>click</bdi> <span class=\"target\">")
        );
        assert!(!shown("x", "data:text/html,<script>").contains("<a "));
        assert!(shown("x", "JaVaScRiPt:alert(1)//https://t.me").starts_with("<bdi>"));
        assert!(
            shown("x", "tg://resolve?domain=a").starts_with("<a rel=\"nofollow noopener noreferrer ugc\"")
        );
        assert!(!shown("x", "https://a/\"><script>").contains("<script>"));
    }

    #[test]
    fn a_link_that_leads_elsewhere_says_so() {
        for (text, url) in [
            ("@durov", "https://t.me/durov"),
            ("t.me/Durov", "https://t.me/durov"),
            ("example.org", "http://example.org/"),
            ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ] {
            assert!(!shown(text, url).contains("target"), "{text}");
        }
        for (text, url) in [
            ("example.org", "https://evil.example/"),
            ("https://good.example@evil.example", "https://good.example@evil.example"),
            ("раураl.com", "https://xn--l-7sba6dbr.com/"),
            ("here", "https://example.org/"),
        ] {
            assert!(shown(text, url).contains("target"), "{text}");
        }
    }

    #[test]
    fn links_are_found_in_their_order() {
        let links = ["@bob", "@bobby", "@none"]
            .map(|name| Link { text: name.into(), url: format!("https://t.me/{}", &name[1..]) });
        let html = with_links(Lang::En.texts(), "see @bob <and> @bobby", &links).into_string();
        assert_eq!(html.matches("<a ").count(), 2);
        assert!(html.contains(" &lt;and&gt; ") && !html.contains("@none"));
    }
}
