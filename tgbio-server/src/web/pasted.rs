//! Names out of whatever somebody pastes.

use tgbio_core::{Username, UsernameError};

use super::texts::Texts;

/// One name as it was given, and what it is.
pub(super) type Pasted = (String, Result<Username, UsernameError>);

/// The names in a text: between commas, spaces and line ends. In a line like `Pavel Durov (@durov)` or `Durov: t.me/durov`
/// only the names that are marked as such count. Repeats count once.
pub(super) fn names(text: &str) -> Vec<Pasted> {
    let mut found: Vec<Pasted> = Vec::new();
    for line in text.split(['\n', '\r', ',', ';']) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let telling = describes(line) && words.iter().any(|word| is_sure(word));
        for word in words.iter().filter(|word| !telling || is_sure(word)) {
            let name =
                Username::parse(word.trim_matches(['<', '>', '"', '\'', '«', '»', '(', ')', '[', ']', '.']));
            if !found.iter().any(|(given, known)| given == word || (name.is_ok() && *known == name)) {
                found.push(((*word).chars().take(80).collect(), name));
            }
        }
    }
    found
}

/// Whether a line tells about names instead of only listing them.
fn describes(line: &str) -> bool {
    [" (", " [", " <", ": ", " - ", " – ", " — "].iter().any(|sign| line.contains(sign))
}

/// Whether a word is meant as a name and not as a part of somebody's full name.
fn is_sure(word: &str) -> bool {
    let word = word.trim_start_matches(['<', '"', '\'', '(', '«', '[']).to_ascii_lowercase();
    ["@", "t.me/", "telegram.me/", "telegram.dog/", "http://", "https://", "tg:"]
        .iter()
        .any(|p| word.starts_with(p))
        || word.trim_end_matches(['/', '>', '"', '\'', ')', '»', ']']).ends_with(".t.me")
}

/// Why a text is no name, in words.
pub(super) fn why(t: &'static Texts, error: &UsernameError) -> &'static str {
    match error {
        UsernameError::Empty | UsernameError::Length { .. } => t.name_length,
        UsernameError::Character { .. } => t.name_character,
        UsernameError::Reserved { .. } => t.name_reserved,
        UsernameError::Invite => t.name_invite,
        UsernameError::Phone => t.name_phone,
        UsernameError::Host { .. } => t.name_host,
        _ => t.name_shape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> Vec<String> {
        names(text).into_iter().filter_map(|(_, name)| name.ok()).map(|name| name.to_string()).collect()
    }

    #[test]
    fn any_form_of_names_is_read() {
        let text = "durov, @telegram\nhttps://t.me/s/synth_chan?x=1 name_bot;t.me/other\r\n\r\n  DUROV  ";
        assert_eq!(good(text), ["durov", "telegram", "synth_chan", "name_bot", "other"]);
        assert_eq!(good("1. Pavel Durov (@durov) founder\nDurov: t.me/durov"), ["durov"]);
        assert_eq!(good("Durov: durov.t.me, and (telegram.t.me)"), ["durov", "telegram"]);
        assert_eq!(good("durov @telegram"), ["durov", "telegram"]);
        assert_eq!(good("<https://t.me/abcd>, \"https://t.me/efgh\""), ["abcd", "efgh"]);
        assert_eq!(good(" ,\n;; "), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_name_is_told_with_its_reason() {
        let found = names("ab https://example.org/x +79991234567 t.me/+abcdef");
        assert!(found.iter().all(|(_, name)| name.is_err()), "{found:?}");
        let t = super::super::texts::Lang::En.texts();
        let found = names("https://example.org/x");
        assert_eq!(why(t, found[0].1.as_ref().unwrap_err()), t.name_host);
    }
}
