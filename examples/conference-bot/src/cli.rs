//! The command line.

mod keep;

use std::collections::HashMap;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use tgbio_server::auth::AuthError;
use tgbio_server::auth::db::DbError;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConfigError, KEYS, Key, Sources};
use crate::domain::{DeadlineKind, Role};
use crate::http::Server;
use crate::run::RunError;
use crate::store::{Stop, StoreError};
use crate::{World, names, run};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Accounts(#[from] DbError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error("{0}")]
    Wrong(String),
}

impl From<Stop> for CliError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(error) => Self::Store(error),
            Stop::Refused(say) => Self::Wrong(say.text(crate::texts::Locale::En)),
        }
    }
}

/// What the list of the options ends with.
const SOURCES: &str = "Every option is also a variable (--some-key is CONFERENCE_SOME_KEY) and a key of conference.toml \
    (some_key). A flag wins over the environment, that over the file. Secrets may stand in files of their own: \
    --bot-token-file, CONFERENCE_BOT_TOKEN_FILE, bot_token_file.";

/// The flags of a key: its value, and for a secret the file that holds it.
fn flags(key: &'static Key) -> impl Iterator<Item = Arg> {
    let flag = |name: String| Arg::new(name.clone()).long(name.replace('_', "-")).global(true);
    let shown = match key.default {
        "" => key.help.to_owned(),
        default => format!("{} [default: {default}]", key.help),
    };
    let value = flag(key.name.to_owned()).help(shown).value_name("VALUE");
    let file = key.secret.then(|| flag(key.file()).value_name("FILE").hide(true));
    [value].into_iter().chain(file)
}

fn command() -> Command {
    let config =
        Arg::new("config").long("config").global(true).value_name("FILE").help("The configuration file");
    let days = number("days", "7", 1..=366, "How many days the link holds");
    let section = Arg::new("section").long("section").help("Code of a section; without it, all");
    let uses = number("uses", "1", 1..=1000, "How often the link can be used");
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
    let limits: Vec<_> = DeadlineKind::ALL.iter().map(|kind| kind.code()).collect();
    let late: Vec<_> =
        DeadlineKind::ALL.iter().filter(|kind| kind.for_people()).map(|kind| kind.code()).collect();
    Command::new("conference-bot")
        .about("A Telegram bot for a student conference")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg(config)
        .args(KEYS.iter().flat_map(flags))
        .after_help(SOURCES)
        .subcommand(Command::new("serve").about("Runs the bots and the web server"))
        .subcommand(Command::new("demo").about("Shows the whole way of a paper against a simulated Telegram"))
        .subcommand(Command::new("invite-staff").about("Prints a secret link that gives a role").args([
            word("role", roles),
            section.clone(),
            days.clone(),
            uses.clone(),
        ]))
        .subcommand(
            Command::new("late-pass").about("Prints a secret link that lets somebody be late").args([
                word("kind", late),
                section.clone(),
                days,
                uses,
            ]),
        )
        .subcommand(Command::new("deadline").about("Sets a time limit").args([
            word("kind", limits),
            Arg::new("at").required(true).help("A time like 2026-12-01T23:59:00+07:00, or none"),
            section,
            number("grace", "0", 0..=7 * 24 * 60, "Minutes that everybody may be late"),
        ]))
        .subcommand(
            Command::new("reset-password")
                .about("Gives somebody who logs in at the desk a new random password, and prints it once")
                .arg(Arg::new("user").help("The name they log in with [default: admin_user]")),
        )
        .subcommand(
            Command::new("backup")
                .about("Copies the database into a new file, also while the program serves")
                .arg(Arg::new("file").required(true).help("The new file")),
        )
        .subcommand(Command::new("verify").about("Checks the audit log against its hashes"))
        .subcommand(
            Command::new("letters").about("Shows letters that could not be delivered").arg(
                Arg::new("again").long("again").action(ArgAction::SetTrue).help("Tries all of them again"),
            ),
        )
}

