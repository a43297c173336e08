//! `aggcert graph`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use time::OffsetDateTime;

use super::inputs::InputArguments;
use super::{BadArguments, Exit, style};
use crate::graph::{self, Graph};
use crate::model::Setup;
use crate::report;

/// Draw who signs what, which flag trusts it, and where users and front proxies meet
///
/// Reads what `check` reads. Servers whose flags hold the same certificates share a box, so a node that differs stands out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert graph                                  this control-plane node, as a tree
  aggcert graph node1/ node2/ node3/             three copied nodes
  aggcert graph --format svg --output trust.svg  a picture
  aggcert graph --format mermaid                 for a Markdown file
  aggcert graph --format dot | dot -Tpng > trust.png

Exit codes: 0 drawn, 1 could not be written, 2 an input could not be read.")]
pub(super) struct GraphArguments {
    #[command(flatten)]
    inputs: InputArguments,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Write it to FILE
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For terminals
    #[default]
    Tree,
    /// A flowchart, for Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
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
    let inventory = arguments.inputs.inputs().inventory();
    for failure in &inventory.failures {
        writeln!(err, "aggcert: {failure}")?;
    }
    if inventory.setups.is_empty() {
        let message = "there is no set-up to draw in it; `aggcert check --help` says what is read";
        return Err(BadArguments(message.to_owned()).into());
    }
    let setups: Vec<&Setup> = inventory.setups.iter().collect();
    let graph = Graph::of(&setups, arguments.inputs.at.unwrap_or(now));
    let drawing = match arguments.format {
        Format::Tree => graph::tree(&graph, arguments.output.is_none() && style().color),
        Format::Mermaid => graph::mermaid(&graph),
        Format::Dot => graph::dot(&graph),
        Format::Svg => graph::svg(&graph),
    };
    match &arguments.output {
        Some(path) => {
            let written = report::write_whole(path, drawing.as_bytes());
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => out.write_all(drawing.as_bytes())?,
    }
    Ok(if inventory.failures.is_empty() { Exit::Done } else { Exit::Usage })
}
