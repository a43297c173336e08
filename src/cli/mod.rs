//! The command line: arguments become domain types, a call, and an exit code. One file a subcommand.

/// The values of an option that are types of a lower layer: what each is called, and what the help says of it.
macro_rules! values_of_option {
    ($type:ty { $($variant:ident => ($name:literal, $help:literal),)+ }) => {
        impl clap::ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                &[$(Self::$variant),+]
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                let (name, help) = match self {
                    $(Self::$variant => ($name, $help)),+
                };
                Some(clap::builder::PossibleValue::new(name).help(help))
            }
        }
    };
}

mod accept;
mod check;
#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "cluster")]
mod collect;
mod completions;
mod directory;
mod explain;
mod export;
mod extension;
mod flags;
mod graph;
mod guarded;
mod init;
mod inputs;
mod manual;
mod named;
#[cfg(feature = "cluster")]
mod probe;
mod progress;
#[cfg(feature = "cluster")]
mod rbac;
mod renew;
mod request;
mod rotate;
mod rules;
mod settings;
mod sign;
mod whoami;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;

use crate::pki::ValidityError;
use crate::report::output::OutputError;
use crate::report::text::Style;

use crate::system;
use crate::text::printable;
use guarded::Guarded;

/// Make, print and judge the certificates of the Kubernetes aggregation layer.
///
/// kube-apiserver proves with the front-proxy client certificate who it is when it proxies a request to an extension API
/// server, and tells it in X-Remote-* headers who the user is. Whoever holds a certificate that passes for a front proxy
/// can be any user. aggcert makes that certificate and a CA of its own for it, prints the flags that match, and judges
/// existing set-ups as kube-apiserver would.
#[derive(Debug, Parser)]
#[command(name = "aggcert", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct CommandLine {
    #[command(flatten)]
    global: GlobalArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct GlobalArguments {
    /// When to colour: NO_COLOR and CLICOLOR_FORCE count with `auto`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

/// One command by itself, with its name in the place of the program's.
#[derive(Debug, Parser)]
#[command(version)]
struct Alone<A: clap::Args> {
    #[command(flatten)]
    global: GlobalArguments,
    #[command(flatten)]
    arguments: A,
}

const EXAMPLES: &str = "\
Examples:
  aggcert init pki                        # make a front-proxy CA and client
  aggcert renew pki --if-due              # a new client when it is time for it
  aggcert flags pki --format static-pod   # print the flags that match them
  # what an extension API server needs in the cluster
  aggcert extension v1beta1.metrics.k8s.io --namespace kube-system \\
      --service metrics-server
  aggcert check                           # judge this control-plane node
  aggcert check manifests/ --root node1/  # judge a copied node
  aggcert check --kubeconfig              # judge a running cluster
  # what kube-apiserver would make of a request
  aggcert whoami --client-cert c.crt --header 'X-Remote-User: alice'
  aggcert graph                           # who signs and who trusts what

Exit codes: 0 done or fine, 1 findings or could not, 2 bad arguments or could not tell.";

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArguments),
    Renew(renew::RenewArguments),
    Request(request::RequestArguments),
    Sign(sign::SignArguments),
    Accept(accept::AcceptArguments),
    Rotate(rotate::RotateArguments),
    Flags(flags::FlagsArguments),
    Extension(Box<extension::ExtensionArguments>),
    Export(export::ExportArguments),
    Check(check::CheckArguments),
    #[cfg(feature = "cluster")]
    Collect(collect::CollectArguments),
    #[cfg(feature = "cluster")]
    Rbac(rbac::RbacArguments),
    #[cfg(feature = "cluster")]
    Probe(probe::ProbeArguments),
    Whoami(Box<whoami::WhoamiArguments>),
    Graph(graph::GraphArguments),
    Rules(rules::RulesArguments),
    Explain(explain::ExplainArguments),
    Completions(completions::CompletionsArguments),
    Manual(manual::ManualArguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// How a command that has no reports says what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; nothing was found.
    Done,
    /// 1: could not, or something was found.
    Failed,
    /// 2: bad arguments, or it could not be told.
    Usage,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
        }
    }
}

