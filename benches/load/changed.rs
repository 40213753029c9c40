//! Checks of profiles that all changed, stored with the page as evidence, against only downloading their pages.

use crate::args::Args;
use crate::checks::{Bench, Figures, runtime};
use crate::{Outcome, row};

/// The part of the bare loop's rate that is wanted.
const AIM: f64 = 0.2;

/// Measures it.
pub fn run(args: &Args) -> Outcome<()> {
    let users = args.size(10_000, 1_000);
    let (cpu, bare_cpu) = runtime()?.block_on(async {
        let (mut bench, mut figures) = (Bench::start(users).await?, Figures::default());
        for edition in 1..=args.repeat {
            bench.site.edit(edition)?;
            bench.measure(&mut figures).await?;
        }
        let (revisions, wanted) = (bench.followed.totals().await?.revisions, users * (1 + args.repeat));
        if revisions != wanted as u64 {
            return Err(format!("{wanted} revisions were to be written, and {revisions} were").into());
        }
        bench.followed.stop().await?;
        Outcome::Ok(figures.print(&format!("check {users} changed profiles, with evidence"), AIM))
    })?;
    row::line(
        "processor time of such a check",
        &format!("{cpu:.0} us"),
        &format!("{bare_cpu:.0} us"),
        None,
        "-",
        true,
    );
    Ok(())
}
