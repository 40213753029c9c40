//! The data centre's own tests that need no client.

mod objects;
mod truths;
