//! Welcome, registration, menu and profile.

use super::{Screen, raw};
use crate::actions::{self, Act};
use crate::dialog::ANSWERS;
use crate::dialog::button::{Button, Verb};
use crate::dialog::place::{At, Place};
use crate::domain::{ApplicationState, Criterion, DeadlineKind, PaperState, Role};
use crate::store::people::{self, Person};
use crate::store::{Res, applications, deadlines, number, papers, refuse, reviews};
use crate::texts::Say;

pub(super) fn draw(act: &Act<'_>, place: Place) -> Res<Screen> {
    match place.at {
        At::Lang => Ok(Screen::of("lang").row([
            Button::labelled(Say::new("lang.ru"), Verb::Pick, 0),
            Button::labelled(Say::new("lang.en"), Verb::Pick, 1),
        ])),
        At::Summary => summary(act),
        At::RegChange => change(),
        At::Waiting => waiting(act),
        At::Menu => menu(act),
        At::Profile => profile(act),
        At::Leaving => Ok(Screen::of("leaving").buttons(&[Verb::Leave]).buttons(&[Verb::Back])),
        _ => Ok(welcome(act)),
    }
}

fn welcome(act: &Act<'_>) -> Screen {
    let say = Say::new("welcome")
        .with("title", act.world.title(act.who.locale))
        .with("support", act.world.support());
    Screen::new(say).buttons(&[Verb::Register]).buttons(&[Verb::Move])
}

/// What a question says beside its text.
pub(super) fn about(act: &Act<'_>, place: Place, say: Say) -> Res<Say> {
    Ok(match place.at {
        At::PaperFile => {
            let formats = actions::demands::of(act, place.id)?.paper;
            say.word("formats", actions::demands::word(formats))
        }
        At::InvTarget => say.word("part", format!("part.{}", actions::invitations::part_of(place.n).code())),
        At::RevScore => {
            let criterion = usize::try_from(place.n).ok().and_then(|n| Criterion::ALL.get(n));
            say.word("criterion", format!("criterion.{}", criterion.map_or("none", |c| c.code())))
        }
        At::Decide => {
            let found = usize::try_from(place.n).ok().and_then(|n| actions::review::DECISIONS.get(n));
            let (outcome, presentation) =
                found.map_or(("none", "none"), |(o, p)| (o.code(), p.map_or("none", |p| p.code())));
            say.word("outcome", format!("outcome.{outcome}"))
                .word("presentation", format!("presentation.{presentation}"))
        }
        At::ModOrgForm => {
            let org = actions::moderation::organisation(act, place.id)?;
            say.with(
                "old",
                [org.full_name, org.abbr, org.abbr_en][usize::try_from(place.n.clamp(0, 2)).unwrap_or(0)]
                    .clone(),
            )
        }
        _ => say,
    })
}

/// The lines of a person.
pub(super) fn person_lines(key: &str, person: &Person) -> Say {
    let org = person.organisation.clone().unwrap_or_default();
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
    Say::new(key)
        .with("name", person.name())
        .with("birth", person.birth_date.as_deref().map_or("—".to_owned(), shown_date))
        .with("phone", text(&person.phone))
        .with("email", text(&person.email))
        .with("org", org.full_name)
        .with("abbr", org.abbr)
        .with("abbr_en", org.abbr_en)
        .word("status", person.status.map_or("none".to_owned(), |status| format!("status.{}", status.code())))
}

/// `2005-02-01` as people here write it.
pub(crate) fn shown_date(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join(".")
}

fn summary(act: &Act<'_>) -> Res<Screen> {
    let me = act.me()?;
    let Some(application) = applications::of(act.conn, me)? else { return refuse("no.registration") };
    if !matches!(application.state, ApplicationState::Draft | ApplicationState::ChangesRequested) {
        return refuse("reg.closed");
    }
    let mut screen = Screen::of("summary").and(person_lines("person", &people::load(act.conn, me)?));
    if let Some(comment) = application.comment {
        screen = screen.and(Say::new("waiting.comment").with("comment", comment));
    }
    Ok(screen.buttons(&[Verb::Send]).buttons(&[Verb::Change]).buttons(&[Verb::Home]))
}

fn change() -> Res<Screen> {
    let button = |(n, at): (usize, &At)| {
        Button::labelled(
            Say::new(format!("field.{}", at.code())),
            Verb::Change,
            i64::try_from(n).unwrap_or(0),
        )
    };
    let rows = ANSWERS.iter().enumerate().map(button);
    Ok(rows.fold(Screen::of("reg.change"), |screen, button| screen.row([button])).buttons(&[Verb::Back]))
}

