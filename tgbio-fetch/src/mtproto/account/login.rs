//! Signing in, step by step: whoever drives it asks a person and calls the next step.

use std::sync::Arc;
use std::time::Duration;

use grammers_client::client::PasswordToken;
use grammers_client::session::Session;
use grammers_client::{SignInError, tl};

use super::super::MtprotoAccount;
use super::super::engine::{Engine, account_of};
use super::super::rpc::{Fault, fault_of};
use super::LoginError;
use super::refusal::refusal;

/// Beside a call's time limit, computing the proof of a password may take so long on a slow machine.
const PROOF: Duration = Duration::from_secs(60);
/// The word for a code that was right, where a password is wanted as well.
const PASSWORD_NEEDED: &str = "SESSION_PASSWORD_NEEDED";

/// A log-in that is under way.
///
/// With a bot token: [`bot`](Self::bot). With a telephone number: [`phone`](Self::phone), [`code`](Self::code), and
/// [`password`](Self::password) where the account has one. A step that fails can be made again when
/// [`LoginError::ask_again`] says so. The session is kept as soon as a step answers that somebody is signed in. A step
/// whose answer was lost on the way is made again without harm: whether it had already signed somebody in is asked first.
///
/// ```no_run
/// # async fn example(database: tgbio_core::store::sqlite::db::Database) -> Result<(), Box<dyn std::error::Error>> {
/// use tgbio_fetch::mtproto::{MtprotoFetcher, MtprotoStep};
///
/// let mut login = MtprotoFetcher::builder(database, 12345, "0123456789abcdef").login().await?;
/// let sent = login.phone("+31612345678").await?;
/// println!("a code was sent {}", sent.way);
/// if let MtprotoStep::Password { hint } = login.code("12345").await? {
///     println!("password, {}", hint.unwrap_or_default());
///     println!("signed in: {}", login.password("secret").await?);
/// }
/// # Ok(())
/// # }
/// ```
pub struct MtprotoLogin {
    engine: Arc<Engine>,
    api_id: i32,
    api_hash: String,
    step: Step,
    /// The answer to a code or password was lost: it may have signed somebody in.
    unheard: bool,
}

enum Step {
    Begin,
    Code { phone: String, hash: String },
    Password,
}

/// A code was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MtprotoCode {
    /// How, in words that follow "a code was sent".
    pub way: &'static str,
    /// How many characters it has, where Telegram says so.
    pub length: Option<u32>,
}

/// What came of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MtprotoStep {
    /// The account is signed in and kept.
    SignedIn(MtprotoAccount),
    /// The account has a password as well.
    Password {
        /// The hint that its owner wrote.
        hint: Option<String>,
    },
}

impl MtprotoLogin {
    pub(in super::super) fn new(engine: Arc<Engine>, api_id: i32, api_hash: String) -> Self {
        Self { engine, api_id, api_hash, step: Step::Begin, unheard: false }
    }

    /// Signs a bot in with the token that @BotFather gave. The token is not kept.
    ///
    /// # Errors
    /// [`LoginError::TokenInvalid`] and the like.
    pub async fn bot(&mut self, token: &str) -> Result<MtprotoAccount, LoginError> {
        let request = tl::functions::auth::ImportBotAuthorization {
            flags: 0,
            api_id: self.api_id,
            api_hash: self.api_hash.clone(),
            bot_auth_token: token.trim().to_owned(),
        };
        let answer = self.call(&request).await?;
        self.authorised(answer).await
    }

