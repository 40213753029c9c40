//! `doctor`: examines everything that the server needs, and says what to do about what it finds.

use std::path::Path;
use std::time::Duration;

use tgbio_core::{
    DeniedReason, FetchError, FetchErrorKind, ProfileFetcher, RateLimitReason, Target, Timestamp,
    UnreachableReason, Username,
};

use tgbio_core::store::sqlite::KeptCheckpoint;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::{names, out, safe};
use crate::checkpoint::Checkpoints;
use crate::config::{Backend, Config, ConfigError};
use crate::run::check_first_password;

/// Less room than this is a reason to worry.
const LITTLE_ROOM: u64 = 200 << 20;
/// A clock before this program was written is wrong.
const EARLIEST: &str = "2026-01-01T00:00:00Z";
/// A name that certainly exists, when no canary is set.
const ASKED: &str = "telegram";

/// What one examination found.
enum Finding {
    Good(String),
    /// Not wrong, but perhaps not meant.
    Doubtful(String),
    Bad(String),
}

/// Examines one thing after the other; fails when any of them is bad.
pub async fn run(context: &mut Context) -> CliResult {
    let mut told = Told::default();
    let parts: [(&str, Finding); 6] = [
        ("configuration", configuration(context).await),
        ("clock", clock()),
        ("disk", disk(&context.config.database)),
        ("database", database(context).await),
        ("accounts", accounts(context).await),
        ("checkpoints", checkpoints(context).await),
    ];
    for (what, finding) in parts {
        told.tell(context, what, finding)?;
    }
    for unknown in Config::unknown_variables() {
        told.tell(context, "environment", Finding::Doubtful(safe::line(&unknown.to_string())))?;
    }
    if context.config.backend != Backend::Scrape {
        told.tell(context, "Telegram account", account(context).await)?;
    }
    for (what, finding) in source(context).await {
        told.tell(context, &what, finding)?;
    }
    if told.bad { Err(CliError::Told) } else { Ok(()) }
}

/// What was told so far: why the database cannot be opened is told once.
#[derive(Default)]
struct Told {
    bad: bool,
    database: Option<String>,
}

impl Told {
    fn tell(&mut self, context: &mut Context, what: &str, finding: Finding) -> CliResult {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Doubtful(text) => ("?   ", text),
            Finding::Bad(text) => ("BAD ", self.bad(what, text)),
        };
        context.tell(&format!("{mark} {what}: {text}"))
    }

    fn bad(&mut self, what: &str, text: String) -> String {
        self.bad = true;
        if self.database.as_ref() == Some(&text) {
            return "not examined, see the database above".to_owned();
        }
        if what == "database" {
            self.database = Some(text.clone());
        }
        text
    }
}

async fn configuration(context: &Context) -> Finding {
    match usable(context).await {
        Ok(()) => Finding::Good(format!("read; the database is {}", context.config.database.display())),
        Err(error) => Finding::Bad(error.to_string()),
    }
}

/// Whether `serve` would begin with this configuration.
async fn usable(context: &Context) -> Result<(), ConfigError> {
    context.config.require_backend()?;
    match admins(context).await {
        Ok(admins) if admins.is_empty() => check_first_password(&context.config),
        _ => Ok(()),
    }
}

/// Names of the admins; none where there is no database yet.
async fn admins(context: &Context) -> CliResult<Vec<String>> {
    if !context.has_database() {
        return Ok(Vec::new());
    }
    Ok(context.accounts().await?.1.admins().await?)
}

fn clock() -> Finding {
    let now = Timestamp::now();
    match EARLIEST.parse::<Timestamp>() {
        Ok(earliest) if now < earliest => Finding::Bad(format!(
            "it shows {now}, which is long ago: set it, or every time in the history is wrong"
        )),
        _ => Finding::Good(format!("it shows {now}")),
    }
}

fn disk(database: &Path) -> Finding {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match free_room(folder) {
        Some(free) if free < LITTLE_ROOM => Finding::Bad(format!(
            "only {} MB are free in {}: make room before the history stops growing",
            free >> 20,
            folder.display()
        )),
        Some(free) => Finding::Good(format!("{} MB are free in {}", free >> 20, folder.display())),
        None => Finding::Good(format!("the room in {} is not known on this system", folder.display())),
    }
}

/// Asked of `df`, so that no unsafe code is needed.
fn free_room(folder: &Path) -> Option<u64> {
    let output = std::process::Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kilobytes: u64 = text.lines().nth(1)?.split_ascii_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes << 10)
}

