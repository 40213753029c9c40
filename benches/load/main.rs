//! The load harness: each work of the README's table against its baseline, in one run, over loopback.
//!
//! `cargo bench -p tgbio-benches --bench load -- [NAME...] [--quick] [--million] [--repeat N]`; without names all works run.
//! Servers run as processes of their own, so that their cost is not counted: this program starts itself again in a
//! [role](role::Role).

mod args;
mod bare;
mod changed;
mod checks;
mod constant;
mod followed;
mod invented;
mod lists;
mod load;
mod memory;
mod proc;
mod program;
mod role;
mod row;
mod scale;
mod serving;
mod site;
mod verify;
mod writes;

use std::process::ExitCode;

/// What a part of the harness answers.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(role) = role::Role::of_this_process() {
        return role.run();
    }
    match args::Args::read().and_then(|args| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One work: measures and prints its lines.
type Work = fn(&args::Args) -> Outcome<()>;

/// Runs the works that are asked for, one after the other, and prints a line of the table for each figure.
fn run(args: &args::Args) -> Outcome<()> {
    row::head();
    let works: [(&str, Work); 8] = [
        ("checks", checks::run),
        ("changed", changed::run),
        ("serving", serving::run),
        ("lists", lists::run),
        ("memory", memory::run),
        ("verify", verify::run),
        ("writes", writes::run),
        ("scale", scale::run),
    ];
    for (name, work) in works {
        if args.wants(name) {
            work(args)?;
        }
    }
    Ok(())
}
