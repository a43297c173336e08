//! What the condition `Available` of an APIService proves. Since 1.36 kube-apiserver verifies the server's certificate when it
//! asks whether an API is available (kube-aggregator, pkg/controllers/status/remote, `sync`); before, it did not.

use crate::kubernetes::KubernetesVersion;
use crate::lint::{Context, Outcome, Target};
use crate::source::ApiService;

use super::extension::{endpoints_of, service_of};

/// What runs beside the target: what the cluster says of itself, or an image's tag.
fn version(context: &Context<'_>) -> Option<KubernetesVersion> {
    let of_cluster = context.beside.iter().find_map(|target| match target {
        Target::Cluster(collection) => collection.version.as_ref(),
        _ => None,
    });
    let of_server = || {
        context.beside.iter().find_map(|target| match target {
            Target::Server(setup) => setup.invocation.version.as_ref(),
            _ => None,
        })
    };
    of_cluster.or_else(of_server).map(|version| version.value)
}

/// What the condition says while no connection to the server comes about.
pub(crate) fn says_of_no_connection(context: &Context<'_>) -> String {
    let first = KubernetesVersion::VERIFIES_AVAILABILITY;
    match version(context) {
        Some(version) if version >= first => "The APIService is unavailable (FailedDiscoveryCheck).".to_owned(),
        Some(version) => format!(
            "The APIService says Available=True all the same: kube-apiserver {version} does not verify the certificate when it \
             asks for that, as {first} and later do."
        ),
        None => format!(
            "Since {first} the APIService is unavailable (FailedDiscoveryCheck); before, it says Available=True all the same."
        ),
    }
}

/// An outcome, or a pass where it is undecided what the one server behind an APIService shows and kube-apiserver has verified
/// it.
pub(crate) fn or_verified(outcome: Outcome, api_service: &ApiService, context: &Context<'_>) -> Outcome {
    let is_available = api_service.available.as_ref().is_some_and(|condition| condition.status.value == "True");
    let verifies = version(context).is_some_and(|version| version >= KubernetesVersion::VERIFIES_AVAILABILITY);
    match outcome {
        // Of several servers it has asked one.
        Outcome::Unknown(_) if is_available && verifies && is_one(api_service, context) => Outcome::Pass,
        outcome => outcome,
    }
}

fn is_one(api_service: &ApiService, context: &Context<'_>) -> bool {
    let Ok(service) = service_of(api_service, context) else { return false };
    service.is_external_name() || endpoints_of(service, context).map(|endpoints| endpoints.ready).sum::<usize>() == 1
}
