//! `healthcheck`: one request to the running server, for containers and supervisors.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::context::Context;
use super::error::{CliError, CliResult};

/// The server answers at once or is not well.
const PATIENCE: Duration = Duration::from_secs(4);
/// More of an answer is not read.
const MOST: u64 = 64 << 10;

/// Asks `/healthz`, or `/readyz`.
pub async fn run(context: &mut Context, ready: bool) -> CliResult {
    let listen = context.config.listen.clone();
    let path = if ready { "/readyz" } else { "/healthz" };
    let asked = timeout(PATIENCE, ask(&listen, path)).await;
    let answer =
        asked.map_err(|_| CliError::Failed(format!("the server at {listen} does not answer in time")))?;
    match answer {
        Ok(answer) => judge(context, &listen, path, &answer),
        Err(error) => Err(CliError::Failed(format!("the server at {listen} cannot be reached: {error}"))),
    }
}

async fn ask(listen: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(&*addresses(listen).await?).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Where a server that listens on this address can be reached from here.
async fn addresses(listen: &str) -> std::io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host(listen).await?;
    Ok(found.map(|address| SocketAddr::new(reachable(address.ip()), address.port())).collect())
}

fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    }
}

fn judge(context: &mut Context, listen: &str, path: &str, answer: &str) -> CliResult {
    let status = answer.split_ascii_whitespace().nth(1).unwrap_or_default();
    if status == "200" {
        return context.tell(&format!(
            "the server at {listen} is {}",
            if path == "/readyz" { "ready" } else { "alive" }
        ));
    }
    let why = if status.is_empty() {
        "with something else than HTTP".to_owned()
    } else {
        format!("with status {status}")
    };
    Err(CliError::Failed(format!("the server at {listen} answers {path} {why}: see its log and /status")))
}
