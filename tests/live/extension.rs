//! What the rules about extension API servers say is so on a real pair of servers, and their fixes heal it: the objects
//! are read back from kube-apiserver as one List, as `kubectl get -o json` gives it.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;

use aggcert::kubernetes::KubernetesVersion;
use serde_json::{Value, json};

use crate::commands::front_proxy_flags;
use crate::harness::{Authority, Client, ControlPlane, KubeApiserver, Process, Request, Servers, base64, eventually};

const NAMESPACE: &str = "wardle";
const FLUNDERS: &str = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";
const API_SERVICE: &str = "v1alpha1.wardle.example.com";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// An address that EndpointSlices may have, which are not for loopback; the one that the host's own packets come from.
pub(crate) fn address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

/// The extension server, with any certificate: nobody asks it whether it is ready.
#[derive(Debug)]
struct Running {
    _process: Process,
    port: u16,
}

/// A cluster with one extension API server that nothing is wrong with, until a test changes the objects or the flags.
struct Pair<'a> {
    control_plane: &'a ControlPlane,
    server: KubeApiserver<'a>,
    client_ca: Authority,
    front_proxy_ca: Authority,
    serving_ca: Authority,
    address: String,
    /// By their collections' paths and names.
    objects: BTreeMap<String, Value>,
    /// The server's own, and as the Deployment has them.
    flags: Vec<(String, String)>,
    serving: Client,
}

