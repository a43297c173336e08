//! A running cluster, read with the rights that `aggcert rbac` prints and nothing more.

use std::process::{Command, Output};

use aggcert::cluster::{PROBE_RIGHTS, RIGHTS, Right, rbac};
use aggcert::kubernetes::KubernetesVersion;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose};
use serde_json::{Value, json};

use crate::commands::{aggcert, front_proxy_flags, lines, shell};
use crate::harness::{Client, ControlPlane, KubeApiserver, Process, Request, SAMPLE, Servers, base64, eventually};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// A cluster as the account of `aggcert rbac` sees it.
struct Reader<'a> {
    control_plane: &'a ControlPlane,
    kubeconfig: String,
}

impl<'a> Reader<'a> {
    /// The printed commands, typed.
    fn new(control_plane: &'a ControlPlane, server: &KubeApiserver<'_>) -> Self {
        let admin = server.kubeconfig();
        shell(control_plane.path(), &admin, "aggcert rbac | kubectl apply -f -");
        let token = "kubectl create token --namespace kube-system aggcert --duration 1h";
        let token = shell(control_plane.path(), &admin, token);
        Self { control_plane, kubeconfig: server.kubeconfig_of("aggcert", token.trim()) }
    }

    /// Runs the finished program, whatever it ends with.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(arguments).args(["--kubeconfig", &self.kubeconfig]);
        command.current_dir(self.control_plane.path()).env_remove("KUBECONFIG").output().unwrap()
    }

    /// What `check` ends with, and what it prints, each line break a blank.
    fn check(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(&[&["check", "--verbose"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// `check` prints these words, when the servers have had time.
    fn says_at_last(&self, arguments: &[&str], words: &str) {
        let mut last = String::new();
        let found = eventually_is(|| {
            last = self.check(arguments).1;
            last.contains(words)
        });
        assert!(found, "{words} is not in {last}");
    }
}

/// A Pod as the kubelet shows a static one; nothing runs it here.
fn show_pod(server: &KubeApiserver<'_>, flags: &[String]) {
    for namespace in ["kube-system", "default"] {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        server.create(&format!("/api/v1/namespaces/{namespace}/serviceaccounts"), account);
    }
    let command: Vec<&str> = ["kube-apiserver"].into_iter().chain(flags.iter().map(String::as_str)).collect();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "kube-apiserver-node1"},
        "spec": {"nodeName": "node1", "hostNetwork": true, "containers": [
            {"name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.37.2", "command": command,
             "env": [{"name": "PASSWORD", "value": "hunter2"}]},
        ]},
    });
    server.create("/api/v1/namespaces/kube-system/pods", pod);
}

/// An API whose Service has no Pods, but a Deployment.
fn show_deployment(server: &KubeApiserver<'_>) {
    let labels = json!({"app": "metrics-server"});
    server.create(
        "/api/v1/namespaces/default/services",
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "metrics-server"},
               "spec": {"selector": labels, "ports": [{"port": 443, "targetPort": 4443}]}}),
    );
    server.create(
        "/apis/apps/v1/namespaces/default/deployments",
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "metrics-server"},
               "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                   "containers": [{"name": "metrics-server", "image": "metrics-server", "args": ["--secure-port=4443"]}]}}}}),
    );
    server.create(
        "/apis/apiregistration.k8s.io/v1/apiservices",
        json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
               "metadata": {"name": "v1beta1.metrics.k8s.io"},
               "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
                        "versionPriority": 100, "insecureSkipTLSVerify": true,
                        "service": {"name": "metrics-server", "namespace": "default"}}}),
    );
}

/// An account of an extension server that has its rights by roles of its own.
fn show_roles(server: &KubeApiserver<'_>) {
    let subject = json!([{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]);
    for (scope, kind) in [("namespaces/kube-system/", "Role"), ("", "ClusterRole")] {
        let plural = kind.to_lowercase();
        server.create(
            &format!("{RBAC}/{scope}{plural}s"),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "own"}, "rules": []}),
        );
        server.create(
            &format!("{RBAC}/{scope}{plural}bindings"),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": format!("{kind}Binding"),
                   "metadata": {"name": "own"}, "subjects": subject,
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "own"}}),
        );
    }
}

