//! Extension API servers, and what registers them.

use serde_json::json;

use super::control_plane::ControlPlane;
use super::process::eventually;
use super::{Companion, KubeApiserver};

/// A kind of extension server, and the API that it has.
#[derive(Debug)]
pub(crate) struct Extension {
    pub program: &'static str,
    group: &'static str,
    version: &'static str,
    service: &'static str,
    keeps_objects_in_etcd: bool,
    /// A collection that only this server has.
    pub collection: &'static str,
}

const API_SERVICES: &str = "/apis/apiregistration.k8s.io/v1/apiservices";

/// k8s.io/sample-apiserver.
pub(crate) const SAMPLE: Extension = Extension {
    program: "sample-apiserver",
    group: "wardle.example.com",
    version: "v1alpha1",
    service: "sample",
    keeps_objects_in_etcd: true,
    collection: FLUNDERS,
};

/// sigs.k8s.io/metrics-server. Without nodes its collections are empty.
pub(crate) const METRICS: Extension = Extension {
    program: "metrics-server",
    group: "metrics.k8s.io",
    version: "v1beta1",
    service: "metrics-server",
    keeps_objects_in_etcd: false,
    collection: "/apis/metrics.k8s.io/v1beta1/nodes",
};

/// What `SAMPLE` has.
pub(crate) const FLUNDERS: &str = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";

impl Extension {
    /// Starts one, and registers it with the cluster.
    pub(super) fn start(
        &self,
        control_plane: &ControlPlane,
        server: &KubeApiserver<'_>,
        flags: &[String],
    ) -> Result<Companion, String> {
        // The aggregator asks for the name of the Service.
        let name = format!("{}.default.svc", self.service);
        let serving = control_plane.serving_authority.server(&name, &[&name, "127.0.0.1"]);
        let mut usually = vec![
            format!("--tls-cert-file={}", serving.certificate.display()),
            format!("--tls-private-key-file={}", serving.key.display()),
        ];
        if self.keeps_objects_in_etcd {
            usually.push(format!("--etcd-servers={}", control_plane.etcd_url));
        }
        let companion = Companion::start(control_plane, server, self.program, &usually, flags)?;
        self.register(control_plane, server, companion.port);
        Ok(companion)
    }

    /// An APIService, and a Service of type ExternalName: the aggregator then asks `localhost` at the APIService's port
    /// (k8s.io/apiserver, pkg/util/proxy, `ResolveCluster`). Endpoints may not lie on loopback.
    fn register(&self, control_plane: &ControlPlane, server: &KubeApiserver<'_>, port: u16) {
        let Self { group, version, service, .. } = self;
        server.replace(
            "/api/v1/namespaces/default/services",
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": service},
                "spec": {"type": "ExternalName", "externalName": "localhost"},
            }),
        );
        let authority = std::fs::read_to_string(&control_plane.serving_authority.certificate).unwrap();
        server.replace(
            API_SERVICES,
            json!({
                "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                "metadata": {"name": self.api_service()},
                "spec": {
                    "group": group, "version": version, "groupPriorityMinimum": 1000, "versionPriority": 15,
                    "service": {"name": service, "namespace": "default", "port": port},
                    "caBundle": base64(authority.as_bytes()),
                },
            }),
        );
    }

    fn api_service(&self) -> String {
        format!("{}.{}", self.version, self.group)
    }

    /// What the APIService says of its condition Available: the reason and the message.
    pub(crate) fn condition(&self, server: &KubeApiserver<'_>) -> (String, String) {
        let object = server.admin("GET", &format!("{API_SERVICES}/{}", self.api_service()), None).json();
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let available = conditions.into_iter().find(|condition| condition["type"] == "Available").unwrap_or_default();
        let text = |field: &str| available[field].as_str().unwrap_or_default().to_owned();
        (text("reason"), text("message"))
    }

    /// Waits until kube-apiserver answers an aggregated request of `admin` with this status.
    pub(crate) fn answers(&self, server: &KubeApiserver<'_>, status: u16) {
        let path = self.collection;
        eventually(&format!("{status} from {path}"), || server.admin("GET", path, None).status == status);
    }
}

/// The same for `SAMPLE`.
pub(crate) fn flunders_answer(server: &KubeApiserver<'_>, status: u16) {
    SAMPLE.answers(server, status);
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    let wrapped = pem::encode(&pem::Pem::new("DATA", bytes));
    wrapped.lines().filter(|line| !line.starts_with('-')).collect()
}
