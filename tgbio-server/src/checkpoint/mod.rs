//! Checkpoints: the newest link of the chain of all revisions, signed, kept, and sent elsewhere. Only a checkpoint that is
//! kept elsewhere makes evident that somebody has rewritten what came before it.

mod daily;
mod key;
mod send;
mod statement;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tgbio_core::Timestamp;
use tgbio_core::store::sqlite::{Checkpoint, KeptCheckpoint, SqliteStore};
use tgbio_core::store::{Actor, ProfileStore, StoreError};

use crate::config::Config;

pub use key::{KeyError, SigningKey, public_pem};
pub use send::{Places, append_line};
pub use statement::{BadLine, line, read_line, read_lines, signed_part};

/// Why there is no checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work was cut off.
    #[error("the checkpoint was cut off by the end of the program")]
    CutOff,
}

/// Makes checkpoints of one database.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    store: Arc<SqliteStore>,
    key: PathBuf,
    places: Places,
}

impl Checkpoints {
    /// Checkpoints of this store, as configured.
    pub fn new(store: Arc<SqliteStore>, config: &Config) -> Self {
        Self { store, key: key_file(config), places: Places::of(config) }
    }

    /// Signs the present head and keeps the checkpoint; nothing is sent yet.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub async fn make(&self, at: Timestamp, actor: &Actor) -> Result<KeptCheckpoint, CheckpointError> {
        let key = self.key().await?;
        if let Some(before) = self.key_before(&key).await? {
            let (before, now) = (hex::encode(before), hex::encode(key.public()));
            tracing::warn!(before, now, "another key than before signs checkpoints from now on");
        }
        let head = self.store.chain_head().await?;
        let mut checkpoint = Checkpoint { at, head, key: key.public(), signature: [0; 64] };
        checkpoint.signature = key.sign(signed_part(&checkpoint).as_bytes());
        let id = self.store.keep_checkpoint(&checkpoint).await?;
        self.store.audit(at, actor, "checkpoint.make", Some(&head.seq.to_string())).await?;
        let kept = self.store.checkpoints(id + 1, 1).await?.pop();
        kept.ok_or(StoreError::NotFound("checkpoint").into())
    }

    /// Sends a checkpoint to every place where it has not arrived yet, remembers what came of it, and gives it back.
    ///
    /// # Errors
    /// Only when that cannot be remembered: a place that fails stands in [`KeptCheckpoint::deliveries`].
    pub async fn send(&self, kept: KeptCheckpoint) -> Result<KeptCheckpoint, CheckpointError> {
        for delivery in self.places.deliver(&kept).await {
            self.store.checkpoint_sent(kept.id, &delivery).await?;
        }
        Ok(self.store.checkpoints(kept.id + 1, 1).await?.pop().unwrap_or(kept))
    }

    /// Checkpoints with a number below `before`, newest first.
    ///
    /// # Errors
    /// As reading.
    pub async fn list(&self, before: u64, rows: usize) -> Result<Vec<KeptCheckpoint>, CheckpointError> {
        Ok(self.store.checkpoints(before, rows).await?)
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// As reading.
    pub async fn last(&self) -> Result<Option<KeptCheckpoint>, CheckpointError> {
        Ok(self.store.last_checkpoint().await?)
    }

    /// The key, made at its first use.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn key(&self) -> Result<SigningKey, CheckpointError> {
        let path = self.key.clone();
        let read = tokio::task::spawn_blocking(move || SigningKey::of_file(&path)).await;
        Ok(read.map_err(|_| CheckpointError::CutOff)??)
    }

    /// The key by which the newest checkpoint that is kept was signed, if that is another.
    ///
    /// # Errors
    /// As reading.
    pub async fn key_before(&self, key: &SigningKey) -> Result<Option<[u8; 32]>, CheckpointError> {
        let before = self.last().await?.map(|kept| kept.checkpoint.key);
        Ok(before.filter(|before| *before != key.public()))
    }

    /// The public key, if there is one already.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn public_key(config: &Config) -> Result<Option<[u8; 32]>, KeyError> {
        Ok(SigningKey::if_there(&key_file(config))?.map(|key| key.public()))
    }

    /// The places where a checkpoint is to arrive, and has not.
    pub fn missing(&self, kept: &KeptCheckpoint) -> Vec<String> {
        self.places.missing(kept)
    }
}

/// The file of the key: the configured one, or the one beside the database.
pub fn key_file(config: &Config) -> PathBuf {
    config.checkpoint_key.clone().unwrap_or_else(|| beside(&config.database))
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}
