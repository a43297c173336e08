//! A control-plane node in a directory, and a person who types what is printed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use aggcert::model::{Lookup, Setup};
use aggcert::source::formats::flags;

use super::published::join;
use super::{kubectl, published};

/// A CA or a client with its key.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) pem: String,
    pub(crate) key_pem: String,
    pub(crate) der: Vec<u8>,
    params: CertificateParams,
    key: Arc<KeyPair>,
}

/// Valid from yesterday on; `change` has the last word.
fn parameters(name: &str, days: i64, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - Duration::DAY;
    params.not_after = OffsetDateTime::now_utc() + Duration::days(days);
    change(&mut params);
    params
}

impl Issued {
    pub(crate) fn ca(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (params, key) = (ca_parameters(name, change), KeyPair::generate().unwrap());
        Self::new(&params.self_signed(&key).unwrap(), params, key)
    }

    /// A CA below this one.
    pub(crate) fn ca_below(&self, name: &str) -> Self {
        self.sign(ca_parameters(name, |_| {}))
    }

    /// A CA with its name and key, below this one.
    pub(crate) fn cross_sign(&self, ca: &Self) -> Self {
        let key = KeyPair::from_pem(&ca.key_pem).unwrap();
        let signed = ca.params.signed_by(&key, &Issuer::from_params(&self.params, &*self.key)).unwrap();
        Self::new(&signed, ca.params.clone(), key)
    }

    pub(crate) fn client(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        self.sign(parameters(name, 365, |params| {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            change(params);
        }))
    }

    /// The same key behind another name.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        let (params, key) = (ca_parameters(name, |_| {}), KeyPair::from_pem(&self.key_pem).unwrap());
        Self::new(&params.self_signed(&key).unwrap(), params, key)
    }

    fn sign(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &Issuer::from_params(&self.params, &*self.key)).unwrap();
        Self::new(&signed, params, key)
    }

    fn new(signed: &rcgen::Certificate, params: CertificateParams, key: KeyPair) -> Self {
        let (pem, key_pem, der) = (signed.pem(), key.serialize_pem(), signed.der().to_vec());
        Self { pem, key_pem, der, params, key: Arc::new(key) }
    }
}

fn ca_parameters(name: &str, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    parameters(name, 3650, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        change(params);
    })
}

/// What a set-up is judged to be.
pub(crate) type Rules = BTreeSet<(String, String)>;

pub(crate) struct Node {
    directory: tempfile::TempDir,
    pub(crate) client_ca: Issued,
    pub(crate) front_proxy_ca: Issued,
    /// Of kube-apiserver, and of kube-controller-manager where there is one.
    pub(crate) flags: Vec<String>,
    pub(crate) manager: Vec<String>,
    /// What else the cluster has.
    pub(crate) objects: Vec<Value>,
}

impl Node {
    /// As kubeadm makes it, with the front proxy's CA and its key in place.
    pub(crate) fn new() -> Self {
        Self::of(Issued::ca("kubernetes", |_| {}), Issued::ca("front-proxy-ca", |_| {}))
    }

