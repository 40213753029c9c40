//! The tgbio program.
fn main() {}
