//! `openapi`, `completions` and `man`: documents made from the program itself.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::context::Context;
use super::error::CliResult;

/// The OpenAPI document.
pub fn openapi(context: &mut Context) -> CliResult {
    context.out.line(crate::api::openapi_json().trim_end())
}

/// Completions for a shell. They are made in memory: the generator cannot tell when nobody reads.
pub fn completions(context: &mut Context, shell: Shell) -> CliResult {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tgbio", &mut script);
    context.out.bytes(&script)
}

/// The manual: a page for the program and one for each command, one after the other.
pub fn man(context: &mut Context) -> CliResult {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    render(&root, &mut pages)?;
    context.out.bytes(&pages)
}

fn render(command: &clap::Command, pages: &mut Vec<u8>) -> CliResult {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    visible.map(|sub| render(sub, pages)).collect()
}