    /// One of a cluster with these CAs.
    pub(crate) fn of(client_ca: Issued, front_proxy_ca: Issued) -> Self {
        let mut node = Self {
            // A blank and a quote in it show whether paths are quoted.
            directory: tempfile::Builder::new().prefix("a node's ").tempdir().unwrap(),
            client_ca,
            front_proxy_ca,
            flags: Vec::new(),
            manager: Vec::new(),
            objects: Vec::new(),
        };
        fs::create_dir(node.path("pki")).unwrap();
        fs::create_dir(node.path("bin")).unwrap();
        fs::write(node.path("bin/kubectl"), kubectl::STUB).unwrap();
        fs::set_permissions(node.path("bin/kubectl"), fs::Permissions::from_mode(0o755)).unwrap();
        node.write("ca.crt", &node.client_ca.pem);
        let client = node.front_proxy_ca.client("front-proxy-client", |_| {});
        node.write("front-proxy-ca.crt", &node.front_proxy_ca.pem);
        node.write("front-proxy-ca.key", &node.front_proxy_ca.key_pem);
        node.write_client(&client);
        for (flag, value) in [
            ("client-ca-file", node.pki("ca.crt")),
            ("requestheader-client-ca-file", node.pki("front-proxy-ca.crt")),
            ("requestheader-allowed-names", "front-proxy-client".to_owned()),
            ("requestheader-username-headers", "X-Remote-User".to_owned()),
            ("requestheader-group-headers", "X-Remote-Group".to_owned()),
            ("requestheader-extra-headers-prefix", "X-Remote-Extra-".to_owned()),
            ("proxy-client-cert-file", node.pki("front-proxy-client.crt")),
            ("proxy-client-key-file", node.pki("front-proxy-client.key")),
        ] {
            node.set(flag, &value);
        }
        node
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A path as flags have it.
    pub(crate) fn pki(&self, name: &str) -> String {
        self.path("pki").join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file of the PKI; a key is its owner's alone.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.pki(name), content).unwrap();
        let mode = if name.ends_with(".key") { 0o600 } else { 0o644 };
        fs::set_permissions(self.pki(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn write_client(&self, client: &Issued) {
        self.write("front-proxy-client.crt", &client.pem);
        self.write("front-proxy-client.key", &client.key_pem);
    }

    /// Makes this the CA of the front proxy, with a client of it.
    pub(crate) fn use_ca(&mut self, ca: Issued) {
        self.write("front-proxy-ca.crt", &ca.pem);
        self.write("front-proxy-ca.key", &ca.key_pem);
        self.write_client(&ca.client("front-proxy-client", |_| {}));
        self.front_proxy_ca = ca;
    }

    /// Has the files and the flags of another node, with its own paths.
    pub(crate) fn become_copy_of(&mut self, other: &Self) {
        fs::remove_dir_all(self.path("pki")).unwrap();
        let copied = self.run(Command::new("cp").arg("-a").arg(other.path("pki")).arg("pki"));
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        let (its, own) = (other.path("pki").display().to_string(), self.path("pki").display().to_string());
        let moved = |flags: &[String]| flags.iter().map(|flag| flag.replace(&its, &own)).collect();
        (self.flags, self.manager) = (moved(&other.flags), moved(&other.manager));
        (self.client_ca, self.front_proxy_ca) = (other.client_ca.clone(), other.front_proxy_ca.clone());
    }

    pub(crate) fn set(&mut self, flag: &str, value: &str) {
        set(&mut self.flags, &format!("--{flag}={value}"));
    }

    pub(crate) fn unset(&mut self, flag: &str) {
        self.flags.retain(|argument| name(argument) != flag);
    }

    pub(crate) fn run(&self, command: &mut Command) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_aggcert")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        command
            .current_dir(self.directory.path())
            .env("PATH", format!("{}:{}:{path}", self.path("bin").display(), program.display()))
            .env("KUBECTL_CALLS", self.path("calls"))
            .output()
            .unwrap()
    }

    fn judge(&self) -> Value {
        let mut items = self.objects.clone();
        if !self.flags.is_empty() {
            items.push(pod("kube-apiserver", "kube-apiserver", &self.flags));
        }
        if !self.manager.is_empty() {
            items.push(pod("kube-controller-manager", "kube-controller-manager", &self.manager));
        }
        fs::write(self.path("cluster.json"), list(&items)).unwrap();
        let output = self.run(Command::new("aggcert").args(["check", "--root=/", "cluster.json", "--format=json"]));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn findings(&self) -> Vec<Value> {
        let report = self.judge();
        let outcomes = report["targets"].as_array().unwrap().iter();
        let outcomes = outcomes.flat_map(|target| target["outcomes"].as_array().unwrap());
        let of_outcome = |outcome: &Value| {
            let findings = outcome["findings"].as_array().cloned().unwrap_or_default();
            let rule = outcome["rule"].clone();
            findings.into_iter().map(move |mut finding| {
                finding["rule"] = rule.clone();
                finding
            })
        };
        outcomes.flat_map(of_outcome).collect()
    }

    /// What is found: each rule with its severity.
    pub(crate) fn rules(&self) -> Rules {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.findings().iter().map(|finding| (text(&finding["rule"]), text(&finding["severity"]))).collect()
    }

    /// Does what is printed for the first finding of a rule.
    pub(crate) fn fix(&mut self, rule: &str) -> Result<(), String> {
        let findings = self.findings();
        let Some(finding) = findings.iter().find(|finding| finding["rule"] == rule) else {
            return Err(format!("nothing is found but {:?}", self.rules()));
        };
        let fix = &finding["fix"];
        // One finding speaks for several.
        if let Some((_, other)) = fix["sentence"].as_str().unwrap().split_once("goes away with the fix of ") {
            return self.fix(other.split(':').next().unwrap());
        }
        let commands: Vec<&str> =
            fix["commands"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let flags: Vec<&str> = fix["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap()).collect();
        if commands.is_empty() && flags.is_empty() {
            return Err(format!("nothing to type: {fix}"));
        }
        for command in &commands {
            assert!(!command.contains('\n'), "{command}");
            let ran = self.run(Command::new("bash").args(["-euc", command]));
            if !ran.status.success() {
                return Err(format!("{command}\n{}", String::from_utf8_lossy(&ran.stderr)));
            }
        }
        for flag in flags {
            set(&mut self.flags, flag);
            if !self.manager.is_empty() && flag.starts_with("--requestheader-") {
                set(&mut self.manager, flag);
            }
        }
        if let Ok(calls) = fs::read_to_string(self.path("calls")) {
            kubectl::apply(&calls, &mut self.objects)?;
            fs::remove_file(self.path("calls")).unwrap();
            self.publish();
        }
        Ok(())
    }
}

impl Node {
    /// The ConfigMap as kube-apiserver writes it.
    pub(crate) fn config_map(&mut self) -> &mut Value {
        if !self.objects.iter().any(published::is_config_map) {
            self.objects.push(published::empty());
            self.publish();
        }
        self.objects.iter_mut().find(|object| published::is_config_map(object)).unwrap()
    }

    /// The server with its files.
    pub(crate) fn setup(&self) -> Setup {
        let lookup = Lookup { root: Some("/".into()), certain: true, ..Lookup::default() };
        Setup::load(flags::invocation(&self.flags), &lookup)
    }

    fn publish(&mut self) {
        let setup = self.setup();
        self.objects.iter_mut().filter(|object| published::is_config_map(object)).for_each(|map| join(map, &setup));
    }

    /// Goes through the steps of a rotation, as if each had arrived everywhere; whether none is under way then.
    pub(crate) fn rotate_to_the_end(&self) -> bool {
        let words: [&[&str]; 3] =
            [&["pki", "config-map", "extension-servers"], &["switched:pki"], &["cleaned:config-map"]];
        for words in words {
            let mut next = Command::new("aggcert");
            next.args(["rotate", "next", "pki"]).args(words.iter().flat_map(|word| ["--assume", word]));
            self.run(&mut next);
        }
        let status = self.run(Command::new("aggcert").args(["rotate", "status", "pki"]));
        String::from_utf8_lossy(&status.stdout).contains("No rotation is under way")
    }
}

/// Of a component.
pub(crate) fn pod(name: &str, program: &str, flags: &[String]) -> Value {
    let command: Vec<&str> = std::iter::once(program).chain(flags.iter().map(String::as_str)).collect();
    let metadata = json!({"name": name, "namespace": "kube-system"});
    let containers = json!([{"name": program, "command": command}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}})
}

/// As `kubectl get -o json` has them.
pub(crate) fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// In the place of what has the same name.
pub(crate) fn set(flags: &mut Vec<String>, flag: &str) {
    flags.retain(|argument| name(argument) != name(flag));
    flags.push(flag.to_owned());
}

fn name(argument: &str) -> &str {
    argument.trim_start_matches('-').split('=').next().unwrap()
}
