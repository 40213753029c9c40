//! Registration: the answers, the proof of an e-mail address, and moving an account to another Telegram.

use rusqlite::params;

use super::{Act, Done, News, chosen, text};
use crate::dialog::ask::Value;
use crate::dialog::button::Verb;
use crate::dialog::place::{At, Place};
use crate::domain::{ApplicationState, DeadlineKind, DocumentKind, Role, Status, check, secret};
use crate::store::applications::Application;
use crate::store::people::{self, Person};
use crate::store::{Res, applications, codes, deadlines, one, refuse, run};
use crate::texts::Say;

/// The first answer that is still missing.
pub fn missing(act: &Act<'_>, person: i64) -> Res<Option<At>> {
    let found = people::load(act.conn, person)?;
    let waits = codes::waiting(act.conn, act.who.tg_id, "register")?.is_some();
    let consent = has_consent(act, person)?;
    let order = [
        (found.full_name.is_none(), At::RegName),
        (found.birth_date.is_none(), At::RegBirth),
        (found.phone.is_none(), At::RegPhone),
        (found.email.is_none(), if waits { At::RegCode } else { At::RegEmail }),
        (found.organisation_id.is_none(), At::RegOrg),
        (found.status.is_none(), At::RegStatus),
        (!consent, At::RegConsent),
    ];
    Ok(order.into_iter().find_map(|(missing, at)| missing.then_some(at)))
}

/// The document of the consent that is in force.
pub fn consent_document(act: &Act<'_>, person: i64) -> Res<Option<i64>> {
    let sql = "SELECT document_id FROM consent WHERE person_id = ?1 AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1";
    Ok(one(act.conn, sql, [person], |row| row.get(0))?.flatten())
}

fn has_consent(act: &Act<'_>, person: i64) -> Res<bool> {
    Ok(consent_document(act, person)?.is_some())
}

/// The registration of the one who acts, which may be changed just now.
fn open(act: &Act<'_>) -> Res<(i64, Application)> {
    let me = act.me()?;
    let Some(application) = applications::of(act.conn, me)? else { return refuse("no.registration") };
    match application.state {
        ApplicationState::Draft | ApplicationState::ChangesRequested => Ok((me, application)),
        _ => refuse("reg.closed"),
    }
}

fn set(act: &Act<'_>, person: i64, column: &str, value: &dyn rusqlite::ToSql) -> Res<()> {
    run(act.conn, &format!("UPDATE person SET {column} = ?2 WHERE id = ?1"), params![person, value])?;
    act.audit("person.changed", ("person", person), column)
}

/// An answer of the registration.
pub fn answer(act: &Act<'_>, place: Place, value: &Value) -> Res<Done> {
    let (me, _) = open(act)?;
    match place.at {
        At::RegName => set(act, me, "full_name", &text(value)?)?,
        At::RegBirth => {
            let date = check::birth_date(text(value)?, act.world.today());
            set(act, me, "birth_date", &date.or_else(refuse)?)?;
        }
        At::RegPhone => set(act, me, "phone", &text(value)?)?,
        At::RegEmail => return send_code(act, "register", value, Some(me)),
        At::RegCode => return prove(act, place, me, value),
        At::RegStatus => set(act, me, "status", &chosen(value, Status::ALL)?)?,
        At::RegConsent => consent(act, me, value)?,
        _ => organisation(act, place.at, me, value)?,
    }
    Ok(Done::default())
}

