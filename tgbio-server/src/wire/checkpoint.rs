//! A checkpoint in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem_openapi::Object;
use serde::Serialize;
use tgbio_core::store::sqlite;

use super::Time;

/// A signed head of the chain of all revisions.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Checkpoint")]
pub struct Checkpoint {
    /// Its number.
    pub id: u64,
    /// When it was made.
    pub at: Time,
    /// How many links the chain had.
    pub links: u64,
    /// The hash of the newest link, in hexadecimal.
    pub head: String,
    /// The public key (Ed25519) of the signer, in hexadecimal.
    pub key: String,
    /// The signature, in Base64.
    pub signature: String,
    /// All of it as the line of text that is signed and kept elsewhere; what comes before ` signature=` is signed.
    pub line: String,
    /// Where it was sent.
    pub deliveries: Vec<Delivery>,
}

/// What became of sending a checkpoint to one place.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize)]
#[oai(rename = "Delivery")]
pub struct Delivery {
    /// The place: a file, or the host of a webhook.
    pub place: String,
    /// The last try.
    pub at: Time,
    /// Why it failed; `null` when the checkpoint has arrived.
    #[oai(nullable)]
    pub error: Option<String>,
}

/// A page of checkpoints, newest first.
#[derive(Debug, Clone, Object)]
#[oai(rename = "CheckpointPage")]
pub struct CheckpointPage {
    /// The checkpoints.
    pub items: Vec<Checkpoint>,
    /// Where the next page starts; `null` at the end.
    #[oai(nullable)]
    pub next_cursor: Option<String>,
}

impl From<&sqlite::KeptCheckpoint> for Checkpoint {
    fn from(kept: &sqlite::KeptCheckpoint) -> Self {
        let made = &kept.checkpoint;
        Self {
            id: kept.id,
            at: made.at.into(),
            links: made.head.seq,
            head: hex::encode(made.head.hash),
            key: hex::encode(made.key),
            signature: STANDARD.encode(made.signature),
            line: crate::checkpoint::line(made),
            deliveries: kept.deliveries.iter().map(Delivery::from).collect(),
        }
    }
}

impl From<&sqlite::Delivery> for Delivery {
    fn from(delivery: &sqlite::Delivery) -> Self {
        let sqlite::Delivery { place, at, error } = delivery.clone();
        Self { place, at: at.into(), error }
    }
}
