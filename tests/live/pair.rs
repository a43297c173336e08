//! A kube-apiserver and an extension API server with all the objects around them, as an auditor reads them.

use std::collections::BTreeMap;
use std::net::{TcpStream, UdpSocket};
use std::process::Command;

use serde_json::{Value, json};

use crate::commands::{front_proxy_flags, shell};
use crate::harness::{
    Authority, Client, ControlPlane, KubeApiserver, Process, Request, Servers, base64, eventually, free_port,
};

pub(crate) const NAMESPACE: &str = "wardle";
pub(crate) const FLUNDERS: &str = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";
pub(crate) const API_SERVICE: &str = "v1alpha1.wardle.example.com";
pub(crate) const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// An address that EndpointSlices may have, which are not for loopback; the one that the host's own packets come from.
pub(crate) fn address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

/// The extension server, with any certificate: nobody asks it whether it is ready.
#[derive(Debug)]
pub(crate) struct Running {
    _process: Process,
    pub port: u16,
}

/// A cluster with one extension API server that nothing is wrong with, until a test changes the objects or the flags.
pub(crate) struct Pair<'a> {
    pub control_plane: &'a ControlPlane,
    pub server: KubeApiserver<'a>,
    pub client_ca: Authority,
    pub front_proxy_ca: Authority,
    pub serving_ca: Authority,
    address: String,
    /// Of the extension server's Pods.
    pub host_network: bool,
    /// What is read beside the cluster's objects, and is not created.
    pub beside: Vec<Value>,
    /// By their collections' paths and names.
    objects: BTreeMap<String, Value>,
    /// The server's own, and as the Deployment has them.
    pub flags: Vec<(String, String)>,
    pub serving: Client,
}

impl<'a> Pair<'a> {
    /// Where kube-apiserver has these flags beside those of the aggregation layer.
    fn new(control_plane: &'a ControlPlane, address: &str, server_flags: &[&str]) -> Self {
        let client_ca = control_plane.authority("ca");
        let mut flags = front_proxy_flags(control_plane.path());
        flags.push(format!("--client-ca-file={}", client_ca.certificate.display()));
        flags.extend(server_flags.iter().map(|flag| (*flag).to_owned()));
        let server = control_plane.kube_apiserver(&flags);
        let front_proxy_ca = Authority::load(&control_plane.file("pki"), "front-proxy-ca");
        let serving_ca = control_plane.authority("wardle-ca");
        let serving = serving_ca.server("api", &["api.wardle.svc", "127.0.0.1"]);
        let mut pair = Self {
            control_plane,
            server,
            client_ca,
            front_proxy_ca,
            serving_ca,
            address: address.to_owned(),
            host_network: false,
            beside: Vec::new(),
            objects: BTreeMap::new(),
            flags: Vec::new(),
            serving,
        };
        pair.accounts();
        pair
    }

    /// The account of the extension server, and an ordinary user who may do everything without being in system:masters.
    fn accounts(&mut self) {
        self.server.create(
            "/api/v1/namespaces",
            json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": NAMESPACE}}),
        );
        for name in ["apiserver", "alice"] {
            let object = json!({"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": name}});
            self.server.create(&format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts"), object);
        }
        let alice = binding("ClusterRoleBinding", "alice", None, ("ClusterRole", "cluster-admin"), "alice");
        self.server.create(&format!("{RBAC}/clusterrolebindings"), alice);
    }

