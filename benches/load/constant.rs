//! The role of a poem server that answers everything with one body of a given size.

use bytes::Bytes;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::web::Data;
use poem::{EndpointExt as _, IntoResponse, Response, Route, Server, get, handler};

use crate::Outcome;
use crate::role::{Helper, Role, obey};

const SIZE: &str = "LOAD_SIZE";
const MEDIA_TYPE: &str = "LOAD_MEDIA_TYPE";

#[derive(Clone)]
struct Answer {
    body: Bytes,
    media_type: String,
}

#[handler]
fn constant(Data(answer): Data<&Answer>) -> Response {
    answer.body.clone().with_content_type(answer.media_type.clone()).into_response()
}

/// Plays the role.
pub fn serve() -> Outcome<()> {
    let size: usize = std::env::var(SIZE)?.parse()?;
    let answer = Answer { body: Bytes::from(vec![b'x'; size]), media_type: std::env::var(MEDIA_TYPE)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let acceptor = runtime.block_on(TcpListener::bind("127.0.0.1:0").into_acceptor())?;
    let address = acceptor.local_addr().first().map(ToString::to_string).unwrap_or_default();
    let app = Route::new().at("/*rest", get(constant)).data(answer);
    runtime.spawn(Server::new_with_acceptor(acceptor).run(app));
    obey(address.trim_start_matches("socket://"), |_| Ok(String::new()))
}

/// Starts a server whose every answer is of this size and type; its address is `127.0.0.1:PORT`.
pub fn start(size: usize, media_type: &str) -> Outcome<(Helper, String)> {
    Helper::start(Role::Constant, &[(SIZE, size.to_string()), (MEDIA_TYPE, media_type.to_owned())])
}
