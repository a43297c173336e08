//! The least rights to read a cluster, as objects that `kubectl apply` takes.

use serde_json::{Value, json};

use super::questions::{PROBE_RIGHTS, RIGHTS, Resource, Right};

/// How the account and its roles are called.
const NAME: &str = "aggcert";

const GROUP: &str = "rbac.authorization.k8s.io";

/// A ServiceAccount in `namespace`, with the rights of `granted` alone.
pub fn objects(namespace: &str, granted: &[Right]) -> Vec<Value> {
    let mut objects = vec![json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": namespace},
    })];
    let mut scopes: Vec<Option<&str>> = vec![None];
    for scope in granted.iter().map(|right| right.namespace) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    for scope in scopes {
        let rules: Vec<Value> = granted.iter().filter(|right| right.namespace == scope).map(rule).collect();
        if !rules.is_empty() {
            objects.push(role(scope, &rules));
            objects.push(binding(scope, namespace));
        }
    }
    objects
}

/// All that reading a cluster needs, and with `probes` what asking its servers needs.
pub fn all(namespace: &str, probes: bool) -> Vec<Value> {
    let more: &[Right] = if probes { &PROBE_RIGHTS } else { &[] };
    objects(namespace, &[&RIGHTS, more].concat())
}

fn rule(right: &Right) -> Value {
    match right.what {
        Resource::Path(path) => json!({"nonResourceURLs": [path], "verbs": [right.verb]}),
        Resource::Object { group, resource, name } => {
            let mut rule = json!({"apiGroups": [group], "resources": [resource]});
            if let Some(name) = name {
                rule["resourceNames"] = json!([name]);
            }
            rule["verbs"] = json!([right.verb]);
            rule
        }
    }
}

fn metadata(scope: Option<&str>) -> Value {
    match scope {
        Some(namespace) => json!({"name": NAME, "namespace": namespace}),
        None => json!({"name": NAME}),
    }
}

fn kind(scope: Option<&str>, what: &str) -> String {
    format!("{}{what}", if scope.is_some() { "" } else { "Cluster" })
}

fn role(scope: Option<&str>, rules: &[Value]) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind(scope, "Role"), "metadata": metadata(scope), "rules": rules,
    })
}

fn binding(scope: Option<&str>, namespace: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind(scope, "RoleBinding"), "metadata": metadata(scope),
        "roleRef": {"apiGroup": GROUP, "kind": kind(scope, "Role"), "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
    })
}