    fn token(&self, account: &str) -> String {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token");
        let body = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {}});
        let answer = self.server.admin("POST", &path, Some(body)).json();
        answer["status"]["token"].as_str().unwrap().to_owned()
    }

    /// What has nothing wrong with it.
    pub(crate) fn healthy(&mut self) {
        self.flags.clear();
        self.serving = self.serving_ca.server("api", &["api.wardle.svc", "127.0.0.1"]);
        self.put(&format!("{RBAC}/clusterrolebindings"), delegator());
        self.put(&format!("{RBAC}/namespaces/kube-system/rolebindings"), reader());
        let bundle = std::fs::read(&self.serving_ca.certificate).unwrap();
        self.put(
            "/apis/apiregistration.k8s.io/v1/apiservices",
            json!({
                "kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1", "metadata": {"name": API_SERVICE},
                "spec": {
                    "group": "wardle.example.com", "version": "v1alpha1", "groupPriorityMinimum": 1000,
                    "versionPriority": 15, "service": {"name": "api", "namespace": NAMESPACE},
                    "caBundle": base64(&bundle),
                },
            }),
        );
        self.put(
            &format!("/api/v1/namespaces/{NAMESPACE}/services"),
            json!({
                "kind": "Service", "apiVersion": "v1", "metadata": {"name": "api"},
                "spec": {"selector": {"app": "wardle"}, "ports": [{"port": 443, "targetPort": "https"}]},
            }),
        );
    }

    /// An object that is to be in the cluster.
    pub(crate) fn put(&mut self, collection: &str, object: Value) {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        self.objects.insert(format!("{collection}/{name}"), object);
    }

    pub(crate) fn object(&mut self, name: &str) -> &mut Value {
        let found = self.objects.iter_mut().find(|(path, _)| path.ends_with(name));
        found.unwrap_or_else(|| panic!("there is no {name}")).1
    }

    pub(crate) fn without(&mut self, name: &str) {
        self.objects.retain(|path, _| !path.ends_with(name));
    }

    /// A flag of the server, and the same in a container where the file is that of a ConfigMap.
    pub(crate) fn ca_flag(&mut self, authority: &Authority) {
        let ca = authority.certificate.clone();
        self.flags.push((
            format!("--requestheader-client-ca-file={}", ca.display()),
            "--requestheader-client-ca-file=/ca/ca.crt".to_owned(),
        ));
        let pem = std::fs::read_to_string(&ca).unwrap();
        self.put(
            &format!("/api/v1/namespaces/{NAMESPACE}/configmaps"),
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "ca"}, "data": {"ca.crt": pem}}),
        );
    }

    pub(crate) fn flag(&mut self, flag: &str) {
        self.flags.push((flag.to_owned(), flag.to_owned()));
    }

    /// Starts the extension server with its own account, and puts all objects in the cluster.
    pub(crate) fn start(&mut self) -> Result<Running, String> {
        self.start_on(free_port())
    }

    pub(crate) fn start_on(&mut self, port: u16) -> Result<Running, String> {
        let kubeconfig = self.server.kubeconfig_of("apiserver", &self.token("apiserver"));
        let mut flags = vec![
            "--bind-address=0.0.0.0".to_owned(),
            format!("--secure-port={port}"),
            format!("--etcd-servers={}", self.control_plane.etcd_url),
            format!("--kubeconfig={kubeconfig}"),
            format!("--authentication-kubeconfig={kubeconfig}"),
            format!("--authorization-kubeconfig={kubeconfig}"),
            format!("--tls-cert-file={}", self.serving.certificate.display()),
            format!("--tls-private-key-file={}", self.serving.key.display()),
        ];
        flags.extend(self.flags.iter().map(|(flag, _)| flag.clone()));
        for (path, object) in self.objects.clone() {
            let (collection, _) = path.rsplit_once('/').unwrap();
            self.server.replace(collection, object);
        }
        self.register(port, true);
        let program = self.control_plane.servers.program("sample-apiserver");
        let mut process = Process::start(&format!("sample-{port}"), &program, &flags, self.control_plane.path());
        let listens = |process: &Process| {
            process.log().contains("Serving securely") && TcpStream::connect(("127.0.0.1", port)).is_ok()
        };
        if process.wait_until(listens) { Ok(Running { _process: process, port }) } else { Err(process.log()) }
    }

    /// What a controller manager and a kubelet would have made of the Deployment.
    pub(crate) fn register(&self, port: u16, ready: bool) {
        let namespaced = |resource: &str| format!("/api/v1/namespaces/{NAMESPACE}/{resource}");
        let certificate = std::fs::read(&self.serving.certificate).unwrap();
        let key = std::fs::read(&self.serving.key).unwrap();
        self.server.replace(
            &namespaced("secrets"),
            json!({
                "kind": "Secret", "apiVersion": "v1", "metadata": {"name": "serving"}, "type": "kubernetes.io/tls",
                "data": {"tls.crt": base64(&certificate), "tls.key": base64(&key)},
            }),
        );
        let mut arguments = vec![format!("--secure-port={port}")];
        if !self.flags.iter().any(|(flag, _)| flag.starts_with("--tls-cert-file")) {
            arguments
                .extend(["--tls-cert-file=/tls/tls.crt", "--tls-private-key-file=/tls/tls.key"].map(str::to_owned));
        }
        arguments.extend(self.flags.iter().map(|(_, flag)| flag.clone()).filter(|flag| !flag.ends_with('=')));
        self.server.replace(
            &format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments"),
            json!({
                "kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "wardle"},
                "spec": {
                    "selector": {"matchLabels": {"app": "wardle"}},
                    "template": {"metadata": {"labels": {"app": "wardle"}}, "spec": {
                        "serviceAccountName": "apiserver",
                        "hostNetwork": self.host_network,
                        "containers": [{
                            "name": "server", "image": "sample-apiserver:1", "args": arguments,
                            "ports": [{"name": "https", "containerPort": port}],
                            "volumeMounts": [{"name": "tls", "mountPath": "/tls"}, {"name": "ca", "mountPath": "/ca"}],
                        }],
                        "volumes": [
                            {"name": "tls", "secret": {"secretName": "serving"}},
                            {"name": "ca", "configMap": {"name": "ca", "optional": true}},
                        ],
                    }},
                },
            }),
        );
        self.server.replace(
            &format!("/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"),
            json!({
                "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4",
                "metadata": {"name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
                "endpoints": [{"addresses": [self.address], "conditions": {"ready": ready}}],
                "ports": [{"name": "", "port": port, "protocol": "TCP"}],
            }),
        );
    }

    /// What an auditor may read, as one List.
    fn list(&self) -> Value {
        let mut items = Vec::new();
        for collection in [
            "/apis/apiregistration.k8s.io/v1/apiservices".to_owned(),
            format!("/api/v1/namespaces/{NAMESPACE}/services"),
            format!("/api/v1/namespaces/{NAMESPACE}/secrets"),
            format!("/api/v1/namespaces/{NAMESPACE}/configmaps"),
            "/api/v1/namespaces/kube-system/configmaps".to_owned(),
            format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments"),
            format!("/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"),
            format!("{RBAC}/rolebindings"),
            format!("{RBAC}/clusterrolebindings"),
        ] {
            let list = self.server.admin("GET", &collection, None).json();
            let kind = list["kind"].as_str().unwrap().trim_end_matches("List").to_owned();
            let version = list["apiVersion"].clone();
            for item in list["items"].as_array().unwrap() {
                let mut item = item.clone();
                item["kind"] = json!(kind);
                item["apiVersion"] = version.clone();
                items.push(item);
            }
        }
        items.extend(self.beside.iter().cloned());
        json!({"kind": "List", "apiVersion": "v1", "items": items})
    }

    /// The rules that find something more than a note, each with the commands that fix it.
    pub(crate) fn findings(&self) -> BTreeMap<String, Vec<String>> {
        let list = self.control_plane.write("cluster.json", self.list().to_string());
        let program = env!("CARGO_BIN_EXE_aggcert");
        let output = Command::new(program).args(["check", "--format", "json"]).arg(list).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = BTreeMap::new();
        for target in report["targets"].as_array().unwrap() {
            for outcome in target["outcomes"].as_array().unwrap() {
                let findings = outcome["findings"].as_array().into_iter().flatten();
                for finding in findings.filter(|finding| finding["severity"] != "note") {
                    let commands = finding["fix"]["commands"].as_array().cloned().unwrap_or_default();
                    let commands = commands.iter().map(|command| command.as_str().unwrap().to_owned()).collect();
                    found.insert(outcome["rule"].as_str().unwrap().to_owned(), commands);
                }
            }
        }
        found
    }

    /// What an ordinary user gets through kube-apiserver.
    pub(crate) fn alice(&self) -> u16 {
        let token = self.token("alice");
        self.server.send(FLUNDERS, Request { token: Some(&token), ..Request::default() }).status
    }

    pub(crate) fn condition(&self) -> (String, String) {
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{API_SERVICE}");
        let object = self.server.admin("GET", &path, None).json();
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let available = conditions.into_iter().find(|condition| condition["type"] == "Available").unwrap_or_default();
        let text = |field: &str| available[field].as_str().unwrap_or_default().to_owned();
        (text("reason"), text("message"))
    }

    /// Runs a command that is printed, where the CA of the serving certificate lies as `aggcert extension` has it.
    pub(crate) fn run(&self, command: &str) {
        let directory = self.control_plane.file("work");
        let of_extension = directory.join(API_SERVICE);
        std::fs::create_dir_all(&of_extension).unwrap();
        std::fs::copy(&self.serving_ca.certificate, of_extension.join("serving-ca.crt")).unwrap();
        let kubeconfig = self.control_plane.file(&self.server.kubeconfig());
        shell(&directory, &kubeconfig.to_string_lossy(), command);
    }

    pub(crate) fn finds(&self, rule: &str) -> Vec<String> {
        let found = self.findings();
        found.get(rule).unwrap_or_else(|| panic!("{rule} finds nothing; found: {found:?}")).clone()
    }
}

