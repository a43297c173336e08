//! The rules, one file each.

mod allowed_names_empty;
mod allowed_names_too_wide;
mod apiservice_ca_bundle;
mod apiservice_insecure;
mod ca_key_reused;
mod ca_reused;
mod ca_shared_with_other_role;
mod ca_subject_shared;
mod component_ca_reused;
mod configmap_ca_reused;
mod configmap_drift;
mod configmap_stale_ca;
mod configmap_stale_name;
mod controller_manager_names_empty;
mod csr_signer_reaches_requestheader;
mod identity_spoofable;
mod ignore_expired;
mod node_drift;
#[cfg(test)]
mod one_cause;
mod references;
mod requestheader_ca_logs_in;
mod reuse;
mod shared_root;
#[cfg(test)]
pub(crate) mod testing;
mod trust;
mod wording;

use super::Rule;

/// Every rule, in the order in which reports show them: who can be whom first.
pub static ALL: &[&Rule] = &[
    &identity_spoofable::RULE,
    &ca_reused::RULE,
    &component_ca_reused::RULE,
    &configmap_ca_reused::RULE,
    &ca_key_reused::RULE,
    &requestheader_ca_logs_in::RULE,
    &csr_signer_reaches_requestheader::RULE,
    &shared_root::RULE,
    &ca_subject_shared::RULE,
    &ca_shared_with_other_role::RULE,
    &allowed_names_empty::RULE,
    &allowed_names_too_wide::RULE,
    &controller_manager_names_empty::RULE,
    &node_drift::RULE,
    &configmap_drift::RULE,
    &configmap_stale_ca::RULE,
    &configmap_stale_name::RULE,
    &apiservice_insecure::RULE,
    &apiservice_ca_bundle::RULE,
    &ignore_expired::RULE,
];

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}
