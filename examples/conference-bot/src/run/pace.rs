//! How fast a bot may write: so many messages a second in all, and so many to one chat.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// When each chat, and the bot as a whole, may be written to next.
#[derive(Debug)]
pub(super) struct Pace {
    between: Duration,
    between_in_chat: Duration,
    next: Instant,
    chats: HashMap<String, Instant>,
}

fn between(per_second: u32) -> Duration {
    if per_second == 0 { Duration::ZERO } else { Duration::from_secs(1) / per_second }
}

impl Pace {
    pub(super) fn new(per_second: u32, per_chat: u32) -> Self {
        let next = Instant::now();
        Self { between: between(per_second), between_in_chat: between(per_chat), next, chats: HashMap::new() }
    }

    /// Takes the next turn of the bot; the time until it.
    pub(super) fn turn(&mut self, now: Instant) -> Duration {
        let at = self.next.max(now);
        self.next = at + self.between;
        at - now
    }

    /// Whether a chat may be written to now.
    pub(super) fn open(&self, chat: &str, now: Instant) -> bool {
        self.chats.get(chat).is_none_or(|next| *next <= now)
    }

    /// Notes that a chat was written to.
    pub(super) fn wrote(&mut self, chat: &str, now: Instant) {
        if self.chats.len() > 10_000 {
            self.chats.retain(|_, next| *next > now);
        }
        if !self.between_in_chat.is_zero() {
            self.chats.insert(chat.to_owned(), now + self.between_in_chat);
        }
    }

    /// When the next of these chats may be written to.
    pub(super) fn soonest<'a>(&self, chats: impl Iterator<Item = &'a str>) -> Option<Instant> {
        chats.filter_map(|chat| self.chats.get(chat)).min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn thirty_a_second_in_all_and_one_a_second_to_a_chat() {
        let mut pace = Pace::new(30, 1);
        let begun = Instant::now();
        for _ in 0..31 {
            let wait = pace.turn(Instant::now());
            tokio::time::sleep(wait).await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(990), "{:?}", begun.elapsed());
        pace.wrote("7", Instant::now());
        assert!(!pace.open("7", Instant::now()) && pace.open("8", Instant::now()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(pace.open("7", Instant::now()));
    }
}