pub(crate) fn binding(kind: &str, name: &str, namespace: Option<&str>, role: (&str, &str), account: &str) -> Value {
    let mut binding = json!({
        "kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role.0, "name": role.1},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
    });
    if let Some(namespace) = namespace {
        binding["metadata"]["namespace"] = json!(namespace);
    }
    binding
}

pub(crate) fn reader() -> Value {
    let role = ("Role", "extension-apiserver-authentication-reader");
    binding("RoleBinding", "wardle-reader", Some("kube-system"), role, "apiserver")
}

pub(crate) fn delegator() -> Value {
    binding("ClusterRoleBinding", "wardle-delegator", None, ("ClusterRole", "system:auth-delegator"), "apiserver")
}

/// A pair that works, on which nothing is found.
pub(crate) fn healthy(pair: &mut Pair<'_>) -> Running {
    pair.healthy();
    let running = pair.start().unwrap();
    eventually("alice is answered", || pair.alice() == 200);
    eventually("the APIService is available", || pair.condition().0 == "Passed");
    assert_eq!(pair.findings(), BTreeMap::new());
    running
}

/// With Pods that kube-apiserver reaches by their addresses: nobody forwards what is for those of Services.
pub(crate) fn with_pair(test: impl FnOnce(&mut Pair<'_>)) {
    with_pair_of(&["--enable-aggregator-routing=true"], test);
}

pub(crate) fn with_pair_of(server_flags: &[&str], test: impl FnOnce(&mut Pair<'_>)) {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let Some(address) = address() else {
        eprintln!("skipped: this host has no address but loopback");
        return;
    };
    let control_plane = ControlPlane::new(&servers);
    test(&mut Pair::new(&control_plane, &address, server_flags));
}
