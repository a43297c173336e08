//! The objects around extension API servers: one table of their kinds.

use super::{binding, cert_manager, certificates, endpoints, role, service, service_account, workload};
use crate::source::resource::{ObjectName, Resource};
use crate::source::yaml::Node;
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
    };
    reader(node, &object)
}
