//! ServiceAccounts: whether their Pods get a token.

use crate::source::resource::{ObjectName, Resource, ServiceAccount};
use crate::source::yaml::Node;

#[expect(clippy::unnecessary_wraps, reason = "the table of readers has one signature for all kinds")]
pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let automounts_token = node.boolean("automountServiceAccountToken");
    Some(Resource::ServiceAccount(ServiceAccount { object: object.clone(), automounts_token }))
}
