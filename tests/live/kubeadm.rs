//! kubeadm and this crate on the same files, in both directions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::commands::{aggcert, lines};
use crate::harness::Servers;

const FILES: [&str; 4] =
    ["front-proxy-ca.crt", "front-proxy-ca.key", "front-proxy-client.crt", "front-proxy-client.key"];

/// A node's `/etc/kubernetes` in a temporary directory.
pub(crate) struct Node {
    servers: Servers,
    directory: TempDir,
}

impl Node {
    pub(crate) fn new(servers: &Servers) -> Self {
        Self { servers: servers.clone(), directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn pki(&self) -> PathBuf {
        self.path().join("pki")
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.pki().join(name)).unwrap()
    }

    /// kubeadm takes the files of the front proxy for its own, and renews the client.
    pub(crate) fn keeps_and_renews(&self, name: &str) {
        let made = FILES.map(|name| self.read(name));
        self.kubeadm(&["init", "phase", "certs", "all"], "");
        assert_eq!(FILES.map(|name| self.read(name)), made, "{name}: kubeadm changed a file");
        self.kubeadm(&["certs", "renew", "front-proxy-client"], "");
        assert_eq!(self.read(FILES[0]), made[0], "{name}: kubeadm changed the CA");
        assert_ne!(self.read(FILES[2]), made[2], "{name}: kubeadm renewed nothing");
        self.verifies();
    }

    /// Runs kubeadm with a configuration; what `more` says of the ClusterConfiguration is added. Files other than
    /// certificates go to the directory too: so it is with a dry run.
    fn kubeadm(&self, arguments: &[&str], more: &str) -> String {
        let configuration = self.path().join("kubeadm.yaml");
        // With a version and an address kubeadm asks no network for either.
        let text = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: 192.0.2.1\n\
             ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: {}\n\
             certificatesDir: {}\n{more}",
            self.servers.version(),
            self.path().join("pki").display(),
        );
        fs::write(&configuration, text).unwrap();
        let output = Command::new(self.servers.program("kubeadm"))
            .args(arguments)
            .arg("--config")
            .arg(&configuration)
            .env("KUBEADM_INIT_DRYRUN_DIR", self.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The arguments of kube-apiserver in the manifest that kubeadm writes.
    fn manifest(&self, more: &str) -> Vec<String> {
        self.kubeadm(&["init", "phase", "control-plane", "all", "--dry-run"], more);
        let text = fs::read_to_string(self.path().join("kube-apiserver.yaml")).unwrap();
        text.lines().filter_map(|line| line.trim().strip_prefix("- --").map(|flag| format!("--{flag}"))).collect()
    }

    fn verifies(&self) {
        let path = |name: &str| self.pki().join(name);
        let output = Command::new("openssl")
            .args(["verify", "-purpose", "sslclient", "-CAfile"])
            .args([path("front-proxy-ca.crt"), path("front-proxy-client.crt")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn kubeadm_keeps_what_init_made_and_renews_the_client() {
    let Some(servers) = Servers::find_with("kubeadm") else { return };
    // kubeadm reads no Ed25519 keys; `init` says so.
    for algorithm in ["ecdsa-p256", "ecdsa-p384", "rsa-2048"] {
        let node = Node::new(&servers);
        aggcert(node.path(), &["init", "pki", "--key-algorithm", algorithm]);
        node.keeps_and_renews(algorithm);
    }
}

/// What `check` finds in what kubeadm makes, as ids of rules.
fn found(node: &Node) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(["check", "--format", "json"])
        .arg(node.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = BTreeSet::new();
    collect(&report, &mut found);
    found
}

/// The `rule` of everything that failed, wherever it stands in the report.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    if let (Some("fail"), Some(rule)) = (value["outcome"].as_str(), value["rule"].as_str()) {
        found.insert(rule.to_owned());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[test]
fn what_kubeadm_makes_has_no_error() {
    let Some(servers) = Servers::find_with("kubeadm") else { return };
    let node = Node::new(&servers);
    node.kubeadm(&["init", "phase", "certs", "all"], "");
    node.manifest("");
    // kubeadm gives the controller manager no names, and leaves the CA's key on the node.
    let known = ["ca-key-on-server", "controller-manager-names-empty"].map(str::to_owned);
    assert_eq!(found(&node), BTreeSet::from(known));
}

#[test]
fn kubeadm_reads_the_flags_that_are_printed_for_it() {
    let Some(servers) = Servers::find_with("kubeadm") else { return };
    let node = Node::new(&servers);
    node.kubeadm(&["init", "phase", "certs", "all"], "");
    aggcert(node.path(), &["init", "pki", "--force", "--client-common-name", "it's, an \"odd\" name"]);
    let flags = lines(&aggcert(node.path(), &["flags", "pki"]));
    let printed = aggcert(node.path(), &["flags", "pki", "--format", "kubeadm"]);
    let (_, more) = printed.split_once("apiServer:").unwrap();
    let manifest = node.manifest(&format!("apiServer:{more}"));
    for flag in flags {
        let name = format!("{}=", flag.split('=').next().unwrap());
        let given: Vec<&String> = manifest.iter().filter(|argument| argument.starts_with(&name)).collect();
        assert_eq!(given, [&flag]);
    }
}
