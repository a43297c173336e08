//! An extension API server: k8s.io/sample-apiserver, and what registers it.

use std::path::PathBuf;

use serde_json::json;

use super::control_plane::{ADMIN_TOKEN, ControlPlane};
use super::process::{Process, eventually, free_port};
use super::{Answer, KubeApiserver, Request};

/// A collection that only the extension server has.
pub(crate) const FLUNDERS: &str = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";

/// It ends when this value is dropped.
pub(crate) struct Extension {
    pub url: String,
    pub process: Process,
    authority: PathBuf,
}

impl Extension {
    pub(crate) fn start(control_plane: &ControlPlane, server: &KubeApiserver<'_>) -> Self {
        let port = free_port();
        let name = format!("sample-apiserver-{port}");
        // The aggregator asks for the name of the Service.
        let serving = control_plane.serving_authority.server(&name, &["sample.default.svc", "127.0.0.1"]);
        let kubeconfig = kubeconfig(control_plane, server);
        let arguments = [
            format!("--etcd-servers={}", control_plane.etcd_url),
            format!("--secure-port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--tls-cert-file={}", serving.certificate.display()),
            format!("--tls-private-key-file={}", serving.key.display()),
            format!("--kubeconfig={kubeconfig}"),
            format!("--authentication-kubeconfig={kubeconfig}"),
            format!("--authorization-kubeconfig={kubeconfig}"),
        ];
        let program = control_plane.servers.program("sample-apiserver");
        let process = Process::start(&name, &program, &arguments, control_plane.path());
        let url = format!("https://127.0.0.1:{port}");
        let authority = control_plane.serving_authority.certificate.clone();
        let mut extension = Self { url, process, authority };
        let request = Request { url: format!("{}/readyz", extension.url), ..Request::default() };
        let is_ready = extension.process.wait_until(|_| request.send(&extension.authority).status == 200);
        assert!(is_ready, "sample-apiserver ended:\n{}", extension.process.tail());
        register(control_plane, server, port);
        extension
    }

    /// A request to the extension server itself, past kube-apiserver.
    pub(crate) fn send(&self, path: &str, request: Request<'_>) -> Answer {
        Request { url: format!("{}{path}", self.url), ..request }.send(&self.authority)
    }
}

/// Waits until kube-apiserver answers an aggregated request of `admin` with this status.
pub(crate) fn flunders_answer(server: &KubeApiserver<'_>, status: u16) {
    eventually(&format!("{status} from {FLUNDERS}"), || server.admin("GET", FLUNDERS, None).status == status);
}

/// An APIService, and a Service of type ExternalName: the aggregator then asks `localhost` at the APIService's port
/// (k8s.io/apiserver, pkg/util/proxy, `ResolveCluster`). Endpoints may not lie on loopback.
fn register(control_plane: &ControlPlane, server: &KubeApiserver<'_>, port: u16) {
    server.create(
        "/api/v1/namespaces/default/services",
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "sample"},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        }),
    );
    let authority = std::fs::read_to_string(&control_plane.serving_authority.certificate).unwrap();
    server.create(
        "/apis/apiregistration.k8s.io/v1/apiservices",
        json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": "v1alpha1.wardle.example.com"},
            "spec": {
                "group": "wardle.example.com", "version": "v1alpha1",
                "groupPriorityMinimum": 1000, "versionPriority": 15,
                "service": {"name": "sample", "namespace": "default", "port": port},
                "caBundle": base64(authority.as_bytes()),
            },
        }),
    );
}

/// The name of a kubeconfig with which a component is `admin`.
pub(crate) fn kubeconfig(control_plane: &ControlPlane, server: &KubeApiserver<'_>) -> String {
    let name = format!("kubeconfig-{}", server.port);
    let configuration = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "it", "cluster": {
            "server": server.url, "certificate-authority": control_plane.serving_authority.certificate,
        }}],
        "users": [{"name": "it", "user": {"token": ADMIN_TOKEN}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    });
    control_plane.write(&name, configuration.to_string());
    name
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let wrapped = pem::encode(&pem::Pem::new("DATA", bytes));
    wrapped.lines().filter(|line| !line.starts_with('-')).collect()
}