/// Lets the account do only this.
fn grant(server: &KubeApiserver<'_>, rights: &[Right]) {
    let roles = rbac::objects("kube-system", rights);
    let roles = roles.iter().filter(|object| object["rules"].is_array());
    for role in roles {
        let path = match role["kind"].as_str() {
            Some("ClusterRole") => format!("{RBAC}/clusterroles/aggcert"),
            _ => format!("{RBAC}/namespaces/kube-system/roles/aggcert"),
        };
        let answer = server.admin("PUT", &path, Some(role.clone()));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

fn set_up(control_plane: &ControlPlane) -> Vec<String> {
    let mut flags = front_proxy_flags(control_plane.path());
    let clients = control_plane.authority("clients");
    flags.push(format!("--client-ca-file={}", clients.certificate.display()));
    flags
}

#[test]
fn the_printed_rights_are_enough_and_each_of_them_is_needed() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    let _extension = control_plane.extension(&server);
    SAMPLE.answers(&server, 200);
    show_pod(&server, &flags);
    let reader = Reader::new(&control_plane, &server);
    let mut last = String::new();
    let clean = eventually_is(|| {
        let (code, text) = reader.check(&["--fail-on", "warning", "--probe"]);
        let is_clean = code == 0 && !text.contains("were not read") && !text.contains("not asked");
        last = text;
        is_clean
    });
    assert!(clean, "a healthy cluster is not clean: {last}");
    let collected = String::from_utf8(reader.run(&["collect"]).stdout).unwrap();
    assert!(collected.contains("name: kube-apiserver-node1"), "{collected}");
    assert!(!collected.contains("hunter2") && !collected.contains("PRIVATE KEY"), "{collected}");
    show_deployment(&server);
    show_roles(&server);
    define_cert_manager(&server);
    for lacking in RIGHTS {
        let others: Vec<Right> = RIGHTS.into_iter().filter(|right| *right != lacking).collect();
        grant(&server, &others);
        let said = format!("the account needs the right to {lacking};");
        let found = eventually_is(|| {
            last = reader.check(&[]).1;
            last.contains(&said)
        });
        assert!(found, "{said} is not in {last}");
    }
    grant(&server, &RIGHTS);
    eventually("all rights are enough", || !reader.check(&[]).1.contains("were not read"));
}

/// The kinds of cert-manager, without what makes certificates of them.
fn define_cert_manager(server: &KubeApiserver<'_>) {
    let kinds = [
        ("certificates", "Certificate", "Namespaced"),
        ("issuers", "Issuer", "Namespaced"),
        ("clusterissuers", "ClusterIssuer", "Cluster"),
    ];
    for (plural, kind, scope) in kinds {
        let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        let version = json!({"name": "v1", "served": true, "storage": true, "schema": schema});
        server.create(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                   "metadata": {"name": format!("{plural}.cert-manager.io")},
                   "spec": {"group": "cert-manager.io", "scope": scope, "versions": [version],
                            "names": {"plural": plural, "kind": kind}}}),
        );
    }
}

/// Like `eventually`, for who says more when it does not happen.
fn eventually_is(mut happens: impl FnMut() -> bool) -> bool {
    (0..60).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        happens()
    })
}

/// A serving certificate that is not as it should be.
fn serving(control_plane: &ControlPlane, name: &str, names: &[&str], usage: ExtendedKeyUsagePurpose) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, "sample.default.svc");
    parameters.extended_key_usages = vec![usage];
    let Client { certificate, key } = control_plane.serving_authority.issue(name, &parameters);
    vec![format!("--tls-cert-file={}", certificate.display()), format!("--tls-private-key-file={}", key.display())]
}

