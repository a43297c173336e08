//! Roles and ClusterRoles: what they allow.

use crate::source::resource::{ObjectName, PolicyRule, Resource, Role};
use crate::source::yaml::Node;

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let rules = node.get("rules");
    // What is aggregated the controller manager writes into the rules: those from a cluster are whole.
    let is_aggregated = node.get("aggregationRule").is_some() && !object.from_cluster;
    Some(Resource::Role(Role {
        object: object.clone(),
        rules: rules.map(Node::items).unwrap_or_default().iter().map(PolicyRule::of).collect(),
        is_opaque: is_aggregated || !node.hidden_in("rules").is_empty(),
    }))
}

impl PolicyRule {
    pub(super) fn of(node: &Node) -> Self {
        Self {
            api_groups: node.strings("apiGroups"),
            resources: node.strings("resources"),
            resource_names: node.strings("resourceNames"),
            verbs: node.strings("verbs"),
        }
    }
}
