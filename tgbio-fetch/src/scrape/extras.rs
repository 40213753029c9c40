//! The lines below the display name: `@name` and counts.

use tgbio_core::{Counts, Observed, ProfileKind};

use super::collect::{Card, Parts};
use super::selectors as s;

/// What the extra lines say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extras<'a> {
    pub(super) name: Option<&'a str>,
    subscribers: Option<u64>,
    members: Option<u64>,
    online: Option<u64>,
    monthly_users: Option<u64>,
}

impl<'a> Extras<'a> {
    /// Reads every line that is known; other lines say nothing.
    pub(super) fn read(lines: &'a [String]) -> Self {
        let mut extras = Self::default();
        for line in lines {
            extras.line(line);
        }
        extras
    }

    fn line(&mut self, line: &'a str) {
        if let Some(name) = line.strip_prefix('@') {
            let word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            self.name = self.name.or(word.then_some(name));
        } else if let Some(count) = counted(line, &["subscribers", "subscriber"]) {
            self.subscribers = Some(count);
        } else if let Some(count) = counted(line, &["monthly users", "monthly user"]) {
            self.monthly_users = Some(count);
        } else {
            self.members_line(line);
        }
    }

    fn members_line(&mut self, line: &str) {
        let (members, online) = match line.split_once(", ") {
            Some((members, online)) => (members, Some(counted(online, &["online"]))),
            None => (line, None),
        };
        if let Some(count) = counted(members, &["members", "member"])
            && online != Some(None)
        {
            self.members = Some(count);
            self.online = online.flatten();
        }
    }

    /// What the profile is, if the page says so.
    pub(super) fn kind(&self, parts: &Parts) -> Option<ProfileKind> {
        if self.subscribers.is_some() || (self.members.is_some() && parts.card.preview) {
            return Some(ProfileKind::Channel);
        }
        if self.members.is_some() {
            return Some(ProfileKind::Group);
        }
        if self.monthly_users.is_some() || says_bot(parts) {
            return Some(ProfileKind::Bot);
        }
        has_button(&parts.card, s::SEND_MESSAGE).then_some(ProfileKind::User)
    }

    /// The counts of such a profile. What another kind would have is known to be empty.
    pub(super) fn counts(&self, kind: ProfileKind) -> Counts {
        let before_2021 = kind == ProfileKind::Channel;
        let mut counts = Counts::default();
        counts.subscribers = self.subscribers.or(self.members.filter(|_| before_2021)).into();
        counts.members = self.members.filter(|_| !before_2021).into();
        counts.online = self.online.filter(|_| !before_2021).into();
        counts.monthly_users = self.monthly_users.into();
        debug_assert!(counts.named().iter().all(|(_, count)| *count != Observed::Hidden));
        counts
    }
}

fn says_bot(parts: &Parts) -> bool {
    let launch = |text: &str| text.starts_with("Telegram: Launch @");
    has_button(&parts.card, s::START_BOT)
        || parts.page_title.as_deref().is_some_and(launch)
        || parts.card.additional.starts_with("If you have Telegram, you can launch")
}

fn has_button(card: &Card, label: &str) -> bool {
    card.buttons.iter().any(|button| button == label)
}

/// The number before one of these nouns, if nothing else stands there.
fn counted(line: &str, nouns: &[&str]) -> Option<u64> {
    let number = nouns.iter().find_map(|noun| line.strip_suffix(noun)?.strip_suffix(' '))?;
    if number == "no" {
        return Some(0);
    }
    let mut value: u64 = 0;
    for c in number.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')) {
        value = value.checked_mul(10)?.checked_add(c.to_digit(10)?.into())?;
    }
    number.starts_with(|c: char| c.is_ascii_digit()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_need_the_whole_line() {
        let nouns = ["members", "member"];
        assert_eq!(counted("11 110 268 members", &nouns), Some(11_110_268));
        assert_eq!(counted("1\u{a0}234\u{202f}567 members", &nouns), Some(1_234_567));
        assert_eq!(counted("1 member", &nouns), Some(1));
        assert_eq!(counted("no members", &nouns), Some(0));
        for other in
            ["1.2K members", "members", " members", "about 5 members", "99999999999999999999999 members"]
        {
            assert_eq!(counted(other, &nouns), None, "{other}");
        }
    }

    #[test]
    fn a_line_that_is_only_half_known_says_nothing() {
        let lines = ["7 members, many online".to_owned(), "@a b".to_owned(), "5 boosts".to_owned()];
        assert_eq!(Extras::read(&lines), Extras::default());
    }
}
