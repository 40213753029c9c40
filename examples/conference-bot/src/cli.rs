//! The command line.

mod keep;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use tgbio_server::auth::AuthError;
use tgbio_server::auth::db::DbError;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConfigError, KEYS, Sources};
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

fn command() -> Command {
    let keys = KEYS.iter().map(|key| {
        let flag = Arg::new(key.name)
            .long(key.name.replace('_', "-"))
            .global(true)
            .help(key.help)
            .value_name("VALUE");
        if key.default.is_empty() {
            flag
        } else {
            flag.help(format!("{} [default: {}]", key.help, key.default))
        }
    });
    let config =
        Arg::new("config").long("config").global(true).value_name("FILE").help("The configuration file");
    let days = Arg::new("days").long("days").default_value("7").help("How long the link holds");
    let section = Arg::new("section").long("section").help("Code of a section; without it, all");
    let uses = Arg::new("uses").long("uses").default_value("1").help("How often the link can be used");
    let word = |name: &'static str, help: &'static str| Arg::new(name).required(true).help(help);
    Command::new("conference-bot")
        .about("A Telegram bot for a student conference")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg(config)
        .args(keys)
        .subcommand(Command::new("serve").about("Runs the bots and the web server"))
        .subcommand(Command::new("demo").about("Shows the whole way of a paper against a simulated Telegram"))
        .subcommand(
            Command::new("invite-staff")
                .about("Prints a secret link that gives a role: reviewer, chair, moderator or organiser")
                .args([word("role", "The role"), section.clone(), days.clone(), uses.clone()]),
        )
        .subcommand(Command::new("late-pass").about("Prints a secret link that lets somebody be late").args(
            [word("kind", "registration, submission, revision or confirmation"), section.clone(), days, uses],
        ))
        .subcommand(Command::new("deadline").about("Sets a time limit").args([
            word("kind", "registration, submission, revision, review or confirmation"),
            word("at", "A time like 2026-12-01T23:59:00+07:00, or none"),
            section,
            Arg::new("grace").long("grace").default_value("0").help("Minutes that everybody may be late"),
        ]))
        .subcommand(
            Command::new("reset-password")
                .about("Gives somebody who logs in at the desk a new random password, and prints it once")
                .arg(Arg::new("user").help("The name they log in with [default: admin_user]")),
        )
        .subcommand(Command::new("verify").about("Checks the audit log against its hashes"))
        .subcommand(
            Command::new("letters").about("Shows letters that could not be delivered").arg(
                Arg::new("again").long("again").action(ArgAction::SetTrue).help("Tries all of them again"),
            ),
        )
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
    let flag =
        |key: &&crate::config::Key| Some((key.name.to_owned(), matches.get_one::<String>(key.name)?.clone()));
    let flags: HashMap<String, String> = KEYS.iter().filter_map(|key| flag(&key)).collect();
    let file = matches.get_one::<String>("config").map(PathBuf::from);
    Config::from_sources(&Sources::of_process(flags, file.as_deref())?)
}

async fn act(matches: &ArgMatches) -> Result<(), CliError> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let config = config(matches)?;
    tgbio_server::log::init(&config.log, config.log_format);
    match name {
        "serve" => serve(config).await,
        "demo" => demo().await,
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
    let (served, ran) = tokio::join!(server.run(stop.clone()), run::run(world, bots, stop.clone()));
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
