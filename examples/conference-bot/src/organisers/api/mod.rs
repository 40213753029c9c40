//! The REST API under `/api/v1`, its document and Swagger UI.
//!
//! An operation's first parameter is `access::By`: it says who may call, so that strangers learn nothing from how
//! parameters are wrong. Tokens act for the person who made them, with that person's roles and the token's scope. Every
//! key of an answer is always there; lists answer `items` and `next_cursor`; errors are problem documents.

mod access;
mod document;
mod moderation;
mod papers;
mod people;
mod programme;
mod settings;
mod wire;

use poem::http::{HeaderValue, header};
use poem::{EndpointExt, IntoEndpoint, Response};
use poem_openapi::{OpenApiService, Tags};
use tgbio_server::http::Routes;

use super::site::Desk;

pub use document::openapi_json;

/// The groups of operations in the document.
#[derive(Tags)]
enum Group {
    /// Participants and staff.
    People,
    /// Papers with all that belongs to them.
    Papers,
    /// What waits for a decision.
    Moderation,
    /// Who speaks when and where.
    Programme,
    /// Time limits, roles, messages, delivery.
    Organising,
}

type Operations =
    (people::People, papers::Papers, moderation::Moderation, programme::Programme, settings::Settings);

fn service() -> OpenApiService<Operations, ()> {
    let operations =
        (people::People, papers::Papers, moderation::Moderation, programme::Programme, settings::Settings);
    OpenApiService::new(operations, "Conference desk", "1")
        .description(document::DESCRIPTION)
        .server("/api/v1")
}

/// Adds the API with its documents.
pub(super) fn routes(routes: Routes, desk: &Desk) -> Routes {
    let api = service().into_endpoint().data(desk.clone()).after(|answer: poem::Result<Response>| async {
        let mut answer = answer?;
        answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        Ok::<_, poem::Error>(answer)
    });
    document::routes(routes.nest_api("/api/v1", api, document::value()))
}