    /// Asks for a code for a telephone number; again, for a new code.
    ///
    /// # Errors
    /// [`LoginError::PhoneInvalid`] and the like.
    pub async fn phone(&mut self, phone: &str) -> Result<MtprotoCode, LoginError> {
        let phone = phone.trim().to_owned();
        let request = tl::functions::auth::SendCode {
            phone_number: phone.clone(),
            api_id: self.api_id,
            api_hash: self.api_hash.clone(),
            settings: plain_code(),
        };
        match self.call(&request).await? {
            tl::enums::auth::SentCode::Code(sent) => {
                let code = way_of(&sent.r#type)?;
                self.step = Step::Code { phone, hash: sent.phone_code_hash };
                self.unheard = false;
                Ok(code)
            }
            tl::enums::auth::SentCode::Success(_) => Err(LoginError::Unsupported("a log-in without a code")),
            tl::enums::auth::SentCode::PaymentRequired(_) => {
                Err(LoginError::Unsupported("a paid log-in code"))
            }
        }
    }

    /// Gives the code that was sent.
    ///
    /// # Errors
    /// [`LoginError::WrongCode`]: ask for it again. [`LoginError::CodeExpired`]: go back to [`phone`](Self::phone).
    pub async fn code(&mut self, code: &str) -> Result<MtprotoStep, LoginError> {
        if let Some(account) = self.heard_after_all().await? {
            return Ok(MtprotoStep::SignedIn(account));
        }
        let (phone, hash) = match &self.step {
            Step::Begin => return Err(LoginError::OutOfOrder),
            Step::Code { phone, hash } => (phone, hash),
            // The code was right, and the question for the password was lost.
            Step::Password => return self.password_step().await,
        };
        let request = tl::functions::auth::SignIn {
            phone_number: phone.clone(),
            phone_code_hash: hash.clone(),
            phone_code: Some(code.trim().to_owned()),
            email_verification: None,
        };
        match self.ask(&request).await {
            Ok(answer) => self.authorised(answer).await.map(MtprotoStep::SignedIn),
            Err(Fault::Rpc(error)) if error.name == PASSWORD_NEEDED => {
                self.step = Step::Password;
                self.password_step().await
            }
            Err(fault) => Err(self.failed(refusal(fault))),
        }
    }

    async fn password_step(&self) -> Result<MtprotoStep, LoginError> {
        Ok(MtprotoStep::Password { hint: self.password_question().await?.hint })
    }

    /// Notes that nobody knows what came of a step whose answer was lost.
    fn failed(&mut self, error: LoginError) -> LoginError {
        self.unheard = matches!(error, LoginError::Unreachable(_));
        error
    }

    /// Who was signed in by a step whose answer was lost, if it was heard.
    async fn heard_after_all(&mut self) -> Result<Option<MtprotoAccount>, LoginError> {
        if !self.unheard {
            return Ok(None);
        }
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        match self.ask(&request).await {
            Ok(users) => {
                let user = users.first().ok_or(LoginError::Unsupported("an account without a name"))?;
                self.keep(user).await.map(Some)
            }
            Err(Fault::Rpc(error)) if error.code == 401 => {
                if error.name == PASSWORD_NEEDED {
                    self.step = Step::Password;
                }
                self.unheard = false;
                Ok(None)
            }
            Err(fault) => Err(refusal(fault)),
        }
    }

    /// Gives the password of two-step verification. Computing its proof takes about a second on a thread of its own;
    /// the password itself never leaves the machine.
    ///
    /// # Errors
    /// [`LoginError::WrongPassword`]: ask for it again.
    pub async fn password(&mut self, password: &str) -> Result<MtprotoAccount, LoginError> {
        if !matches!(self.step, Step::Password) {
            return Err(LoginError::OutOfOrder);
        }
        if let Some(account) = self.heard_after_all().await? {
            return Ok(account);
        }
        let question = self.password_question().await?;
        let client = self.engine.link.client().map_err(refusal)?;
        let (password, runtime) = (password.to_owned(), tokio::runtime::Handle::current());
        let proof = tokio::task::spawn_blocking(move || {
            runtime.block_on(client.check_password(PasswordToken::new(question), password))
        });
        let limit = self.engine.link.timeout() + PROOF;
        let answer = tokio::time::timeout(limit, proof)
            .await
            .map_err(|_| self.failed(LoginError::Unreachable("no answer to the password".to_owned())))?;
        match answer {
            Ok(Ok(user)) => self.keep(&user.raw).await,
            Ok(Err(SignInError::InvalidPassword(_))) => Err(LoginError::WrongPassword),
            Ok(Err(SignInError::Other(error))) => Err(self.failed(refusal(fault_of(error, true).0))),
            Ok(Err(_)) => Err(LoginError::Unsupported("another kind of log-in")),
            Err(_) => Err(LoginError::Unsupported("a password of an unknown kind")),
        }
    }

    async fn password_question(&self) -> Result<tl::types::account::Password, LoginError> {
        let question = self.ask(&tl::functions::account::GetPassword {}).await.map_err(refusal)?;
        Ok(question.into())
    }

    async fn authorised(
        &mut self,
        answer: tl::enums::auth::Authorization,
    ) -> Result<MtprotoAccount, LoginError> {
        match answer {
            tl::enums::auth::Authorization::Authorization(signed) => self.keep(&signed.user).await,
            tl::enums::auth::Authorization::SignUpRequired(_) => Err(LoginError::SignUpRequired),
        }
    }

    async fn keep(&mut self, user: &tl::enums::User) -> Result<MtprotoAccount, LoginError> {
        let account = account_of(user).ok_or(LoginError::Unsupported("an account without a name"))?;
        self.engine.signed_in(account.clone()).await?;
        (self.step, self.unheard) = (Step::Begin, false);
        Ok(account)
    }

    async fn call<R>(&self, request: &R) -> Result<R::Return, LoginError>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        self.ask(request).await.map_err(refusal)
    }

