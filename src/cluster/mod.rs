//! A running cluster as one more source: its objects are read with a kubeconfig, and become the `List` that
//! `kubectl get -o yaml` would give, without anything secret. The readers of files take it from there.

mod cert_manager;
mod client;
mod collect;
mod credentials;
mod fetch;
pub mod probe;
mod project;
mod questions;
pub mod rbac;
mod reach;
mod redact;
mod servers;
mod unavailable;

use std::sync::Arc;

use serde_json::Value;

pub use client::{Access, ClusterError};
pub use questions::{PROBE_RIGHTS, RIGHTS, Resource, Right};

use crate::text::{SourceFile, yaml};
use collect::{Collector, Reading};
use fetch::Asker;

/// The servers behind one APIService, each with its answer, and what they are judged by.
#[derive(Debug)]
pub struct Behind {
    /// Base64 of PEM, as it stands there.
    pub ca_bundle: Option<String>,
    pub insecure_skip_tls_verify: bool,
    /// PEM, of the ConfigMap.
    pub requestheader_ca: Option<String>,
    pub servers: Vec<Answered>,
}

/// One of them.
#[derive(Debug)]
pub struct Answered {
    /// `Pod kube-system/metrics-server-5d at 10.244.1.7:4443`
    pub name: String,
    /// The name that kube-apiserver asks for.
    pub server_name: Option<String>,
    /// Or why it was not asked.
    pub shown: Result<probe::Shown, String>,
}

/// Asks the servers behind one APIService. `progress` is called with each answer.
///
/// # Errors
/// When there is no way to the cluster, or no such APIService.
pub fn ask_behind(
    access: &Access,
    api_service: &str,
    proxy: Option<probe::ProxyClient>,
    progress: impl Fn() + Send + Sync + 'static,
) -> Result<Behind, ClusterError> {
    runtime()?.block_on(async {
        let found = access.find().await?;
        let asker = Asker { client: found.client()?, progress: Box::new(progress) };
        let mut collector = Collector::new(asker, &found);
        collector.of_api_service(api_service).await?;
        let servers = servers::extensions(&found, collector.objects());
        let asked = reach::ask_all(&collector.asker, servers, proxy.map(Arc::new).as_ref()).await;
        let of_kind = |kind: &str| collector.objects().iter().find(|object| object["kind"] == kind);
        let text = |kind: &str, pointer: &str| Some(of_kind(kind)?.pointer(pointer)?.as_str()?.to_owned());
        let insecure = of_kind("APIService").is_some_and(|object| object["spec"]["insecureSkipTLSVerify"] == true);
        Ok(Behind {
            ca_bundle: text("APIService", "/spec/caBundle"),
            insecure_skip_tls_verify: insecure,
            requestheader_ca: text("ConfigMap", "/data/requestheader-client-ca-file"),
            servers: asked.into_iter().map(reach::Asked::answered).collect(),
        })
    })
}

/// A cluster as it was read.
#[derive(Debug)]
pub struct Collected {
    /// That of the context.
    pub name: String,
    pub text: Arc<SourceFile>,
    /// What was not read, and why, for people.
    pub not_read: Vec<String>,
    /// Which of the API servers that were named did not answer, and why.
    pub unanswered: Vec<String>,
}

/// Reads a cluster. `progress` is called with each answer.
///
/// # Errors
/// When there is no way to it. What it does not let this account read is said in what is read.
pub fn collect(access: &Access, progress: impl Fn() + Send + Sync + 'static) -> Result<Collected, ClusterError> {
    runtime()?.block_on(async {
        let found = access.find().await?;
        let asker = Asker { client: found.client()?, progress: Box::new(progress) };
        let Reading { objects, not_read, unanswered } = Collector::new(asker, &found).collect(access).await?;
        let text = yaml::list(&format!("<cluster {}>", found.name), &objects, title);
        Ok(Collected { name: found.name.clone(), text, not_read, unanswered })
    })
}

/// One thread: the answers are waited for, and other commands start none.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// `APIService v1beta1.metrics.k8s.io`, `Pod kube-system/kube-apiserver-node1`.
fn title(object: &Value) -> String {
    let part = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let kind = part("/kind").unwrap_or("object");
    match (part("/metadata/namespace"), part("/metadata/name")) {
        (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        (_, name) => format!("{kind} {}", name.unwrap_or_default()).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn an_object_is_called_by_its_kind_and_name() {
        for (object, title) in [
            (json!({"kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}), "Pod b/a"),
            (json!({"kind": "APIService", "metadata": {"name": "v1.x"}}), "APIService v1.x"),
            (json!({"kind": "Pod"}), "Pod"),
            (json!({}), "object"),
        ] {
            assert_eq!(super::title(&object), title);
        }
    }
}
