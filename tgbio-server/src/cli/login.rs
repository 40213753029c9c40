//! `login` and `logout`: the Telegram account that profiles are asked with.

use std::io::{BufRead, IsTerminal, Read};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tgbio_core::Timestamp;
use tgbio_core::store::ProfileStore;
use tgbio_core::store::sqlite::SqliteStore;
use tgbio_fetch::mtproto::{AskAgain, LoginError, MtprotoAccount, MtprotoLogin, MtprotoSession, MtprotoStep};

use super::context::Context;
use super::error::{CliError, CliResult};
use super::{out, safe};
use crate::backend;
use crate::config::ConfigError;

/// More of a session string is not read; none is as long.
const MOST_OF_A_SESSION: u64 = 4 << 10;
/// A step that the network has broken is made again by itself, at once and then after so many times the first pause.
const PAUSES: [u32; 4] = [0, 1, 2, 4];
/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Signs in with the configured bot token, or asks for what is needed; or takes a session over.
pub async fn login(context: &mut Context, import_telethon: bool) -> CliResult {
    if import_telethon { import(context).await } else { sign_in(context).await }
}

async fn import(context: &mut Context) -> CliResult {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MOST_OF_A_SESSION).read_to_string(&mut text);
    read.map_err(|error| {
        CliError::Failed(format!("the session cannot be read from standard input: {error}"))
    })?;
    let store = context.sqlite_or_new().await?;
    let session = MtprotoSession::open(store.database()).await?.import_telethon(&text).await?;
    told(context, &store, "account.import").await?;
    context.tell(&format!(
        "the session is kept: data centre {} at {}; whose it is shows with the first use",
        session.data_center(),
        session.address()
    ))
}

async fn sign_in(context: &mut Context) -> CliResult {
    context.config.protocol_id()?;
    context.config.api_hash.as_ref().ok_or(ConfigError::NoApiHash)?;
    let store = context.sqlite_or_new().await?;
    let mut login = backend::builder(&context.config, store.database(), "login")?.login().await?;
    let pause = FIRST_PAUSE.min(context.config.backoff_min);
    let account = match context.config.bot_token.clone() {
        Some(token) => patiently(pause, async || login.bot(token.expose_secret()).await).await?,
        None => ask(&mut login, pause).await?,
    };
    told(context, &store, "account.login").await?;
    context.tell(&format!("signed in as {account}"))
}

async fn told(context: &Context, store: &Arc<SqliteStore>, action: &str) -> CliResult {
    Ok(store.audit(Timestamp::now(), &context.actor(), action, None).await?)
}

/// Asks until somebody is signed in or nothing more can be asked.
async fn ask(login: &mut MtprotoLogin, pause: Duration) -> CliResult<MtprotoAccount> {
    loop {
        let who = answer("Bot token, or telephone number with country code")?;
        if who.expose_secret().contains(':') {
            match patiently(pause, async || login.bot(who.expose_secret()).await).await {
                Ok(account) => return Ok(account),
                Err(error) => again(error, AskAgain::SameStep)?,
            }
            continue;
        }
        match patiently(pause, async || login.phone(who.expose_secret()).await).await {
            Ok(sent) => out::note(&format!("a code was sent {}", sent.way)),
            Err(error) => {
                again(error, AskAgain::Phone)?;
                continue;
            }
        }
        if let Some(account) = ask_for_code(login, pause).await? {
            return Ok(account);
        }
    }
}

/// `None`: the code has expired, and all begins anew.
async fn ask_for_code(login: &mut MtprotoLogin, pause: Duration) -> CliResult<Option<MtprotoAccount>> {
    loop {
        let code = answer("Code")?;
        match patiently(pause, async || login.code(code.expose_secret()).await).await {
            Ok(MtprotoStep::SignedIn(account)) => return Ok(Some(account)),
            Ok(MtprotoStep::Password { hint }) => {
                return ask_for_password(login, hint, pause).await.map(Some);
            }
            Ok(_) => {
                return Err(CliError::failed("Telegram asks for a step that this program does not know"));
            }
            Err(error) if error.ask_again() == AskAgain::Phone => {
                again(error, AskAgain::Phone)?;
                return Ok(None);
            }
            Err(error) => again(error, AskAgain::Code)?,
        }
    }
}

async fn ask_for_password(
    login: &mut MtprotoLogin,
    hint: Option<String>,
    pause: Duration,
) -> CliResult<MtprotoAccount> {
    let hint =
        hint.filter(|hint| !hint.is_empty()).map(|hint| format!(" (hint: {})", safe::short(&hint, 60)));
    let question = format!("Password of two-step verification{}", hint.unwrap_or_default());
    loop {
        let password = answer(&question)?;
        match patiently(pause, async || login.password(password.expose_secret()).await).await {
            Ok(account) => return Ok(account),
            Err(error) => again(error, AskAgain::Password)?,
        }
    }
}

/// Makes a step again where the network has broken it, and says so.
async fn patiently<T>(
    first_pause: Duration,
    mut step: impl AsyncFnMut() -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    for pause in PAUSES.map(|times| first_pause * times) {
        match step().await {
            Err(LoginError::Unreachable(why)) => {
                let when =
                    if pause.is_zero() { "now".to_owned() } else { format!("in {} s", pause.as_secs_f32()) };
                out::complain(&format!(
                    "the data centre cannot be reached ({why}): the step is made again {when}"
                ));
                tokio::time::sleep(pause).await;
            }
            answer => return answer,
        }
    }
    step().await
}

/// Tells what was wrong; ends where the same step cannot be made again.
fn again(error: LoginError, step: AskAgain) -> CliResult {
    if error.ask_again() != step && error.ask_again() != AskAgain::SameStep {
        return Err(error.into());
    }
    out::complain(&error.to_string());
    Ok(())
}

/// An answer without showing it on a terminal, or the next line of standard input.
fn answer(question: &str) -> CliResult<SecretString> {
    let unreadable = |error| CliError::Failed(format!("the answer cannot be read: {error}"));
    if std::io::stdin().is_terminal() {
        let text = rpassword::prompt_password(format!("{question}: ")).map_err(unreadable)?;
        return Ok(text.trim().to_owned().into());
    }
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line).map_err(unreadable)? {
        0 => Err(CliError::Failed(format!(
            "the log-in ended at the question \"{question}\": there was no answer"
        ))),
        _ => Ok(line.trim_end_matches(['\n', '\r']).to_owned().into()),
    }
}

/// Signs out, and forgets the session whether Telegram can be told or not.
pub async fn logout(context: &mut Context) -> CliResult {
    let store = context.sqlite().await?;
    let session = MtprotoSession::open(store.database()).await?;
    if !session.is_signed_in() && session.ended_by().is_none() {
        return Err(CliError::failed("nobody is signed in to Telegram: there is nothing to forget"));
    }
    let reached = match backend::builder(&context.config, store.database(), "logout") {
        Ok(builder) => builder.logout().await?,
        // Without an api_id Telegram cannot be told.
        Err(_) => session.forget().await.map(|()| false)?,
    };
    told(context, &store, "account.logout").await?;
    context.tell(if reached {
        "signed out, and the session is forgotten"
    } else {
        "the session is forgotten; Telegram could not be told, so end it in an official app under Devices"
    })
}
