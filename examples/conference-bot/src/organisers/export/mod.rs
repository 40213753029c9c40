//! Everything out of the conference: tables as CSV and JSON, all documents as an archive, the programme for calendars
//! and as Markdown, the book of abstracts.
//! All of it is written while it is read, so that memory stays small.

pub mod archive;
pub mod book;
pub mod calendar;
pub mod csv;
pub mod json;
pub mod markdown;
pub mod stream;

pub use stream::streamed;
