//! The answer to an update: a screen, and the end of the waiting sign on the pressed button.

use super::{Kind, Turn};
use crate::dialog::place::{At, Place};
use crate::screens::{self, Screen};
use crate::store::outbox::{self, Letter, Out};
use crate::store::{Res, Stop, dialogs};
use crate::texts::Say;

impl Turn<'_> {
    /// Shows the place where the conversation stands: in the message of the pressed button, or below everything.
    pub(super) fn show(&mut self, mut notice: Option<Say>, below: bool) -> Res<()> {
        let screen = self.screen(&mut notice)?;
        self.answer_press(None)?;
        let locale = self.act.who.locale;
        let (text, keyboard) =
            (screen.text(notice.as_ref(), locale), screen.keyboard(self.dialog.rev, locale));
        let in_place = self.incoming.message_id.filter(|_| !below && !self.act.files_shown.get());
        let body = match in_place {
            Some(message_id) => Out::Edit { message_id, text, keyboard },
            None => Out::Send { text, keyboard },
        };
        self.dialog.prompt_id = in_place;
        self.write(&body)?;
        self.save()
    }

    /// The screen of the place; home, where the place cannot be seen any more.
    fn screen(&mut self, notice: &mut Option<Say>) -> Res<Screen> {
        let home = self.facts()?.home();
        for place in [self.dialog.place, home] {
            match self.guarded(|turn| screens::draw(&turn.act, place)) {
                Ok(screen) => {
                    if place != self.dialog.place {
                        self.dialog.rev += 1;
                    }
                    self.dialog.place = place;
                    return Ok(screen);
                }
                Err(Stop::Refused(say)) => *notice = notice.take().or(Some(say)),
                Err(error) => return Err(error),
            }
        }
        self.dialog.place = Place::new(At::Welcome);
        screens::draw(&self.act, self.dialog.place)
    }

    /// A button whose time is over does nothing and says so; the screen that counts is drawn again where it stands.
    pub(super) fn stale(&mut self) -> Res<()> {
        self.answer_press(Some(&Say::new("hint.old")))?;
        let mut notice = None;
        let screen = self.screen(&mut notice)?;
        let locale = self.act.who.locale;
        let (text, keyboard) =
            (screen.text(notice.as_ref(), locale), screen.keyboard(self.dialog.rev, locale));
        let body = match self.dialog.prompt_id {
            Some(message_id) => Out::Edit { message_id, text, keyboard },
            None => Out::Send { text, keyboard },
        };
        self.write(&body)?;
        self.save()
    }

    fn answer_press(&self, say: Option<&Say>) -> Res<()> {
        let Kind::Press { callback_id, .. } = &self.incoming.kind else { return Ok(()) };
        let text = say.map(|say| say.text(self.act.who.locale)).unwrap_or_default();
        let letter = Letter {
            bot: self.act.who.bot.clone(),
            // Not the chat: answers to presses wait for nothing and are counted by no limit.
            recipient: format!("press:{callback_id}"),
            ..Letter::default()
        };
        outbox::write(
            self.act.conn,
            &letter,
            &Out::Answer { callback_id: callback_id.clone(), text },
            self.act.now,
        )?;
        Ok(())
    }

    fn write(&self, body: &Out) -> Res<()> {
        let letter = Letter {
            bot: self.act.who.bot.clone(),
            recipient: self.incoming.tg_id.to_string(),
            person: self.act.who.person,
            dialog_rev: Some(self.dialog.rev),
            ..Letter::default()
        };
        outbox::write(self.act.conn, &letter, body, self.act.now)?;
        Ok(())
    }

    fn save(&mut self) -> Res<()> {
        self.dialog.fresh = false;
        dialogs::save(self.act.conn, &self.act.who.bot, self.incoming.tg_id, &self.dialog, self.act.now)
    }
}
