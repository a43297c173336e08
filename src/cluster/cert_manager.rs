//! What cert-manager is asked for in a cluster that has it: its objects tell of certificates what the Secrets, which are not
//! read, would.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fetch::{Asker, Refusal};
use super::project;
use super::questions::{self, Right};
use super::servers::service_of;
use crate::source::injection::reference;

const GROUP: &str = "/apis/cert-manager.io";

/// The Certificates and issuers that may matter to the APIServices among the objects, of each kind; none where the cluster
/// does not know them.
pub(super) async fn read(asker: &Asker, objects: &[Value]) -> Vec<(Right, Result<Vec<Value>, Refusal>)> {
    let namespaces = namespaces(objects);
    // Whoever is known may ask that (ClusterRole `system:discovery`). Without the group its lists are forbidden to most.
    if namespaces.is_empty() || matches!(asker.get(GROUP).await, Err(Refusal::NotFound)) {
        return Vec::new();
    }
    let list = async |kind: &str, keep: &dyn Fn(&Value) -> Option<Value>| {
        asker.list(&format!("{GROUP}/v1/{kind}"), "", keep).await
    };
    let is_near = |object: &Value| {
        let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
        namespace.is_some_and(|namespace| namespaces.contains(namespace))
    };
    // A ClusterIssuer's CA lies in a namespace that an option of cert-manager's names.
    let is_ca = |object: &Value| object.pointer("/spec/isCA").and_then(Value::as_bool) == Some(true);
    let certificate = |object: &Value| (is_near(object) || is_ca(object)).then(|| project::certificate(object));
    let issuer = |object: &Value| is_near(object).then(|| project::issuer(object, "Issuer"));
    let cluster_issuer = |object: &Value| Some(project::issuer(object, "ClusterIssuer"));
    vec![
        (questions::CERTIFICATES, list("certificates", &certificate).await),
        (questions::ISSUERS, list("issuers", &issuer).await),
        (questions::CLUSTER_ISSUERS, list("clusterissuers", &cluster_issuer).await),
    ]
}

/// Those of the Services behind APIServices, and those from which a caBundle is filled in.
fn namespaces(objects: &[Value]) -> BTreeSet<String> {
    let services = objects.iter().filter_map(service_of).map(|(namespace, _)| namespace);
    let annotations = objects.iter().filter_map(|object| object.pointer("/metadata/annotations")?.as_object());
    let values = annotations.flat_map(|annotations| annotations.values()).filter_map(Value::as_str);
    services.chain(values.filter_map(reference).map(|(namespace, _)| namespace.to_owned())).collect()
}