/// An extension server on a port, with these flags as the last, whom nobody waits for: a client of it may not trust it.
fn spawn(control_plane: &ControlPlane, server: &KubeApiserver<'_>, port: u16, flags: &[String]) -> Process {
    let kubeconfig = server.kubeconfig();
    let Client { certificate, key } = control_plane.serving_authority.server("sample", &["sample.default.svc"]);
    let mut arguments = vec![
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--etcd-servers={}", control_plane.etcd_url),
        format!("--tls-cert-file={}", certificate.display()),
        format!("--tls-private-key-file={}", key.display()),
    ];
    arguments.extend(["", "authentication-", "authorization-"].map(|of| format!("--{of}kubeconfig={kubeconfig}")));
    arguments.extend_from_slice(flags);
    let program = control_plane.servers.program(SAMPLE.program);
    Process::start(&format!("broken-{port}"), &program, &arguments, control_plane.path())
}

#[test]
fn what_is_wrong_is_found_by_its_cause_at_the_field_of_its_object() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    let reader = Reader::new(&control_plane, &server);
    let extension = control_plane.extension(&server);
    SAMPLE.answers(&server, 200);
    eventually("what works is clean", || reader.check(&["--fail-on", "warning"]).0 == 0);
    let port = extension.port;
    drop(extension);
    let other = control_plane.authority("other").certificate;
    let pinned = |path: &str, name: &str| {
        let names = format!("--requestheader-allowed-names={name}");
        let headers = "--requestheader-username-headers=X-Remote-User".to_owned();
        vec![format!("--requestheader-client-ca-file={path}"), names, headers]
    };
    let server_auth = ExtendedKeyUsagePurpose::ServerAuth;
    let service = ["sample.default.svc"];
    let certificates = [
        (serving(&control_plane, "no-name", &[], server_auth.clone()), "has no subject alternative name"),
        (serving(&control_plane, "names", &["a.b.svc"], server_auth), "lacks the name of its Service"),
        (serving(&control_plane, "usage", &service, ExtendedKeyUsagePurpose::ClientAuth), "serverAuth is none of them"),
    ];
    // Before this version the condition says nothing of the certificate.
    let is_verified = servers.is_at_least(KubernetesVersion::VERIFIES_AVAILABILITY);
    let others = [
        (pinned(other.to_str().unwrap(), "front-proxy-client"), "does not accept kube-apiserver's proxy client"),
        (pinned("pki/front-proxy-ca.crt", "somebody-else"), "does not accept kube-apiserver's proxy client"),
        (
            vec!["--authentication-skip-lookup".to_owned()],
            "the extension server looks for none (--authentication-skip-lookup, or no requestheader CA)",
        ),
    ];
    for (flags, cause) in certificates.into_iter().filter(|_| is_verified).chain(others) {
        let extension = spawn(&control_plane, &server, port, &flags);
        is_found(&reader, cause, &extension);
    }
    let extension = spawn(&control_plane, &server, port, &[]);
    SAMPLE.answers(&server, 200);
    eventually("it is clean again", || reader.check(&["--fail-on", "warning"]).0 == 0);
    let path = "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com";
    let bundles = [
        (json!(base64(&std::fs::read(&other).unwrap())), "does not hold the CA that issued"),
        (Value::Null, "There is no caBundle"),
        (json!(base64(b"garbage")), "caBundle holds no certificate that can be read"),
    ];
    for (bundle, cause) in bundles.into_iter().filter(|_| is_verified) {
        let answer = server.patch(path, &json!({"spec": {"caBundle": bundle}}));
        assert_eq!(answer.status, 200, "{cause}: {}", answer.body);
        is_found(&reader, cause, &extension);
    }
}

/// The Service of the extension server selects the Pods of a Deployment, which run as an account of their own.
fn show_account(control_plane: &ControlPlane, server: &KubeApiserver<'_>) -> String {
    let labels = json!({"app": "sample"});
    server.create(
        "/api/v1/namespaces/default/serviceaccounts",
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sample"}}),
    );
    server.replace(
        "/api/v1/namespaces/default/services",
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "sample"},
               "spec": {"type": "ExternalName", "externalName": "localhost", "selector": labels}}),
    );
    server.create(
        "/apis/apps/v1/namespaces/default/deployments",
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "sample"},
               "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                   "serviceAccountName": "sample",
                   "containers": [{"name": "sample", "image": "sample-apiserver",
                                   "args": ["--secure-port=4443", "--tls-cert-file=/tls.crt",
                                            "--tls-private-key-file=/tls.key"]}]}}}}),
    );
    token_of(control_plane, server, "sample")
}

