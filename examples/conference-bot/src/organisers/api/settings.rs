//! Time limits, links, roles, messages, delivery, numbers and the audit log.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use tgbio_server::http::{Problem, kinds};

use super::Group;
use super::access::{By, Organises, Oversees, SeesPapers};
use super::wire::{
    AuditPage, Done, LettersPage, Limit, Link, NewBroadcast, NewLink, NewRole, NewSection, Preview,
    ReportsPage, place, usual_limit, word,
};
use crate::actions::broadcast::{self, Audience};
use crate::actions::settings as set;
use crate::domain::{DeadlineKind, Demand, PaperFormat, Role};
use crate::organisers::read::audit::Verification;
use crate::organisers::read::settings::{DeadlineRow, PassRow, RoleRow, SectionRow};
use crate::organisers::read::statistics::Statistics;
use crate::organisers::read::{audit, delivery, settings, statistics};
use crate::store::passes::Gift;
use crate::texts::Locale;

/// The operations.
pub(super) struct Settings;

fn gift(given: &NewLink) -> Result<Gift, Problem> {
    let late = word(given.late.as_deref(), DeadlineKind::of, "late")?;
    let role = word(given.role.as_deref(), Role::of, "role")?;
    match (late, role) {
        (Some(kind), None) => Ok(Gift::Late(kind, given.section_id)),
        (None, Some(role)) => Ok(Gift::Role(role, given.section_id)),
        _ => Err(Problem::new(kinds::UNPROCESSABLE, "a link gives one of `late` and `role`")),
    }
}

fn section(given: NewSection) -> Result<set::Section, Problem> {
    let language = word(Some(&given.language), Locale::of_code, "language")?.unwrap_or(Locale::Ru);
    let permit = word(Some(&given.permit), Demand::of, "permit")?.unwrap_or(Demand::Required);
    let format = word(Some(&given.paper_format), PaperFormat::of, "paper_format")?;
    let paper_format = format.unwrap_or(PaperFormat::Any);
    let NewSection { code, title_ru, title_en, position, active, .. } = given;
    Ok(set::Section { code, title_ru, title_en, language, position, active, permit, paper_format })
}

#[OpenApi(tag = "Group::Organising")]
impl Settings {
    /// Numbers of the conference.
    #[oai(path = "/statistics", method = "get", operation_id = "getStatistics")]
    async fn statistics(&self, by: By<SeesPapers>) -> Result<Json<Statistics>, Problem> {
        let world = by.desk.world.clone();
        Ok(Json(by.desk.look(move |conn| statistics::all_of(conn, &world)).await?))
    }

    /// The sections.
    #[oai(path = "/sections", method = "get", operation_id = "listSections")]
    async fn sections(&self, by: By<SeesPapers>) -> Result<Json<Vec<SectionRow>>, Problem> {
        Ok(Json(by.desk.look(settings::sections).await?))
    }

    /// Makes a section.
    #[oai(path = "/sections", method = "post", operation_id = "addSection")]
    async fn add_section(
        &self,
        by: By<Organises>,
        body: Json<NewSection>,
    ) -> Result<Json<Vec<SectionRow>>, Problem> {
        let new = section(body.0)?;
        by.act(move |act| set::section(act, None, &new)).await?;
        Ok(Json(by.desk.look(settings::sections).await?))
    }

    /// Changes a section. One to which no papers can be sent any more keeps those that it has.
    #[oai(path = "/sections/:id", method = "put", operation_id = "changeSection")]
    async fn change_section(
        &self,
        by: By<Organises>,
        /// The section's number.
        id: Path<i64>,
        body: Json<NewSection>,
    ) -> Result<Json<Vec<SectionRow>>, Problem> {
        let new = section(body.0)?;
        by.act(move |act| set::section(act, Some(id.0), &new)).await?;
        Ok(Json(by.desk.look(settings::sections).await?))
    }

    /// The time limits.
    #[oai(path = "/deadlines", method = "get", operation_id = "listDeadlines")]
    async fn deadlines(&self, by: By<SeesPapers>) -> Result<Json<Vec<DeadlineRow>>, Problem> {
        Ok(Json(by.desk.look(settings::deadlines).await?))
    }

    /// Sets a time limit, or takes it away.
    #[oai(path = "/deadlines", method = "put", operation_id = "setDeadline")]
    async fn set_deadline(
        &self,
        by: By<Organises>,
        body: Json<Limit>,
    ) -> Result<Json<Vec<DeadlineRow>>, Problem> {
        let kind = word(Some(&body.0.kind), DeadlineKind::of, "kind")?.unwrap_or(DeadlineKind::Submission);
        let Limit { section_id, at, grace_minutes, .. } = body.0;
        by.act(move |act| set::deadline(act, kind, section_id, at, grace_minutes)).await?;
        Ok(Json(by.desk.look(settings::deadlines).await?))
    }

    /// Secret links that still work, without their secrets.
    #[oai(path = "/links", method = "get", operation_id = "listLinks")]
    async fn links(&self, by: By<Oversees>) -> Result<Json<Vec<PassRow>>, Problem> {
        let now = by.desk.world.now();
        Ok(Json(by.desk.look(move |conn| settings::passes(conn, now)).await?))
    }

