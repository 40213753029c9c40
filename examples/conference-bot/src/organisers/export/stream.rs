//! A body that a job on a thread of its own writes while the client reads it.

use std::io::{self, Write};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use poem::Body;
use rusqlite::Connection;
use tgbio_server::http::{Problem, kinds};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::organisers::site::Desk;
use crate::store::{Res, Stop, StoreError};

/// Size of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the client; a job that is faster waits.
const AHEAD: usize = 4;
/// How long somebody waits for others' downloads to end.
const PATIENCE: Duration = Duration::from_secs(10);

type Piece = io::Result<Bytes>;

/// Where a job writes.
#[derive(Debug)]
pub struct Pipe {
    pieces: mpsc::Sender<Piece>,
    filled: BytesMut,
}

/// A pipe and the body at its end.
pub fn pipe() -> (Pipe, Body) {
    let (pieces, waiting) = mpsc::channel(AHEAD);
    let body = stream::unfold(waiting, |mut waiting: mpsc::Receiver<Piece>| async move {
        waiting.recv().await.map(|piece| (piece, waiting))
    });
    (Pipe { pieces, filled: BytesMut::with_capacity(PIECE) }, Body::from_bytes_stream(body))
}

impl Pipe {
    fn push(&mut self) -> io::Result<()> {
        let piece = self.filled.split().freeze();
        self.filled.reserve(PIECE);
        // Nobody reads any more.
        self.pieces.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Sends what is left.
    fn finish(mut self) -> io::Result<()> {
        if self.filled.is_empty() { Ok(()) } else { self.push() }
    }

    /// Tells the client that what it got is not whole, by breaking the connection off.
    fn abort(self) {
        let broken = io::Error::other("the export could not be finished");
        // A client that is gone needs to hear nothing.
        let _ = self.pieces.blocking_send(Err(broken));
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.filled.len());
        self.filled.extend_from_slice(&bytes[..taken]);
        if self.filled.len() >= PIECE {
            self.push()?;
        }
        Ok(taken)
    }

    /// Pieces go when they are full: whoever writes flushes far too often.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets a job write a body from one state of the database. Few do so at a time: each holds a connection.
pub async fn streamed(
    desk: &Desk,
    job: impl FnOnce(&Connection, &mut Pipe) -> Res<()> + Send + 'static,
) -> Result<Body, Problem> {
    let busy = || {
        Problem::new(kinds::UNAVAILABLE, "other downloads are running; try again soon").retry_after(PATIENCE)
    };
    let waiting = desk.downloads.clone().acquire_owned();
    let permit = timeout(PATIENCE, waiting).await.ok().and_then(Result::ok).ok_or_else(busy)?;
    let (mut pipe, body) = pipe();
    let db = desk.world.db.clone();
    tokio::spawn(async move {
        let written = db.read(move |conn| -> Res<()> {
            let _permit = permit;
            match whole(conn, &mut pipe, job) {
                Ok(()) => pipe.finish().map_err(|error| StoreError::failed(error).into()),
                Err(stop) => {
                    pipe.abort();
                    Err(stop)
                }
            }
        });
        if let Err(error) = written.await {
            tracing::info!(%error, "an export was not sent to its end");
        }
    });
    Ok(body)
}

/// One transaction: what is written meanwhile is not seen.
fn whole(conn: &Connection, pipe: &mut Pipe, job: impl FnOnce(&Connection, &mut Pipe) -> Res<()>) -> Res<()> {
    let transaction = conn.unchecked_transaction()?;
    job(&transaction, pipe)?;
    transaction.finish()?;
    Ok(())
}

/// A failure to write as a failure of the job.
pub fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Stop {
    StoreError::failed(error).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_job_never_runs_far_ahead_of_a_client() {
        let (mut pipe, body) = pipe();
        let written = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&written);
        let job = tokio::task::spawn_blocking(move || {
            for _ in 0..1_000 {
                pipe.write_all(&[7; 10_000])?;
                counted.fetch_add(10_000, Ordering::SeqCst);
            }
            pipe.finish()
        });
        let mut stream = body.into_bytes_stream();
        let mut read = 0;
        while let Some(piece) = futures_util::StreamExt::next(&mut stream).await {
            read += piece.unwrap().len();
            let ahead = written.load(Ordering::SeqCst).saturating_sub(read);
            assert!(ahead <= (AHEAD + 2) * PIECE, "{ahead}");
        }
        assert_eq!(read, 10_000_000);
        job.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_job_ends_when_the_client_goes() {
        let (mut pipe, body) = pipe();
        let job = tokio::task::spawn_blocking(move || {
            loop {
                if let Err(error) = pipe.write_all(&[0; PIECE]) {
                    return error.kind();
                }
            }
        });
        drop(body);
        assert_eq!(job.await.unwrap(), io::ErrorKind::BrokenPipe);
    }
}
