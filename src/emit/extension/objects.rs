//! Each object as Kubernetes has it.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{CaBundle, Extension, cert_manager};
use crate::emit::base64::base64;
use crate::kubernetes::names::ApiServiceName;
use crate::pki::make::bundle_bytes;
use crate::text::yaml;

const RBAC: &str = "rbac.authorization.k8s.io";

/// The names in a Secret of type kubernetes.io/tls.
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// The Secret with a certificate and its key, as YAML. The key passes through no memory that is not wiped.
pub fn secret(extension: &Extension, certificate: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let object = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": extension.secret, "namespace": extension.namespace},
        "type": "kubernetes.io/tls",
        // The last entry of the last mapping: the other follows.
        "data": {CERTIFICATE: base64(certificate).as_str()},
    });
    let text = yaml::documents(&[object]);
    let key = base64(key);
    let label = format!("  {KEY}: ");
    // With room from the start: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + label.len() + key.len() + 1));
    for part in [text.as_str(), &label, &key, "\n"] {
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

pub(super) fn api_services(extension: &Extension, ca_bundle: CaBundle<'_>) -> Vec<Value> {
    let Extension { apis, namespace, service, .. } = extension;
    let encoded = match ca_bundle {
        CaBundle::Certificates(bundle) => Some(base64(&bundle_bytes(bundle))),
        CaBundle::Injected => None,
    };
    let api_service = |api: &ApiServiceName| {
        let mut object = json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": api.to_string()},
            "spec": {
                "group": api.group, "version": api.version,
                // Behind the groups of kube-apiserver and of CustomResourceDefinitions.
                "groupPriorityMinimum": 100, "versionPriority": 100,
                "service": {"name": service, "namespace": namespace, "port": 443},
            },
        });
        match &encoded {
            Some(encoded) => object["spec"]["caBundle"] = json!(encoded.as_str()),
            None => {
                let from = format!("{namespace}/{}", cert_manager::ca(extension));
                object["metadata"]["annotations"] = json!({cert_manager::INJECTOR: from});
            }
        }
        object
    };
    apis.iter().map(api_service).collect()
}

/// The text of APIServices with another caBundle in each, whatever else was changed there; `None`: there are not as many
/// on lines of their own as there are objects.
pub fn with_ca_bundle(text: &str, objects: &[Value]) -> Option<String> {
    const LABEL: &str = "  caBundle: ";
    let bundle = objects.first()?.pointer("/spec/caBundle")?.as_str()?;
    let is_bundle = |line: &&str| line.starts_with(LABEL);
    let is_whole = text.ends_with('\n') && text.matches("caBundle:").count() == objects.len();
    if !is_whole || text.lines().filter(is_bundle).count() != objects.len() {
        return None;
    }
    let line = |line: &str| if is_bundle(&line) { format!("{LABEL}{bundle}\n") } else { format!("{line}\n") };
    Some(text.lines().map(line).collect())
}

pub(super) fn service(extension: &Extension) -> Value {
    let (key, value) = &extension.selector;
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": extension.service, "namespace": extension.namespace},
        "spec": {
            "selector": {key: value},
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": extension.port}],
        },
    })
}

pub(super) fn access(extension: &Extension) -> Vec<Value> {
    let Extension { namespace, service_account, .. } = extension;
    let subjects = json!([{"kind": "ServiceAccount", "name": service_account, "namespace": namespace}]);
    // The same account may be there in other namespaces.
    let name = |role: &str| format!("{service_account}.{namespace}:{role}");
    let reader = "extension-apiserver-authentication-reader";
    vec![
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": service_account, "namespace": namespace},
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding",
            "metadata": {"name": name(reader), "namespace": "kube-system"},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": reader},
            "subjects": subjects,
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRoleBinding",
            "metadata": {"name": name("auth-delegator")},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "system:auth-delegator"},
            "subjects": subjects,
        }),
    ]
}

pub(super) fn pod_template(extension: &Extension) -> Value {
    json!({
        "serviceAccountName": extension.service_account,
        "containers": [{
            "args": extension.arguments(),
            "volumeMounts": [{"name": "serving-cert", "mountPath": extension.tls_directory, "readOnly": true}],
        }],
        "volumes": [{"name": "serving-cert", "secret": {"secretName": extension.secret}}],
    })
}

pub(super) fn deployment(extension: &Extension, image: &str) -> Value {
    let (key, value) = &extension.selector;
    let mut pod = pod_template(extension);
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": "https", "scheme": "HTTPS"}});
    let arguments = pod["containers"][0]["args"].take();
    let mounts = pod["containers"][0]["volumeMounts"].take();
    pod["containers"][0] = json!({
        "name": extension.service, "image": image, "args": arguments,
        "ports": [{"name": "https", "containerPort": extension.port}],
        "readinessProbe": probe("/readyz"), "livenessProbe": probe("/livez"),
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": mounts,
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": extension.service, "namespace": extension.namespace},
        "spec": {
            "selector": {"matchLabels": {key: value}},
            "template": {"metadata": {"labels": {key: value}}, "spec": pod},
        },
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD as STANDARD;

    use super::super::example;
    use super::*;

    #[test]
    fn the_secret_holds_both() {
        let yaml = secret(&example(), b"certificate", &[b'k'; 1000]);
        let read: Value = serde_saphyr::from_slice(&yaml).unwrap();
        assert_eq!(read["type"], "kubernetes.io/tls");
        assert_eq!(STANDARD.decode(read["data"]["tls.crt"].as_str().unwrap()).unwrap(), b"certificate");
        assert_eq!(STANDARD.decode(read["data"]["tls.key"].as_str().unwrap()).unwrap(), [b'k'; 1000]);
        assert_eq!(read["data"].as_object().unwrap().len(), 2);
    }

    #[test]
    fn the_ca_bundle_alone_changes_in_what_somebody_has_edited() {
        let mut objects = api_services(&example(), CaBundle::Certificates(&[]));
        objects.iter_mut().for_each(|object| object["spec"]["caBundle"] = json!("bmV3"));
        let one = "spec:\n  # ours\n  caBundle: b2xk\n  groupPriorityMinimum: 7\n";
        let text = format!("{one}---\n{one}");
        assert_eq!(with_ca_bundle(&text, &objects), Some(text.replace("b2xk", "bmV3")));
        for text in ["", one, "spec: {caBundle: x}\n", "  caBundle: a\n---\n  caBundle: b", "  caBundle: a"] {
            assert_eq!(with_ca_bundle(text, &objects), None, "{text}");
        }
        assert_eq!(with_ca_bundle(&format!("{one}{one}{one}"), &objects), None);
    }
}