fn token_of(control_plane: &ControlPlane, server: &KubeApiserver<'_>, account: &str) -> String {
    let command = format!("kubectl create token {account} --duration 1h");
    shell(control_plane.path(), &server.kubeconfig(), &command).trim().to_owned()
}

/// It runs, and kube-apiserver itself is nobody to it.
fn is_refused(server: &KubeApiserver<'_>, extension: &Process) {
    let path = "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com";
    let mut last = String::new();
    let refused = eventually_is(|| {
        last = server.admin("GET", path, None).body;
        last.contains("bad status from") && [": 401", ": 403"].iter().any(|status| last.contains(status))
    });
    assert!(refused, "{last}\n{}", extension.log());
}

/// What the account of an extension server may not do: it ends, or it fails ordinary users and no administrator.
#[test]
fn rights_that_an_extension_server_lacks_are_named() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    let reader = Reader::new(&control_plane, &server);
    let extension = control_plane.extension(&server);
    SAMPLE.answers(&server, 200);
    let port = extension.port;
    drop(extension);
    let kubeconfig = server.kubeconfig_of("sample", &show_account(&control_plane, &server));
    let flags: Vec<String> =
        ["authentication", "authorization"].map(|of| format!("--{of}-kubeconfig={kubeconfig}")).to_vec();
    let run = |command: &str| shell(control_plane.path(), &server.kubeconfig(), command);

    let ended = spawn(&control_plane, &server, port, &flags);
    let is_forbidden = "extension-apiserver-authentication\\\" is forbidden";
    eventually("it ends", || ended.log().contains(is_forbidden));
    let (code, text) = reader.check(&[]);
    assert!(code == 1 && text.contains("error[extension-reader-binding]"), "{text}");
    drop(ended);

    run("kubectl create role -n kube-system gets --verb=get --resource=configmaps \
         --resource-name=extension-apiserver-authentication");
    run("kubectl create rolebinding -n kube-system gets --role=gets --serviceaccount=default:sample");
    let delegator =
        "kubectl create clusterrolebinding sample --clusterrole=system:auth-delegator --serviceaccount=default:sample";
    run(delegator);
    let deaf = spawn(&control_plane, &server, port, &flags);
    is_refused(&server, &deaf);
    let (code, text) = reader.check(&[]);
    assert!(code == 1 && text.contains("may get but not list the ConfigMap"), "{text}");
    drop(deaf);
    run("kubectl delete clusterrolebinding sample");

    run("kubectl create rolebinding -n kube-system sample --role=extension-apiserver-authentication-reader \
         --serviceaccount=default:sample");
    run("kubectl create serviceaccount alice");
    run("kubectl create clusterrolebinding alice --clusterrole=cluster-admin --serviceaccount=default:alice");
    let alice = token_of(&control_plane, &server, "alice");
    let _running = spawn(&control_plane, &server, port, &flags);
    SAMPLE.answers(&server, 200);
    let status = || server.send(SAMPLE.collection, Request { token: Some(&alice), ..Request::default() }).status;
    eventually("ordinary users get 500, and administrators 200", || status() == 500);
    let (code, text) = reader.check(&[]);
    assert!(code == 1 && text.contains("error[extension-auth-delegator]"), "{text}");
    let others = ["error[extension-reader-binding]", "error[apiservice-unavailable]"];
    assert!(others.iter().all(|other| !text.contains(other)), "{text}");

    run(delegator);
    eventually("ordinary users are answered", || status() == 200);
    eventually("it is clean", || reader.check(&["--probe", "--fail-on", "warning"]).0 == 0);
}

