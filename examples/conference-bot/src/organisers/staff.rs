//! Who works at the desk: a log-in or a token, the person it acts for, and what their roles allow.

use std::sync::Arc;

use rusqlite::Connection;
use tgbio_server::auth::{Actor, Caller, Scope};
use tgbio_server::http::{Problem, kinds};

use super::site::Desk;
use crate::actions::{Act, Who};
use crate::domain::Role;
use crate::store::{Durability, Res, Stop, one, people};
use crate::texts::Locale;

/// Roles, each with the section that it is for, or for all.
pub type Roles = Vec<(Role, Option<i64>)>;

/// Somebody at the desk.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The person.
    pub person: i64,
    /// The name of the log-in or the token.
    pub name: Arc<str>,
    /// As the audit log names them.
    pub actor: String,
    /// What they may do.
    pub roles: Roles,
    scope: Scope,
}

/// What a refusal and a failure look like over HTTP.
pub(super) fn problem(stop: Stop) -> Problem {
    match stop {
        Stop::Refused(say) => Problem::new(kinds::CONFLICT, say.text(Locale::En)),
        Stop::Failed(error) => error.into(),
    }
}

impl Staff {
    /// Whoever makes a request, if the desk knows them.
    pub(super) async fn of(desk: &Desk, caller: &Caller) -> Result<Option<Self>, Problem> {
        let (kind, name) = match caller.actor() {
            Actor::Session { user } => ("user", Arc::clone(user)),
            Actor::Token { name, .. } => ("token", Arc::clone(name)),
            _ => return Ok(None),
        };
        let Some(scope) = caller.actor().scope() else { return Ok(None) };
        let key = Arc::clone(&name);
        let found = desk.world.db.read_few(move |conn| identity(conn, kind, &key)).await.map_err(problem)?;
        let actor = format!("{}:{name}", if kind == "user" { "web" } else { "token" });
        Ok(found.map(|(person, roles)| Self { person, name, actor, roles, scope }))
    }

    /// Whether they have one of these roles, for whatever section. Organisers have all.
    pub fn has(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|(held, _)| *held == Role::Organiser || roles.contains(held))
    }

    /// Refuses whoever has none of these roles.
    pub(super) fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if self.has(roles) {
            return Ok(());
        }
        Err(Problem::new(
            kinds::FORBIDDEN,
            "your roles at this conference do not reach that far; ask an organiser",
        ))
    }

    /// Refuses a token that reaches less far.
    pub(super) fn reaches(&self, scope: Scope) -> Result<(), Problem> {
        if self.scope >= scope {
            return Ok(());
        }
        let detail = format!("this needs the scope `{scope}`, the token has `{}`", self.scope);
        Err(Problem::new(kinds::FORBIDDEN, detail))
    }

    /// As actions see them.
    pub(super) fn who(&self, locale: Locale) -> Who {
        Who { actor: self.actor.clone(), person: Some(self.person), tg_id: 0, bot: String::new(), locale }
    }
}

fn identity(conn: &Connection, kind: &str, name: &str) -> Res<Option<(i64, Roles)>> {
    let sql = "SELECT person_id FROM web_identity WHERE kind = ?1 AND name = ?2";
    let Some(person) = one(conn, sql, [kind, name], |row| row.get(0))? else { return Ok(None) };
    Ok(Some((person, people::roles(conn, person)?)))
}

impl Desk {
    /// Does something for somebody in one transaction, and lets the delivery know.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        who: Who,
        work: impl FnOnce(&Act<'_>) -> Res<T> + Send + 'static,
    ) -> Res<T> {
        let world = self.world.clone();
        let done = self.world.db.write(Durability::Synced, move |conn| work(&Act::new(conn, &world, who)));
        let done = done.await?;
        self.world.deliver.notify_waiters();
        Ok(done)
    }

    /// Looks something up.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Res<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.world.db.read(work).await.map_err(problem)
    }
}