/// A word out of a list.
fn word(name: &'static str, words: Vec<&'static str>) -> Arg {
    Arg::new(name).required(true).value_parser(words)
}

/// A number within bounds.
fn number(name: &'static str, usual: &'static str, of: RangeInclusive<i64>, help: &'static str) -> Arg {
    Arg::new(name).long(name).default_value(usual).value_parser(value_parser!(i64).range(of)).help(help)
}

/// Runs the command line of this process.
pub async fn main() -> ExitCode {
    let matches = command().get_matches();
    match act(&matches).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(if matches!(error, CliError::Config(_)) { 2 } else { 1 })
        }
    }
}

fn config(matches: &ArgMatches) -> Result<Config, ConfigError> {
    let names = KEYS.iter().flat_map(|key| [Some(key.name.to_owned()), key.secret.then(|| key.file())]);
    let set = |name: String| Some((name.clone(), matches.get_one::<String>(&name)?.clone()));
    let flags: HashMap<String, String> = names.flatten().filter_map(set).collect();
    let file = matches.get_one::<String>("config").map(PathBuf::from);
    Config::from_sources(&Sources::of_process(flags, file.as_deref())?)
}

async fn act(matches: &ArgMatches) -> Result<(), CliError> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config(matches)?;
    // The demonstration tells its story, and only what goes wrong beside it.
    let log = if name == "demo" && config.log == Config::default().log { "warn" } else { &config.log };
    tgbio_server::log::init(log, config.log_format);
    match name {
        "serve" => serve(config).await,
        "demo" => demo().await,
        _ if !config.database.exists() => {
            let database = config.database.display();
            Err(CliError::Wrong(format!("there is no database {database}: `conference-bot serve` makes it")))
        }
        _ => keep::run(name, matches, World::open(config).await?).await,
    }
}

#[cfg(feature = "demo")]
async fn demo() -> Result<(), CliError> {
    crate::demo::run(until_signal()).await.map_err(CliError::Wrong)
}

#[cfg(not(feature = "demo"))]
async fn demo() -> Result<(), CliError> {
    Err(CliError::Wrong("this program was built without the demo: build it with --features demo".to_owned()))
}

async fn serve(config: Config) -> Result<(), CliError> {
    let world = World::open(config).await?;
    let world = match names::fetcher(&world).await.map_err(CliError::Wrong)? {
        Some(names) => world.with_names(names),
        None => world,
    };
    let bots = run::bots(&world)?;
    let server = Server::open(&world).await?;
    tell(&greeting(&world, &server));
    let stop = until_signal();
    let ran = async {
        let ran = run::run(world, bots, stop.clone()).await;
        // Without the bots the pages do not go on either.
        stop.cancel();
        ran
    };
    let (served, ran) = tokio::join!(server.run(stop.clone()), ran);
    served.and(ran).map_err(CliError::from)
}

/// Where the desk is, and with the first start how to get in.
fn greeting(world: &World, server: &Server) -> String {
    let listens = format!("{} listens on http://{}", world.config.title_en, server.address());
    match server.first_password() {
        Some(password) => {
            let password = secrecy::ExposeSecret::expose_secret(password);
            let user = &world.config.admin_user;
            format!("{listens}\nlog in as {user} with the password {password} (shown only once)")
        }
        None => listens,
    }
}

/// Prints a line. That nobody reads any more is no reason to end.
fn tell(line: &str) {
    if let Err(error) = std::io::stdout().write_all(format!("{line}\n").as_bytes()) {
        tracing::warn!(%error, "what the program says cannot be written to its standard output");
    }
}

/// Cancelled by the first signal that asks the program to end.
fn until_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let signal = stop.clone();
    tokio::spawn(async move {
        ended().await;
        signal.cancel();
    });
    stop
}

/// Ends with the first signal that asks the program to end.
async fn ended() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
