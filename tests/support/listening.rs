//! What every simulated server does: accepts connections until it is stopped, and wakes those who wait for something.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Waits until `look` sees something; it looks again at each notice.
pub(crate) async fn until<T>(noticed: &Notify, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        let mut notice = pin!(noticed.notified());
        notice.as_mut().enable();
        if let Some(seen) = look() {
            return seen;
        }
        notice.await;
    }
}

/// Accepts connections, each a task of its own, until `stop`; then closes the port. Connections end by `stop` too.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    serve: impl Fn(TcpStream) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (stop, serving) = (stop.clone(), serve(stream));
                    tasks.spawn(async move { stop.run_until_cancelled(serving).await });
                }
                // Too many open files: others must close first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    _ = stop.run_until_cancelled(accepting).await;
}
