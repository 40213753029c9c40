//! The web server's hard shell: connections, limits, errors, headers and metrics. Usable by other applications.
//!
//! From the outside in: [`acceptor`] (connections), [`metrics`], [`security`], [`compress`], [`errors`] (everything
//! becomes a problem document), [`csrf`], [`limits`], then the application. [`shell`] puts them in this order.

pub mod acceptor;
pub mod client_addr;
pub mod compress;
mod connection;
pub mod csrf;
pub mod errors;
mod expected;
mod gate;
mod guarded_io;
pub mod kinds;
pub mod limits;
pub mod metrics;
pub mod openapi;
mod pages;
pub mod problem;
pub mod routes;
pub mod security;
mod shell;
mod shortcut;
pub mod site;

pub use acceptor::serve;
pub use connection::ConnectionLimits;
pub use errors::{ErrorPage, FailedRequest, Problems};
pub use expected::Schemas;
pub use gate::Gate;
pub use guarded_io::GuardedIo;
pub use problem::{Problem, ProblemDocument};
pub use routes::{PathTable, Routes};
pub use shell::{Shell, shell};
pub use shortcut::Shortcut;
