//! JSON as programs outside see it: the same types serve the REST API and the command line.

mod profile;

pub use profile::{LinkFields, ProfileFields};
