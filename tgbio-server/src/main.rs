//! The tgbio program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tgbio_server::cli::main()
}
