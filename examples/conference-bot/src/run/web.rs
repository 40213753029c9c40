//! Where Telegram calls: `POST /tg/{bot}` with the secret in a header.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use poem::http::StatusCode;
use poem::web::{Data, Json, Path};
use poem::{Request, handler};
use secrecy::{ExposeSecret as _, SecretString};

use super::Lanes;
use crate::domain::secret;

/// The bots that are called.
#[derive(Debug, Clone, Default)]
pub struct Hooks(Arc<RwLock<HashMap<&'static str, Lanes>>>);

impl Hooks {
    /// Lets a bot be called.
    pub fn register(&self, code: &'static str, lanes: Lanes) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(code, lanes);
    }

    fn of(&self, code: &str) -> Option<Lanes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(code).cloned()
    }
}

/// Takes an update. It is kept before Telegram is told that it has arrived.
#[handler]
pub async fn called(
    request: &Request,
    Path(code): Path<String>,
    Data(wanted): Data<&Arc<SecretString>>,
    Data(hooks): Data<&Hooks>,
    Json(update): Json<serde_json::Value>,
) -> StatusCode {
    let given = request.header("X-Telegram-Bot-Api-Secret-Token").unwrap_or_default();
    if !secret::same(given.as_bytes(), wanted.expose_secret().as_bytes()) {
        return StatusCode::FORBIDDEN;
    }
    let Some(lanes) = hooks.of(&code) else { return StatusCode::SERVICE_UNAVAILABLE };
    match lanes.take(vec![update]).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::error!(%error, "an update could not be kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
