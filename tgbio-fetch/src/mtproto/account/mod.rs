//! Signing in and out.

mod login;
mod login_error;
mod refusal;

use grammers_client::tl;

use super::MtprotoError;
use super::engine::Engine;

pub use login::{MtprotoCode, MtprotoLogin, MtprotoStep};
pub use login_error::{AskAgain, LoginError};

/// Tells Telegram, as far as it can be reached, and forgets. Says whether it was told.
pub(super) async fn log_out(engine: &Engine) -> Result<bool, MtprotoError> {
    let told = engine.session.has_key() && engine.link.call(&tl::functions::auth::LogOut {}).await.is_ok();
    engine.link.close();
    engine.session.forget().await?;
    Ok(told)
}
