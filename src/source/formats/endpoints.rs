//! EndpointSlices and Endpoints: which addresses a Service has.

use crate::source::resource::{Endpoints, ObjectName, Resource};
use crate::source::yaml::Node;
use crate::text::Text;

const SERVICE: &str = "kubernetes.io/service-name";

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let is_slice = node.is("kind", "EndpointSlice");
    let service = match is_slice {
        true => node.text_at(&["metadata", "labels", SERVICE]).map(Text::as_str)?,
        false => object.name.value.as_str(),
    };
    let (ready, ports) = if is_slice { slice(node) } else { subsets(node) };
    Some(Resource::Endpoints(Endpoints { object: object.clone(), service: service.to_owned(), ready, ports }))
}

/// No condition is a ready one (discovery.k8s.io `EndpointConditions`).
fn slice(node: &Node) -> (usize, Vec<Option<String>>) {
    let endpoints = node.get("endpoints").map(Node::items).unwrap_or_default();
    let is_ready =
        |endpoint: &&Node| endpoint.text_at(&["conditions", "ready"]).is_none_or(|ready| ready.as_str() == "true");
    (endpoints.iter().filter(is_ready).count(), ports(node))
}

fn subsets(node: &Node) -> (usize, Vec<Option<String>>) {
    let subsets = node.get("subsets").map(Node::items).unwrap_or_default();
    let addresses = |subset: &Node| subset.get("addresses").map_or(0, |addresses| addresses.items().len());
    (subsets.iter().map(addresses).sum(), subsets.iter().flat_map(ports).collect())
}

fn ports(node: &Node) -> Vec<Option<String>> {
    let list = node.get("ports").map(Node::items).unwrap_or_default();
    list.iter().map(|port| port.text_at(&["name"]).map(|name| name.as_str().to_owned())).collect()
}
