//! Style, script and icon. Their names hold a hash of their content, so that browsers may keep them for ever.

use std::sync::LazyLock;

use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};
use sha2::{Digest, Sha256};

use super::visitor::Reply;
use crate::http::Problem;

/// The style sheet of the pages, for applications that want their look.
pub const CSS: &str = include_str!("../../assets/tgbio.css");
const JS: &str = include_str!("../../assets/tgbio.js");
const ICON: &str = include_str!("../../assets/icon.svg");

static CSS_NAME: LazyLock<String> = LazyLock::new(|| named(CSS, "css"));
static JS_NAME: LazyLock<String> = LazyLock::new(|| named(JS, "js"));

fn named(content: &str, ending: &str) -> String {
    let hash = hex::encode(Sha256::digest(content.as_bytes()));
    format!("tgbio-{}.{ending}", &hash[..12])
}

/// The style sheet's current name.
pub(super) fn css() -> &'static str {
    &CSS_NAME
}

/// The script's current name.
pub(super) fn js() -> &'static str {
    &JS_NAME
}

#[handler]
pub(super) fn asset(Path(name): Path<String>) -> Reply {
    match name.as_str() {
        name if name == css() => Ok(kept("text/css; charset=utf-8", CSS)),
        name if name == js() => Ok(kept("text/javascript; charset=utf-8", JS)),
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

fn kept(media_type: &str, content: &'static str) -> Response {
    let response = Response::builder().content_type(media_type);
    response.header(header::CACHE_CONTROL, "public, max-age=31536000, immutable").body(content)
}
