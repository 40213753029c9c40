//! `/`: the numbers of the conference with plots.

use askama::Template;
use poem::handler;

use super::chart::{self, Bar, Days};
use super::frame::{Frame, Nav};
use super::visitor::{Reply, Visitor};
use crate::actions::leaving;
use crate::domain::Role;
use crate::organisers::read::papers::ReviewRow;
use crate::organisers::read::settings::DeadlineRow;
use crate::organisers::read::statistics::Statistics;
use crate::organisers::read::{settings, statistics};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    f: Frame,
    numbers: Statistics,
    status: Vec<Bar>,
    organisations: Vec<Bar>,
    applications: Vec<Bar>,
    sections: Vec<Bar>,
    states: Vec<Bar>,
    days: Days,
    deadlines: Vec<DeadlineRow>,
    /// Those who wait for their data to be erased.
    leaving: Vec<(i64, String)>,
}

/// What those see who review and nothing else.
#[derive(Template)]
#[template(path = "reviewer.html")]
struct Reviewer {
    f: Frame,
    reviews: Vec<ReviewRow>,
}

#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    let staff = visitor.with(Role::ALL)?;
    let f = visitor.frame(Nav::Home, visitor.t.nav_home);
    if !staff.has(&[Role::Moderator, Role::Chair]) {
        let person = staff.person;
        let reviews =
            visitor.desk.look(move |conn| crate::organisers::read::papers::reviews_of(conn, person)).await?;
        return visitor.show(&Reviewer { f, reviews });
    }
    let world = visitor.desk.world.clone();
    let organiser = f.organiser;
    let looked = visitor.desk.look(move |conn| {
        let leaving = if organiser { leaving::waiting(conn)? } else { Vec::new() };
        Ok((statistics::all_of(conn, &world)?, settings::deadlines(conn)?, leaving))
    });
    let (numbers, deadlines, leaving) = looked.await?;
    visitor.show(&Home {
        status: chart::bars(&numbers.by_status, |name| f.word("status", name)),
        organisations: chart::bars(&numbers.by_organisation, str::to_owned),
        applications: chart::bars(&numbers.by_application, |name| f.word("application", name)),
        sections: chart::bars(&numbers.papers_by_section, str::to_owned),
        states: chart::bars(&numbers.papers_by_state, |name| f.word("state", name)),
        days: chart::days(&numbers.days),
        numbers,
        deadlines,
        leaving,
        f,
    })
}