/// Each node has a front-proxy CA of its own: an extension server that has one of them works through one node only.
#[test]
fn a_front_proxy_ca_on_each_node_is_found() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let one = control_plane.kube_apiserver(&flags);
    let extension = control_plane.extension(&one);
    SAMPLE.answers(&one, 200);
    let reader = Reader::new(&control_plane, &one);
    aggcert(control_plane.path(), &["init", "own", "--ca-common-name", "front-proxy-ca-of-b"]);
    let mut own = lines(&aggcert(control_plane.path(), &["flags", "own"]));
    own.extend(flags.last().cloned());
    let other = control_plane.kube_apiserver(&own);
    SAMPLE.answers(&other, 200);
    let servers = [&one, &other].map(|server| format!("--api-server=127.0.0.1:{}", server.port));
    let is_found = |what: &str| reader.says_at_last(&["--probe", &servers[0], &servers[1]], what);
    is_found("the nodes have front-proxy CAs of their own");
    let port = extension.port;
    drop(extension);
    let names = "--requestheader-allowed-names=front-proxy-client".to_owned();
    let pinned = "--requestheader-client-ca-file=pki/front-proxy-ca.crt".to_owned();
    let headers = "--requestheader-username-headers=X-Remote-User".to_owned();
    let _extension = spawn(&control_plane, &one, port, &[pinned, names, headers]);
    is_found(&format!("is unavailable at https://127.0.0.1:{} alone", other.port));
    is_found("does not accept clients of CN=front-proxy-ca-of-b, which the cluster has");
}

/// A Pod whose address nobody reaches is asked through the API; each of the two rights for that is needed.
#[test]
fn the_rights_to_ask_through_the_api_are_named() {
    let Some(servers) = Servers::find() else { return };
    // Nothing listens there on the port of metrics-server.
    let Some(address) = crate::pair::address() else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    show_pod(&server, &flags);
    show_deployment(&server);
    server.create(
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
               "metadata": {"name": "x", "labels": {"kubernetes.io/service-name": "metrics-server"}},
               "endpoints": [{"addresses": [address],
                              "targetRef": {"kind": "Pod", "name": "kube-apiserver-node1", "namespace": "kube-system"}}],
               "ports": [{"name": "", "port": 4443}]}),
    );
    let reader = Reader::new(&control_plane, &server);
    let is_said = |words: &str| reader.says_at_last(&["--probe"], words);
    /// The first version that wants both (`AuthorizePodWebsocketUpgradeCreatePermission`).
    const WANTS_CREATE: KubernetesVersion = KubernetesVersion { major: 1, minor: 35 };
    let is_wanted = |right: &Right| right.verb == "get" || servers.is_at_least(WANTS_CREATE);
    for lacking in PROBE_RIGHTS.into_iter().filter(is_wanted) {
        let others = PROBE_RIGHTS.into_iter().filter(|right| *right != lacking);
        grant(&server, &RIGHTS.into_iter().chain(others).collect::<Vec<_>>());
        is_said(&format!("the account needs the right to {lacking}; `aggcert rbac --probe`"));
    }
    grant(&server, &[&RIGHTS[..], &PROBE_RIGHTS].concat());
    // With both rights kube-apiserver looks for the node.
    is_said("through the API: the Pod, or its node, is gone");
}

fn is_found(reader: &Reader<'_>, cause: &str, extension: &Process) {
    let mut last = String::new();
    let place = "--> <cluster it>: APIService v1alpha1.wardle.example.com, status.conditions[0].status";
    let found = eventually_is(|| {
        let (code, text) = reader.check(&[]);
        last = text;
        code == 1 && last.contains(place) && last.contains(cause)
    });
    assert!(found, "{cause} is not in {last}\n{}", extension.tail());
}

/// One of two API servers has a proxy client of another CA, and the condition cannot tell which.
#[test]
fn a_broken_node_is_named_among_two() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let good = control_plane.kube_apiserver(&flags);
    let _extension = control_plane.extension(&good);
    SAMPLE.answers(&good, 200);
    let reader = Reader::new(&control_plane, &good);
    aggcert(control_plane.path(), &["init", "other"]);
    let mut broken = flags;
    for (flag, extension) in [("cert", "crt"), ("key", "key")] {
        broken.retain(|known| !known.starts_with(&format!("--proxy-client-{flag}-file")));
        let file = control_plane.file(&format!("other/front-proxy-client.{extension}"));
        broken.push(format!("--proxy-client-{flag}-file={}", file.display()));
    }
    let bad = control_plane.kube_apiserver(&broken);
    let [good, bad] = [good.port, bad.port].map(|port| format!("127.0.0.1:{port}"));
    let named = format!("v1alpha1.wardle.example.com is unavailable at https://{bad} alone");
    eventually("the broken node is named", || {
        let (code, text) = reader.check(&["--api-server", &good, "--api-server", &bad]);
        code == 1 && text.contains(&named)
    });
}