/// The organisation in its three forms, or one that is known.
fn organisation(act: &Act<'_>, at: At, me: i64, value: &Value) -> Res<()> {
    match (at, value) {
        (At::RegOrg, Value::Picked(id)) => {
            let known = people::organisations(act.conn, 100)?.iter().any(|(known, _)| known == id);
            if known { set(act, me, "organisation_id", id) } else { refuse("hint.choose") }
        }
        (At::RegOrg, value) => set(act, me, "org_full", &text(value)?),
        (At::RegAbbr, value) => set(act, me, "org_abbr", &text(value)?),
        (_, value) => {
            set(act, me, "org_abbr_en", &text(value)?)?;
            let sql = "SELECT org_full, org_abbr, org_abbr_en FROM person WHERE id = ?1";
            let forms: (Option<String>, Option<String>, Option<String>) =
                act.conn.query_row(sql, [me], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let (Some(full), Some(abbr), Some(abbr_en)) = forms else { return refuse("reg.organisation") };
            let id = people::organisation(act.conn, &full, &abbr, &abbr_en)?;
            set(act, me, "organisation_id", &id)
        }
    }
}

fn consent(act: &Act<'_>, me: i64, value: &Value) -> Res<()> {
    let document = act.keep_file(value, DocumentKind::Consent, me)?;
    run(
        act.conn,
        "UPDATE consent SET withdrawn_at = ?2 WHERE person_id = ?1 AND withdrawn_at IS NULL",
        [me, act.now],
    )?;
    let sql = "INSERT INTO consent (person_id, version, document_id, at) VALUES (?1, ?2, ?3, ?4)";
    run(act.conn, sql, params![me, act.world.config.consent_version, document, act.now])?;
    act.audit("consent.given", ("person", me), &act.world.config.consent_version)
}

/// Sends a code to an address. Whether an account has the address is told to nobody but its owner.
fn send_code(act: &Act<'_>, purpose: &str, value: &Value, me: Option<i64>) -> Res<Done> {
    let Value::Email(address, key) = value else { return refuse("bad.email") };
    let account = format!("code:tg:{}", act.who.tg_id);
    let allowed = codes::within_limit(act.conn, &format!("code:{key}"), codes::SENDS, act.now)?
        && codes::within_limit(act.conn, &account, codes::SENDS, act.now)?;
    if !allowed {
        return refuse("code.too_many");
    }
    let code = codes::create(act.conn, act.who.tg_id, purpose, (address, key), act.now)?;
    let owner = people::of_email(act.conn, key)?.map(|person| person.id);
    let say = match (purpose, owner) {
        ("register", Some(owner)) if Some(owner) != me => Some(Say::new("mail.taken")),
        ("move", None) => None,
        _ => Some(Say::new("mail.code").with("code", code)),
    };
    if let Some(say) = say {
        act.mail(address, None, act.who.locale, &say, None, None)?;
    }
    act.audit("code.sent", ("account", act.who.tg_id), purpose)?;
    Ok(Done { notice: Some(Say::new("code.sent").with("address", address.clone())), ..Done::default() })
}

/// The address that an answer proves; else what is said about it.
fn proved(act: &Act<'_>, purpose: &str, value: &Value) -> Res<Result<codes::Waiting, Say>> {
    let Some(waiting) = codes::waiting(act.conn, act.who.tg_id, purpose)? else {
        return Ok(Err(Say::new("code.none")));
    };
    if waiting.expires_at <= act.now {
        codes::close(act.conn, waiting.id, "expired")?;
        return Ok(Err(Say::new("code.expired")));
    }
    if !secret::same(&secret::code_hash(&waiting.salt, text(value)?), &waiting.code_hash) {
        let left = codes::ATTEMPTS - codes::wrong(act.conn, &waiting)?;
        let key = if left > 0 { "code.wrong" } else { "code.locked" };
        return Ok(Err(Say::new(key).count("n", left)));
    }
    codes::close(act.conn, waiting.id, "verified")?;
    Ok(Ok(waiting))
}

/// A wrong answer counts, so what it changes is kept and the question stays.
fn wrong(at: Place, say: Say) -> Done {
    Done { notice: Some(say), go: Some(at), ..Done::default() }
}

fn prove(act: &Act<'_>, place: Place, me: i64, value: &Value) -> Res<Done> {
    let waiting = match proved(act, "register", value)? {
        Ok(waiting) => waiting,
        Err(say) => return Ok(wrong(place, say)),
    };
    if people::of_email(act.conn, &waiting.address_key)?.is_some_and(|person| person.id != me) {
        return refuse("code.none");
    }
    let sql = "UPDATE person SET email = ?2, email_key = ?3, email_verified_at = ?4 WHERE id = ?1";
    run(act.conn, sql, params![me, waiting.address, waiting.address_key, act.now])?;
    act.audit("email.verified", ("person", me), "")?;
    Ok(Done::said("code.right"))
}

/// Moving an account: whoever proves its address has it.
pub fn moving(act: &Act<'_>, at: At, value: &Value) -> Res<Done> {
    if at == At::MoveEmail {
        return send_code(act, "move", value, None);
    }
    let waiting = match proved(act, "move", value)? {
        Ok(waiting) => waiting,
        Err(say) => return Ok(wrong(Place::new(At::MoveCode), say)),
    };
    let Some(person) = people::of_email(act.conn, &waiting.address_key)? else { return refuse("code.none") };
    people::bind(act.conn, act.who.tg_id, person.id)?;
    act.audit("account.moved", ("person", person.id), &act.who.tg_id.to_string())?;
    Ok(Done::said("move.done"))
}

/// The buttons of the registration.
pub fn press(act: &Act<'_>, place: Place, verb: Verb) -> Res<Done> {
    match (place.at, verb) {
        (_, Verb::Register) => begin(act),
        (At::Summary, Verb::Send) => send(act),
        (At::Waiting, Verb::Change) => take_back(act),
        (At::RegConsent, Verb::Blank) => {
            act.show_blank(open(act)?.0)?;
            Ok(Done::said("reg.blank"))
        }
        (At::RegCode, Verb::Resend) => resend(act, "register"),
        (At::MoveCode, Verb::Resend) => resend(act, "move"),
        _ => refuse("hint.old"),
    }
}

fn resend(act: &Act<'_>, purpose: &str) -> Res<Done> {
    let Some((address, key)) = codes::address(act.conn, act.who.tg_id, purpose)? else {
        return refuse("code.none");
    };
    send_code(act, purpose, &Value::Email(address, key), act.who.person)
}

/// Begins a registration, or goes on with it.
fn begin(act: &Act<'_>) -> Res<Done> {
    let me = match act.who.person {
        Some(me) => me,
        None => {
            let me = people::create(act.conn, None, act.who.locale, act.now)?;
            people::bind(act.conn, act.who.tg_id, me)?;
            act.audit("person.created", ("person", me), "")?;
            me
        }
    };
    if deadlines::passed(act.conn, DeadlineKind::Registration, None, me, act.now)? {
        return refuse("reg.late");
    }
    applications::create(act.conn, me, act.now)?;
    let at = missing(act, me)?.unwrap_or(At::Summary);
    Ok(Done { go: Some(Place::new(at)), ..Done::default() })
}

fn send(act: &Act<'_>) -> Res<Done> {
    let (me, application) = open(act)?;
    if let Some(at) = missing(act, me)? {
        return Ok(Done {
            notice: Some(Say::new("reg.incomplete")),
            go: Some(Place::new(at)),
            ..Done::default()
        });
    }
    if deadlines::passed(act.conn, DeadlineKind::Registration, None, me, act.now)? {
        return refuse("reg.late");
    }
    let to = ApplicationState::Submitted;
    applications::set_state(act.conn, application.id, &[application.state], to, None, None, act.now)?;
    act.audit("application.submitted", ("application", application.id), "")?;
    let name = people::load(act.conn, me)?.name();
    let news = News::new(Say::new("news.application").with("name", name))
        .button("btn.apps", Place::new(At::ModQueue));
    act.tell_role(Role::Moderator, None, &news)?;
    Ok(Done::said("reg.sent"))
}

/// An application that nobody has decided about is taken back to be changed; a refused one is begun again.
fn take_back(act: &Act<'_>) -> Res<Done> {
    let me = act.me()?;
    let Some(found) = applications::of(act.conn, me)? else { return refuse("no.registration") };
    let claimed = found.claimed_by.is_some() && found.claim_expires.is_some_and(|until| until > act.now);
    match found.state {
        ApplicationState::ChangesRequested => return Ok(Done::default()),
        ApplicationState::Submitted if claimed => return refuse("reg.in_hand"),
        ApplicationState::Submitted | ApplicationState::Rejected => {}
        _ => return refuse("reg.closed"),
    }
    let to = ApplicationState::Draft;
    applications::set_state(act.conn, found.id, &[found.state], to, None, found.comment.as_deref(), act.now)?;
    act.audit("application.reopened", ("application", found.id), found.state.code())?;
    Ok(Done::default())
}

/// A person who is known by their Telegram account only, made if need be.
pub fn person_of_account(act: &Act<'_>) -> Res<Person> {
    let id = match act.who.person {
        Some(id) => id,
        None => {
            let name: String = act.conn.query_row(
                "SELECT first_name FROM tg_account WHERE tg_id = ?1",
                [act.who.tg_id],
                |row| row.get(0),
            )?;
            let name = check::line(&name);
            let id = people::create(
                act.conn,
                Some(&name).filter(|name| !name.is_empty()).map(String::as_str),
                act.who.locale,
                act.now,
            )?;
            people::bind(act.conn, act.who.tg_id, id)?;
            act.audit("person.created", ("person", id), "")?;
            id
        }
    };
    people::load(act.conn, id)
}