async fn database(context: &Context) -> Finding {
    let checked = async {
        let store = context.sqlite().await?;
        if let Some(wrong) = store.check_integrity().await?.first() {
            return Err(CliError::Failed(format!("it is damaged ({wrong}): restore a backup")));
        }
        let chain = store.verify_chain().await?;
        Ok::<_, CliError>(chain)
    };
    match checked.await {
        Ok(chain) => match chain.broken {
            None => {
                Finding::Good(format!("whole, with {} in the chain", out::many(chain.revisions, "revision")))
            }
            Some(broken) => Finding::Bad(format!("{broken}; `tgbio verify` says whose it is")),
        },
        Err(_) if !context.has_database() => {
            Finding::Good("there is none yet; it is made when it is needed".to_owned())
        }
        Err(error) => Finding::Bad(error.sentence().unwrap_or_default().to_owned()),
    }
}

async fn accounts(context: &Context) -> Finding {
    match admins(context).await {
        Ok(admins) if admins.is_empty() => {
            Finding::Good("there is no admin yet; `serve` makes the first".to_owned())
        }
        Ok(admins) => Finding::Good(admins.join(", ")),
        Err(error) => Finding::Bad(error.sentence().unwrap_or_default().to_owned()),
    }
}

/// What the database knows of the account; whether Telegram still knows it shows with the canaries.
#[cfg(feature = "mtproto")]
async fn account(context: &Context) -> Finding {
    let asked = async {
        let store = context.sqlite().await?;
        let builder = crate::backend::builder(&context.config, store.database(), "doctor")?;
        Ok::<_, CliError>((builder.status().await?, used_by(context).await?))
    };
    match asked.await {
        Ok((status, user)) => standing(&status, user.as_deref()),
        Err(error) => Finding::Bad(error.sentence().unwrap_or_default().to_owned()),
    }
}

/// The process that has the session, as a running server should.
#[cfg(feature = "mtproto")]
async fn used_by(context: &Context) -> CliResult<Option<String>> {
    if context.config.backend == Backend::Scrape || !context.has_database() {
        return Ok(None);
    }
    let store = context.sqlite().await?;
    Ok(tgbio_fetch::mtproto::MtprotoSession::open(store.database()).await?.used_by()?)
}

#[cfg(not(feature = "mtproto"))]
async fn used_by(_: &Context) -> CliResult<Option<String>> {
    Ok(None)
}

/// How the account stands, in Telegram's own word too, and what must wait.
#[cfg(feature = "mtproto")]
fn standing(status: &tgbio_fetch::mtproto::MtprotoStatus, user: Option<&str>) -> Finding {
    use tgbio_fetch::mtproto::MtprotoState;
    if status.state != MtprotoState::Ready {
        let word = status.detail.as_deref().map(|word| format!(" ({})", safe::line(word)));
        return Finding::Bad(format!("{}{}", status.state.advice(), word.unwrap_or_default()));
    }
    let who = match &status.account {
        Some(account) => format!("signed in as {account}"),
        None => "a session that was not used yet".to_owned(),
    };
    let use_of = |user| format!("{who}; in use by {user}, which is as it should be while that runs");
    let who = user.map_or_else(|| who.clone(), use_of);
    let wait = |wait: &tgbio_fetch::mtproto::MethodWait| {
        format!("; {} must wait until {} ({})", wait.method, wait.not_before, safe::line(&wait.reason))
    };
    match status.waits.iter().map(wait).collect::<String>() {
        none if none.is_empty() => Finding::Good(who),
        waits => Finding::Doubtful(format!("{who}{waits}")),
    }
}

#[cfg(not(feature = "mtproto"))]
async fn account(_: &Context) -> Finding {
    Finding::Bad("this build has no backend `mtproto`".to_owned())
}

async fn checkpoints(context: &Context) -> Finding {
    if !context.has_database() {
        return Finding::Good("there are none yet; `serve` makes one a day".to_owned());
    }
    let asked = async {
        let checkpoints = Checkpoints::new(context.sqlite().await?, &context.config);
        checkpoints.last().await.map_err(CliError::failed)
    };
    match asked.await {
        Ok(None) => Finding::Good("there are none yet; `serve` makes one a day".to_owned()),
        Ok(Some(last)) => sent(&last),
        Err(error) => Finding::Bad(error.sentence().unwrap_or_default().to_owned()),
    }
}

