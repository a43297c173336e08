//! Services: which ports lead to which Pods.

use crate::source::expression::has_expression;
use crate::source::resource::{ObjectName, Resource, Service, ServicePort, TargetPort};
use crate::source::yaml::Node;
use crate::text::{Located, Text};

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    // Others have a kind of this name too (serving.knative.dev).
    if !node.is("apiVersion", "v1") {
        return None;
    }
    let spec = node.get("spec")?;
    let selector = spec.get("selector").filter(|selector| selector.is_mapping());
    let list = spec.get("ports").map(Node::items).unwrap_or_default();
    let ports: Vec<ServicePort> = list.iter().filter_map(service_port).collect();
    let steered = [Some(spec), selector, spec.get("ports")].into_iter().flatten().any(|node| !node.gaps.is_empty());
    Some(Resource::Service(Service {
        object: object.clone(),
        kind: spec.text_at(&["type"]).map(Text::to_located),
        cluster_ip: spec.text_at(&["clusterIP"]).map(Text::to_located),
        selector: selector.map(Node::scalars),
        selector_origin: spec.entry("selector").map(|entry| entry.key.origin()),
        is_opaque: steered || ports.len() < list.len(),
        ports,
    }))
}

fn service_port(node: &Node) -> Option<ServicePort> {
    let target = node.text_at(&["targetPort"]);
    if target.is_some_and(|target| has_expression(target.as_str())) {
        return None;
    }
    let target = target.map(|text| {
        let value =
            text.as_str().parse().map_or_else(|_| TargetPort::Name(text.as_str().to_owned()), TargetPort::Number);
        Located::new(value, text.origin())
    });
    let name = node.text_at(&["name"]).map(|name| name.as_str().to_owned());
    let protocol = node.text_at(&["protocol"]).map(Text::to_located);
    Some(ServicePort { name, port: node.port("port")?, target, protocol })
}