fn waiting(act: &Act<'_>) -> Res<Screen> {
    let me = act.me()?;
    let Some(application) = applications::of(act.conn, me)? else { return refuse("no.registration") };
    let mut screen =
        Screen::new(Say::new("waiting").word("state", format!("application.{}", application.state.code())));
    if let Some(comment) = application.comment {
        screen = screen.and(Say::new("waiting.comment").with("comment", comment));
    }
    screen = match application.state {
        ApplicationState::Submitted => screen.and(Say::new("waiting.submitted")).buttons(&[Verb::Change]),
        ApplicationState::ChangesRequested | ApplicationState::Rejected => screen.buttons(&[Verb::Change]),
        ApplicationState::Draft => return summary(act),
        ApplicationState::Approved => screen,
    };
    let waits = actions::invitations::inbox(act)?.len();
    let label = Say::new("btn.inb_n").count("n", i64::try_from(waits).unwrap_or(0));
    Ok(screen
        .row_if(waits > 0, [Button::labelled(label, Verb::Inbox, 0)])
        .buttons(&[Verb::Profile, Verb::Home]))
}

fn counted(verb: Verb, key: &str, n: i64) -> Button {
    Button::labelled(Say::new(key).count("n", n), verb, 0)
}

fn menu(act: &Act<'_>) -> Res<Screen> {
    let mut screen = Screen::new(Say::new("menu").with("title", act.world.title(act.who.locale)));
    let Some(me) = act.who.person else { return Ok(welcome(act)) };
    if let Some((at, _)) = deadlines::at(act.conn, DeadlineKind::Submission, None)? {
        screen = screen.and(Say::new("menu.deadline").with("time", act.world.shown_limit(at)));
    }
    if act.approved().is_ok() && act.who.bot != "staff" {
        let waits = i64::try_from(actions::invitations::inbox(act)?.len()).unwrap_or(0);
        let own = i64::try_from(papers::of(act.conn, me)?.len()).unwrap_or(0);
        screen = screen
            .buttons(&[Verb::New])
            .row([counted(Verb::Papers, "btn.paps_n", own), counted(Verb::Inbox, "btn.inb_n", waits)])
            .buttons(&[Verb::Profile]);
    } else if actions::leaving::since(act, me)?.is_some() {
        screen = screen.and(Say::new("no.consent")).buttons(&[Verb::Profile]);
    } else if act.who.bot != "staff" {
        screen = screen.buttons(&[Verb::Register]);
    }
    staff_menu(act, me, screen)
}

fn staff_menu(act: &Act<'_>, me: i64, mut screen: Screen) -> Res<Screen> {
    if people::has_role(act.conn, me, Role::Moderator, None)? {
        let queue = i64::try_from(applications::waiting(act.conn, me, act.now)?.len()).unwrap_or(0);
        let screening =
            i64::try_from(papers::in_state(act.conn, &[PaperState::Submitted])?.len()).unwrap_or(0);
        screen = screen.row([
            counted(Verb::Applications, "btn.apps_n", queue),
            counted(Verb::Screening, "btn.scr_n", screening),
        ]);
    }
    if people::has_role(act.conn, me, Role::Chair, None)? {
        let open = i64::try_from(papers::in_state(act.conn, &[PaperState::UnderReview])?.len()).unwrap_or(0);
        screen = screen.row([counted(Verb::Chairing, "btn.chair_n", open)]);
    }
    if people::has_role(act.conn, me, Role::Reviewer, None)? {
        let open = i64::try_from(reviews::of_reviewer(act.conn, me)?.len()).unwrap_or(0);
        screen = screen.row([counted(Verb::Reviewing, "btn.revs_n", open)]);
    }
    Ok(screen)
}

fn profile(act: &Act<'_>) -> Res<Screen> {
    let me = act.me()?;
    let person = people::load(act.conn, me)?;
    let roles = number(
        act.conn,
        "SELECT count(*) FROM role_grant WHERE person_id = ?1 AND revoked_at IS NULL",
        [me],
    )?;
    let mut screen = Screen::of("profile").and(person_lines("person", &person));
    if roles > 0 {
        screen = screen.and(raw("★"));
    }
    let verb = match actions::leaving::since(act, me)? {
        Some(at) => {
            screen = screen.and(Say::new("leave.since").with("time", act.world.shown_time(at)));
            Verb::Remain
        }
        None => Verb::Leaving,
    };
    Ok(screen.buttons(&[verb]).buttons(&[Verb::Home]))
}