/// An argument that clap lets through and that cannot be meant; ends with [`Exit::Usage`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadArguments(pub String);

/// Runs one command line (with the program's name first) at `now`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut err = Guarded::plain(err);
    let command_line = match parsed_alone(&arguments).map_or_else(|| CommandLine::try_parse_from(&arguments), Ok) {
        Ok(command_line) => command_line,
        Err(error) if error.use_stderr() => {
            let _ = write!(err, "{}", quoting_lines(&arguments).unwrap_or(error).render());
            return Exit::Usage;
        }
        Err(help) => {
            let _ = help.print();
            return Exit::Done;
        }
    };
    match command_line.global.color {
        ColorChoice::Auto => {}
        ColorChoice::Always => colored::control::set_override(true),
        ColorChoice::Never => colored::control::set_override(false),
    }
    let result = dispatch(&command_line.command, now, out, &mut err);
    // What was found stays so, whoever reads it: a reader that goes away changes no exit code.
    match result.and_then(|exit| flushed(out, exit)) {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Failed,
        Err(error) => {
            let _ = writeln!(err, "aggcert: {}", with_lines_of_ours(format!("{error:#}"), &arguments));
            if is_of_arguments(&error) { Exit::Usage } else { Exit::Failed }
        }
    }
}

/// What the arguments say to a command that scripts run again and again. `None`: another command, a call for help, or a
/// mistake, which the whole command line explains. To build that, with the arguments of all commands, takes as long as a
/// small check.
fn parsed_alone(arguments: &[OsString]) -> Option<CommandLine> {
    fn parsed<A: clap::Args>(arguments: &[OsString], command: fn(A) -> Command) -> Option<CommandLine> {
        let Alone { global, arguments } = Alone::try_parse_from(arguments).ok()?;
        Some(CommandLine { global, command: command(arguments) })
    }
    let arguments = arguments.get(1..)?;
    match arguments.first()?.to_str()? {
        "init" => parsed(arguments, Command::Init),
        "renew" => parsed(arguments, Command::Renew),
        "flags" => parsed(arguments, Command::Flags),
        "check" => parsed(arguments, Command::Check),
        "whoami" => parsed(arguments, Command::Whoami),
        "explain" => parsed(arguments, Command::Explain),
        _ => None,
    }
}

fn dispatch(command: &Command, now: OffsetDateTime, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Exit> {
    // These write what another program obeys; the reports of `check` are made inert one by one.
    match command {
        Command::Check(arguments) => return check::run(arguments, now, out, err),
        #[cfg(feature = "cluster")]
        Command::Collect(arguments) => return collect::run(arguments, out, err),
        #[cfg(feature = "cluster")]
        Command::Rbac(arguments) => return rbac::run(arguments, out),
        Command::Flags(arguments) => return flags::run(arguments, now, out, err),
        Command::Request(arguments) => return request::run(arguments, now, out, err),
        Command::Sign(arguments) => return sign::run(arguments, now, out, err),
        Command::Completions(arguments) => {
            return completions::run(arguments, &mut CommandLine::command(), out);
        }
        Command::Manual(arguments) => return manual::run(arguments, CommandLine::command(), out),
        _ => {}
    }
    let mut out = Guarded::coloured(out);
    let exit = dispatch_guarded(command, now, &mut out, err)?;
    flushed(&mut out, exit)
}

/// Those whose output is made inert as a whole.
fn dispatch_guarded(
    command: &Command,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    match command {
        Command::Init(arguments) => init::run(arguments, now, out, err),
        Command::Renew(arguments) => renew::run(arguments, now, out, err),
        Command::Extension(arguments) => extension::run(arguments, now, out, err),
        Command::Accept(arguments) => accept::run(arguments, now, out, err),
        Command::Rotate(arguments) => rotate::run(arguments, now, out, err),
        Command::Export(arguments) => export::run(arguments, now, out, err),
        Command::Rules(arguments) => rules::run(arguments, out),
        Command::Whoami(arguments) => whoami::run(arguments, now, out, err),
        Command::Graph(arguments) => graph::run(arguments, now, out, err),
        Command::Explain(arguments) => explain::run(arguments, out),
        #[cfg(feature = "cluster")]
        Command::Probe(arguments) => probe::run(arguments, now, out, err),
        // The others are run without.
        _ => Ok(Exit::Done),
    }
}

/// The exit code when everything is written, or nobody reads it.
fn flushed(out: &mut dyn Write, exit: Exit) -> anyhow::Result<Exit> {
    match out.flush() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(exit),
    }
}

