//! The command line of `rotate`.

use std::path::PathBuf;

use super::super::Format;
use super::evidence::EvidenceArguments;
use crate::pki::profile::common_name;
use crate::pki::{KeyAlgorithm, Validity};

/// Replace the front-proxy CA without a failed request
///
/// Prepares files, step by step, and prints the commands that bring them to the nodes; it runs nothing elsewhere. Where
/// the rotation stands follows from the certificates alone, so that each step can be interrupted, repeated, and (up to
/// the third) taken back.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The steps:
  trust     every node trusts the old and the new CA; a client of the new one lies ready
  switch    node by node, the new client is shown
  distrust  every node trusts the new CA alone
  clean     the old CA leaves the ConfigMap
  finish    old keys and dated copies are destroyed

Examples:
  aggcert rotate plan node1 node2 node3
  aggcert rotate start node1 node2 node3
  aggcert rotate status node1 node2 node3 --kubeconfig
  aggcert rotate next node1 node2 node3 --kubeconfig
  aggcert rotate next node1 node2 node3 --config-map cm.yaml \\
      --accepts node1=node1.txt --assume node2

Exit codes:
  0  the step is prepared, or the state is legal
  1  the step is refused, or the state is illegal: the help says what fixes it; or status sees files that do not work
  2  the arguments make no sense, or status was not shown what a cluster has")]
pub(crate) struct RotateArguments {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Say what would be done, step by step
    Plan(Inputs),
    /// Make the new CA, and let every node trust both
    Start(StartArguments),
    /// Prepare the next step, when it is shown that the one before has arrived everywhere
    Next(NextArguments),
    /// Say where the rotation stands
    Status(Inputs),
    /// Take the last step back, when it is shown that the CA before is accepted everywhere
    Abort(AbortArguments),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Inputs {
    /// The PKI directory of each control-plane node: a copy, or mounted
    #[arg(value_name = "NODE-DIR", required = true)]
    pub nodes: Vec<PathBuf>,

    /// A CA of the bundles that another front proxy uses: it stays, and takes no part. Its subject, common name or
    /// SHA-256; give it to each step
    #[arg(long, value_name = "CA")]
    pub keep_ca: Vec<String>,

    #[command(flatten)]
    pub evidence: EvidenceArguments,

    /// How to say where it stands
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StartArguments {
    #[command(flatten)]
    pub inputs: Inputs,

    /// Common name of the new CA; it must differ from the old one's [default: the old one with the date]
    #[arg(long, value_name = "NAME", value_parser = common_name)]
    pub ca_common_name: Option<String>,

    /// How long the new CA is valid [default: 3650d]
    #[arg(long, value_name = "TIME")]
    pub ca_validity: Option<Validity>,

    /// Kind of the new CA's key [default: that of the old one]
    #[arg(long, value_name = "ALGORITHM", value_enum)]
    pub key_algorithm: Option<KeyAlgorithm>,

    /// The old CA's key was stolen, or nothing works with it any more: replace it at once, without an overlap
    #[arg(long, visible_alias = "at-once")]
    pub compromised: bool,

    /// The outage of --compromised is announced
    #[arg(long, requires = "compromised")]
    pub accept_outage: bool,

    /// With --compromised, after it was done: the key of the CA that it made was stolen, too
    #[arg(long, requires = "compromised")]
    pub again: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct NextArguments {
    #[command(flatten)]
    pub inputs: Inputs,

    /// Switch all nodes at once instead of one after the other
    #[arg(long)]
    pub all: bool,

    /// With --kubeconfig or --context: do not wait until the cluster shows that the step before has arrived
    #[arg(long)]
    pub no_wait: bool,

    /// With --kubeconfig or --context: how long to wait for that, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, conflicts_with = "no_wait")]
    pub timeout: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AbortArguments {
    #[command(flatten)]
    pub inputs: Inputs,

    /// Take all nodes back at once instead of one after the other
    #[arg(long)]
    pub all: bool,
}

impl Action {
    pub(crate) fn inputs(&self) -> &Inputs {
        match self {
            Self::Plan(inputs) | Self::Status(inputs) => inputs,
            Self::Start(arguments) => &arguments.inputs,
            Self::Next(arguments) => &arguments.inputs,
            Self::Abort(arguments) => &arguments.inputs,
        }
    }
}
