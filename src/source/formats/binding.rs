//! RoleBindings and ClusterRoleBindings: who has which role where.

use crate::source::resource::{Binding, ObjectName, Resource, Subject};
use crate::source::yaml::Node;
use crate::text::Text;

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let role = node.get("roleRef")?;
    let subjects = node.get("subjects");
    let list = subjects.map(Node::items).unwrap_or_default();
    Some(Resource::Binding(Binding {
        object: object.clone(),
        role_kind: role.text_at(&["kind"])?.as_str().to_owned(),
        role: role.text_at(&["name"])?.to_located(),
        subjects: list.iter().filter_map(subject).collect(),
        is_opaque: !node.hidden_in("subjects").is_empty() || subjects.is_some_and(|subjects| !subjects.gaps.is_empty()),
    }))
}

fn subject(node: &Node) -> Option<Subject> {
    Some(Subject {
        kind: node.text_at(&["kind"])?.as_str().to_owned(),
        name: node.text_at(&["name"])?.to_located(),
        namespace: node.text_at(&["namespace"]).map(Text::to_located),
    })
}
