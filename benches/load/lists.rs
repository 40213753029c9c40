//! Not yet.
pub fn run(_: &crate::args::Args) -> crate::Outcome<()> {
    Ok(())
}
