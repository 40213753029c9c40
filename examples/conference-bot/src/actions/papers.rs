//! Papers: written as drafts, sent, changed until the time limit with every version kept, withdrawn.

use rusqlite::params;

use super::{Act, Done, News, demands, text};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{DeadlineKind, Demand, InvitationState, PaperState, Part, Role};
use crate::store::papers::Paper;
use crate::store::{Res, Stop, deadlines, invitations, papers, people, refuse, run};
use crate::texts::Say;

/// A paper in which the one who acts has a part, or about which they decide.
pub fn visible(act: &Act<'_>, id: i64) -> Res<Paper> {
    let Some(paper) = papers::get(act.conn, id)? else { return refuse("no.paper") };
    let me = act.me()?;
    let staff = [Role::Moderator, Role::Chair];
    let mut allowed = papers::part(act.conn, id, me)?.is_some();
    for role in staff {
        allowed |=
            paper.state != PaperState::Draft && people::has_role(act.conn, me, role, paper.section_id)?;
    }
    if allowed { Ok(paper) } else { refuse("no.paper") }
}

/// A paper of the one who acts.
pub fn own(act: &Act<'_>, id: i64) -> Res<Paper> {
    let paper = visible(act, id)?;
    if paper.owner_id == act.me()? { Ok(paper) } else { refuse("paper.not_owner") }
}

/// A paper that the one who acts may change just now.
pub fn editable(act: &Act<'_>, id: i64) -> Res<Paper> {
    let paper = own(act, id)?;
    let Some(kind) = paper.state.editable_until() else { return refuse("paper.closed") };
    if deadlines::passed(act.conn, kind, paper.section_id, paper.owner_id, act.now)? {
        return refuse("paper.late");
    }
    let in_hand = paper.claimed_by.is_some() && paper.claim_expires.is_some_and(|until| until > act.now);
    if in_hand { refuse("paper.in_hand") } else { Ok(paper) }
}

/// An answer about a paper. The first title makes the draft.
pub fn answer(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    if place.at == At::PaperTitle && place.id == 0 {
        return create(act, text(value)?);
    }
    let paper = editable(act, place.id)?;
    let (column, new): (&str, Box<dyn rusqlite::ToSql>) = match place.at {
        At::PaperTitle => ("title", Box::new(text(value)?.to_owned())),
        At::PaperAbstract => ("abstract", Box::new(text(value)?.to_owned())),
        At::PaperKeywords if *value == Value::Skipped => ("keywords", Box::new(None::<String>)),
        At::PaperKeywords => ("keywords", Box::new(text(value)?.to_owned())),
        At::PaperSection => ("section_id", Box::new(section(act, value)?)),
        At::PaperPermit => ("permit_doc", Box::new(demands::permit(act, &paper, value)?)),
        _ => ("paper_doc", Box::new(demands::file(act, &paper, value)?)),
    };
    let sql = format!("UPDATE submission SET {column} = ?2, rev = rev + 1, updated_at = ?3 WHERE id = ?1");
    run(act.conn, &sql, params![paper.id, new, act.now])?;
    act.audit("paper.changed", ("submission", paper.id), column)?;
    let notice = sent_again(act, paper.id)?.map(|no| Say::new("paper.new_version").count("n", no));
    Ok(Done { made: paper.id, notice, go: past_permit(act, place)? })
}

/// Whoever changes what was sent already sends it with that; the number of the version.
fn sent_again(act: &Act<'_>, id: i64) -> Res<Option<i64>> {
    let Some(paper) = papers::get(act.conn, id)? else { return refuse("no.paper") };
    if paper.state != PaperState::Submitted || !papers::changed(act.conn, id)? {
        return Ok(None);
    }
    demands::complete(act, &paper)?;
    keep(act, &paper).map(Some)
}

/// Where no permit is wanted, none is asked for.
fn past_permit(act: &Act<'_>, place: Place) -> Res<Option<Place>> {
    let asked_next = place.at == At::PaperSection && place.n == 0;
    let unwanted = asked_next && demands::of(act, place.id)?.permit == Demand::None;
    Ok(unwanted.then(|| Place::about(At::PaperFile, place.id)))
}

fn create(act: &Act<'_>, title: &str) -> Res<Done> {
    let me = may_write(act)?;
    let id = papers::create(act.conn, me, title, act.now)?;
    act.audit("paper.created", ("submission", id), "")?;
    Ok(Done::made(id))
}

fn may_write(act: &Act<'_>) -> Res<i64> {
    let me = act.approved()?;
    if deadlines::passed(act.conn, DeadlineKind::Submission, None, me, act.now)? {
        return refuse("paper.late");
    }
    Ok(me)
}

fn section(act: &Act<'_>, value: &Value) -> Res<i64> {
    match value {
        Value::Picked(id) if papers::sections(act.conn)?.iter().any(|(known, ..)| known == id) => Ok(*id),
        _ => refuse("hint.choose"),
    }
}

fn keep(act: &Act<'_>, paper: &Paper) -> Res<i64> {
    let code = format!("{}-{:03}", act.world.config.code, paper.id);
    let no = papers::keep_version(act.conn, paper.id, paper.owner_id, &code, act.now)?;
    act.audit("paper.version", ("submission", paper.id), &no.to_string())?;
    Ok(no)
}

