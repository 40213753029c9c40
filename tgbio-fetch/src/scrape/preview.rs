//! The stable id of a channel, as its web preview shows it with every post.

use scraper::{Html, Selector};
use tgbio_core::Username;

/// Previews hold twenty posts and are larger than cards; HTML's rules of repair are quadratic.
const MAX_TAGS: usize = 20_000;

/// The id of the channel whose preview this is; `None` where the page does not say it beyond doubt: it is cut off, shows
/// another channel, or its posts name different ids.
pub(super) fn channel_id(body: &[u8], asked: &Username) -> Option<u64> {
    let page = std::str::from_utf8(body).ok()?;
    let tags = memchr::memchr_iter(b'<', body).take(MAX_TAGS + 1).count();
    if tags > MAX_TAGS || memchr::memmem::rfind(body, b"</html>").is_none() {
        return None;
    }
    let posts = Selector::parse("[data-post][data-peer]").ok()?;
    let html = Html::parse_document(page);
    let mut found = None;
    for post in html.select(&posts) {
        let (name, _) = post.attr("data-post")?.split_once('/')?;
        let id = peer(post.attr("data-peer")?)?;
        if !name.eq_ignore_ascii_case(asked.as_str()) || found.is_some_and(|known| known != id) {
            return None;
        }
        found = Some(id);
    }
    found
}

/// The number in `c1005640892_1234`, as Telegram's protocol names the channel.
fn peer(text: &str) -> Option<u64> {
    let (number, _) = text.strip_prefix('c')?.split_once('_')?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|id| digits && *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(posts: &[(&str, &str)]) -> String {
        let post = |(post, peer): &(&str, &str)| {
            format!("<div class=\"tgme_widget_message\" data-post=\"{post}\" data-peer=\"{peer}\">text</div>")
        };
        format!("<html><body>{}</body></html>", posts.iter().map(post).collect::<String>())
    }

    #[test]
    fn only_an_undoubted_id_is_read() {
        let asked = Username::parse("news_one").unwrap();
        let read = |posts: &[(&str, &str)]| channel_id(page(posts).as_bytes(), &asked);
        assert_eq!(
            read(&[("News_One/1", "c1005640892_77"), ("news_one/2", "c1005640892_78")]),
            Some(1_005_640_892)
        );
        for doubtful in [
            &[][..],
            &[("other_one/1", "c1005640892_77")],
            &[("news_one/1", "c1_7"), ("news_one/2", "c2_7")],
            &[("news_one/1", "c0_7")],
            &[("news_one/1", "u15_7")],
            &[("news_one/1", "c+15_7")],
            &[("news_one", "c15_7")],
            &[("news_one/1", "c15")],
        ] {
            assert_eq!(read(doubtful), None, "{doubtful:?}");
        }
        let whole = page(&[("news_one/1", "c5_7")]);
        assert_eq!(channel_id(&whole.as_bytes()[..whole.len() - 9], &asked), None, "cut off");
        let text = "<html><body><p>data-post=\"news_one/1\" data-peer=\"c5_7\"</p></body></html>";
        assert_eq!(channel_id(text.as_bytes(), &asked), None, "a post's text");
    }
}
