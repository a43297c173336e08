//! Which running clusters a command line names.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::progress::Progress;
use crate::cluster::{self, Access, ClusterError, Collected};
use crate::text::shell_word;

/// The way to running clusters.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ClusterArguments {
    /// Read a running cluster; without FILE, by KUBECONFIG, ~/.kube/config or, in a Pod, its ServiceAccount
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    kubeconfig: Option<Option<PathBuf>>,
    /// The context of the kubeconfig; again for more clusters
    /// [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Vec<String>,
    /// Ask this API server for itself which extension servers it cannot reach; again for each of the control plane
    /// [default: those that the cluster publishes]
    #[arg(long, value_name = "HOST:PORT")]
    api_server: Vec<String>,
    /// Ask the servers themselves as well; the commands that judge it have a flag for that.
    #[arg(skip)]
    pub probe: bool,
}

impl ClusterArguments {
    /// Whether a cluster is named at all.
    pub(super) fn is_given(&self) -> bool {
        self.kubeconfig.is_some() || !self.context.is_empty()
    }

    /// These arguments, as a shell takes them, each with a blank before it.
    pub(super) fn given(&self) -> String {
        let kubeconfig = self.kubeconfig.iter().map(|path| match path {
            Some(path) => format!(" --kubeconfig {}", shell_word(&path.display().to_string())),
            None => " --kubeconfig".to_owned(),
        });
        let contexts = self.context.iter().map(|name| format!(" --context {}", shell_word(name)));
        let servers = self.api_server.iter().map(|server| format!(" --api-server {}", shell_word(server)));
        kubeconfig.chain(contexts).chain(servers).collect()
    }

    /// One for each context; the current one where none is named.
    pub(super) fn accesses(&self) -> Vec<Access> {
        let access = |context: Option<String>| Access {
            kubeconfig: self.kubeconfig.clone().flatten(),
            context,
            api_servers: self.api_server.clone(),
            probe: self.probe,
            without_bindings: false,
        };
        match self.context.as_slice() {
            [] => vec![access(None)],
            contexts => contexts.iter().cloned().map(Some).map(access).collect(),
        }
    }

    /// The clusters that are named, as they were read, or why not.
    pub(super) fn read(&self) -> Vec<Result<Collected, ClusterError>> {
        if self.is_given() { self.accesses().iter().map(read).collect() } else { Vec::new() }
    }
}

/// Reads one cluster, and says on a terminal how far it is.
pub(super) fn read(access: &Access) -> Result<Collected, ClusterError> {
    cluster::collect(access, progress())
}

/// Is told of each answer.
pub(super) fn progress() -> impl Fn() + Send + Sync + 'static {
    let progress = Mutex::new(Progress::new("answers of the cluster"));
    move || progress.lock().unwrap_or_else(PoisonError::into_inner).advance(1)
}
