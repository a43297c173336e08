//! Pods, and what makes Pods of a template: the containers with their arguments, and where their files come from.

use super::extension_server;
use super::object_data::published_keys_in;
use crate::source::place::Owner;
use crate::source::resource::{Container, ObjectName, Resource, Workload, is_template};
use crate::source::yaml::Node;
use crate::text::Text;

pub(super) const KINDS: [&str; 8] =
    ["Pod", "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "DeploymentConfig"];

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let template = if node.is("kind", "Pod") { node } else { node.at(&["spec", "template"])? };
    // What Helm runs at its own time, such as `helm test`, is selected by the Service and is not its server.
    let is_hook = node.at(&["metadata", "annotations", "helm.sh/hook"]).is_some();
    if is_hook && ["Pod", "Job"].iter().any(|kind| node.is("kind", kind)) {
        return None;
    }
    let mut workload = of_template(template, object, &Owner::of(node)?)?;
    workload.owner = controller(node);
    let is_zero = |path: &[&str]| node.text_at(path).is_some_and(|count| count.as_str() == "0");
    workload.runs_nothing = is_zero(&["spec", "replicas"])
        || node.is("kind", "DaemonSet") && is_zero(&["status", "desiredNumberScheduled"])
        || has_ended(node);
    Some(Resource::Workload(Box::new(workload)))
}

/// Whether it is a Pod or Job that has ended: the cluster keeps it for its log (`PodPhase` of k8s.io/api/core/v1,
/// `JobConditionType` of k8s.io/api/batch/v1).
fn has_ended(node: &Node) -> bool {
    let status = |key: &str| node.get("status").and_then(|status| status.get(key));
    if node.is("kind", "Pod") {
        let phase = status("phase").and_then(Node::text);
        return phase.is_some_and(|phase| ["Succeeded", "Failed"].contains(&phase.as_str()));
    }
    let is_end = |condition: &Node| {
        condition.is("status", "True") && ["Complete", "Failed"].iter().any(|end| condition.is("type", end))
    };
    node.is("kind", "Job") && status("conditions").is_some_and(|conditions| conditions.items().iter().any(is_end))
}

/// Of a Pod, or the template of Pods, what runs in them.
pub(super) fn of_template(template: &Node, object: &ObjectName, owner: &Owner) -> Option<Workload> {
    let pod = template.get("spec")?;
    let metadata = template.get("metadata");
    let steered = |node: &Node| !node.gaps.is_empty();
    let labels =
        metadata.and_then(|metadata| metadata.get("labels")).filter(|labels| !steered(labels)).map(Node::scalars);
    let containers = pod.get("containers").map(Node::items).unwrap_or_default();
    let mut containers: Vec<Container> =
        containers.iter().filter_map(|container| self::container(container, pod, owner)).collect();
    // Components of the control plane are read as such.
    if containers.is_empty() {
        return None;
    }
    let keys = published_keys_in(pod, &owner.name);
    let server = containers.iter().position(|container| container.is_extension_server).unwrap_or_default();
    if let Some(server) = containers.get_mut(server) {
        server.invocation.published_keys = keys;
    }
    Some(Workload {
        object: object.clone(),
        labels,
        owner: None,
        runs_nothing: false,
        service_account: ["serviceAccountName", "serviceAccount"]
            .into_iter()
            .find_map(|key| pod.text_at(&[key]))
            .map(Text::to_located),
        automounts_token: pod.boolean("automountServiceAccountToken"),
        host_network: pod.boolean("hostNetwork"),
        containers,
    })
}

/// The owner that controls it.
fn controller(node: &Node) -> Option<(String, String)> {
    let owners = node.at(&["metadata", "ownerReferences"])?.items();
    let owner = owners.iter().find(|owner| owner.is("controller", "true")).or(owners.first())?;
    Some((owner.text_at(&["kind"])?.as_str().to_owned(), owner.text_at(&["name"])?.as_str().to_owned()))
}

fn container(container: &Node, pod: &Node, owner: &Owner) -> Option<Container> {
    let (started, kind) = extension_server::read(container, pod, owner)?;
    let list = |key: &str| container.get(key).map(Node::items).unwrap_or_default();
    let ports = list("ports").iter().filter_map(|declared| {
        let name = declared.text_at(&["name"]).map(|name| name.as_str().to_owned());
        Some((name, declared.port("containerPort")?))
    });
    let is_opaque =
        |declared: &Node| declared.text_at(&["containerPort"]).is_some_and(|text| is_template(text.as_str()));
    let has_opaque_ports = list("ports").iter().any(is_opaque) || !container.hidden_in("ports").is_empty();
    let name = container.text_at(&["name"]).map(|name| name.as_str().to_owned()).unwrap_or_default();
    Some(Container {
        name,
        ports: ports.collect(),
        has_opaque_ports,
        invocation: started.invocation,
        not_told: started.not_told,
        is_extension_server: kind.is_extension_server,
        is_well_known: kind.is_well_known,
        has_known_defaults: kind.has_known_defaults,
        default_port: kind.default_port,
    })
}
