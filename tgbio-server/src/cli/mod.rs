//! The command line: reads arguments, runs one command, and ends with 0 (done), 1 (failed) or 2 (wrong usage).

pub mod args;
mod bundle;
mod card;
mod check;
mod context;
mod doctor;
mod documents;
mod error;
mod export;
mod fetch;
mod flags;
mod healthcheck;
mod held;
mod history;
mod keeping;
mod lines;
#[cfg(feature = "mtproto")]
mod login;
#[cfg(not(feature = "mtproto"))]
#[path = "no_login.rs"]
mod login;
mod names;
mod out;
mod profile;
mod proving;
#[cfg(feature = "scrape")]
mod reparse;
#[cfg(not(feature = "scrape"))]
#[path = "no_reparse.rs"]
mod reparse;
pub mod safe;
mod serve;
mod token;

use std::process::ExitCode;

use args::{Cli, Command, ProfileCommand};
use clap::Parser;
use context::Context;
use error::{CliError, CliResult};

use crate::config::{Config, ConfigError};
use crate::log;

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = run(cli);
    if let Some(sentence) = done.as_ref().err().and_then(CliError::sentence) {
        out::complain(sentence);
    }
    ExitCode::from(done.err().map_or(0, |error| error.status()))
}

fn run(cli: Cli) -> CliResult {
    let config = configuration(&cli)?;
    let quiet = !matches!(cli.command, Command::Serve { .. });
    log::init(if quiet { for_commands(&config) } else { &config.log }, config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Failed(format!("the program cannot start: {error}")))?;
    let mut context = Context::new(config);
    let done = runtime.block_on(dispatch(&mut context, cli.command)).and_then(|()| context.out.flush());
    drop(context);
    // Threads that wait for standard input or a name server must not hold the end up.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    done
}

/// Commands say what went wrong in their own words: below an error nothing is logged unless somebody asked for it.
fn for_commands(config: &Config) -> &str {
    if config.log == Config::default().log { "error" } else { &config.log }
}

fn configuration(cli: &Cli) -> Result<Config, ConfigError> {
    let mut flags = cli.keys.given.clone();
    flags.extend(match &cli.command {
        Command::Serve { keys } | Command::Doctor { keys } => keys.given.clone(),
        Command::Fetch { keys, .. } => keys.given.clone(),
        Command::Login { keys, .. } | Command::Logout { keys } => keys.given.clone(),
        Command::Check { keys, .. } => keys.given.clone(),
        Command::Healthcheck { keys, .. } => keys.given.clone(),
        Command::Profile(ProfileCommand::Add { options, .. } | ProfileCommand::Import { options, .. }) => {
            options.keys.given.clone()
        }
        _ => Vec::new(),
    });
    match &cli.command {
        // Documents are the same whatever is configured.
        Command::Openapi | Command::Completions { .. } | Command::Man | Command::Parse { .. } => {
            Ok(Config::default())
        }
        _ => Config::load(flags, cli.config.as_deref()),
    }
}

async fn dispatch(context: &mut Context, command: Command) -> CliResult {
    match command {
        Command::Serve { .. } => serve::run(context).await,
        Command::Fetch { names, json, .. } => fetch::fetch(context, &names, json.json).await,
        Command::Parse { file, username, status, json } => {
            fetch::parse(context, &file, &username, status, json.json)
        }
        Command::Profile(command) => profile::run(context, command).await,
        Command::Check { names, json, .. } => check::run(context, &names, json.json).await,
        Command::History { name, json } => history::history(context, &name, json.json).await,
        Command::Diff { name, from, to } => history::diff(context, &name, from.zip(to)).await,
        Command::Search { text, json, limit } => history::search(context, &text, limit, json.json).await,
        Command::Held { decision, json } => held::run(context, decision, json.json).await,
        command => keep(context, command).await,
    }
}

async fn keep(context: &mut Context, command: Command) -> CliResult {
    match command {
        Command::Export { evidence: Some(name), to, .. } => bundle::run(context, &name, to.as_deref()).await,
        Command::Export { format, .. } => export::run(context, format).await,
        Command::Backup { file } => keeping::backup(context, &file).await,
        Command::Restore { file, force } => keeping::restore(context, &file, force).await,
        Command::Verify { checkpoint } => proving::verify(context, checkpoint.as_deref()).await,
        Command::Checkpoint { public_key: true, .. } => proving::public_key(context).await,
        Command::Checkpoint { to, .. } => proving::checkpoint(context, to.as_deref()).await,
        Command::Reparse { dry_run, json } => reparse::run(context, dry_run, json.json).await,
        Command::Erase { name, opt_out, yes } => keeping::erase(context, &name, opt_out, yes).await,
        Command::Doctor { .. } => doctor::run(context).await,
        Command::Healthcheck { ready, .. } => healthcheck::run(context, ready).await,
        Command::Login { import_telethon, .. } => login::login(context, import_telethon).await,
        Command::Logout { .. } => login::logout(context).await,
        Command::Token(command) => token::run(context, command).await,
        Command::Password { user } => token::password(context, user.as_deref()).await,
        Command::Completions { shell } => documents::completions(context, shell),
        Command::Man => documents::man(context),
        _ => documents::openapi(context),
    }
}
