//! `aggcert graph`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use time::OffsetDateTime;

use super::inputs::InputArguments;
use super::{BadArguments, Exit, style};
use crate::apiserver::Setup;
use crate::graph::{self, Graph};
use crate::inventory::{self, Inventory, Reading};
use crate::report;
use crate::report::printable;
use crate::source::input::Input;

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
pub struct GraphArguments {
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
pub fn run(
    arguments: &GraphArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let inventory = inventory(&arguments.inputs);
    for failure in &inventory.failures {
        writeln!(err, "aggcert: {}", printable::block(failure))?;
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
            report::write_whole(path, drawing.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => out.write_all(drawing.as_bytes())?,
    }
    Ok(if inventory.failures.is_empty() { Exit::Done } else { Exit::Usage })
}

/// All that is named, together. What cannot be read is among its failures.
fn inventory(inputs: &InputArguments) -> Inventory {
    let reading = inputs.reading();
    let mut inventory = Inventory::default();
    let host = if reading.this_host { inventory::host_inputs(reading.root.as_deref()) } else { Vec::new() };
    for path in inputs.paths.iter().chain(&host) {
        match Input::of(path) {
            Ok(Input::Stdin) => inventory.add_stream(std::io::stdin().lock(), &reading),
            Ok(Input::File(path)) => inventory.add_file(&path, &reading),
            Ok(Input::Directory(path)) => add_directory(&mut inventory, &path, &reading),
            Err(error) => inventory.failures.push(error.to_string()),
        }
    }
    if !inputs.flags.is_empty() {
        inventory.add_flags(&inputs.flags, &reading);
    }
    let unrecognised = std::mem::take(&mut inventory.unrecognised);
    inventory.failures.extend(unrecognised.iter().map(|file| format!("{file}: nothing in it was recognised")));
    inventory
}

/// What lies below it; a directory of PKI files when that is nothing.
fn add_directory(inventory: &mut Inventory, directory: &Path, reading: &Reading) {
    let read_before = inventory.files_read;
    for unit in inventory::units(directory) {
        match unit {
            Ok(unit) => {
                let found = Inventory::of_unit(&unit, reading);
                inventory.files_read += found.files_read;
                inventory.setups.extend(found.setups);
                inventory.failures.extend(found.failures);
            }
            Err(error) => inventory.failures.push(error.to_string()),
        }
    }
    if inventory.files_read == read_before && !inventory.add_pki_directory(directory, reading) {
        inventory.failures.push(format!("{}: nothing in it was recognised", directory.display()));
    }
}
