//! `aggcert collect`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use super::cluster::{ClusterArguments, read};
use super::{BadArguments, Exit};
use crate::cluster::Collected;
use crate::report::write_whole;

/// Write down what a running cluster says about its aggregation layer, to be judged elsewhere
///
/// Reads the ConfigMap extension-apiserver-authentication, the APIServices and what stands behind them, the Pods of the
/// control plane, the role bindings that extension servers need, and which of them the API server finds unavailable. No
/// Secret is read, and of each object only the fields that are judged are kept. What the account may not read is noted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert collect > cluster.yaml              # the current context
  aggcert collect --context prod > prod.yaml  # another one
  aggcert collect --context a --context b --output-dir clusters
  aggcert check cluster.yaml clusters/        # wherever they are
  # an account that may read it, and nothing more
  aggcert rbac | kubectl apply -f -

Exit codes: 0 written, 1 a cluster could not be read, 2 bad arguments.")]
pub(super) struct CollectArguments {
    #[command(flatten)]
    cluster: ClusterArguments,
    /// Ask the servers themselves as well, as `check --probe` does
    #[arg(long)]
    probe: bool,
    /// Write a file for each cluster into DIR, called after its context
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Writes one `List` a cluster.
///
/// # Errors
/// When no cluster can be read, or what was read cannot be written.
pub(super) fn run(arguments: &CollectArguments, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut cluster = arguments.cluster.clone();
    cluster.probe = arguments.probe;
    let accesses = cluster.accesses();
    let Some(directory) = &arguments.output_dir else {
        let [access] = accesses.try_into().map_err(|_: Vec<_>| {
            BadArguments("--context: several clusters are several files; say where with --output-dir DIR".to_owned())
        })?;
        let collected = read(&access)?;
        say_not_read(&collected, err)?;
        out.write_all(collected.text.text().as_bytes())?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(directory).with_context(|| format!("--output-dir {}", directory.display()))?;
    let mut exit = Exit::Done;
    let mut written: Vec<PathBuf> = Vec::new();
    for access in &accesses {
        // What can be read of the others is worth having.
        match read(access) {
            Ok(collected) => {
                let name = &collected.name;
                let path = directory.join(format!("{}.yaml", file_name(name)));
                if written.contains(&path) {
                    return Err(BadArguments(format!("--context {name}: another context has this file name")).into());
                }
                say_not_read(&collected, err)?;
                if path.exists() {
                    writeln!(err, "aggcert: {} was there, and is written over", path.display())?;
                }
                write_whole(&path, collected.text.text().as_bytes()).with_context(|| path.display().to_string())?;
                writeln!(out, "{}", path.display())?;
                written.push(path);
            }
            Err(error) => {
                writeln!(err, "aggcert: {error}")?;
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn say_not_read(collected: &Collected, err: &mut dyn Write) -> std::io::Result<()> {
    collected.not_read.iter().try_for_each(|what| writeln!(err, "aggcert: {}: not read: {what}", collected.name))
}

/// Contexts are called anything: `arn:aws:eks:eu-west-1:1234:cluster/prod`.
fn file_name(context: &str) -> String {
    let allowed = |c: char| if c.is_alphanumeric() || "-_@+=.".contains(c) { c } else { '_' };
    // A dot at the beginning would hide it, or lead elsewhere.
    context.chars().map(allowed).collect::<String>().trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_a_file_of_the_directory() {
        assert_eq!(file_name("arn:aws:eks:eu:1:cluster/prod"), "arn_aws_eks_eu_1_cluster_prod");
        assert_eq!(file_name("../etc/passwd"), "_etc_passwd");
        assert_eq!(file_name("admin@prod.example"), "admin@prod.example");
    }
}
