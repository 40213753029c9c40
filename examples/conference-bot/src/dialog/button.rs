//! Buttons and what Telegram sends back when one is pressed.

use super::place::Place;
use crate::texts::Say;

macro_rules! verbs {
    ($($verb:ident = $code:literal),* $(,)?) => {
        /// What a button does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the table of presses says what each does where")]
        pub enum Verb { $($verb),* }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$verb),*];

            /// The short name in a button's data.
            pub fn code(self) -> &'static str {
                match self { $(Self::$verb => $code),* }
            }
        }
    };
}

verbs! {
    Back = "back", Home = "home", Turn = "turn", Pick = "pick", Skip = "skip", Register = "reg", Move = "move",
    Send = "send", Change = "chg", Open = "open", New = "new", Papers = "paps", Inbox = "inb", Profile = "prof",
    Edit = "edit", Drop = "drop", Yes = "yes", CoAuthor = "co", Supervisor = "sup", Invites = "invs",
    Revoke = "revk", Renew = "rnew", Accept = "acc", Decline = "decl", Files = "file", Confirm = "conf",
    Applications = "apps", Screening = "scr", Chairing = "chair", Reviewing = "revs", Claim = "clm",
    Approve = "appr", Reject = "rej", AskChanges = "askc", Organisation = "org", Release = "rel", Undo = "undo",
    Pass = "pass", Assign = "asgn", Offer = "offr", Decide = "deci", Agree = "agre", Conflict = "conf_", Score = "scor",
    Advice = "adv", Comment = "comm", Private = "priv", Finish = "fin", Verify = "vrfy", Resend = "rsnd",
    Blank = "blnk", Leaving = "leav", Leave = "erse", Remain = "stay",
}

/// A press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Leads to a place, whenever it is pressed: for buttons under notices.
    Go(Place),
    /// Does something in the place where the screen was drawn.
    Do(Verb, i64),
}

/// A button.
#[derive(Debug, Clone)]
pub struct Button {
    /// Its label.
    pub label: Say,
    /// What it does.
    pub press: Press,
}

impl Button {
    /// With the label of its verb.
    pub fn of(verb: Verb) -> Self {
        Self::labelled(Say::new(format!("btn.{}", verb.code())), verb, 0)
    }

    /// With the label of its verb, and a number.
    pub fn with(verb: Verb, arg: i64) -> Self {
        Self::labelled(Say::new(format!("btn.{}", verb.code())), verb, arg)
    }

    /// With another label.
    pub fn labelled(label: Say, verb: Verb, arg: i64) -> Self {
        Self { label, press: Press::Do(verb, arg) }
    }
}

impl Press {
    /// What stands in the button's data: at most 64 bytes. A button that does something counts only for the revision
    /// of the conversation in which it was drawn.
    pub fn data(self, rev: i64) -> String {
        match self {
            Self::Go(place) => format!("@{place}"),
            Self::Do(verb, arg) => format!("{}:{arg}:{rev}", verb.code()),
        }
    }

    /// Reads a button's data, with the revision that it counts for.
    pub fn read(data: &str) -> Option<(Self, Option<i64>)> {
        if let Some(place) = data.strip_prefix('@') {
            return Some((Self::Go(place.parse().ok()?), None));
        }
        let mut parts = data.split(':');
        let (code, arg, rev) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let verb = Verb::ALL.iter().copied().find(|verb| verb.code() == code)?;
        Some((Self::Do(verb, arg), Some(rev)))
    }
}
