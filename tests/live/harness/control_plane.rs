//! What the servers of one cluster share: etcd, and files in a temporary directory.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::kube_apiserver;
use super::process::{Process, free_port, write};
use super::{Authority, Client, Companion, Extension, KubeApiserver, SAMPLE, Servers};

/// One at a time: a cluster keeps two cores busy, and the patience of each is limited.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The token of `admin`, a member of `system:masters`, whatever the certificates under test are.
pub(super) const ADMIN_TOKEN: &str = "the-token-of-admin";

/// A cluster without nodes. Its servers end before it does, as it owns their directory.
pub(crate) struct ControlPlane {
    pub servers: Servers,
    /// Signs the serving certificates; nothing that is tested here.
    pub serving_authority: Authority,
    pub serving: Client,
    pub etcd_url: String,
    _etcd: Process,
    directory: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl ControlPlane {
    pub(crate) fn new(servers: &Servers) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let serving_authority = Authority::new(path, "serving-ca");
        let serving = serving_authority.server("kube-apiserver", &["127.0.0.1", "localhost", "kubernetes.default.svc"]);
        // system:masters is written in quotes: the groups of a token are one field of a line of CSV.
        write(path, "tokens.csv", format!("{ADMIN_TOKEN},admin,1,\"system:masters\"\n"));
        let key = rcgen::KeyPair::generate().unwrap();
        write(path, "service-accounts.key", key.serialize_pem());
        // No private key in PKCS #8 is taken for the public one.
        write(path, "service-accounts.pub", key.public_key_pem());
        let (etcd, etcd_url) = start_etcd(servers, path);
        Self { servers: servers.clone(), serving_authority, serving, etcd_url, _etcd: etcd, directory, _turn: turn }
    }

    /// Where the files of the cluster are, and where its servers run.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        write(self.path(), name, contents)
    }

    /// A new CA in the cluster's directory.
    pub(crate) fn authority(&self, name: &str) -> Authority {
        Authority::new(self.path(), name)
    }

    /// A kube-apiserver with these flags beside those that every server needs; ready.
    pub(crate) fn kube_apiserver(&self, flags: &[String]) -> KubeApiserver<'_> {
        self.kube_apiserver_on(free_port(), flags)
    }

    /// The same on a certain port, for a server that takes another's place.
    pub(crate) fn kube_apiserver_on(&self, port: u16, flags: &[String]) -> KubeApiserver<'_> {
        KubeApiserver::start(self, port, flags)
            .unwrap_or_else(|log| panic!("kube-apiserver does not start with {flags:?}:\n{log}"))
    }

    /// The error is what the server wrote before it ended.
    pub(crate) fn try_kube_apiserver(&self, flags: &[String]) -> Result<KubeApiserver<'_>, String> {
        KubeApiserver::start(self, free_port(), flags)
    }

    /// A kube-apiserver that nobody waits for.
    pub(crate) fn start_kube_apiserver(&self, flags: &[String]) -> Process {
        kube_apiserver::spawn(self, free_port(), flags)
    }

    /// A sample-apiserver that follows the ConfigMap, registered with the cluster.
    pub(crate) fn extension(&self, server: &KubeApiserver<'_>) -> Companion {
        self.try_extension(&SAMPLE, server, &[]).unwrap_or_else(|log| panic!("sample-apiserver ended:\n{log}"))
    }

    /// Any extension server with these flags beside those that it needs. The error is what it wrote before it ended.
    pub(crate) fn try_extension(
        &self,
        extension: &Extension,
        server: &KubeApiserver<'_>,
        flags: &[String],
    ) -> Result<Companion, String> {
        extension.start(self, server, flags)
    }

    /// A kube-controller-manager or kube-scheduler with these flags beside those that it needs; healthy.
    pub(crate) fn companion(&self, program: &str, server: &KubeApiserver<'_>, flags: &[String]) -> Companion {
        self.try_companion(program, server, flags)
            .unwrap_or_else(|log| panic!("{program} does not start with {flags:?}:\n{log}"))
    }

    /// The error is what it wrote before it ended.
    pub(crate) fn try_companion(
        &self,
        program: &str,
        server: &KubeApiserver<'_>,
        flags: &[String],
    ) -> Result<Companion, String> {
        Companion::start(self, server, program, &["--leader-elect=false".to_owned()], flags)
    }
}

fn start_etcd(servers: &Servers, directory: &Path) -> (Process, String) {
    let url = format!("http://127.0.0.1:{}", free_port());
    let peers = format!("http://127.0.0.1:{}", free_port());
    let arguments = [
        "--data-dir=etcd".to_owned(),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // A cluster that lives for a minute need not survive a power cut.
        "--unsafe-no-fsync".to_owned(),
    ];
    let mut etcd = Process::start("etcd", &servers.etcd(), &arguments, directory);
    let address = url.trim_start_matches("http://").to_owned();
    let is_ready = etcd.wait_until(|_| std::net::TcpStream::connect(&address).is_ok());
    assert!(is_ready, "etcd ended:\n{}", etcd.tail());
    (etcd, url)
}