fn sent(last: &KeptCheckpoint) -> Finding {
    let (at, links) = (last.checkpoint.at, out::many(last.checkpoint.head.seq, "link"));
    let failed =
        last.deliveries.iter().find_map(|delivery| Some((&delivery.place, delivery.error.as_ref()?)));
    match failed {
        Some((place, why)) => Finding::Bad(format!(
            "the last one, of {at}, could not be sent to the {place} ({why}): `serve` tries again every ten minutes"
        )),
        None if last.deliveries.is_empty() => Finding::Good(format!(
            "the last one is of {at}, over {links}; it was sent nowhere: set TGBIO_CHECKPOINT_FILE or TGBIO_CHECKPOINT_WEBHOOK, because only one that is kept elsewhere proves anything"
        )),
        None => Finding::Good(format!("the last one is of {at}, over {links}, and was sent")),
    }
}

/// One request for each canary.
async fn source(context: &Context) -> Vec<(String, Finding)> {
    let user = used_by(context).await.unwrap_or_default();
    let busy = user.map(|user| ("Telegram's protocol".to_owned(), Finding::Good(not_asked(&user))));
    match (busy, context.config.backend) {
        (Some(busy), Backend::Mtproto) => vec![busy],
        (Some(busy), _) => {
            let mut findings = vec![busy];
            findings.extend(canaries(context, &safe::line(&context.config.scrape_base_url)).await);
            findings
        }
        (None, _) => canaries(context, &place(context)).await,
    }
}

/// Why a session that a running process uses is left alone.
fn not_asked(user: &str) -> String {
    format!(
        "not asked, because {user} uses the account and only one process may: nothing is wrong with that; whether it reaches Telegram stands on its status page"
    )
}

async fn canaries(context: &Context, place: &str) -> Vec<(String, Finding)> {
    // Why the database cannot be read was told with it.
    let fetcher = match context.fetcher_alone().await {
        Ok((fetcher, _)) => fetcher,
        Err(error) => {
            return vec![(
                "source".to_owned(),
                Finding::Bad(error.sentence().unwrap_or_default().to_owned()),
            )];
        }
    };
    let mut asked = context.config.canaries.clone();
    if asked.is_empty() {
        asked.extend(Username::parse(ASKED));
    }
    let mut findings = Vec::new();
    for name in asked {
        let what = format!("{} at {place}", names::shown(name.as_str()));
        findings.push((what, look(&*fetcher, name).await));
    }
    findings
}

/// Where the source is.
fn place(context: &Context) -> String {
    let pages = safe::line(&context.config.scrape_base_url);
    match context.config.backend {
        Backend::Scrape => pages,
        Backend::Mtproto => "Telegram's protocol".to_owned(),
        Backend::Auto => format!("Telegram's protocol or {pages}"),
    }
}

async fn look(fetcher: &dyn ProfileFetcher, name: Username) -> Finding {
    let started = std::time::Instant::now();
    let looked = fetcher.fetch(&Target::new(name)).await;
    let took = Duration::from_millis(started.elapsed().as_millis().try_into().unwrap_or(u64::MAX));
    match looked {
        Ok(_) => Finding::Good(format!("read well, in {} ms", took.as_millis())),
        Err(error) => Finding::Bad(format!("{}: {}", error.kind(), remedy(&error))),
    }
}

fn remedy(error: &FetchError) -> &'static str {
    match error.kind() {
        FetchErrorKind::NotFound | FetchErrorKind::InvalidName => {
            "choose another canary with TGBIO_CANARIES, unless the site hides everything from this client"
        }
        FetchErrorKind::RateLimited {
            reason: RateLimitReason::FloodWait | RateLimitReason::OwnLimit,
            ..
        } => "wait: until then nothing more is asked in this way",
        FetchErrorKind::RateLimited { .. } => "wait, and raise TGBIO_SCRAPE_MIN_DELAY if it happens again",
        FetchErrorKind::Denied(DeniedReason::Http403) => {
            "the site refuses this client: try another network or TGBIO_PROXY"
        }
        FetchErrorKind::Denied(_) => "what to do stands at the Telegram account above",
        FetchErrorKind::Unreachable(UnreachableReason::Dns) => "check the name server of this machine",
        FetchErrorKind::Unreachable(_) if error.fetcher() == "mtproto" => "check the network",
        FetchErrorKind::Unreachable(_) => "check the network, TGBIO_PROXY and TGBIO_SCRAPE_BASE_URL",
        _ => "nothing is recorded meanwhile; look for a newer version of this program",
    }
}
