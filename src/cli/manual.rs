//! `aggcert manual`.

use std::io::Write;

use super::{BadArguments, Exit};
use crate::text::did_you_mean;

/// Print the manual page of aggcert, of one of its commands, or of a step of one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert manual > /usr/local/share/man/man1/aggcert.1
  aggcert manual check > /usr/local/share/man/man1/aggcert-check.1
  aggcert manual check | man -l -
  aggcert manual rotate next | man -l -")]
pub(super) struct ManualArguments {
    /// The command, such as `check` or `rotate next`
    #[arg(value_name = "COMMAND")]
    page: Vec<String>,
}

pub(super) fn run(arguments: &ManualArguments, command: clap::Command, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let page = arguments.page.iter().try_fold(command, |command, name| page_of(&command, name))?;
    // The date of a page would be that of the build, which makes two builds differ.
    clap_mangen::Man::new(page.disable_help_subcommand(true)).date("").render(out)?;
    Ok(Exit::Done)
}

/// The command `name` as its page calls it: `aggcert-check`.
fn page_of(command: &clap::Command, name: &str) -> Result<clap::Command, BadArguments> {
    let found = command.find_subcommand(name).ok_or_else(|| {
        let suggestion = did_you_mean(name, command.get_subcommands().map(clap::Command::get_name));
        let typed = command.get_bin_name().unwrap_or(command.get_name());
        BadArguments(format!("there is no command `{name}`{suggestion}; `{typed} --help` lists them"))
    })?;
    let called = format!("{}-{name}", command.get_name());
    let typed = format!("{} {name}", command.get_bin_name().unwrap_or(command.get_name()));
    Ok(found.clone().name(called).bin_name(typed))
}
