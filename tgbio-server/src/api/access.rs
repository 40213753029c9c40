//! Who may call an operation, and what operations have in common.

use std::future::Future;
use std::marker::PhantomData;

use poem::{Request, RequestBody};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tgbio_core::store::{self, ProfileKey, ProfileRecord};

use crate::auth::{self, Caller, Scope};
use crate::http::Problem;
use crate::http::openapi::bearer;
use crate::state::App;

/// The security scheme's name in the document.
const SCHEME: &str = "Token";

/// What somebody must be allowed for an operation.
pub(super) trait Level: Send + Sync + 'static {
    /// Refuses who is not.
    fn check(caller: &Caller) -> Result<(), Problem>;
}

/// May read; everybody where reading is public.
pub(super) struct Reader;
/// May read by own right, also where reading is public: for what only those need who keep the list.
pub(super) struct Keeper;
/// May follow, change, check and decide.
pub(super) struct Writer;
/// May destroy.
pub(super) struct Admin;

impl Level for Reader {
    fn check(caller: &Caller) -> Result<(), Problem> {
        caller.require(Scope::Read)
    }
}

impl Level for Keeper {
    fn check(caller: &Caller) -> Result<(), Problem> {
        caller.require_own(Scope::Read)
    }
}

impl Level for Writer {
    fn check(caller: &Caller) -> Result<(), Problem> {
        caller.require_own(Scope::Write)
    }
}

impl Level for Admin {
    fn check(caller: &Caller) -> Result<(), Problem> {
        caller.require_own(Scope::Admin)
    }
}

/// The caller, who reaches the level, and the server's parts.
pub(super) struct By<L> {
    /// The server's parts.
    pub app: App,
    caller: Caller,
    level: PhantomData<L>,
}

impl<L: Level> By<L> {
    fn of(request: &Request) -> Result<Self, Problem> {
        let missing = || Problem::internal(&"the API stands outside its middleware");
        let caller = request.data::<Caller>().ok_or_else(missing)?.clone();
        L::check(&caller)?;
        super::unknown::refuse(request)?;
        let app = request.data::<App>().ok_or_else(missing)?.clone();
        Ok(Self { app, caller, level: PhantomData })
    }

    /// The caller as the audit log names it.
    pub fn actor(&self) -> store::Actor {
        self.caller.actor().into()
    }

    /// Whether the caller is one of those who keep the list.
    pub fn keeps(&self) -> bool {
        self.caller.reaches(Scope::Read)
    }

    /// The followed profile that the path names.
    pub async fn profile(&self, p: &str) -> Result<ProfileRecord, Problem> {
        let found = self.app.store().profile(&ProfileKey::parse(p)?).await?;
        found.ok_or_else(super::kept::not_followed)
    }
}

impl<'a, L: Level> ApiExtractor<'a> for By<L> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = bearer("A token, made with `tgbio token create NAME`. Browsers may use their log-in.");
        registry.create_security_scheme(SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self::of(request)?)
    }
}

impl From<&auth::Actor> for store::Actor {
    fn from(actor: &auth::Actor) -> Self {
        match actor {
            auth::Actor::Session { user } => Self::named("user", user),
            auth::Actor::Token { name, .. } => Self::named("token", name),
            auth::Actor::Anonymous => Self::named("anonymous", ""),
        }
    }
}

/// Runs work to its end although the client may go away meanwhile: what was begun is remembered, and no claim is left
/// behind.
pub(super) async fn to_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work).await.map_err(|error| Problem::internal(&error))
}
