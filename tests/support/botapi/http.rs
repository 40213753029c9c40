//! The HTTP side: connections, tokens, faults, files.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::methods::{self, Answer};
use super::{Call, Fault, Shared, multipart};

type Reply = Result<Response<Full<Bytes>>, std::io::Error>;

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let accepting = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&shared)));
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    stop.run_until_cancelled(serving).await;
}

fn page(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
}

fn broken() -> std::io::Error {
    std::io::Error::other("closed by a fault")
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Reply {
    let path = request.uri().path().to_owned();
    if let Some(file) = path.strip_prefix("/file/bot") {
        return Ok(serve_file(&shared, file));
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return Ok(page(404, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}"));
    };
    let (token, method) = (token.to_owned(), method.to_owned());
    let kind =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
    let read = if kind.starts_with("multipart/") { multipart::read(&kind, &body) } else { plain(&body) };
    let Some((params, files)) = read else {
        return Ok(page(400, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: body\"}"));
    };
    carry_out(&shared, &token, &method, params, files).await
}

fn plain(body: &Bytes) -> Option<(Value, Vec<(String, Bytes)>)> {
    if body.is_empty() {
        return Some((json!({}), Vec::new()));
    }
    Some((serde_json::from_slice(body).ok()?, Vec::new()))
}

/// The call with its fault, if it has one.
async fn carry_out(
    shared: &Shared,
    token: &str,
    method: &str,
    params: Value,
    files: Vec<(String, Bytes)>,
) -> Reply {
    let fault = shared.lock().take_fault(method, &params, Fault::is_early);
    let chat = methods::chat(&params);
    let call = |status: u16| Call {
        method: method.to_owned(),
        token: token.to_owned(),
        chat,
        at: Instant::now(),
        status,
        params: params.clone(),
    };
    let refuse = |status: u16, text: &str| Answer::error(status, text);
    let answer = match &fault {
        Some(Fault::TooMany(seconds)) => Answer::too_many(*seconds),
        Some(Fault::Blocked) => refuse(403, "Forbidden: bot was blocked by the user"),
        Some(Fault::Conflict) => refuse(409, "Conflict: terminated by other getUpdates request"),
        Some(Fault::Refuse(text)) => refuse(400, text),
        Some(Fault::ServerError) => {
            note(shared, call(500));
            return Ok(page(500, "<html>Bad Gateway</html>"));
        }
        Some(Fault::Garbage) => {
            note(shared, call(200));
            return Ok(page(200, "<html>hello</html>"));
        }
        Some(Fault::Reset) => {
            note(shared, call(0));
            return Err(broken());
        }
        Some(Fault::Hold) => {
            note(shared, call(0));
            shared.until(Duration::from_secs(600), |state| state.faults.is_empty().then_some(())).await;
            return Err(broken());
        }
        _ => methods::run(shared, token, method, &params, files).await,
    };
    let late = shared.lock().take_fault(method, &params, Fault::is_late);
    note(shared, call(answer.status));
    match late {
        Some(Fault::ResetAfter) => return Err(broken()),
        Some(Fault::HoldAfter) => {
            shared.until(Duration::from_secs(600), |state| state.faults.is_empty().then_some(())).await;
            return Err(broken());
        }
        Some(Fault::Slow(by)) => tokio::time::sleep(by).await,
        _ => {}
    }
    Ok(page(answer.status, answer.body.to_string()))
}

fn note(shared: &Shared, call: Call) {
    shared.lock().calls.push(call);
    shared.notice();
}

fn serve_file(shared: &Shared, path: &str) -> Response<Full<Bytes>> {
    let id = path.rsplit('/').next().unwrap_or_default();
    match shared.lock().files.get(id) {
        Some(bytes) => page(200, bytes.clone()),
        None => page(404, "no such file"),
    }
}
