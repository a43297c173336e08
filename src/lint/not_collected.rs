//! What a cluster did not let us read, or did not show: the rules that would have looked at it could not be decided.

use crate::model::{Cause, Reason};
use crate::source::{Collection, NotCollected};

use super::{Check, Context, Outcome, Rule};

/// What each kind of check looks at, by the resources of a cluster.
fn resources(check: &Check) -> &'static [&'static str] {
    match check {
        Check::Server(_) | Check::OtherComponent(_) | Check::Nodes(_) => &["pods"],
        Check::Trust(_) => &["pods", "configmaps"],
        Check::ConfigMap(_) => &["configmaps"],
        Check::ApiService(_) => &["apiservices.apiregistration.k8s.io"],
        Check::Extension(_) => &["pods", "deployments.apps", "apiservices.apiregistration.k8s.io"],
        // A server that was not asked says so itself.
        Check::Handshake(_) | Check::Policy(_) => &[],
    }
}

/// What rules look at beside that.
const BESIDE: [(&str, &[&str]); 7] = [
    ("apiservice-unavailable", &["/metrics"]),
    ("apiservice-service-missing", &["services"]),
    ("apiservice-port", &["services", "endpointslices.discovery.k8s.io"]),
    ("aggregator-routing-service", &["services", "endpointslices.discovery.k8s.io"]),
    ("serving-certificate-name", &["services"]),
    ("extension-reader-binding", &BINDINGS),
    ("extension-auth-delegator", &BINDINGS),
];

const BINDINGS: [&str; 4] = [
    "rolebindings.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
];

/// Why a rule could not be asked, where something that it looks at was not read or is not shown.
pub(super) fn outcome(rule: &Rule, collection: &Collection, context: &Context<'_>) -> Option<Outcome> {
    let mut reasons: Vec<Reason> = Vec::new();
    let beside = BESIDE.iter().filter(|(id, _)| *id == rule.id).flat_map(|(_, resources)| *resources);
    let looked_at = rule.checks.iter().flat_map(resources).chain(beside);
    for lack in looked_at.filter_map(|resource| collection.lacks(resource)) {
        let reason = reason(lack);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    // A managed control plane, or one that is started without a kubelet, has no Pods there.
    let shows_control_plane = !context.beside.servers.is_empty();
    if reasons.is_empty() && rule.checks.iter().any(looks_at_control_plane) && !shows_control_plane {
        reasons.push(Reason::out_of_reach(
            "no Pod of the cluster runs kube-apiserver, so that its flags and files cannot be seen from there",
            "check them where it is started, or ask whoever runs it",
        ));
    }
    (!reasons.is_empty()).then_some(Outcome::Unknown(reasons))
}

/// Whether a check looks at what Pods of the control plane say.
fn looks_at_control_plane(check: &Check) -> bool {
    matches!(check, Check::Server(_) | Check::Trust(_) | Check::OtherComponent(_) | Check::Nodes(_))
}

/// All of it, whether a rule looks at it or not.
pub(super) fn reasons(collection: &Collection) -> Vec<Reason> {
    collection.not_read.iter().map(reason).collect()
}

fn reason(lack: &NotCollected) -> Reason {
    let NotCollected { what, why, needs } = lack;
    let why = format!("{} of the cluster were not read: {why}", what.value);
    Reason::new(Cause::NotCollected { why, needs: needs.clone().map(String::into_boxed_str) }).at(&what.origin)
}
