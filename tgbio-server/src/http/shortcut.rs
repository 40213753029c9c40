//! Answers that are given before the routes are looked at: for the few addresses that are asked all the time.

use std::sync::Arc;

use async_trait::async_trait;
use poem::{Endpoint, IntoResponse, Request, Response};

/// Knows some answers at once. It stands behind all middleware, just before the routes.
#[async_trait]
pub trait Shortcut: Send + Sync {
    /// The answer that the routes would give as well; `None` leaves the request to them.
    async fn answer(&self, request: &Request) -> Option<Response>;
}

/// The shortcuts, and the routes behind them.
pub(super) struct Shortcuts<E> {
    shortcuts: Vec<Arc<dyn Shortcut>>,
    routes: E,
}

impl<E> Shortcuts<E> {
    pub(super) fn new(shortcuts: Vec<Arc<dyn Shortcut>>, routes: E) -> Self {
        Self { shortcuts, routes }
    }
}

impl<E: Endpoint> Endpoint for Shortcuts<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        for shortcut in &self.shortcuts {
            if let Some(answer) = shortcut.answer(&request).await {
                return Ok(answer);
            }
        }
        self.routes.call(request).await.map(IntoResponse::into_response)
    }
}
