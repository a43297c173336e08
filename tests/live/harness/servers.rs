//! The programs of one version of Kubernetes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use aggcert::kubernetes::KubernetesVersion;

/// A directory with `kube-apiserver` and, for some tests, its companions.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    directory: PathBuf,
}

impl Servers {
    /// The servers to test with. Without any it says so, and the test has nothing to do.
    pub(crate) fn find() -> Option<Self> {
        let directory = env::var_os("AGGCERT_LIVE_BIN").map(PathBuf::from);
        let Some(directory) = directory.filter(|directory| directory.join("kube-apiserver").is_file()) else {
            eprintln!("skipped: no kube-apiserver (set AGGCERT_LIVE_BIN or run .ci/live)");
            return None;
        };
        Some(Self { directory })
    }

    /// The same, for a test that needs another program beside kube-apiserver.
    pub(crate) fn find_with(program: &str) -> Option<Self> {
        let servers = Self::find()?;
        if servers.program(program).is_file() {
            return Some(servers);
        }
        eprintln!("skipped: no {program} in {}", servers.directory.display());
        None
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// `v1.37.2`
    pub(crate) fn version(&self) -> String {
        let output = Command::new(self.program("kube-apiserver")).arg("--version").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim().trim_start_matches("Kubernetes ").to_owned()
    }

    pub(crate) fn is_at_least(&self, version: KubernetesVersion) -> bool {
        self.version().parse::<KubernetesVersion>().unwrap() >= version
    }

    /// etcd is not built with the others: Debian has it.
    pub(crate) fn etcd(&self) -> PathBuf {
        let beside = self.program("etcd");
        if beside.is_file() { beside } else { Path::new("etcd").to_owned() }
    }
}
