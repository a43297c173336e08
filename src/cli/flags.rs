//! `aggcert flags`

use std::io::Write;
use std::path::PathBuf;

use time::OffsetDateTime;

use super::Exit;
use super::directory::{Judging, complete, server_directory};
use crate::emit::{Format, flags_for};
use crate::pki::Change;

/// Print the flags of kube-apiserver that match the certificates of a directory
///
/// The flags are made from what the certificates say: the allowed name is the client's own common name. Nothing is
/// printed unless the files work together, and `aggcert check` finds no error in what is printed, with ca.crt of the same
/// directory as the client CA when it is there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert flags pki --pki-dir /etc/kubernetes/pki
  aggcert flags pki --pki-dir /etc/kubernetes/pki --format static-pod
  aggcert flags pki --aggregator-routing --format shell

Exit codes:
  0  the flags are printed
  1  the files do not work together, or cannot be read
  2  the arguments make no sense")]
pub(super) struct FlagsArguments {
    /// Directory that holds front-proxy-ca.crt, front-proxy-client.crt and front-proxy-client.key
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// The same directory as kube-apiserver sees it, for example inside its container [default: DIR made absolute]
    #[arg(long, value_name = "PATH")]
    pub pki_dir: Option<PathBuf>,

    /// How to write the flags
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,

    /// Add --enable-aggregator-routing=true
    ///
    /// It is needed when kube-proxy does not run on the host of the API server: without it, kube-apiserver sends
    /// requests for extension API servers to the service's cluster IP, which only kube-proxy leads to a pod.
    #[arg(long)]
    pub aggregator_routing: bool,
}

values_of_option!(Format {
    Args => ("args", "One argument a line, nothing quoted"),
    Shell => ("shell", "A command line for a POSIX shell"),
    StaticPod => ("static-pod", "The command of a pod's manifest"),
    Kubeadm => ("kubeadm", "kubeadm's ClusterConfiguration, v1beta4"),
    KubeadmV1beta3 => ("kubeadm-v1beta3", "kubeadm's ClusterConfiguration, v1beta3"),
    K3s => ("k3s", "The configuration file of K3s or RKE2"),
    Systemd => ("systemd", "ExecStart= of a systemd unit"),
    Json => ("json", "For programs"),
});

/// Prints the flags.
///
/// # Errors
/// When the directory cannot be read or its files do not work together.
pub(super) fn run(
    arguments: &FlagsArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let directory = &arguments.directory;
    let pki_dir = match server_directory(arguments.pki_dir.as_deref(), directory) {
        Ok(pki_dir) => pki_dir,
        Err(error) => {
            writeln!(err, "error: {error:#}")?;
            return Ok(Exit::Usage);
        }
    };
    let contents = complete(directory)?;
    let mut flags = flags_for(&contents, directory, &pki_dir, now)?;
    let unchanged = Change::default();
    let judging = Judging { directory, contents: &contents, change: &unchanged, client_ca_file: None };
    for warning in judging.warnings(now)? {
        writeln!(err, "warning: {warning}")?;
    }
    if arguments.aggregator_routing {
        flags = flags.with_aggregator_routing();
    }
    out.write_all(flags.write(arguments.format).as_bytes())?;
    Ok(Exit::Done)
}