impl<'a> Pair<'a> {
    fn new(control_plane: &'a ControlPlane, address: &str) -> Self {
        let client_ca = control_plane.authority("ca");
        let mut flags = front_proxy_flags(control_plane.path());
        flags.push(format!("--client-ca-file={}", client_ca.certificate.display()));
        flags.push("--enable-aggregator-routing=true".to_owned());
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
    fn healthy(&mut self) {
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
    fn put(&mut self, collection: &str, object: Value) {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        self.objects.insert(format!("{collection}/{name}"), object);
    }

    fn object(&mut self, name: &str) -> &mut Value {
        let found = self.objects.iter_mut().find(|(path, _)| path.ends_with(name));
        found.unwrap_or_else(|| panic!("there is no {name}")).1
    }

    fn without(&mut self, name: &str) {
        self.objects.retain(|path, _| !path.ends_with(name));
    }

    /// A flag of the server, and the same in a container where the file is that of a ConfigMap.
    fn ca_flag(&mut self, authority: &Authority) {
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

    fn flag(&mut self, flag: &str) {
        self.flags.push((flag.to_owned(), flag.to_owned()));
    }

    /// Starts the extension server with its own account, and puts all objects in the cluster.
    fn start(&mut self) -> Result<Running, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        self.start_on(port)
    }

    fn start_on(&mut self, port: u16) -> Result<Running, String> {
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
    fn register(&self, port: u16, ready: bool) {
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
        json!({"kind": "List", "apiVersion": "v1", "items": items})
    }

    /// The rules that find something more than a note, each with the commands that fix it.
    fn findings(&self) -> BTreeMap<String, Vec<String>> {
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
    fn alice(&self) -> u16 {
        let token = self.token("alice");
        self.server.send(FLUNDERS, Request { token: Some(&token), ..Request::default() }).status
    }

    fn condition(&self) -> (String, String) {
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{API_SERVICE}");
        let object = self.server.admin("GET", &path, None).json();
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let available = conditions.into_iter().find(|condition| condition["type"] == "Available").unwrap_or_default();
        let text = |field: &str| available[field].as_str().unwrap_or_default().to_owned();
        (text("reason"), text("message"))
    }

    fn run(&self, command: &str) {
        let kubeconfig = self.control_plane.file(&self.server.kubeconfig());
        let output = Command::new("sh").args(["-c", command]).env("KUBECONFIG", kubeconfig).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn finds(&self, rule: &str) -> Vec<String> {
        let found = self.findings();
        found.get(rule).unwrap_or_else(|| panic!("{rule} finds nothing; found: {found:?}")).clone()
    }
}

fn binding(kind: &str, name: &str, namespace: Option<&str>, role: (&str, &str), account: &str) -> Value {
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

fn reader() -> Value {
    let role = ("Role", "extension-apiserver-authentication-reader");
    binding("RoleBinding", "wardle-reader", Some("kube-system"), role, "apiserver")
}

fn delegator() -> Value {
    binding("ClusterRoleBinding", "wardle-delegator", None, ("ClusterRole", "system:auth-delegator"), "apiserver")
}

/// A pair that works, on which nothing is found.
fn healthy(pair: &mut Pair<'_>) -> Running {
    pair.healthy();
    let running = pair.start().unwrap();
    eventually("alice is answered", || pair.alice() == 200);
    eventually("the APIService is available", || pair.condition().0 == "Passed");
    assert_eq!(pair.findings(), BTreeMap::new());
    running
}

fn with_pair(test: impl FnOnce(&mut Pair<'_>)) {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let Some(address) = address() else {
        eprintln!("skipped: this host has no address but loopback");
        return;
    };
    let control_plane = ControlPlane::new(&servers);
    test(&mut Pair::new(&control_plane, &address));
}

#[test]
fn an_account_without_rights_ends_the_server_or_fails_ordinary_users() {
    with_pair(|pair| {
        drop(healthy(pair));
        // The reader: none, outside of kube-system, as a ClusterRole.
        let wrong_role = ("ClusterRole", "extension-apiserver-authentication-reader");
        let elsewhere = (format!("{RBAC}/namespaces/{NAMESPACE}/rolebindings"), reader());
        let of_cluster = binding("ClusterRoleBinding", "wardle-wrong", None, wrong_role, "apiserver");
        let attempts = [None, Some(elsewhere), Some((format!("{RBAC}/clusterrolebindings"), of_cluster))];
        for attempt in attempts {
            pair.server.admin("DELETE", &format!("{RBAC}/namespaces/kube-system/rolebindings/wardle-reader"), None);
            pair.without("wardle-reader");
            if let Some((collection, mut object)) = attempt {
                object["metadata"].as_object_mut().unwrap().remove("namespace");
                pair.server.replace(&collection, object);
            }
            let log = pair.start().expect_err("it ends");
            assert!(log.contains("extension-apiserver-authentication") && log.contains("is forbidden"), "{log}");
            let commands = pair.finds("extension-reader-binding");
            pair.run(&commands[0]);
            assert!(!pair.findings().contains_key("extension-reader-binding"));
            drop(pair.start().unwrap());
            pair.server.admin(
                "DELETE",
                &format!("{RBAC}/namespaces/kube-system/rolebindings/wardle-auth-reader"),
                None,
            );
        }
        // The delegator.
        pair.healthy();
        let _running = pair.start().unwrap();
        pair.server.admin("DELETE", &format!("{RBAC}/clusterrolebindings/wardle-delegator"), None);
        eventually("ordinary users get 500", || pair.alice() == 500);
        assert_eq!(pair.server.admin("GET", FLUNDERS, None).status, 200, "system:masters pass by it");
        let commands = pair.finds("extension-auth-delegator");
        pair.run(&commands[0]);
        eventually("ordinary users are answered", || pair.alice() == 200);
        assert!(!pair.findings().contains_key("extension-auth-delegator"));
    });
}

/// A flag of the extension server, the rule that finds it, and whether requests get through all the same.
#[test]
fn flags_decide_whom_it_trusts() {
    with_pair(|pair| {
        drop(healthy(pair));
        let reused = pair.client_ca.certificate.clone();
        let mallory = pair.client_ca.client("mallory", &[]);
        let of_front_proxy = pair.front_proxy_ca.client("mallory", &[]);
        let other = pair.control_plane.authority("other");
        let trusted = pair.serving_ca.certificate.clone();
        let as_admin = |running: &Running, client: &Client| {
            let headers = crate::attacks::ADMIN_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let url = format!("https://127.0.0.1:{}{FLUNDERS}", running.port);
            let request = Request { url, client: Some(client), headers: headers.into(), ..Request::default() };
            request.send(&trusted).status
        };

        pair.flag("--authentication-skip-lookup");
        let running = pair.start().unwrap();
        eventually("nobody is known", || [401, 403, 503].contains(&pair.alice()));
        pair.finds("extension-lookup-skipped");
        drop(running);

        for (authority, rule) in [("ca", "extension-ca-reused"), ("pki/front-proxy-ca", "extension-names-empty")] {
            pair.healthy();
            let (directory, name) = authority.rsplit_once('/').unwrap_or((".", authority));
            let authority = Authority::load(&pair.control_plane.file(directory), name);
            pair.ca_flag(&authority);
            let running = pair.start().unwrap();
            let attacker = if authority.certificate == reused { &mallory } else { &of_front_proxy };
            assert_eq!(as_admin(&running, attacker), 200, "{rule}");
            pair.finds(rule);
        }

        pair.healthy();
        pair.ca_flag(&other);
        let _running = pair.start().unwrap();
        eventually("nobody is known", || pair.alice() == 503 || pair.alice() == 401);
        pair.finds("extension-ca-pinned");
    });
}

#[test]
fn a_start_without_the_config_map_lasts() {
    with_pair(|pair| {
        pair.healthy();
        pair.flag("--authentication-tolerate-lookup-failure");
        pair.without("wardle-reader");
        let _running = pair.start().unwrap();
        pair.finds("extension-lookup-tolerated");
        let commands = pair.finds("extension-reader-binding");
        pair.run(&commands[0]);
        // The right comes too late.
        eventually("nobody is known", || [401, 403, 503].contains(&pair.alice()));
    });
}

#[test]
fn serving_certificates_are_refused_as_predicted() {
    with_pair(|pair| {
        drop(healthy(pair));
        let ca = |pair: &Pair<'_>| {
            Authority::load(
                pair.control_plane.path(),
                pair.serving_ca.certificate.file_stem().unwrap().to_str().unwrap(),
            )
        };
        let other = pair.control_plane.authority("other-ca");
        let expired = |authority: &Authority| {
            let mut parameters = rcgen::CertificateParams::new(vec!["api.wardle.svc".to_owned()]).unwrap();
            parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
            parameters.not_after = rcgen::date_time_ymd(2024, 1, 1);
            authority.issue("expired", &parameters)
        };
        let usage = |authority: &Authority| {
            let mut parameters = rcgen::CertificateParams::new(vec!["api.wardle.svc".to_owned()]).unwrap();
            parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            authority.issue("usage", &parameters)
        };
        let own = ca(pair);
        let rows = [
            ("serving-certificate-untrusted", other.server("api", &["api.wardle.svc"]), "signed by unknown authority"),
            ("serving-certificate-name", own.server("other", &["other.wardle.svc"]), "not api.wardle.svc"),
            ("serving-certificate-expired", expired(&own), "has expired or is not yet valid"),
            ("serving-certificate-usage", usage(&own), "incompatible key usage"),
        ];
        for (rule, certificate, words) in rows {
            pair.healthy();
            pair.serving = certificate;
            let _running = pair.start().unwrap();
            eventually(&format!("{rule}: `{words}`"), || pair.server.admin("GET", FLUNDERS, None).status == 503);
            assert!(pair.findings().keys().any(|found| found == rule), "{rule}: {:?}", pair.findings());
            if pair.control_plane.servers.is_at_least(KubernetesVersion::VERIFIES_AVAILABILITY) {
                eventually(&format!("{rule}: `{words}`"), || pair.condition().1.contains(words));
                pair.finds("apiservice-unavailable");
            }
        }
        // A certificate of its own making.
        pair.healthy();
        pair.flags.push(("--tls-cert-file=".to_owned(), "--tls-cert-file=".to_owned()));
        pair.flags.push(("--tls-private-key-file=".to_owned(), "--tls-private-key-file=".to_owned()));
        pair.flags.push(("--cert-dir=own".to_owned(), "--cert-dir=/own".to_owned()));
        let _running = pair.start().unwrap();
        eventually("nobody trusts it", || pair.server.admin("GET", FLUNDERS, None).status == 503);
        pair.finds("serving-certificate-in-memory");
    });
}

#[test]
fn an_api_service_that_leads_nowhere_is_unavailable_as_predicted() {
    with_pair(|pair| {
        let running = healthy(pair);
        let port = running.port;
        let api_services = "/apis/apiregistration.k8s.io/v1/apiservices";
        let services = format!("/api/v1/namespaces/{NAMESPACE}/services");

        let mut wrong = pair.object(API_SERVICE).clone();
        wrong["spec"]["service"]["port"] = json!(8443);
        pair.server.replace(api_services, wrong);
        eventually("ServicePortError", || pair.condition().0 == "ServicePortError");
        let commands = pair.finds("apiservice-port");
        pair.run(&commands[0]);
        eventually("alice is answered", || pair.alice() == 200);

        let mut wrong = pair.object(API_SERVICE).clone();
        wrong["spec"]["service"]["name"] = json!("apis");
        pair.server.replace(api_services, wrong);
        eventually("ServiceNotFound", || pair.condition().0 == "ServiceNotFound");
        let commands = pair.finds("apiservice-service-missing");
        pair.run(&commands[0]);
        eventually("alice is answered", || pair.alice() == 200);

        pair.register(port, false);
        eventually("MissingEndpoints", || pair.condition().0 == "MissingEndpoints");
        pair.finds("apiservice-service-missing");
        pair.register(port, true);
        eventually("alice is answered", || pair.alice() == 200);

        let external = json!({
            "kind": "Service", "apiVersion": "v1", "metadata": {"name": "api"},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        });
        pair.server.replace(&services, external);
        eventually("it is no Service with Pods", || pair.condition().1.contains("unsupported service type"));
        assert_eq!(pair.alice(), 503);
    });
}

#[test]
fn a_port_that_is_taken_ends_the_server() {
    with_pair(|pair| {
        pair.healthy();
        let taken = TcpListener::bind("0.0.0.0:0").unwrap();
        let log = pair.start_on(taken.local_addr().unwrap().port()).expect_err("it ends");
        assert!(log.contains("address already in use"), "{log}");
    });
}
