//! `aggcert completions`.

use std::io::Write;

use clap_complete::Shell;

use super::Exit;

/// Print a completion script for a shell
///
/// For bash: `aggcert completions bash > /etc/bash_completion.d/aggcert`.
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArguments {
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(
    arguments: &CompletionsArguments,
    command: &mut clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    // clap_complete panics when it cannot write, so it gets memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "aggcert", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}
