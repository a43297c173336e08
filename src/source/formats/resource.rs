//! The objects around extension API servers: one table of their kinds.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{binding, cert_manager, certificates, endpoints, role, service, service_account, workload};
use crate::source::resource::{ObjectName, Resource};
use crate::source::yaml::{Content, Entry, Node};
use crate::text::Text;

type Reader = fn(&Node, &ObjectName) -> Option<Resource>;

/// Kinds and what reads them.
const READERS: [(&[&str], Reader); 9] = [
    (&workload::KINDS, workload::read),
    (&["Service"], service::read),
    (&["EndpointSlice", "Endpoints"], endpoints::read),
    (&["RoleBinding", "ClusterRoleBinding"], binding::read),
    (&["Role", "ClusterRole"], role::read),
    (&["Secret", "ConfigMap"], certificates::read),
    (&["Certificate"], cert_manager::read_certificate),
    (&["Issuer", "ClusterIssuer"], cert_manager::read_issuer),
    (&["ServiceAccount"], service_account::read),
];

/// Kinds that are another thing on each node (static Pods) or at each time.
const CHANGING: [&str; 3] = ["Pod", "Endpoints", "EndpointSlice"];

/// Of an object, what its cluster keeps of it and not what somebody wanted; its name is known otherwise.
const NOT_ITS_OWN: [&str; 3] = ["apiVersion", "metadata", "status"];

/// The object that a mapping is.
pub(in crate::source) fn read(node: &Node) -> Option<Resource> {
    let kind = node.text_at(&["kind"])?;
    let known = READERS.iter().find(|(kinds, _)| kinds.contains(&kind.as_str())).map(|(_, reader)| *reader);
    // What makes Pods of a template is a workload, whoever defines it: Rollout, CloneSet.
    let makes_pods = || node.at(&["spec", "template", "spec", "containers"]).map(|_| workload::read as Reader);
    let reader = known.or_else(makes_pods)?;
    let object = ObjectName {
        kind: kind.to_located(),
        namespace: node.text_at(&["metadata", "namespace"]).map(Text::to_located),
        name: node.text_at(&["metadata", "name"])?.to_located(),
        from_cluster: node.at(&["metadata", "uid"]).is_some(),
        identity: identity(node, kind.as_str()),
        open: None,
    };
    reader(node, &object)
}

/// The uid that a cluster gave it (`ObjectMeta.UID`), or else what it says.
fn identity(node: &Node, kind: &str) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    if let Some(uid) = node.text_at(&["metadata", "uid"]) {
        uid.as_str().hash(&mut hasher);
        return Some(hasher.finish());
    }
    // What an overlay says of a workload is a part of it, and has no labels of the Pods.
    let is_part = node.get("spec").is_some_and(|spec| {
        spec.get("template").is_some_and(|template| template.at(&["metadata", "labels"]).is_none())
    });
    if CHANGING.contains(&kind) || is_part || !node.gaps.is_empty() {
        return None;
    }
    let said = node.effective_entries().into_iter().filter(|entry| !NOT_ITS_OWN.contains(&entry.key.as_str()));
    hash_entries(said.collect(), &mut hasher);
    Some(hasher.finish())
}

fn hash_node(node: &Node, hasher: &mut DefaultHasher) {
    std::mem::discriminant(&node.content).hash(hasher);
    match &node.content {
        Content::Null => {}
        Content::Scalar(text) => text.as_str().hash(hasher),
        Content::Sequence(items) => items.iter().for_each(|item| hash_node(item, hasher)),
        Content::Mapping(_) => hash_entries(node.effective_entries(), hasher),
    }
}

/// The order of keys says nothing.
fn hash_entries(mut entries: Vec<&Entry>, hasher: &mut DefaultHasher) {
    entries.sort_by_key(|entry| entry.key.as_str());
    for entry in entries {
        entry.key.as_str().hash(hasher);
        hash_node(&entry.value, hasher);
    }
    // The end, so that what follows is not taken for a part of it.
    0_u8.hash(hasher);
}
