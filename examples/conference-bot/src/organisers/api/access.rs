//! Who may call an operation, and how its work is answered.

use std::marker::PhantomData;

use poem::{Request, RequestBody};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tgbio_server::auth::{Caller, Scope};
use tgbio_server::http::openapi::bearer;
use tgbio_server::http::{Problem, kinds};

use crate::actions::Act;
use crate::domain::Role;
use crate::organisers::site::Desk;
use crate::organisers::staff::{Staff, problem};
use crate::store::Res;
use crate::texts::Locale;

const SCHEME: &str = "Token";

/// What somebody must be for an operation.
pub(super) trait Level: Send + Sync + 'static {
    /// The roles of which one is needed; organisers have all.
    const ROLES: &'static [Role];
    /// How far a token must reach.
    const SCOPE: Scope;
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident: $roles:expr, $scope:ident;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl Level for $name {
            const ROLES: &'static [Role] = $roles;
            const SCOPE: Scope = Scope::$scope;
        }
    )*};
}

levels! {
    /// Looks at applications and people.
    SeesPeople: &[Role::Moderator], Read;
    /// Looks at papers.
    SeesPapers: &[Role::Moderator, Role::Chair], Read;
    /// Decides about applications and checks papers.
    Moderates: &[Role::Moderator], Write;
    /// Decides about papers.
    Chairs: &[Role::Chair], Write;
    /// Looks at everything.
    Oversees: &[], Read;
    /// Sets everything.
    Organises: &[], Write;
    /// Erases.
    Erases: &[], Admin;
}

/// The caller, who reaches the level, and the desk.
pub(super) struct By<L> {
    /// The desk.
    pub desk: Desk,
    /// The caller.
    pub staff: Staff,
    level: PhantomData<L>,
}

impl<L: Level> By<L> {
    async fn of(request: &Request) -> Result<Self, Problem> {
        let missing = || Problem::internal(&"the API stands outside its middleware");
        let caller = request.data::<Caller>().ok_or_else(missing)?.clone();
        let desk = request.data::<Desk>().ok_or_else(missing)?.clone();
        caller.require_own(L::SCOPE)?;
        let nobody =
            || Problem::new(kinds::FORBIDDEN, "this token or log-in acts for nobody at the conference");
        let staff = Staff::of(&desk, &caller).await?.ok_or_else(nobody)?;
        staff.require(L::ROLES)?;
        Ok(Self { desk, staff, level: PhantomData })
    }

    /// Does something in one transaction.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Act<'_>) -> Res<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.desk.act(self.staff.who(Locale::En), work).await.map_err(problem)
    }
}

/// What is not there.
pub(super) fn nothing() -> Problem {
    Problem::not_found("there is nothing of this number")
}

impl<'a, L: Level> ApiExtractor<'a> for By<L> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = bearer("A token made on the page of roles. Browsers may use their log-in.");
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
        Ok(Self::of(request).await?)
    }
}
