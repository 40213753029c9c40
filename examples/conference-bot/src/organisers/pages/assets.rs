//! The style: tgbio's, and what the desk adds. Its name holds a hash of its content, so that browsers may keep it.

use std::sync::LazyLock;

use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};
use sha2::{Digest, Sha256};
use tgbio_server::http::Problem;

const OWN: &str = include_str!("../../../assets/desk.css");
const ICON: &str = include_str!("../../../assets/icon.svg");

static CSS: LazyLock<String> = LazyLock::new(|| format!("{}\n{OWN}", tgbio_server::web::STYLE));
static NAME: LazyLock<String> = LazyLock::new(|| {
    let hash = hex::encode(Sha256::digest(CSS.as_bytes()));
    format!("desk-{}.css", &hash[..12])
});

/// The style sheet's current name.
pub(super) fn css() -> &'static str {
    &NAME
}

#[handler]
pub(super) fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    match name.as_str() {
        name if name == css() => Ok(Response::builder()
            .content_type("text/css; charset=utf-8")
            .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
            .body(CSS.as_str())),
        "icon.svg" => Ok(icon_file()),
        _ => Err(Problem::not_found("there is no such file")),
    }
}

#[handler]
pub(super) fn icon() -> Response {
    icon_file()
}

fn icon_file() -> Response {
    let response = Response::builder().content_type("image/svg+xml");
    response.header(header::CACHE_CONTROL, "public, max-age=86400").body(ICON)
}
