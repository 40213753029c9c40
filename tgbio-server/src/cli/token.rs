//! `token` and `password`: who may use the server.

use std::io::{BufRead, IsTerminal};

use secrecy::{ExposeSecret, SecretString};
use tgbio_core::Timestamp;
use tgbio_core::store::ProfileStore;

use super::args::TokenCommand;
use super::context::Context;
use super::error::{CliError, CliResult};
use super::lines::TokenLine;
use super::out;
use super::profile::seconds;
use crate::auth::{Scope, check_chosen};

/// Runs one of the commands.
pub async fn run(context: &mut Context, command: TokenCommand) -> CliResult {
    match command {
        TokenCommand::Create { name, scope } => create(context, &name, scope).await,
        TokenCommand::List { json } => list(context, json.json).await,
        TokenCommand::Revoke { name } => revoke(context, &name).await,
    }
}

async fn create(context: &mut Context, name: &str, scope: Scope) -> CliResult {
    let (store, accounts) = context.accounts_or_new().await?;
    let token = accounts.create_token(name, scope).await?;
    store.audit(Timestamp::now(), &context.actor(), "token.create", Some(name)).await?;
    context.out.line(token.secret.expose_secret())
}

async fn list(context: &mut Context, json: bool) -> CliResult {
    let (_, accounts) = context.accounts().await?;
    let tokens = accounts.tokens().await?;
    if json {
        return tokens.iter().try_for_each(|token| context.out.json(&TokenLine::from(token)));
    }
    if tokens.is_empty() {
        out::note("there are no tokens: make one with `tgbio token create NAME`");
        return Ok(());
    }
    let time = |millis: i64| seconds(Timestamp::from_millis(millis));
    let rows = tokens.iter().map(|token| {
        let used = token.last_used_at.map_or_else(|| "never".to_owned(), time);
        vec![token.name.clone(), token.scope.to_string(), time(token.created_at), used]
    });
    let rows: Vec<_> = rows.collect();
    context.out.table(&["name", "scope", "made", "last used"], rows)
}

async fn revoke(context: &mut Context, name: &str) -> CliResult {
    let (store, accounts) = context.accounts().await?;
    if !accounts.revoke_token(name).await? {
        return Err(CliError::Failed(format!("there is no token `{name}`: see `tgbio token list`")));
    }
    store.audit(Timestamp::now(), &context.actor(), "token.revoke", Some(name)).await?;
    context.tell(&format!("the token `{name}` is revoked; a running server refuses it within five seconds"))
}

/// Sets an admin's password; makes the first admin if there is none. A password that cannot be used makes no database.
pub async fn password(context: &mut Context, user: Option<&str>) -> CliResult {
    let known = match context.has_database() {
        true => context.accounts().await?.1.admins().await?,
        false => Vec::new(),
    };
    let user = whose(context, &known, user)?;
    let password = ask(&user)?;
    check_chosen(&password)?;
    let (store, accounts) = context.accounts_or_new().await?;
    if accounts.ensure_admin(&user, Some(password.clone())).await?.is_none() {
        accounts.set_password(&user, password).await?;
    }
    store.audit(Timestamp::now(), &context.actor(), "password.set", Some(&user)).await?;
    context.tell(&format!(
        "the password of `{user}` is set; a running server ends all its sessions within five seconds"
    ))
}

/// The named admin, else the configured one, else the only one.
fn whose(context: &Context, admins: &[String], user: Option<&str>) -> CliResult<String> {
    let wanted = user.unwrap_or(&context.config.admin_user);
    match admins {
        [] => Ok(wanted.to_owned()),
        names if names.iter().any(|name| name == wanted) => Ok(wanted.to_owned()),
        [only] if user.is_none() => Ok(only.clone()),
        names => Err(CliError::Failed(format!("there is no user `{wanted}`: there is {}", names.join(", ")))),
    }
}

/// Twice on a terminal, without showing it; otherwise the first line of standard input.
fn ask(user: &str) -> CliResult<SecretString> {
    let unreadable = |error| CliError::Failed(format!("the password cannot be read: {error}"));
    if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("New password of {user}: ")).map_err(unreadable)?;
        let second = rpassword::prompt_password("Again: ").map_err(unreadable)?;
        if first != second {
            return Err(CliError::failed("the two passwords differ: try again"));
        }
        return Ok(first.into());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned().into())
}
