//! One kube-apiserver.

use serde_json::{Value, json};

use super::control_plane::{ADMIN_TOKEN, ControlPlane};
use super::process::{Process, override_flags};
use super::{Answer, Client, Request};

/// What extension API servers read.
pub(crate) const CONFIG_MAP: &str = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";

/// It ends when this value is dropped.
pub(crate) struct KubeApiserver<'a> {
    control_plane: &'a ControlPlane,
    pub url: String,
    pub port: u16,
    pub process: Process,
}

impl<'a> KubeApiserver<'a> {
    /// The error is what the server wrote before it ended.
    pub(crate) fn start(control_plane: &'a ControlPlane, port: u16, flags: &[String]) -> Result<Self, String> {
        let process = spawn(control_plane, port, flags);
        let mut server = Self { control_plane, url: format!("https://127.0.0.1:{port}"), port, process };
        if server.wait_until_ready() { Ok(server) } else { Err(server.process.log()) }
    }

    fn wait_until_ready(&mut self) -> bool {
        let authority = &self.control_plane.serving_authority.certificate;
        let request = Request { url: format!("{}/readyz", self.url), token: Some(ADMIN_TOKEN), ..Request::default() };
        self.process.wait_until(|_| request.send(authority).status == 200)
    }

    /// Any request.
    pub(crate) fn send(&self, path: &str, request: Request<'_>) -> Answer {
        let url = format!("{}{path}", self.url);
        Request { url, ..request }.send(&self.control_plane.serving_authority.certificate)
    }

    /// Who the server takes this client for: its answer to a SelfSubjectReview.
    pub(crate) fn whoami(&self, client: Option<&Client>, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let request = Request { client, headers, body: Some(body.to_string()), ..Request::default() };
        self.send("/apis/authentication.k8s.io/v1/selfsubjectreviews", request)
    }

    /// The beginning of a request of `admin`.
    pub(crate) fn as_admin(&self) -> Request<'static> {
        Request { token: Some(ADMIN_TOKEN), ..Request::default() }
    }

    /// A request of `admin`.
    pub(crate) fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.send(path, Request { method: Some(method), body, ..self.as_admin() })
    }

    /// Creates an object; `path` is that of its collection.
    pub(crate) fn create(&self, path: &str, object: Value) {
        let answer = self.admin("POST", path, Some(object));
        assert_eq!(answer.status, 201, "{path}: {} {}", answer.body, answer.error);
    }

    /// Creates an object in the place of the one that has its name.
    pub(crate) fn replace(&self, path: &str, object: Value) {
        let name = object["metadata"]["name"].as_str().unwrap();
        self.admin("DELETE", &format!("{path}/{name}"), None);
        self.create(path, object);
    }

    /// Merges into an object, as `admin`.
    pub(crate) fn patch(&self, path: &str, patch: &Value) -> Answer {
        let content_type = Some("application/merge-patch+json");
        self.send(
            path,
            Request { method: Some("PATCH"), body: Some(patch.to_string()), content_type, ..self.as_admin() },
        )
    }

    /// The name of a kubeconfig with which a component is `admin`.
    pub(crate) fn kubeconfig(&self) -> String {
        self.kubeconfig_of("admin", ADMIN_TOKEN)
    }

    /// The same for the holder of another token, whatever the file shall be called after.
    pub(crate) fn kubeconfig_of(&self, user: &str, token: &str) -> String {
        let name = format!("kubeconfig-{user}-{}", self.port);
        let configuration = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": {
                "server": self.url, "certificate-authority": self.control_plane.serving_authority.certificate,
            }}],
            "users": [{"name": "it", "user": {"token": token}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        });
        self.control_plane.write(&name, configuration.to_string());
        name
    }

    /// What the cluster's extension servers read.
    pub(crate) fn extension_apiserver_authentication(&self) -> Value {
        self.admin("GET", CONFIG_MAP, None).json()
    }
}

/// Starts a server, and does not wait for it.
pub(super) fn spawn(control_plane: &ControlPlane, port: u16, flags: &[String]) -> Process {
    let arguments = override_flags(necessary_flags(control_plane, port), flags);
    let program = control_plane.servers.program("kube-apiserver");
    Process::start(&format!("kube-apiserver-{port}"), &program, &arguments, control_plane.path())
}

/// What every server needs, and nothing of the aggregation layer. Where a test gives one of these too, its own counts.
fn necessary_flags(control_plane: &ControlPlane, port: u16) -> Vec<String> {
    let serving = &control_plane.serving;
    vec![
        format!("--etcd-servers={}", control_plane.etcd_url),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        // The kubernetes Service may not have endpoints on loopback; nobody here needs them.
        "--endpoint-reconciler-type=none".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--service-account-key-file=service-accounts.pub".to_owned(),
        "--service-account-signing-key-file=service-accounts.key".to_owned(),
        format!("--tls-cert-file={}", serving.certificate.display()),
        format!("--tls-private-key-file={}", serving.key.display()),
        "--authorization-mode=RBAC".to_owned(),
        "--token-auth-file=tokens.csv".to_owned(),
    ]
}
