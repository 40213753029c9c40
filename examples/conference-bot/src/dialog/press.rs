//! The buttons of all places: whether something is done first, and where it leads.

use super::Next;
use super::button::Verb;
use super::place::{At, Place};

/// Where a button leads.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// Here.
    Stay,
    /// Home.
    Home,
    /// There, about nothing.
    Fresh(At),
    /// There, about the same.
    To(At),
    /// There, about the same, with the button's number.
    Numbered(At),
    /// There, about the row with the button's number.
    Open(At),
    /// There, about the row that was made or chosen.
    Made(At),
    /// To the question with the button's number in this list, to change its answer.
    Change(&'static [At]),
}

/// The answers of a registration that can be changed.
pub static ANSWERS: &[At] =
    &[At::RegName, At::RegBirth, At::RegPhone, At::RegEmail, At::RegOrg, At::RegStatus, At::RegConsent];
/// The parts of a paper that can be changed.
pub static PARTS: &[At] =
    &[At::PaperTitle, At::PaperAbstract, At::PaperKeywords, At::PaperSection, At::PaperPermit, At::PaperFile];

impl Then {
    pub(super) fn next(self, place: Place, arg: i64) -> Next {
        Next::Go(match self {
            Self::Stay => return Next::Stay,
            Self::Home => return Next::Home,
            Self::Made(at) => return Next::Made(at),
            Self::Fresh(at) => Place::new(at),
            Self::To(at) => Place::about(at, place.id),
            Self::Numbered(at) => Place { at, id: place.id, n: arg },
            Self::Open(at) => Place::about(at, arg),
            Self::Change(list) => match usize::try_from(arg).ok().and_then(|at| list.get(at)) {
                Some(at) => Place { at: *at, id: place.id, n: 1 },
                None => return Next::Stay,
            },
        })
    }
}

use Then::{Change, Fresh, Home, Made, Numbered, Open, Stay, To};

/// Place, button, whether something is done, where it leads.
pub static PRESSES: &[(At, Verb, bool, Then)] = &[
    (At::Welcome, Verb::Register, true, Home),
    (At::Welcome, Verb::Move, false, Fresh(At::MoveEmail)),
    (At::Summary, Verb::Send, true, Fresh(At::Waiting)),
    (At::Summary, Verb::Change, false, Fresh(At::RegChange)),
    (At::RegChange, Verb::Change, false, Change(ANSWERS)),
    (At::Waiting, Verb::Change, true, Fresh(At::Summary)),
    (At::Waiting, Verb::Inbox, false, Fresh(At::Inbox)),
    (At::Waiting, Verb::Papers, false, Fresh(At::Papers)),
    (At::Waiting, Verb::Profile, false, Fresh(At::Profile)),
    (At::Menu, Verb::New, true, Fresh(At::PaperTitle)),
    (At::Menu, Verb::Papers, false, Fresh(At::Papers)),
    (At::Menu, Verb::Inbox, false, Fresh(At::Inbox)),
    (At::Menu, Verb::Profile, false, Fresh(At::Profile)),
    (At::Profile, Verb::Leaving, false, Fresh(At::Leaving)),
    (At::Profile, Verb::Remain, true, Stay),
    (At::Leaving, Verb::Leave, true, Fresh(At::Profile)),
    (At::Menu, Verb::Register, true, Home),
    (At::Menu, Verb::Applications, false, Fresh(At::ModQueue)),
    (At::Menu, Verb::Screening, false, Fresh(At::ScrQueue)),
    (At::Menu, Verb::Chairing, false, Fresh(At::ChairQueue)),
    (At::Menu, Verb::Reviewing, false, Fresh(At::RevQueue)),
    (At::Papers, Verb::Open, false, Open(At::Paper)),
    (At::Papers, Verb::New, true, Fresh(At::PaperTitle)),
    (At::Paper, Verb::Send, true, Stay),
    (At::Paper, Verb::Edit, true, To(At::PaperEdit)),
    (At::Paper, Verb::Drop, false, To(At::PaperDrop)),
    (At::Paper, Verb::CoAuthor, true, Numbered(At::InvTarget)),
    (At::Paper, Verb::Supervisor, true, Numbered(At::InvTarget)),
    (At::Paper, Verb::Invites, false, To(At::Invites)),
    (At::Paper, Verb::Files, true, Stay),
    (At::Paper, Verb::Confirm, true, Stay),
    (At::PaperEdit, Verb::Change, false, Change(PARTS)),
    (At::PaperDrop, Verb::Yes, true, Fresh(At::Papers)),
    (At::Invites, Verb::Open, false, Open(At::Invite)),
    (At::Invite, Verb::Revoke, true, Stay),
    (At::Invite, Verb::Renew, true, Stay),
    (At::Invite, Verb::Papers, true, Made(At::Paper)),
    (At::Inbox, Verb::Accept, true, Made(At::Paper)),
    (At::Inbox, Verb::Decline, false, Open(At::InvDecline)),
    (At::ModQueue, Verb::Open, true, Open(At::ModCard)),
    (At::ModQueue, Verb::Undo, true, Stay),
    (At::ModCard, Verb::Approve, true, Fresh(At::ModQueue)),
    (At::ModCard, Verb::AskChanges, true, To(At::ModChanges)),
    (At::ModCard, Verb::Reject, true, To(At::ModReject)),
    (At::ModCard, Verb::Organisation, true, To(At::ModOrg)),
    (At::ModCard, Verb::Release, true, Fresh(At::ModQueue)),
    (At::ModOrg, Verb::Edit, true, Numbered(At::ModOrgForm)),
    (At::ModOrg, Verb::Verify, true, Stay),
    (At::ScrQueue, Verb::Open, true, Open(At::ScrCard)),
    (At::ScrQueue, Verb::Undo, true, Stay),
    (At::ScrCard, Verb::Pass, true, Fresh(At::ScrQueue)),
    (At::ScrCard, Verb::AskChanges, true, To(At::ScrChanges)),
    (At::ScrCard, Verb::Files, true, Stay),
    (At::ScrCard, Verb::Release, true, Fresh(At::ScrQueue)),
    (At::ChairQueue, Verb::Open, false, Open(At::ChairCard)),
    (At::ChairQueue, Verb::Undo, true, Stay),
    (At::ChairCard, Verb::Assign, false, To(At::Assign)),
    (At::ChairCard, Verb::Decide, true, Numbered(At::Decide)),
    (At::ChairCard, Verb::Files, true, Stay),
    (At::Assign, Verb::Offer, true, Stay),
    (At::RevQueue, Verb::Open, false, Open(At::RevCard)),
    (At::RevCard, Verb::Agree, true, Stay),
    (At::RevCard, Verb::Conflict, true, To(At::RevConflict)),
    (At::RevCard, Verb::Score, true, To(At::RevScore)),
    (At::RevCard, Verb::Files, true, Stay),
    (At::RevCard, Verb::Finish, true, Fresh(At::RevQueue)),
    (At::RegCode, Verb::Resend, true, Stay),
    (At::RegConsent, Verb::Blank, true, Stay),
    (At::MoveCode, Verb::Resend, true, Stay),
];
