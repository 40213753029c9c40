//! Texts as their words, so that what a profile says is found on a page however the page writes it.

/// The words of a text, in lower case. Whatever is not ASCII is a part of a word, emoji as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(String);

impl Words {
    /// Whether the others stand in here, one after the other.
    pub(super) fn hold(&self, others: &Self) -> bool {
        self.0.contains(&others.0)
    }
}

/// The words of a text; `None` when there are none.
pub(super) fn of_text(text: &str) -> Option<Words> {
    let mut words = String::from(" ");
    for word in text.split(|letter: char| letter.is_ascii() && !letter.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            words.push_str(&word.to_lowercase());
            words.push(' ');
        }
    }
    (words.len() > 1).then_some(Words(words))
}

/// The words of a line of a page: as it is written, and as it is shown.
pub(super) fn of_line(line: &[u8]) -> Vec<Words> {
    let line = String::from_utf8_lossy(line);
    let written = without_entities(&line);
    let shown = without_tags(&line);
    [of_text(&written), of_text(&without_entities(&shown))].into_iter().flatten().collect()
}

fn without_tags(line: &str) -> String {
    let (mut text, mut inside) = (String::with_capacity(line.len()), false);
    for letter in line.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

/// Each `&...;` as a space: what it stands for is no part of a word.
fn without_entities(line: &str) -> String {
    const LONGEST: usize = 10;
    let (mut text, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(start) = rest.find('&') {
        let (before, entity) = rest.split_at(start);
        text.push_str(before);
        let name = |letter: char| letter.is_ascii_alphanumeric() || letter == '#';
        let end = entity[1..].find(|letter| !name(letter)).map(|end| end + 1);
        let end = end.filter(|end| entity[*end..].starts_with(';') && *end <= LONGEST);
        text.push(' ');
        rest = &entity[end.map_or(1, |end| end + 1)..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_however_a_page_writes_it() {
        for (text, line, found) in [
            ("Don't ask!", "<b>Don&#39;t ask&#33;</b>", true),
            ("a & b", "content=\"x A &amp; B\"", true),
            ("ask @the_office", "ask <a href=\"https://t.me/the_office\">@the_office</a>", true),
            ("Хворостина", "<div>ХВОРОСТИНА</div>", true),
            ("🔥🔥", "<p>🔥🔥</p>", true),
            ("age", "<div class=\"page\">", false),
            ("ask me", "ask her, me", false),
        ] {
            let text = of_text(text).unwrap();
            assert_eq!(of_line(line.as_bytes()).iter().any(|shown| shown.hold(&text)), found, "{line}");
        }
        assert_eq!(of_text(" !? "), None);
        assert!(of_line(b"&&amp;&;&unfinished").len() == 2);
    }
}
