//! The objects and arguments of an extension API server, for certificates that are made here or by cert-manager.

mod cert_manager;
mod objects;

use serde_json::Value;

use crate::kubernetes::names::ApiServiceName;
use crate::pki::serving::ServingWishes;
use crate::x509::Certificate;
pub use objects::{secret, with_ca_bundle};

/// An extension API server, and how what belongs to it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The APIs that it answers: at least one.
    pub apis: Vec<ApiServiceName>,
    pub namespace: String,
    pub service: String,
    pub service_account: String,
    /// Of the Secret with the serving certificate.
    pub secret: String,
    /// The label that the server's Pods have.
    pub selector: (String, String),
    /// The port on which the server listens.
    pub port: u16,
    /// Where the server sees `tls.crt` and `tls.key`.
    pub tls_directory: String,
    /// Of the server, for its Deployment.
    pub image: Option<String>,
}

/// Whom the APIService is told to trust.
#[derive(Debug, Clone, Copy)]
pub enum CaBundle<'a> {
    Certificates(&'a [Certificate]),
    /// cert-manager's injector fills it in.
    Injected,
}

impl Extension {
    /// The name that kube-apiserver verifies the serving certificate for (kube-aggregator, `serviceResolver` and
    /// `TLSClientConfig.ServerName`).
    pub fn host_name(&self) -> String {
        format!("{}.{}.svc", self.service, self.namespace)
    }

    /// All names under which Pods of the cluster reach the Service.
    pub fn dns_names(&self, cluster_domain: &str) -> Vec<String> {
        let Self { service, namespace, .. } = self;
        let host_name = self.host_name();
        vec![
            service.clone(),
            format!("{service}.{namespace}"),
            host_name.clone(),
            format!("{host_name}.{cluster_domain}"),
        ]
    }

    /// What the server is started with, beside what is its own. In a Pod it finds kube-apiserver by itself, and reads the
    /// front proxy's CA and names from the ConfigMap kube-system/extension-apiserver-authentication: a
    /// `--requestheader-client-ca-file` of its own would not follow when that CA is replaced.
    pub fn arguments(&self) -> Vec<String> {
        vec![
            format!("--secure-port={}", self.port),
            format!("--tls-cert-file={}/tls.crt", self.tls_directory),
            format!("--tls-private-key-file={}/tls.key", self.tls_directory),
        ]
    }

    /// What the template of its Pods needs beside the arguments, where the image does not matter.
    pub fn pod_template(&self) -> Value {
        objects::pod_template(self)
    }

    /// An APIService for each API.
    pub fn api_services(&self, ca_bundle: CaBundle<'_>) -> Vec<Value> {
        objects::api_services(self, ca_bundle)
    }

    pub fn service(&self) -> Value {
        objects::service(self)
    }

    /// The ServiceAccount, and what it may do: read the ConfigMap, and ask who a user is and what he may do.
    pub fn access(&self) -> Vec<Value> {
        objects::access(self)
    }

    /// The Deployment, for the image that was given or another.
    pub fn deployment(&self, image: &str) -> Value {
        objects::deployment(self, image)
    }

    /// A CA that signs itself, and the serving certificate of it.
    pub fn cert_manager(&self, wishes: &ServingWishes) -> Vec<Value> {
        cert_manager::objects(self, wishes)
    }
}

#[cfg(test)]
fn example() -> Extension {
    Extension {
        apis: ["v1beta1.metrics.k8s.io", "v1.metrics.k8s.io"].map(|name| name.parse().unwrap()).into(),
        namespace: "monitoring".to_owned(),
        service: "metrics".to_owned(),
        service_account: "metrics".to_owned(),
        secret: "metrics-serving-cert".to_owned(),
        selector: ("app".to_owned(), "metrics".to_owned()),
        port: 8443,
        tls_directory: "/tls".to_owned(),
        image: None,
    }
}