/// The buttons of papers.
pub fn press(act: &Act<'_>, place: Place, verb: Verb) -> Res<Done> {
    match (place.at, verb) {
        (_, Verb::New) => may_write(act).map(|_| Done::default()),
        (At::Paper, Verb::Send) => send(act, place.id),
        (At::Paper, Verb::Edit) => editable(act, place.id).map(|_| Done::default()),
        (At::Paper, Verb::CoAuthor) => may_invite(act, place.id, Part::CoAuthor).map(|_| Done::default()),
        (At::Paper, Verb::Supervisor) => may_invite(act, place.id, Part::Supervisor).map(|_| Done::default()),
        (At::Paper, Verb::Files) => files(act, place.id),
        (At::Paper, Verb::Confirm) => confirm(act, place.id),
        (At::PaperDrop, Verb::Yes) => withdraw(act, place.id),
        _ => refuse("hint.old"),
    }
}

/// A paper to which the one who acts may invite somebody for this part.
pub fn may_invite(act: &Act<'_>, id: i64, part: Part) -> Res<Paper> {
    let paper = own(act, id)?;
    if !paper.state.withdrawable() {
        return refuse("paper.closed");
    }
    let invited = invitations::open_for(act.conn, id, part)?;
    has_room(act, id, part, invited)?;
    Ok(paper)
}

/// Refuses a co-author more than papers may have, when so many more are invited.
pub(super) fn has_room(act: &Act<'_>, id: i64, part: Part, invited: i64) -> Res<()> {
    let most = i64::from(act.world.config.max_co_authors);
    if part != Part::CoAuthor || most == 0 {
        return Ok(());
    }
    let people = papers::people(act.conn, id)?;
    let there = i64::try_from(people.iter().filter(|(.., p)| *p == part).count()).unwrap_or(i64::MAX);
    if there.saturating_add(invited) < most {
        return Ok(());
    }
    Err(Stop::Refused(Say::new("inv.full").count("n", most)))
}

fn send(act: &Act<'_>, id: i64) -> Res<Done> {
    let found = own(act, id)?;
    if matches!(found.state, PaperState::Submitted | PaperState::UnderReview) {
        let code = found.code.unwrap_or_default();
        return Ok(Done {
            notice: Some(Say::new("paper.sent_already").with("code", code)),
            ..Done::default()
        });
    }
    let paper = editable(act, id)?;
    demands::complete(act, &paper)?;
    papers::set_state(act.conn, id, paper.state, PaperState::Submitted, None, act.now)?;
    let no = keep(act, &paper)?;
    act.audit("paper.submitted", ("submission", id), &no.to_string())?;
    let code = papers::get(act.conn, id)?.and_then(|paper| paper.code).unwrap_or_default();
    let receipt =
        || Say::new("news.receipt").with("code", code.clone()).with("title", paper.name()).count("n", no);
    let to = Place::about(At::Paper, id);
    act.tell(
        paper.owner_id,
        &News::new(receipt()).button("btn.open", to).once(format!("receipt:{id}:{no}")).and_mail(),
    )?;
    act.tell_parties(id, &News::new(receipt()).button("btn.open", to))?;
    let news = Say::new("news.screening").with("code", code.clone()).with("title", paper.name());
    act.tell_role(
        Role::Moderator,
        paper.section_id,
        &News::new(news).button("btn.scr", Place::new(At::ScrQueue)),
    )?;
    Ok(Done { notice: Some(Say::new("paper.sent").with("code", code)), ..Done::default() })
}

fn files(act: &Act<'_>, id: i64) -> Res<Done> {
    let paper = visible(act, id)?;
    for (document, caption) in [(paper.paper_doc, "caption.paper"), (paper.permit_doc, "caption.permit")] {
        if let Some(document) = document {
            act.show_file(document, &Say::new(caption).with("title", paper.name()), None)?;
        }
    }
    Ok(Done::said("paper.files"))
}

fn confirm(act: &Act<'_>, id: i64) -> Res<Done> {
    let paper = own(act, id)?;
    if paper.state == PaperState::Confirmed {
        return Ok(Done::said("paper.confirmed"));
    }
    if paper.state != PaperState::Accepted {
        return refuse("paper.closed");
    }
    if deadlines::passed(act.conn, DeadlineKind::Confirmation, paper.section_id, paper.owner_id, act.now)? {
        return refuse("paper.late");
    }
    papers::set_state(act.conn, id, PaperState::Accepted, PaperState::Confirmed, None, act.now)?;
    act.audit("paper.confirmed", ("submission", id), "")?;
    let news = Say::new("news.confirmed")
        .with("code", paper.code.clone().unwrap_or_default())
        .with("title", paper.name());
    act.tell_role(Role::Chair, paper.section_id, &News::new(news))?;
    Ok(Done::said("paper.confirmed"))
}

fn withdraw(act: &Act<'_>, id: i64) -> Res<Done> {
    let paper = own(act, id)?;
    if !paper.state.withdrawable() {
        return refuse("paper.closed");
    }
    papers::set_state(act.conn, id, paper.state, PaperState::Withdrawn, None, act.now)?;
    act.audit("paper.withdrawn", ("submission", id), paper.state.code())?;
    for invitation in invitations::of_paper(act.conn, id)? {
        let by = act.who.person;
        if invitations::close(act.conn, invitation.id, InvitationState::Revoked, by, None, act.now)? {
            super::invitations::revoked(act, &invitation)?;
        }
    }
    let news = News::new(Say::new("news.withdrawn").with("title", paper.name())).and_mail();
    for (person, part) in crate::store::reviews::parties(act.conn, id)? {
        if part != Part::Author {
            act.tell(person, &news)?;
        }
    }
    Ok(Done::said("paper.withdrawn"))
}