/// A server itself says which CAs it has loaded, and whether it believes the front-proxy client.
#[test]
fn servers_say_which_cas_they_accept_and_whom_they_believe() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    let extension = control_plane.extension(&server);
    SAMPLE.answers(&server, 200);
    let other = control_plane.authority("other").certificate;
    let probe = |port: u16, arguments: &[&str]| {
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(["probe", &address]).args(arguments).current_dir(control_plane.path());
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text)
    };
    let client =
        ["--proxy-client-cert", "pki/front-proxy-client.crt", "--proxy-client-key", "pki/front-proxy-client.key"];
    for port in [server.port, extension.port] {
        let (code, text) = probe(port, &["--accepts", "pki/front-proxy-ca.crt"]);
        assert!(code == 0 && text.contains("CN=front-proxy-ca: yes") && text.contains("CN=clients"), "{code} {text}");
        let (code, text) = probe(port, &["--accepts", other.to_str().unwrap()]);
        assert!(code == 1 && text.contains("CN=other: no"), "{code} {text}");
        let (code, text) = probe(port, &client);
        assert!(code == 0 && text.contains("the user is aggcert-probe"), "{code} {text}");
    }
    // One that trusts another CA, and one whose account may not ask about users.
    let port = extension.port;
    drop(extension);
    let pinned = [format!("--requestheader-client-ca-file={}", other.display())];
    let pinned = spawn(&control_plane, &server, port, &pinned);
    eventually("the pinned server says no", || probe(port, &client).1.contains("nobody: 401"));
    drop(pinned);
    let reader = Reader::new(&control_plane, &server).kubeconfig;
    let flags: Vec<String> =
        ["authentication", "authorization"].map(|of| format!("--{of}-kubeconfig={reader}")).to_vec();
    let _unable = spawn(&control_plane, &server, port, &flags);
    eventually("who may not ask is known", || probe(port, &client).1.contains("lacks system:auth-delegator"));
}

/// A word for each way in which a cluster is not there.
#[test]
fn what_cannot_be_reached_is_said_with_its_name_and_a_remedy() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = set_up(&control_plane);
    let server = control_plane.kube_apiserver(&flags);
    let reader = Reader::new(&control_plane, &server);
    let given = std::fs::read_to_string(control_plane.file(&reader.kubeconfig)).unwrap();
    let says = |from: &str, to: &str, words: &[&str]| {
        control_plane.write("broken", given.replace(from, to));
        let broken = Reader { control_plane: &control_plane, kubeconfig: "broken".to_owned() };
        let (code, text) = broken.check(&[]);
        assert_eq!(code, 2, "{text}");
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
    };
    let token = serde_json::from_str::<Value>(&given).unwrap()["users"][0]["user"]["token"].clone();
    says(token.as_str().unwrap(), "x", &["does not accept the credentials of context it of broken", "log in anew"]);
    says(&server.url, "https://127.0.0.1:1", &["https://127.0.0.1:1", "refused", "check that the API server runs"]);
    let other = control_plane.authority("other").certificate.display().to_string();
    let ours = control_plane.serving_authority.certificate.display().to_string();
    says(&ours, &other, &["UnknownIssuer", "certificate-authority"]);
    says("\"current-context\":\"it\"", "\"current-context\":\"x\"", &["has no context \"x\"; it has it"]);
    let missing = Reader { control_plane: &control_plane, kubeconfig: "none".to_owned() }.run(&["collect"]);
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("none: cannot be read: No such file"), "{said}");
}
