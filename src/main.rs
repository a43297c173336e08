//! The command `aggcert`.

use std::io::{self, Write};
use std::process::ExitCode;

use aggcert::cli::{Exit, flags, init};
use clap::Parser;
use time::OffsetDateTime;

#[derive(Parser)]
#[command(name = "aggcert", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Init(init::InitArguments),
    Flags(flags::FlagsArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let now = OffsetDateTime::now_utc();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let result = match &arguments.command {
        Command::Init(arguments) => init::run(arguments, now, &mut out, &mut err),
        Command::Flags(arguments) => flags::run(arguments, now, &mut out, &mut err),
    };
    let exit = result.unwrap_or_else(|error| {
        // Nothing is left to be told if stderr is gone, too.
        let _ = writeln!(err, "error: {error:#}");
        Exit::Failed
    });
    exit.into()
}
