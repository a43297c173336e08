//! What the condition `Available` of an APIService proves. Since 1.36 kube-apiserver verifies the server's certificate when it
//! asks whether an API is available (kube-aggregator, pkg/controllers/status/remote, `sync`); before, it did not.

use crate::kubernetes::KubernetesVersion;
use crate::lint::{Context, Outcome};
use crate::source::ApiService;

use super::extension::service_of;

/// What the condition says while no connection to the server comes about.
pub(crate) fn says_of_no_connection(context: &Context<'_>) -> String {
    let first = KubernetesVersion::VERIFIES_AVAILABILITY;
    match context.beside.version {
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
    let verifies = context.beside.version.is_some_and(|version| version >= KubernetesVersion::VERIFIES_AVAILABILITY);
    match outcome {
        // Of several servers it has asked one.
        Outcome::Unknown(_) if is_available && verifies && is_one(api_service, context) => Outcome::Pass,
        outcome => outcome,
    }
}

fn is_one(api_service: &ApiService, context: &Context<'_>) -> bool {
    let Ok(service) = service_of(api_service, context) else { return false };
    service.is_external_name()
        || context.objects.endpoints_of(service).map(|endpoints| endpoints.ready).sum::<usize>() == 1
}
