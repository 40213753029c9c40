//! Signs an account in for Telegram's own protocol and keeps it in `tgbio.db`: a bot with its token in `TGBIO_BOT_TOKEN`, a
//! person with telephone number, code and password. `tgbio login` does the same with hidden input:
//! `TGBIO_API_ID=... TGBIO_API_HASH=... cargo run --features mtproto --example protocol_login`.

use std::error::Error;
use std::io::{self, Write as _};

use tgbio_core::store::sqlite::SqliteStore;
use tgbio_fetch::MtprotoFetcher;
use tgbio_fetch::mtproto::{AskAgain, MtprotoAccount, MtprotoLogin, MtprotoStep};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let api_id = std::env::var("TGBIO_API_ID")?.parse()?;
    let store = SqliteStore::open("tgbio.db")?;
    let builder = MtprotoFetcher::builder(store.database().clone(), api_id, std::env::var("TGBIO_API_HASH")?);
    let mut login = builder.used_by("protocol_login").login().await?;
    let account = match std::env::var("TGBIO_BOT_TOKEN") {
        Ok(token) => login.bot(&token).await?,
        Err(_) => person(&mut login).await?,
    };
    println!("signed in as {account}");
    Ok(())
}

async fn person(login: &mut MtprotoLogin) -> Result<MtprotoAccount, Box<dyn Error>> {
    let sent = login.phone(&answer("Telephone number with country code")?).await?;
    println!("a code was sent {}", sent.way);
    let step = loop {
        match login.code(&answer("Code")?).await {
            Err(error) if error.ask_again() == AskAgain::Code => println!("{error}"),
            step => break step?,
        }
    };
    match step {
        MtprotoStep::SignedIn(account) => Ok(account),
        MtprotoStep::Password { hint } => {
            println!("the account has a password, hint: {}", hint.unwrap_or_default());
            password(login).await
        }
        _ => Err("this version does not know the next step".into()),
    }
}

async fn password(login: &mut MtprotoLogin) -> Result<MtprotoAccount, Box<dyn Error>> {
    loop {
        match login.password(&answer("Password, which this example shows")?).await {
            Err(error) if error.ask_again() == AskAgain::Password => println!("{error}"),
            account => return Ok(account?),
        }
    }
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
