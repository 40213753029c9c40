//! Sends checkpoints away: a line at the end of a file, and a JSON document to a webhook.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Certificate, Client, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::{Delivery, KeptCheckpoint};
use url::Url;

use super::statement::line;
use crate::config::Config;
use crate::wire;

/// The whole exchange with a webhook.
const WEBHOOK_TIME: Duration = Duration::from_secs(10);
/// Tries in a row, further apart each time; later the daily task tries again.
const TRIES: usize = 3;
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Where checkpoints go.
#[derive(Debug, Clone, Default)]
pub struct Places {
    file: Option<PathBuf>,
    webhook: Option<SecretString>,
}

impl Places {
    /// The configured places.
    pub fn of(config: &Config) -> Self {
        Self { file: config.checkpoint_file.clone(), webhook: config.checkpoint_webhook.clone() }
    }

    fn file_name(&self) -> Option<String> {
        self.file.as_ref().map(|file| format!("file {}", file.display()))
    }

    /// The host alone: the rest of the address may hold a secret.
    fn webhook_name(&self) -> Option<String> {
        let url = Url::parse(self.webhook.as_ref()?.expose_secret()).ok()?;
        let host = url.host_str().unwrap_or("?").to_owned();
        Some(match url.port() {
            Some(port) => format!("webhook {host}:{port}"),
            None => format!("webhook {host}"),
        })
    }

    /// The places where it has not arrived.
    pub(super) fn missing(&self, kept: &KeptCheckpoint) -> Vec<String> {
        let arrived = |place: &String| {
            kept.deliveries.iter().any(|delivery| delivery.place == *place && delivery.error.is_none())
        };
        let all = [self.file_name(), self.webhook_name()];
        all.into_iter().flatten().filter(|place| !arrived(place)).collect()
    }

    /// Tries every place where it has not arrived.
    pub(super) async fn deliver(&self, kept: &KeptCheckpoint) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for place in self.missing(kept) {
            let sent = if Some(&place) == self.webhook_name().as_ref() {
                self.post(kept).await
            } else {
                self.append(kept).await
            };
            if let Err(error) = &sent {
                tracing::warn!(place, error, "a checkpoint could not be sent");
            }
            deliveries.push(Delivery { place, at: Timestamp::now(), error: sent.err() });
        }
        deliveries
    }

    async fn append(&self, kept: &KeptCheckpoint) -> Result<(), String> {
        let Some(path) = self.file.clone() else { return Ok(()) };
        let line = line(&kept.checkpoint);
        let written = tokio::task::spawn_blocking(move || append_line(&path, &line)).await;
        written.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    async fn post(&self, kept: &KeptCheckpoint) -> Result<(), String> {
        let Some(url) = &self.webhook else { return Ok(()) };
        let client = client()?;
        let body = serde_json::to_string(&wire::Checkpoint::from(kept)).map_err(|error| error.to_string())?;
        let try_it = || post(&client, url.expose_secret(), &body);
        let waits = ExponentialBuilder::default().with_min_delay(FIRST_WAIT).with_jitter();
        try_it.retry(waits.with_max_times(TRIES - 1)).sleep(tokio::time::sleep).await
    }
}

/// Adds one line to a file, which is made when there is none.
pub fn append_line(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

fn client() -> Result<Client, String> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let roots = roots.iter().filter_map(|root| Certificate::from_der(root).ok());
    Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(WEBHOOK_TIME)
        .no_proxy()
        .user_agent(concat!("tgbio/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(roots)
        .build()
        .map_err(|error| error.without_url().to_string())
}

async fn post(client: &Client, url: &str, body: &str) -> Result<(), String> {
    let request = client.post(url).header("content-type", "application/json").body(body.to_owned());
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) if answer.status().is_redirection() => {
            Err(format!("it redirects ({}), which is not followed", answer.status().as_u16()))
        }
        Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err("it did not answer in time".to_owned()),
        Err(_) => Err("it cannot be reached".to_owned()),
    }
}
