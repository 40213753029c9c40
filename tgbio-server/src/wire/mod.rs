//! JSON as programs outside see it: the same types serve the REST API and the command line.

mod outcome;
mod profile;

pub use outcome::{OutcomeLine, seconds};
pub use profile::{LinkFields, ProfileFields};
