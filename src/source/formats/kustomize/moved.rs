//! What a kustomization changes in objects of a kind: their namespace, and their labels (kubernetes-sigs/kustomize,
//! api/internal/konfig/builtinpluginconsts).

use crate::source::yaml::Node;
use crate::text::Text;

/// Whether a change is for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum IsFor {
    Yes,
    Perhaps,
    No,
}

/// Kinds without a namespace, beside those whose names begin with `Cluster`.
const OF_CLUSTER: [&str; 13] = [
    "APIService",
    "CSIDriver",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Kinds that others name, where kustomize follows a new name (`namereference.go`).
const NAMED_BY_OTHERS: [&str; 6] = ["Service", "ServiceAccount", "Role", "ClusterRole", "Secret", "ConfigMap"];

fn kind(object: &Node) -> &str {
    object.text_at(&["kind"]).map_or("", Text::as_str)
}

pub(super) fn has_namespace(object: &Node) -> bool {
    object.text_at(&["metadata", "namespace"]).is_some() || matches!(kind(object), "APIService" | "ClusterRoleBinding")
}

/// Whether `namespace:` moves an object. What names one that it may move follows that, or not: that is not known here.
pub(super) fn by_namespace(object: &Node, namespace: &Node) -> IsFor {
    let Some(namespace) = namespace.text().map(Text::as_str) else { return IsFor::Perhaps };
    let is_other = |named: Option<&Text>| named.is_none_or(|named| named.as_str() != namespace);
    let is_account = |subject: &&Node| subject.is("kind", "ServiceAccount");
    let mut accounts = object.get("subjects").map(Node::items).unwrap_or_default().iter().filter(is_account);
    let of_service = object.at(&["spec", "service"]).filter(|_| kind(object) == "APIService");
    let follows = accounts.any(|account| is_other(account.text_at(&["namespace"])))
        || of_service.is_some_and(|service| is_other(service.text_at(&["namespace"])));
    let is_of_cluster = kind(object).starts_with("Cluster") || OF_CLUSTER.contains(&kind(object));
    match follows {
        true => IsFor::Perhaps,
        false if !is_of_cluster && is_other(object.text_at(&["metadata", "namespace"])) => IsFor::Yes,
        false => IsFor::No,
    }
}

/// Where labels go in an object, as far as they decide which Pods a Service has.
pub(super) fn label_paths(object: &Node, of_selectors: bool, of_templates: bool) -> Vec<&'static [&'static str]> {
    const OF_TEMPLATE: &[&str] = &["spec", "template", "metadata", "labels"];
    let is_service = kind(object) == "Service";
    let has_template = object.at(&["spec", "template", "spec"]).is_some();
    let paths: [(bool, &[&str]); 3] = [
        (kind(object) == "Pod", &["metadata", "labels"]),
        (is_service && of_selectors, &["spec", "selector"]),
        (has_template && of_templates, OF_TEMPLATE),
    ];
    paths.into_iter().filter(|(is_there, _)| *is_there).map(|(_, path)| path).collect()
}

/// Whether a JSON patch gives another name to what others name.
pub(super) fn renames(operations: &[Node], object: &Node) -> bool {
    NAMED_BY_OTHERS.contains(&kind(object)) && names(operations)
}

/// Whether a JSON patch gives another name.
pub(super) fn names(operations: &[Node]) -> bool {
    let is_name = |path: &Text| matches!(path.as_str(), "/metadata/name" | "/metadata/namespace");
    let changes = |operation: &Node| !operation.is("op", "test") && operation.text_at(&["path"]).is_some_and(is_name);
    operations.iter().any(changes)
}
