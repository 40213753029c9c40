//! A client's byte stream that reports what happens on it and ends when its connection is told to close.

use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::Connection;
use super::gate::Gate;

/// The stream of one accepted connection. Dropping it leaves the gate.
#[derive(Debug)]
pub struct GuardedIo<T> {
    io: T,
    client: SocketAddr,
    connection: Arc<Connection>,
    gate: Gate,
}

impl<T> GuardedIo<T> {
    pub(super) fn new(io: T, client: SocketAddr, gate: Gate) -> Self {
        let connection = gate.enter(client);
        Self { io, client, connection, gate }
    }

    /// Reports the outcome of a write; a write that waits can be ended by the gate.
    fn written(&self, cx: &Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &result {
            Poll::Ready(Ok(_)) => self.connection.wrote(),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                self.connection.write_blocked();
                self.connection.wake_with(cx.waker());
            }
        }
        if result.is_pending() && self.connection.must_not_write() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        result
    }
}

impl<T> Drop for GuardedIo<T> {
    fn drop(&mut self) {
        self.gate.leave(self.client, &self.connection);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for GuardedIo<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // The waker is registered before the check, or a close in between would be missed.
        this.connection.wake_with(cx.waker());
        if this.connection.must_not_read(this.gate.limits()) {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        this.connection.read(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for GuardedIo<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.io).poll_write(cx, buf);
        this.written(cx, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}
