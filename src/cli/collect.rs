//! `aggcert collect`.

use std::io::Write;

use super::cluster::{ClusterArguments, read};
use super::{BadArguments, Exit};

/// Write down what a running cluster says about its aggregation layer, to be judged elsewhere
///
/// Reads the ConfigMap extension-apiserver-authentication, the APIServices and what stands behind them, the Pods of the
/// control plane, the role bindings that extension servers need, and which of them the API server finds unavailable. No
/// Secret is read, and of each object only the fields that are judged are kept. What the account may not read is noted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert collect > cluster.yaml                    the current context
  aggcert collect --context prod > prod.yaml        another one
  aggcert check cluster.yaml                        wherever it is
  aggcert rbac | kubectl apply -f -                 an account that may read it, and nothing more

Exit codes: 0 written, 1 the cluster could not be read, 2 bad arguments.")]
pub(super) struct CollectArguments {
    #[command(flatten)]
    cluster: ClusterArguments,
}

/// Writes one `List`.
///
/// # Errors
/// When the cluster cannot be read.
pub(super) fn run(arguments: &CollectArguments, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let [access] = arguments.cluster.accesses().try_into().map_err(|_: Vec<_>| {
        BadArguments("--context: one cluster is one file; run `aggcert collect` once for each context".to_owned())
    })?;
    let read = read(&access)?;
    out.write_all(read.text().as_bytes())?;
    Ok(Exit::Done)
}
