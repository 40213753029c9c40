//! The program `tgbio` under a name that the integration tests of this package can find.

fn main() -> std::process::ExitCode {
    tgbio_server::cli::main()
}