    /// Makes a secret link that lets somebody be late or gives a role. It is shown once.
    #[oai(path = "/links", method = "post", operation_id = "makeLink")]
    async fn make_link(&self, by: By<Organises>, body: Json<NewLink>) -> Result<Json<Link>, Problem> {
        let (gift, uses, expires) = (gift(&body.0)?, body.0.uses, body.0.expires_at);
        let token = by.act(move |act| set::link(act, gift, uses, expires)).await?;
        Ok(Json(Link { link: by.desk.world.deep_link(&token) }))
    }

    /// Everybody's roles.
    #[oai(path = "/roles", method = "get", operation_id = "listRoles")]
    async fn roles(&self, by: By<Oversees>) -> Result<Json<Vec<RoleRow>>, Problem> {
        Ok(Json(by.desk.look(settings::roles).await?))
    }

    /// Gives a role.
    #[oai(path = "/roles", method = "post", operation_id = "grantRole")]
    async fn grant(&self, by: By<Organises>, body: Json<NewRole>) -> Result<Json<Vec<RoleRow>>, Problem> {
        let role = word(Some(&body.0.role), Role::of, "role")?.unwrap_or(Role::Reviewer);
        let (person, section) = (body.0.person_id, body.0.section_id);
        by.act(move |act| set::grant(act, person, role, section)).await?;
        Ok(Json(by.desk.look(move |conn| settings::roles_of(conn, person)).await?))
    }

    /// Takes a role away.
    #[oai(path = "/roles/:id", method = "delete", operation_id = "revokeRole")]
    async fn revoke(
        &self,
        by: By<Organises>,
        /// The number of the role.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        by.act(move |act| set::revoke(act, id.0)).await?;
        Ok(Json(Done::new("revoked")))
    }

    /// Writes a message to many down and counts who gets it; nothing is sent yet.
    #[oai(path = "/broadcasts", method = "post", operation_id = "draftBroadcast")]
    async fn draft(&self, by: By<Organises>, body: Json<NewBroadcast>) -> Result<Json<Preview>, Problem> {
        let NewBroadcast { status, application, section_id, paper, role, text_ru, text_en } = body.0;
        let audience = Audience { status, application, section: section_id, paper, role };
        let (id, reach) = by
            .act(move |act| {
                let id = broadcast::draft(act, &audience, &text_ru, &text_en)?;
                Ok((id, broadcast::reach(act.conn, &audience)?))
            })
            .await?;
        let broadcast::Reach { people, telegram, email, unreachable } = reach;
        Ok(Json(Preview { id, people, telegram, email, unreachable }))
    }

    /// Sends a message that was written down, once.
    #[oai(path = "/broadcasts/:id/send", method = "post", operation_id = "sendBroadcast")]
    async fn send(
        &self,
        by: By<Organises>,
        /// The message's number.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        let count = by.act(move |act| broadcast::send(act, id.0)).await?;
        Ok(Json(Done::new(format!("queued for {count} people"))))
    }

    /// Letters on their way, sent and dead, newest first.
    #[oai(path = "/letters", method = "get", operation_id = "listLetters")]
    async fn letters(
        &self,
        by: By<Oversees>,
        /// `queued`, `sending`, `sent` or `dead`.
        state: Query<Option<String>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<LettersPage>, Problem> {
        let before = place(cursor.as_deref())?;
        let found =
            by.desk.look(move |conn| delivery::letters(conn, state.as_deref(), before, limit.0 as usize));
        Ok(Json(found.await?.into()))
    }

    /// Tries a dead letter again.
    #[oai(path = "/letters/:id/retry", method = "post", operation_id = "retryLetter")]
    async fn retry(
        &self,
        by: By<Organises>,
        /// The letter's number.
        id: Path<i64>,
    ) -> Result<Json<Done>, Problem> {
        by.act(move |act| set::retry(act, id.0)).await?;
        Ok(Json(Done::new("queued")))
    }

    /// What people reported with /error, newest first.
    #[oai(path = "/reports", method = "get", operation_id = "listReports")]
    async fn reports(
        &self,
        by: By<Oversees>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<ReportsPage>, Problem> {
        let before = place(cursor.as_deref())?;
        let found = by.desk.look(move |conn| delivery::reports(conn, before, limit.0 as usize));
        Ok(Json(found.await?.into()))
    }

    /// Who did what, newest first.
    #[oai(path = "/audit", method = "get", operation_id = "listAudit")]
    async fn audit(
        &self,
        by: By<Oversees>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Rows at most.
        #[oai(default = "usual_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u32>,
    ) -> Result<Json<AuditPage>, Problem> {
        let before = place(cursor.as_deref())?;
        Ok(Json(by.desk.look(move |conn| audit::list(conn, before, limit.0 as usize)).await?.into()))
    }

    /// Checks the whole chain of the audit log.
    #[oai(path = "/audit/verification", method = "get", operation_id = "verifyAudit")]
    async fn verify(&self, by: By<Oversees>) -> Result<Json<Verification>, Problem> {
        Ok(Json(by.desk.look(audit::verify).await?))
    }
}
