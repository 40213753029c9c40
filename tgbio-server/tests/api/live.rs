//! A server for tools from outside: `TGBIO_SERVE_API=1 cargo test -p tgbio-server --test api live -- --nocapture` prints
//! its address and a token, and serves until its standard input ends.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tgbio_server::auth::Scope;
use tgbio_server::http::{ConnectionLimits, serve};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::support::{Api, person, token};

/// Profiles with histories, changes that wait, and names that can be followed and erased again and again.
async fn seed(api: &Api) {
    for username in ["someone", "durov", "telegram", "erase_me"] {
        api.fetcher.show(person(username, "old text, see example.org"));
        api.post("/profiles", &format!(r#"{{"username": "{username}", "tags": ["a"]}}"#)).await;
        api.photo_of(username).await;
        api.change(person(username, "new text")).await;
    }
    for number in 1..=8 {
        let username = format!("emptied_{number}");
        api.fetcher.show(person(&username, "text"));
        api.post("/profiles", &format!(r#"{{"username": "{username}"}}"#)).await;
        api.change(person(&username, "")).await;
    }
    api.fetcher.show(person("not_followed_yet", "text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_until_its_input_ends() {
    if std::env::var_os("TGBIO_SERVE_API").is_none() {
        return;
    }
    let (mut api, folder) = (Api::new().await, tempfile::tempdir().unwrap());
    super::checkpoints::keep_in(&mut api, folder.path());
    seed(&api).await;
    let reader = token(&api.app.accounts, Scope::Read).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let admin = api.token();
    println!("\n{{\"url\": \"http://{address}\", \"admin\": \"{admin}\", \"read\": \"{reader}\"}}");
    std::io::stdout().flush().unwrap();
    let ended = async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    let endpoint = Arc::clone(&api.endpoint);
    serve(listener, ConnectionLimits::default(), endpoint, ended, Duration::from_secs(5)).await.unwrap();
}