/// clap's error for the same arguments with each of them on one line, so that none of them forges another.
fn quoting_lines(arguments: &[OsString]) -> Option<clap::Error> {
    let lines = arguments.iter().map(|argument| printable::line(&argument.to_string_lossy()).into_owned());
    CommandLine::try_parse_from(lines).err()
}

/// A message in which no part of an argument, such as a directory's name, begins another line.
fn with_lines_of_ours(message: String, arguments: &[OsString]) -> String {
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>();
    let parts = arguments.iter().flat_map(|argument| argument.split(['/', '=']));
    let broken = parts.filter(|part| part.contains('\n'));
    broken.fold(message, |message, part| message.replace(part, &printable::line(part)))
}

/// How text on standard output is drawn.
fn style() -> Style {
    let width = system::terminal_width().map_or(Style::default().width, |width| width.clamp(60, 160));
    Style { color: colored::control::SHOULD_COLORIZE.should_colorize(), width, ..Style::default() }
}

/// Whether other arguments are wanted. A time that no certificate can have is somebody's wish.
fn is_of_arguments(error: &anyhow::Error) -> bool {
    let is_wish = |cause: &(dyn std::error::Error + 'static)| cause.is::<ValidityError>();
    error.is::<BadArguments>() || error.is::<OutputError>() || error.chain().any(is_wish)
}

/// Whoever reads our output has enough: there is nothing to say, and nothing more is known of the result.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_command_by_itself_takes_what_the_whole_command_line_takes() {
        let whole = |words: &[OsString]| CommandLine::try_parse_from(words).ok().map(|line| format!("{line:?}"));
        let alone = |words: &[OsString]| parsed_alone(words).map(|line| format!("{line:?}"));
        for (line, is_taken) in [
            ("aggcert init pki --force --color never", true),
            ("aggcert renew --if-due", true),
            ("aggcert flags pki --format static-pod", true),
            ("aggcert check --color=always --select ca-reused a b -- --client-ca-file=ca.crt", true),
            ("aggcert whoami --client-cert c.crt --header X-Remote-User:\u{a0}alice", true),
            ("aggcert explain --format json -", true),
            ("aggcert check --selct", false),
            ("aggcert check --color", false),
            ("aggcert init --version", false),
            ("aggcert explain --version", false),
            ("aggcert explain --no-such -h", true),
            ("aggcert check --help", false),
            ("aggcert", false),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(alone(&words), whole(&words), "{line}");
            assert_eq!(alone(&words).is_some(), is_taken, "{line}");
        }
    }

    #[test]
    fn no_argument_begins_a_line_of_a_message() {
        let arguments = ["aggcert", "--a=x\ny", "b/a\n    curl x", "c"].map(OsString::from);
        let said = with_lines_of_ours("/r/b/a\n    curl x/f: x\ny\nhelp: c".to_owned(), &arguments);
        assert_eq!(said, "/r/b/a     curl x/f: x y\nhelp: c");
    }
}
