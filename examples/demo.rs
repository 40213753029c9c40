//! Everything at once without Telegram: a simulated t.me and the server in one process, on loopback. Watch history
//! grow within ten seconds: `cargo run --example demo`, then open the printed address. Ctrl-C ends it.

use std::error::Error;
use std::time::Duration;

use tgbio_core::store::{Actor, NewProfile};
use tgbio_core::{Tracker, Username};
use tgbio_server::config::PhotoHosts;
use tgbio_server::{Config, Server};
use tgbio_testkit::tme::{After, Card, Fault, Times, Tme, photo};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "demo-password";
const NAMES: [&str; 5] = ["ann_example", "news_example", "chat_example", "helper_example", "gone_example"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let site = Tme::start().await;
    fill(&site);
    let folder = tempfile::tempdir()?;
    let listener = listen().await?;
    let address = listener.local_addr()?;
    let server = Server::open(config(&site, folder.path()), listener).await?;
    follow(&server.app().tracker).await?;
    println!("tgbio listens on http://{address}");
    println!("log in at http://{address}/login as admin with the password {PASSWORD}");
    println!("the simulated t.me is at {}; Ctrl-C ends both", site.base_url());
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_ctrl_c(shutdown.clone()));
    server.run(shutdown).await?;
    Ok(())
}

/// The usual port, or a free one.
async fn listen() -> std::io::Result<TcpListener> {
    match TcpListener::bind("127.0.0.1:8080").await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind("127.0.0.1:0").await,
    }
}

async fn stop_on_ctrl_c(shutdown: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        shutdown.cancel();
    }
}

/// Short intervals and nobody's patience: never do this to the real site.
fn config(site: &Tme, folder: &std::path::Path) -> Config {
    let mut config = Config::default();
    config.database = folder.join("demo.db");
    config.public = true;
    config.admin_password = Some(PASSWORD.to_owned().into());
    config.scrape_base_url = site.base_url();
    config.scrape_photo_hosts = PhotoHosts::Only(vec![site.host_port()]);
    config.scrape_min_delay = Duration::ZERO;
    config.check_interval = Duration::from_millis(500);
    config.check_interval_max = Duration::from_secs(1);
    config.backoff_min = Duration::from_millis(500);
    config.backoff_max = Duration::from_secs(2);
    config.confirm_delay = Duration::from_secs(2);
    config.confirm_checks = 2;
    config
}

async fn follow(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    for name in NAMES {
        let mut new = NewProfile::new(Username::parse(name)?);
        new.tags = vec!["demo".to_owned()];
        tracker.follow(&new, true, &Actor::system()).await?;
    }
    Ok(())
}

/// Profiles whose history grows by itself, with a bad day of the site in between.
fn fill(site: &Tme) {
    site.set(Card::channel("telegram", "Telegram News", 11_000_000).bio("The official channel.").verified());
    site.set(Card::user("ann_example", "Ann Example").bio("I like red cars.").photo(photo(1)));
    site.script("ann_example", ann());
    site.set(
        Card::channel("news_example", "Example News", 12_345).bio("What is new.\nWrite to @ann_example"),
    );
    site.script(
        "news_example",
        vec![
            After::time(Duration::from_secs(4)).edit(|card| card.verified = true),
            After::time(Duration::from_secs(3))
                .edit(|card| card.display_name = "Example News Network".into()),
        ],
    );
    site.set(Card::group("chat_example", "Example Chat", 321).online(17).bio("Be kind."));
    site.script("chat_example", vec![After::time(Duration::from_secs(6)).edit(|card| card.bio = None)]);
    site.set(Card::bot("helper_example", "Helper").bio("Type /start.").monthly_users(4_200));
    site.script(
        "helper_example",
        vec![After::time(Duration::from_secs(5)).fault(Fault::EmptyOk, Times::Count(3))],
    );
    site.set(Card::user("gone_example", "Soon Gone").bio("Catch me while I am here."));
    site.script("gone_example", vec![After::time(Duration::from_secs(7)).vanish()]);
}

fn ann() -> Vec<tgbio_testkit::tme::Step> {
    let later = |seconds| After::time(Duration::from_secs(seconds));
    vec![
        later(3).edit(|card| card.bio = Some("I like blue cars.".into())),
        later(2).edit(|card| {
            card.bio = Some("I like blue cars and <b>bold</b> people.\n\u{202e}reversed\u{202c}".into());
        }),
        later(2).fault(Fault::NotFoundShell, Times::Once),
        later(2).edit(|card| card.display_name = "Ann Example-Smith".into()),
    ]
}
