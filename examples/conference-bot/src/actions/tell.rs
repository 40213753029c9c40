//! Telling somebody something: in the chat where the bot may write, by e-mail where it may not or where it matters.

use super::Act;
use crate::dialog::button::Press;
use crate::dialog::place::Place;
use crate::domain::Role;
use crate::store::outbox::{Letter, Out};
use crate::store::{self, Res};
use crate::texts::{Locale, Say};

/// Something to tell.
#[derive(Debug, Clone)]
pub struct News {
    /// What.
    pub say: Say,
    /// A button under it: its label and where it leads.
    pub button: Option<(&'static str, Place)>,
    /// Told once for each of these keys.
    pub dedupe: Option<String>,
    /// By e-mail as well.
    pub mail: bool,
    /// It brings this invitation.
    pub invitation: Option<i64>,
    /// 1 tells of something, 2 is for many.
    pub priority: i64,
}

impl News {
    /// Told in the chat.
    pub fn new(say: Say) -> Self {
        Self { say, button: None, dedupe: None, mail: false, invitation: None, priority: 1 }
    }

    /// With a button.
    #[must_use]
    pub fn button(mut self, label: &'static str, to: Place) -> Self {
        self.button = Some((label, to));
        self
    }

    /// Told once.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedupe = Some(key.into());
        self
    }

    /// By e-mail as well.
    #[must_use]
    pub fn and_mail(mut self) -> Self {
        self.mail = true;
        self
    }
}

impl Act<'_> {
    /// Tells a person. Whether there was any way to tell them.
    pub fn tell(&self, person: i64, news: &News) -> Res<bool> {
        let found = store::people::load(self.conn, person)?;
        if found.erased_at.is_some() {
            return Ok(false);
        }
        let chat = self.chat_of(person)?;
        let written = match &chat {
            Some((tg_id, bot, locale)) => {
                self.tell_chat((*tg_id, bot), person, locale.or(found.locale), news)?
            }
            None => false,
        };
        let mailed = match &found.email {
            Some(address) if news.mail || chat.is_none() => {
                let locale = found.locale.unwrap_or(Locale::Ru);
                self.mail(address, Some(person), locale, &news.say, news.dedupe.as_deref(), news.invitation)?;
                true
            }
            _ => false,
        };
        Ok(written || mailed)
    }

    /// The language in which a person is told something.
    pub fn language(&self, person: i64) -> Res<Locale> {
        let own = store::people::load(self.conn, person)?.locale;
        let chosen = self.chat_of(person)?.and_then(|(.., locale)| locale);
        Ok(chosen.or(own).unwrap_or(Locale::Ru))
    }

    /// Where the bot may write to a person: account, bot, language.
    fn chat_of(&self, person: i64) -> Res<Option<(i64, String, Option<Locale>)>> {
        let Some((tg_id, false)) = store::people::account(self.conn, person)? else { return Ok(None) };
        let bots = store::dialogs::bots(self.conn, tg_id)?;
        Ok(bots.into_iter().next().map(|(bot, locale)| (tg_id, bot, locale)))
    }

    fn tell_chat(&self, to: (i64, &str), person: i64, locale: Option<Locale>, news: &News) -> Res<bool> {
        let locale = locale.unwrap_or(Locale::Ru);
        let button =
            |(label, to): (&'static str, Place)| vec![(Say::new(label).text(locale), Press::Go(to).data(0))];
        let body = Out::Send {
            text: news.say.text(locale),
            keyboard: news.button.map(button).into_iter().collect(),
        };
        let letter = Letter {
            bot: to.1.to_owned(),
            recipient: to.0.to_string(),
            person: Some(person),
            priority: news.priority,
            dedupe: news.dedupe.as_ref().map(|key| format!("tg:{key}:{person}")),
            invitation: news.invitation,
            ..Letter::default()
        };
        store::outbox::write(self.conn, &letter, &body, self.now)?;
        Ok(true)
    }

    /// Writes an e-mail.
    pub fn mail(
        &self,
        address: &str,
        person: Option<i64>,
        locale: Locale,
        say: &Say,
        dedupe: Option<&str>,
        invitation: Option<i64>,
    ) -> Res<()> {
        let (subject, text) = self.world.letter(locale, &say.text(locale));
        let letter = Letter {
            recipient: address.to_owned(),
            person,
            priority: 1,
            dedupe: dedupe.map(|key| format!("mail:{key}:{address}")),
            invitation,
            ..Letter::default()
        };
        store::outbox::write(self.conn, &letter, &Out::Mail { subject, text }, self.now)?;
        Ok(())
    }

    /// Tells everybody who has a role for a section.
    pub fn tell_role(&self, role: Role, section: Option<i64>, news: &News) -> Res<()> {
        for person in store::people::with_role(self.conn, role, section)? {
            self.tell(person, news)?;
        }
        Ok(())
    }

    /// Tells everybody who has a part in a paper, but not the one who acts.
    pub fn tell_parties(&self, paper: i64, news: &News) -> Res<()> {
        for (person, _) in store::reviews::parties(self.conn, paper)? {
            if Some(person) != self.who.person {
                self.tell(person, news)?;
            }
        }
        Ok(())
    }
}
