//! Signs an account in for Telegram's own protocol and keeps it in `tgbio.db`: a bot with its token in `TGBIO_BOT_TOKEN`, a
//! person with telephone number, code and password. `tgbio login` does the same with hidden input:
//! `TGBIO_API_ID=... TGBIO_API_HASH=... cargo run --features mtproto --example protocol_login`. With `TGBIO_MTPROTO_DC` (like
//! `2@149.154.167.40:443`) it does so at a test server.

use std::io::{self, Write as _};

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_examples::{Told, api};
use tgbio_fetch::MtprotoFetcher;
use tgbio_fetch::mtproto::{AskAgain, LoginError, MtprotoAccount, MtprotoLogin, MtprotoStep};
use tgbio_server::config::DataCenter;

#[tokio::main]
async fn main() -> Result<(), Told> {
    let (api_id, api_hash) = api()?;
    let store = SqliteStore::open("tgbio.db")?;
    let mut builder = MtprotoFetcher::builder(store.database().clone(), api_id, api_hash);
    if let Ok(test) = std::env::var("TGBIO_MTPROTO_DC") {
        let test: DataCenter = test.parse()?;
        builder = builder.data_center(test.id, test.address, test.key);
    }
    let mut login = builder.used_by("protocol_login").login().await?;
    let account = match std::env::var("TGBIO_BOT_TOKEN") {
        Ok(token) => login.bot(&token).await?,
        Err(_) => person(&mut login).await?,
    };
    println!("signed in as {account}");
    Ok(())
}

async fn person(login: &mut MtprotoLogin) -> Result<MtprotoAccount, Told> {
    let sent = loop {
        match login.phone(&answer("Telephone number with country code")?).await {
            Err(error) if comes_again(&error, AskAgain::Phone) => println!("{error}"),
            sent => break sent?,
        }
    };
    println!("a code was sent {}", sent.way);
    let step = loop {
        match login.code(&answer("Code")?).await {
            Err(error) if comes_again(&error, AskAgain::Code) => println!("{error}"),
            step => break step?,
        }
    };
    match step {
        MtprotoStep::SignedIn(account) => Ok(account),
        MtprotoStep::Password { hint } => {
            println!(
                "the account has a password{}",
                hint.map_or_else(String::new, |hint| format!(", hint: {hint}"))
            );
            password(login).await
        }
        _ => Err("this version does not know the next step".into()),
    }
}

async fn password(login: &mut MtprotoLogin) -> Result<MtprotoAccount, Told> {
    loop {
        match login.password(&answer("Password, which this example shows")?).await {
            Err(error) if comes_again(&error, AskAgain::Password) => println!("{error}"),
            account => return Ok(account?),
        }
    }
}

/// Whether the question comes again: the answer was wrong, or the network broke the step.
fn comes_again(error: &LoginError, question: AskAgain) -> bool {
    [question, AskAgain::SameStep].contains(&error.ask_again())
}

fn answer(question: &str) -> io::Result<String> {
    print!("{question}: ");
    io::stdout().flush()?;
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim().to_owned())
}
