//! `aggcert graph`.

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use time::OffsetDateTime;

use super::inputs::InputArguments;
use super::settings::SettingsArguments;
use super::{BadArguments, Exit, style};
use crate::graph::{self, TrustMap};
use crate::lint::policy::Cluster;
use crate::lint::run::Gathered;
use crate::report;
use crate::report::output::{Formats, Output, Outputs};

/// Draw who signs what, which flag trusts it, and where users and front proxies meet
///
/// Reads what `check` reads. Each cluster is drawn by itself. Servers whose flags hold the same certificates share a box,
/// so a node that differs stands out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert graph                       # this control-plane node, as a tree
  aggcert graph node1/ node2/ node3/  # three copied nodes
  aggcert graph --cluster lab='node*' --cluster production \\
      --output html=trust.html
  aggcert graph --output svg=trust.svg --output json=trust.json
  aggcert graph --format mermaid      # for a Markdown file
  aggcert graph --format dot | dot -Tpng > trust.png

Exit codes: 0 drawn, 1 could not be written, 2 an input could not be read.")]
pub(super) struct GraphArguments {
    #[command(flatten)]
    inputs: InputArguments,
    #[command(flatten)]
    settings: SettingsArguments,
    /// What is written to standard output
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write a further drawing to a file (`-`: standard output)
    #[arg(long, value_name = "FORMAT=FILE")]
    output: Vec<Output<Format>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For terminals
    Tree,
    /// A flowchart, for Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// A page for a browser, with nothing to load
    Html,
    /// For programs, versioned
    Json,
}

impl Formats for Format {
    const DEFAULT: Self = Self::Tree;
    const EXAMPLE: &'static str = "svg=trust.svg";
}

impl Format {
    fn draw(self, map: &TrustMap, color: bool) -> String {
        match self {
            Self::Tree => graph::tree(map, color),
            Self::Mermaid => graph::mermaid(map),
            Self::Dot => graph::dot(map),
            Self::Svg => graph::svg(map),
            Self::Html => report::map_page(map),
            Self::Json => graph::json(map),
        }
    }
}

/// Draws what the inputs hold.
///
/// # Errors
/// When there is no set-up in them, or the drawing cannot be written.
pub(super) fn run(
    arguments: &GraphArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let working_directory = std::env::current_dir()?;
    let (policy, distrusted) = arguments.settings.policy(&working_directory)?;
    let color = style().color;
    let make = |format: Format, is_file: bool| (format, color && !is_file);
    let mut outputs = Outputs::open(arguments.format, &arguments.output, out, make)?;
    let inputs = arguments.settings.inputs(&arguments.inputs);
    let gathered = inputs.gather();
    let declared = arguments.settings.clusters(&working_directory);
    let mut failures = gathered.failures.clone();
    failures.extend(declared.iter().filter_map(|(name, cluster)| nobody_in(name, cluster, &gathered)));
    let not_read = gathered.not_read.iter().chain(&distrusted);
    for message in failures.iter().chain(not_read) {
        writeln!(err, "aggcert: {message}")?;
    }
    if gathered.is_empty() {
        let message = "there is no set-up to draw in it; `aggcert check --help` says what is read";
        return Err(BadArguments(message.to_owned()).into());
    }
    let files = gathered.all().map(|setup| Path::new(setup.invocation.origin.file().name()));
    outputs.spare(inputs.paths.iter().map(AsRef::as_ref).chain(files))?;
    let declared: Vec<(String, Cluster)> = declared.into_iter().chain(policy.clusters()).collect();
    let clusters = gathered.clusters(&declared);
    for why in &clusters.unsure {
        writeln!(err, "note: {why}")?;
    }
    for (setup, why) in gathered.all().filter_map(|setup| Some((setup, setup.invocation.open.as_ref()?))) {
        writeln!(err, "note: {} may be another: {} ({})", setup.invocation.name, why.value, why.origin)?;
    }
    let unread = failures.iter().chain(&gathered.not_read).cloned().collect();
    let map = TrustMap::of(&clusters.clusters, unread, arguments.inputs.at.unwrap_or(now));
    outputs.each(|(format, color), out| out.write_all(format.draw(&map, *color).as_bytes()))?;
    outputs.commit()?;
    Ok(if failures.is_empty() { Exit::Done } else { Exit::Usage })
}

/// What is to be said of a cluster that somebody named and that has no set-up.
fn nobody_in(name: &str, cluster: &Cluster, gathered: &Gathered) -> Option<String> {
    let holds = gathered.all().any(|setup| cluster.holds(setup.invocation.origin.file().name()));
    (!holds).then(|| format!("--cluster {name}: there is no set-up in it; --cluster DIR=GLOB means files below DIR"))
}
