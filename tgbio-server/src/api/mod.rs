//! The REST API under `/api/v1`, its document, Swagger UI, and the addresses for those who run the server.
//!
//! # Rules
//! - An operation parses, authorises, calls core and answers, in about 20 lines. Its first parameter is a
//!   `access::By`: it says who may call, and stands first so that strangers learn nothing from how parameters are
//!   wrong. `access::Reader` is open to everybody where reading is public, `access::Keeper` never.
//! - Reading needs the scope `read`; following, changing, checking and deciding `write`; what destroys (erasing a
//!   profile, removing a revision) `admin`.
//! - Errors are [`Problem`](crate::http::Problem)s and nothing else. Wrong parameters and bodies are 400, names that
//!   cannot exist 422, what is not there 404, what does not fit what is stored 409. What can be tried again without
//!   any change is 503, with `Retry-After` where the time is known. A look that fails is no error of the API: it is
//!   200 with its outcome.
//! - A parameter that an operation does not have is 400 as well, so that a misspelt one is not passed over.
//! - Every key of an answer is always there. A field without a value is `null` and declared `#[oai(nullable)]`; the
//!   document then lists it as required.
//! - Bodies of requests are strict: `deny_unknown_fields`, [`Text`](crate::wire::Text) instead of `String`,
//!   `#[oai(nullable)]` on every `Option`. In them `null` means the same as leaving the key out, except where a
//!   `PATCH` says that it takes a value away.
//! - Lists answer `{"items", "next_cursor"}` and take `cursor` and `limit` (1 to 100, 50 without). A cursor is opaque,
//!   belongs to its list and says after which row to go on, never how many to skip. Only the change log has numbers
//!   for that, `after` and `next_after`, because programs keep their place in it for years; it gives up to 1000.
//! - Spans of time are texts like `5m`, in and out; bare numbers are refused, because nobody knows their unit.
//! - Work that writes what it saw runs to its end although the client goes away: see `access::to_end`.
//! - All methods of one path stand in one `impl`, or the framework writes the path twice; a test reads the document
//!   with an eye on that. The document is locked by a snapshot: `tgbio-server/openapi.json`.
//!
//! # Quirks that must not spread
//! - `GET /profiles/{p}/counts` pages from the newest to the oldest, each page oldest first: charts want the present.
//! - The framework calls the first of a repeated query parameter the right one.

mod access;
mod alarms;
mod body;
mod changes;
mod checkpoints;
mod cursor;
mod document;
mod errors;
mod files;
mod held;
mod kept;
pub mod ops;
mod payload;
mod profiles;
mod reading;
mod revisions;
mod status;
mod stray;
mod unknown;

use std::sync::Arc;

use poem::http::{HeaderValue, header};
use poem::{EndpointExt, IntoEndpoint, Response};
use poem_openapi::{OpenApiService, Tags};

use crate::http::Routes;
use crate::state::App;

pub use document::{openapi_json, swagger_ui_html};
pub use ops::Metrics;

/// The groups of operations in the document.
#[derive(Tags)]
enum Group {
    /// Whom the server follows.
    Profiles,
    /// What was seen, and when.
    History,
    /// Changes that wait for a decision.
    Held,
    /// The feed of everything that changed.
    Changes,
    /// How the server is doing.
    Server,
}

type Operations = (
    profiles::Profiles,
    revisions::Revisions,
    reading::Reading,
    files::Files,
    held::HeldChanges,
    alarms::Surges,
    alarms::Drifts,
    changes::Changes,
    checkpoints::CheckpointList,
    stray::Strays,
    status::ServerStatus,
);

fn service() -> OpenApiService<Operations, ()> {
    let operations = (
        profiles::Profiles,
        revisions::Revisions,
        reading::Reading,
        files::Files,
        held::HeldChanges,
        alarms::Surges,
        alarms::Drifts,
        changes::Changes,
        checkpoints::CheckpointList,
        stray::Strays,
        status::ServerStatus,
    );
    OpenApiService::new(operations, "tgbio", "1").description(document::DESCRIPTION).server("/api/v1")
}

/// Adds the API with its documents, and the addresses for those who run the server. Without `metrics` there is no
/// `/metrics`.
pub fn routes(routes: Routes, app: &App, metrics: Option<Metrics>) -> Routes {
    let api = service().into_endpoint().data(app.clone()).after(|answer: poem::Result<Response>| async {
        let mut answer = answer?;
        // Histories of persons do not belong into caches.
        answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        Ok::<_, poem::Error>(answer)
    });
    let routes = routes.shortcut(Arc::new(kept::Quick::new(app)));
    let routes = routes.nest_api("/api/v1", api, document::value());
    ops::routes(document::routes(routes), app, metrics)
}