    /// Calls, and once more in the data centre that the account lives in.
    async fn ask<R>(&self, request: &R) -> Result<R::Return, Fault>
    where
        R: tl::RemoteCall + Sync,
        R::Return: Send,
    {
        let link = &self.engine.link;
        match link.call(request).await {
            Err(Fault::Rpc(error)) if error.code == 303 && error.name.ends_with("_MIGRATE") => {
                let Some(home) = error.value.and_then(|dc| i32::try_from(dc).ok()) else {
                    return Err(Fault::Rpc(error));
                };
                link.close();
                if let Err(why) = self.engine.session.set_home_dc_id(home).await {
                    return Err(Fault::way(tgbio_core::UnreachableReason::Connect, why.to_string()));
                }
                link.call(request).await
            }
            answer => answer,
        }
    }
}

fn plain_code() -> tl::enums::CodeSettings {
    tl::types::CodeSettings {
        allow_flashcall: false,
        current_number: false,
        allow_app_hash: false,
        allow_missed_call: false,
        allow_firebase: false,
        logout_tokens: None,
        token: None,
        app_sandbox: None,
        unknown_number: false,
    }
    .into()
}

fn way_of(kind: &tl::enums::auth::SentCodeType) -> Result<MtprotoCode, LoginError> {
    use tl::enums::auth::SentCodeType as Kind;
    let (way, length) = match kind {
        Kind::App(sent) => ("to the Telegram app", Some(sent.length)),
        Kind::Sms(sent) => ("by SMS", Some(sent.length)),
        Kind::Call(sent) => ("by a telephone call", Some(sent.length)),
        Kind::FragmentSms(sent) => ("to Fragment", Some(sent.length)),
        Kind::FirebaseSms(sent) => ("by SMS", Some(sent.length)),
        Kind::EmailCode(sent) => ("by e-mail", Some(sent.length)),
        Kind::MissedCall(sent) => ("as the last digits of a number that calls", Some(sent.length)),
        Kind::FlashCall(_) => ("as a number that calls", None),
        Kind::SmsWord(_) | Kind::SmsPhrase(_) => ("by SMS, in words", None),
        Kind::SetUpEmailRequired(_) => return Err(LoginError::Unsupported("an e-mail address for log-ins")),
    };
    Ok(MtprotoCode { way, length: length.and_then(|length| u32::try_from(length).ok()) })
}

impl std::fmt::Debug for MtprotoLogin {
    /// Without the API hash, the number and the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MtprotoLogin").field("api_id", &self.api_id).finish_non_exhaustive()
    }
}
