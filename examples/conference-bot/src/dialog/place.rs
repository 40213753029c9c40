//! Where somebody can stand in the conversation.

use std::fmt;
use std::str::FromStr;

macro_rules! places {
    ($($at:ident = $code:literal back $back:expr;)*) => {
        /// A kind of place.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the table gives their codes and ways back")]
        pub enum At { $($at),* }

        impl At {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$at),*];

            /// The short name that the database, the buttons and the texts use.
            pub fn code(self) -> &'static str {
                match self { $(Self::$at => $code),* }
            }

            /// Where `/back` leads; `None` is home.
            fn back(self) -> Option<At> {
                match self { $(Self::$at => $back),* }
            }
        }
    };
}

use At::*;

places! {
    Welcome = "welcome" back None;
    Lang = "lang" back None;
    RegName = "reg_name" back None;
    RegBirth = "reg_birth" back Some(RegName);
    RegPhone = "reg_phone" back Some(RegBirth);
    RegEmail = "reg_email" back Some(RegPhone);
    RegCode = "reg_code" back Some(RegEmail);
    RegOrg = "reg_org" back Some(RegEmail);
    RegAbbr = "reg_abbr" back Some(RegOrg);
    RegAbbrEn = "reg_abbr_en" back Some(RegAbbr);
    RegStatus = "reg_status" back Some(RegOrg);
    RegConsent = "reg_consent" back Some(RegStatus);
    Summary = "summary" back None;
    RegChange = "reg_change" back Some(Summary);
    Waiting = "waiting" back None;
    MoveEmail = "move_email" back None;
    MoveCode = "move_code" back Some(MoveEmail);
    Menu = "menu" back None;
    Profile = "profile" back None;
    Leaving = "leaving" back Some(Profile);
    PaperTitle = "paper_title" back None;
    PaperAbstract = "paper_abstract" back Some(PaperTitle);
    PaperKeywords = "paper_keywords" back Some(PaperAbstract);
    PaperSection = "paper_section" back Some(PaperKeywords);
    PaperPermit = "paper_permit" back Some(PaperSection);
    PaperFile = "paper_file" back Some(PaperPermit);
    Papers = "papers" back None;
    Paper = "paper" back Some(Papers);
    PaperEdit = "paper_edit" back Some(Paper);
    PaperDrop = "paper_drop" back Some(Paper);
    InvTarget = "inv_target" back Some(Paper);
    Invites = "invites" back Some(Paper);
    Invite = "invite" back None;
    Inbox = "inbox" back None;
    InvDecline = "inv_decline" back Some(Inbox);
    ModQueue = "mod_queue" back None;
    ModCard = "mod_card" back Some(ModQueue);
    ModChanges = "mod_changes" back Some(ModCard);
    ModReject = "mod_reject" back Some(ModCard);
    ModOrg = "mod_org" back Some(ModCard);
    ModOrgForm = "mod_org_form" back Some(ModOrg);
    ScrQueue = "scr_queue" back None;
    ScrCard = "scr_card" back Some(ScrQueue);
    ScrChanges = "scr_changes" back Some(ScrCard);
    ChairQueue = "chair_queue" back None;
    ChairCard = "chair_card" back Some(ChairQueue);
    Assign = "assign" back Some(ChairCard);
    Decide = "decide" back Some(ChairCard);
    RevQueue = "rev_queue" back None;
    RevCard = "rev_card" back Some(RevQueue);
    RevConflict = "rev_conflict" back Some(RevCard);
    RevScore = "rev_score" back Some(RevCard);
    RevAdvice = "rev_advice" back Some(RevCard);
    RevComment = "rev_comment" back Some(RevCard);
    RevPrivate = "rev_private" back Some(RevCard);
}

impl At {
    /// By its code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|at| at.code() == code)
    }
}

/// A place: its kind, what it is about, and a small number whose meaning the kind gives (the page of a list; 1 where an
/// answer is changed and not given for the first time).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The kind.
    pub at: At,
    /// The row that it is about, or 0.
    pub id: i64,
    /// A page, a form, a flag.
    pub n: i64,
}

impl Place {
    /// A place about nothing.
    pub fn new(at: At) -> Self {
        Self { at, id: 0, n: 0 }
    }

    /// A place about a row.
    pub fn about(at: At, id: i64) -> Self {
        Self { at, id, n: 0 }
    }

    /// The same with its small number.
    #[must_use]
    pub fn turned(self, n: i64) -> Self {
        Self { n, ..self }
    }

    /// Where `/back` leads; `None` is home. Whoever changes an answer goes back to the overview.
    pub fn back(self) -> Option<Self> {
        let changing = self.n == 1;
        let at = match self.at {
            RegName | RegBirth | RegPhone | RegEmail | RegOrg | RegStatus | RegConsent if changing => Summary,
            PaperTitle | PaperAbstract | PaperKeywords | PaperSection | PaperPermit | PaperFile
                if changing =>
            {
                PaperEdit
            }
            at => at.back()?,
        };
        let keeps = !matches!(at, Papers | Inbox | ModQueue | ScrQueue | ChairQueue | RevQueue | Summary);
        let n = i64::from(changing && matches!(self.at, RegCode | RegAbbr | RegAbbrEn));
        Some(Self { at, id: if keeps { self.id } else { 0 }, n })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.at.code(), self.id, self.n)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let at = parts.next().and_then(At::of).ok_or(())?;
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(());
        Ok(Self { at, id: number()?, n: number()? })
    }
}
