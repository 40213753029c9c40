//! Signed heads of the chain, as they are kept. Who signs, and where they are sent, is the application's.

use rusqlite::{Connection, params};

use super::SqliteStore;
use super::chain::ChainHead;
use super::codec::{Cells, all, first, int, limit};
use super::db::Durability::Synced;
use super::verify::ChainReport;
use crate::Timestamp;
use crate::store::StoreResult;

/// A signed head of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// When it was made.
    pub at: Timestamp,
    /// How many links the chain had, and the hash of the newest one.
    pub head: ChainHead,
    /// The public key of the signer.
    pub key: [u8; 32],
    /// The signature over what the application states of the three above.
    pub signature: [u8; 64],
}

/// A checkpoint with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptCheckpoint {
    /// Its number, from 1.
    pub id: u64,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Where it was sent, in the order of the places' names.
    pub deliveries: Vec<Delivery>,
}

/// What became of sending a checkpoint to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The place, without anything secret.
    pub place: String,
    /// When it was tried last.
    pub at: Timestamp,
    /// Why that failed; `None` when the checkpoint has arrived.
    pub error: Option<String>,
}

const SELECT: &str = "SELECT id, at, links, head, key, signature FROM checkpoint ";

fn read(cells: &mut Cells<'_, '_>) -> StoreResult<KeptCheckpoint> {
    let (id, at) = (cells.number()?, cells.time()?);
    let head = ChainHead::at(cells.number()?, cells.bytes()?);
    let checkpoint = Checkpoint { at, head, key: cells.bytes()?, signature: cells.bytes()? };
    Ok(KeptCheckpoint { id, checkpoint, deliveries: Vec::new() })
}

fn with_deliveries(conn: &Connection, mut kept: Vec<KeptCheckpoint>) -> StoreResult<Vec<KeptCheckpoint>> {
    let sql = "SELECT place, at, error FROM checkpoint_delivery WHERE checkpoint = ?1 ORDER BY place";
    let mut statement = conn.prepare_cached(sql)?;
    for checkpoint in &mut kept {
        checkpoint.deliveries = all(statement.query([int(checkpoint.id)])?, |cells| {
            Ok(Delivery { place: cells.text()?, at: cells.time()?, error: cells.maybe_text()? })
        })?;
    }
    Ok(kept)
}

/// The heads of all checkpoints.
pub(super) fn heads(conn: &Connection) -> StoreResult<Vec<ChainHead>> {
    let sql = "SELECT links, head FROM checkpoint ORDER BY links";
    all(conn.prepare(sql)?.query([])?, |cells| Ok(ChainHead::at(cells.number()?, cells.bytes()?)))
}

fn insert(conn: &Connection, checkpoint: &Checkpoint) -> StoreResult<u64> {
    let sql = "INSERT INTO checkpoint (at, links, head, key, signature) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![
        checkpoint.at.as_millis(),
        int(checkpoint.head.seq),
        checkpoint.head.hash.as_slice(),
        checkpoint.key.as_slice(),
        checkpoint.signature.as_slice(),
    ])?;
    Ok(u64::try_from(conn.last_insert_rowid()).unwrap_or(0))
}

fn deliver(conn: &Connection, id: u64, delivery: &Delivery) -> StoreResult<()> {
    let sql =
        "INSERT OR REPLACE INTO checkpoint_delivery (checkpoint, place, at, error) VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![
        int(id),
        delivery.place,
        delivery.at.as_millis(),
        delivery.error
    ])?;
    Ok(())
}

impl SqliteStore {
    /// Keeps a checkpoint and gives its number.
    ///
    /// # Errors
    /// As writing.
    pub async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> StoreResult<u64> {
        let checkpoint = checkpoint.clone();
        self.write(Synced, move |conn| insert(conn, &checkpoint)).await
    }

    /// Remembers what became of sending a checkpoint to a place.
    ///
    /// # Errors
    /// As writing.
    pub async fn checkpoint_sent(&self, id: u64, delivery: &Delivery) -> StoreResult<()> {
        let delivery = delivery.clone();
        self.write(Synced, move |conn| deliver(conn, id, &delivery)).await
    }

    /// Checkpoints with a number below `before`, newest first.
    ///
    /// # Errors
    /// As reading.
    pub async fn checkpoints(&self, before: u64, rows: usize) -> StoreResult<Vec<KeptCheckpoint>> {
        self.read(move |conn| {
            let sql = [SELECT, "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"].concat();
            let kept = all(conn.prepare_cached(&sql)?.query([int(before), limit(rows)])?, read)?;
            with_deliveries(conn, kept)
        })
        .await
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// As reading.
    pub async fn last_checkpoint(&self) -> StoreResult<Option<KeptCheckpoint>> {
        Ok(self.checkpoints(u64::MAX, 1).await?.pop())
    }

    /// Computes every commitment and hash of the chain anew, compares the raw pages, and makes sure that the chain goes
    /// through every checkpoint: those that are kept, and those given.
    ///
    /// # Errors
    /// As reading; a broken chain is no error, see [`ChainReport::broken`].
    pub async fn verify_chain_through(&self, given: Vec<ChainHead>) -> StoreResult<ChainReport> {
        let db = self.db.clone();
        match self.db.path() {
            Some(_) => super::blocking(move || super::files::verify_chain(&db, &given)).await,
            None => self.read(move |conn| super::verify::verify_all(conn, &given)).await,
        }
    }

    /// The hash of one link.
    ///
    /// # Errors
    /// As reading.
    pub async fn link(&self, seq: u64) -> StoreResult<Option<ChainHead>> {
        self.read_few(move |conn| {
            let sql = "SELECT seq, hash FROM chain_link WHERE seq = ?1";
            first(conn.prepare_cached(sql)?.query([int(seq)])?, |cells| {
                Ok(ChainHead::at(cells.number()?, cells.bytes()?))
            })
        })
        .await
    }
}
