//! What is kept of each object: the fields that are judged, by name. Everything else stays in the cluster, and so do
//! annotations, environments and whatever else may hold a secret.

use serde_json::{Map, Value, json};

use super::redact;
use crate::source::injection::{ALLOWS_INJECTION, INJECTORS};

/// The keys of the ConfigMap that the API servers publish (pkg/controlplane/controller/clusterauthenticationtrust).
const AUTHENTICATION_KEYS: [&str; 7] = [
    "client-ca-file",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "requestheader-extra-headers-prefix",
    "requestheader-group-headers",
    "requestheader-uid-headers",
    "requestheader-username-headers",
];

/// Words of the containers that run one of the control plane's components, or whose flags name ours.
const CONTROL_PLANE: [&str; 6] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "hyperkube", "requestheader-", "proxy-client-"];

/// Some fields of a mapping, in their order here.
fn pick(from: &Value, keys: &[&str]) -> Value {
    let picked = keys.iter().filter_map(|key| Some(((*key).to_owned(), from.get(*key)?.clone())));
    Value::Object(picked.filter(|(_, value)| !value.is_null()).collect())
}

/// An object of this kind, for lists do not name the kinds of their items.
fn object(api_version: &str, kind: &str, metadata: Value, parts: Value) -> Value {
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    object.insert("metadata".to_owned(), metadata);
    if let Value::Object(parts) = parts {
        object.extend(parts.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Value::Object(object)
}

fn metadata(of: &Value, keys: &[&str]) -> Value {
    // With its uid an object is known to be one that was read, and not one that somebody wrote.
    let wanted: Vec<&str> = ["name", "namespace", "uid"].iter().chain(keys).copied().collect();
    pick(of.get("metadata").unwrap_or(&Value::Null), &wanted)
}

pub(super) fn config_map(of: &Value) -> Value {
    let data = of.get("data").map(|data| pick(data, &AUTHENTICATION_KEYS));
    object("v1", "ConfigMap", metadata(of, &["resourceVersion"]), json!({ "data": data }))
}

pub(super) fn api_service(of: &Value) -> Value {
    const SPEC: [&str; 5] = ["group", "version", "service", "insecureSkipTLSVerify", "caBundle"];
    let spec = of.get("spec").map(|spec| pick(spec, &SPEC));
    let conditions = of.pointer("/status/conditions").and_then(Value::as_array);
    let status = conditions.map(|conditions| {
        let kept = ["type", "status", "reason", "message"];
        let conditions: Vec<Value> = conditions.iter().map(|condition| clean(pick(condition, &kept))).collect();
        json!({ "conditions": conditions })
    });
    let parts = json!({ "spec": spec, "status": status });
    let injectors = INJECTORS.map(|(annotation, _)| annotation);
    object("apiregistration.k8s.io/v1", "APIService", with_annotations(metadata(of, &[]), of, &injectors), parts)
}

/// Of the annotations only those that are judged.
fn with_annotations(mut metadata: Value, of: &Value, keys: &[&str]) -> Value {
    let annotations = of.pointer("/metadata/annotations").map(|annotations| pick(annotations, keys));
    if let Some(annotations) = annotations.filter(|picked| picked.as_object().is_some_and(|picked| !picked.is_empty()))
    {
        metadata["annotations"] = annotations;
    }
    metadata
}

/// A Certificate of cert-manager.
pub(super) fn certificate(of: &Value) -> Value {
    let spec = of.get("spec").map(|from| {
        let mut spec = pick(from, &["secretName", "dnsNames", "usages", "isCA", "issuerRef"]);
        if let Some(policy) = from.pointer("/privateKey/rotationPolicy") {
            spec["privateKey"] = json!({ "rotationPolicy": policy });
        }
        if let Some(annotations) = from.pointer("/secretTemplate/annotations") {
            spec["secretTemplate"] = json!({ "annotations": pick(annotations, &[ALLOWS_INJECTION]) });
        }
        spec
    });
    object("cert-manager.io/v1", "Certificate", metadata(of, &[]), json!({ "spec": spec }))
}

/// What an issuer signs with: of a CA its Secret's name, of others the kind alone.
pub(super) fn issuer(of: &Value, kind: &str) -> Value {
    let signers = of.get("spec").and_then(Value::as_object).into_iter().flatten();
    let signers =
        signers.map(|(signer, how)| (signer.clone(), pick(how, if signer == "ca" { &["secretName"] } else { &[] })));
    let spec: Map<String, Value> = signers.collect();
    object("cert-manager.io/v1", kind, metadata(of, &[]), json!({ "spec": spec }))
}

pub(super) fn service(of: &Value) -> Value {
    const SPEC: [&str; 6] = ["type", "clusterIP", "externalName", "selector", "ports", "publishNotReadyAddresses"];
    let spec = of.get("spec").map(|spec| pick(spec, &SPEC));
    object("v1", "Service", metadata(of, &[]), json!({ "spec": spec }))
}

pub(super) fn endpoint_slice(of: &Value) -> Value {
    let mut metadata = metadata(of, &[]);
    if let Some(name) = of.pointer("/metadata/labels/kubernetes.io~1service-name") {
        metadata["labels"] = json!({ "kubernetes.io/service-name": name });
    }
    let endpoints = of.get("endpoints").and_then(Value::as_array).map(|endpoints| {
        let kept = ["addresses", "conditions", "nodeName", "targetRef"];
        endpoints.iter().map(|endpoint| pick(endpoint, &kept)).collect::<Vec<Value>>()
    });
    let parts = json!({ "addressType": of.get("addressType"), "endpoints": endpoints, "ports": of.get("ports") });
    object("discovery.k8s.io/v1", "EndpointSlice", metadata, parts)
}

pub(super) fn role_binding(of: &Value, kind: &str) -> Value {
    let parts = json!({ "roleRef": of.get("roleRef"), "subjects": of.get("subjects") });
    object("rbac.authorization.k8s.io/v1", kind, metadata(of, &[]), parts)
}

pub(super) fn role(of: &Value, kind: &str) -> Value {
    object("rbac.authorization.k8s.io/v1", kind, metadata(of, &[]), json!({ "rules": of.get("rules") }))
}

/// Whether one of a pod's containers is a part of the control plane.
pub(super) fn is_control_plane(pod: &Value) -> bool {
    let says = |text: &str| CONTROL_PLANE.iter().any(|word| text.contains(word));
    containers(pod).any(|container| {
        let words = ["command", "args"].into_iter().flat_map(|key| strings(container.get(key)));
        words.chain(container.get("image").and_then(Value::as_str)).any(says)
    })
}

pub(super) fn pod(of: &Value) -> Value {
    let mut metadata = metadata(of, &["labels"]);
    if let Some(owners) = of.pointer("/metadata/ownerReferences").and_then(Value::as_array) {
        let owners: Vec<Value> = owners.iter().map(|owner| pick(owner, &["kind", "name", "controller"])).collect();
        metadata["ownerReferences"] = owners.into();
    }
    let status = of.get("status").map(|status| pick(status, &["phase", "podIP", "hostIP"]));
    let parts = json!({ "spec": of.get("spec").map(pod_spec), "status": status });
    object("v1", "Pod", metadata, parts)
}

pub(super) fn deployment(of: &Value) -> Value {
    let template = of.pointer("/spec/template").map(|template| {
        let labels = template.pointer("/metadata/labels");
        json!({ "metadata": { "labels": labels }, "spec": template.get("spec").map(pod_spec) })
    });
    let spec = json!({
        "replicas": of.pointer("/spec/replicas"), "selector": of.pointer("/spec/selector"), "template": template,
    });
    object("apps/v1", "Deployment", metadata(of, &[]), json!({ "spec": spec }))
}

fn pod_spec(spec: &Value) -> Value {
    let mut kept = pick(spec, &["nodeName", "hostNetwork", "serviceAccountName", "automountServiceAccountToken"]);
    for key in ["initContainers", "containers"] {
        let list = spec.get(key).and_then(Value::as_array);
        if let Some(list) = list {
            kept[key] = list.iter().map(container).collect::<Vec<Value>>().into();
        }
    }
    if let Some(volumes) = spec.get("volumes").and_then(Value::as_array) {
        kept["volumes"] = volumes.iter().map(volume).collect::<Vec<Value>>().into();
    }
    kept
}

fn container(of: &Value) -> Value {
    let mut kept = pick(of, &["name", "image", "workingDir"]);
    for key in ["command", "args"] {
        if of.get(key).is_some_and(Value::is_array) {
            let words: Vec<&str> = strings(of.get(key)).collect();
            kept[key] = redact::arguments(&words).into();
        }
    }
    let environment: Vec<Value> = of
        .get("env")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|variable| is_used(variable, of))
        .map(environment_variable)
        .collect();
    if !environment.is_empty() {
        kept["env"] = environment.into();
    }
    if let Some(ports) = of.get("ports") {
        kept["ports"] = ports.clone();
    }
    if let Some(mounts) = of.get("volumeMounts").and_then(Value::as_array) {
        let keys = ["name", "mountPath", "subPath", "subPathExpr", "readOnly"];
        kept["volumeMounts"] = mounts.iter().map(|mount| pick(mount, &keys)).collect::<Vec<Value>>().into();
    }
    kept
}

/// A variable counts where the arguments have it in them; a program's own environment is none of our business.
fn is_used(variable: &Value, container: &Value) -> bool {
    let Some(name) = variable.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else { return false };
    let forms = [format!("$({name})"), format!("${{{name}"), format!("${name}")];
    let mut words = ["command", "args"].into_iter().flat_map(|key| strings(container.get(key)));
    words.any(|word| forms.iter().any(|form| word.contains(form)))
}

/// A value from a Secret or a ConfigMap stays a reference.
fn environment_variable(of: &Value) -> Value {
    let mut kept = pick(of, &["name", "value", "valueFrom"]);
    let is_secret = kept.get("name").and_then(Value::as_str).is_none_or(redact::names_secret);
    if let Some(value) = kept.get("value").and_then(Value::as_str) {
        let clean = if is_secret { "REDACTED".into() } else { redact::text(value).into_owned() };
        kept["value"] = clean.into();
    }
    kept
}

/// Where a volume comes from: the path on the host, or the kind and the name of an object.
fn volume(of: &Value) -> Value {
    let mut kept = pick(of, &["name", "hostPath", "configMap", "secret", "projected", "emptyDir"]);
    let is_whole = kept.as_object().is_some_and(|kept| kept.len() > 1);
    // Of others the kind is enough: they are not on the host.
    let source = of.as_object().into_iter().flatten().find(|(key, _)| *key != "name");
    if let (false, Some((key, _))) = (is_whole, source) {
        kept[key] = json!({});
    }
    kept
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let list = |key: &str| pod.pointer(&format!("/spec/{key}")).and_then(Value::as_array);
    list("initContainers").into_iter().chain(list("containers")).flatten()
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The strings of a mapping without what is secret in them.
fn clean(mut mapping: Value) -> Value {
    for value in mapping.as_object_mut().into_iter().flat_map(|entries| entries.values_mut()) {
        if let Some(text) = value.as_str() {
            *value = redact::text(text).into_owned().into();
        }
    }
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Pod with more in it than is judged.
    fn full_pod() -> Value {
        json!({
            "metadata": {
                "name": "kube-apiserver-node1", "namespace": "kube-system", "uid": "1",
                "labels": {"component": "kube-apiserver"}, "annotations": {"vault": "s3cret"},
                "ownerReferences": [{"kind": "Node", "name": "node1", "controller": true, "uid": "2"}],
                "managedFields": [{"x": "s3cret"}],
            },
            "spec": {
                "nodeName": "node1", "hostNetwork": true, "priority": 1,
                "containers": [{
                    "name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.37.2",
                    "command": ["kube-apiserver", "--v=$(LEVEL)", "--oidc-secret=s3cret", "--x=$(PASSWORD)"],
                    "env": [
                        {"name": "LEVEL", "value": "2"},
                        {"name": "PASSWORD", "value": "s3cret"},
                        {"name": "UNUSED", "value": "s3cret"},
                    ],
                    "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "s3cret"}]}},
                    "volumeMounts": [{"name": "certs", "mountPath": "/etc/kubernetes/pki", "readOnly": true}],
                }],
                "volumes": [
                    {"name": "certs", "hostPath": {"path": "/etc/kubernetes/pki", "type": "DirectoryOrCreate"}},
                    {"name": "csi", "csi": {"driver": "x", "volumeAttributes": {"password": "s3cret"}}},
                ],
            },
            "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": []},
        })
    }

    #[test]
    fn of_a_pod_only_what_is_judged_is_kept() {
        let given = full_pod();
        assert!(is_control_plane(&given));
        let kept = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": "kube-apiserver-node1", "namespace": "kube-system", "uid": "1",
                "labels": {"component": "kube-apiserver"},
                "ownerReferences": [{"kind": "Node", "name": "node1", "controller": true}],
            },
            "spec": {
                "nodeName": "node1", "hostNetwork": true,
                "containers": [{
                    "name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.37.2",
                    "command": ["kube-apiserver", "--v=$(LEVEL)", "--oidc-secret=REDACTED", "--x=$(PASSWORD)"],
                    "env": [{"name": "LEVEL", "value": "2"}, {"name": "PASSWORD", "value": "REDACTED"}],
                    "volumeMounts": [{"name": "certs", "mountPath": "/etc/kubernetes/pki", "readOnly": true}],
                }],
                "volumes": [
                    {"name": "certs", "hostPath": {"path": "/etc/kubernetes/pki", "type": "DirectoryOrCreate"}},
                    {"name": "csi", "csi": {}},
                ],
            },
            "status": {"phase": "Running", "podIP": "10.0.0.1"},
        });
        assert_eq!(pod(&given), kept);
    }
}
