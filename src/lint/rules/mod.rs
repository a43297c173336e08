//! The rules, one file each.

mod aggregation_not_configured;
mod aggregator_routing_service;
mod allowed_names_blank_entry;
mod allowed_names_empty;
mod allowed_names_too_wide;
mod allowed_names_whitespace;
mod apiservice_ca_bundle;
mod apiservice_insecure;
mod apiservice_port;
mod apiservice_service_missing;
mod apiservice_unavailable;
mod ca_bundle_duplicate;
mod ca_bundle_unreadable;
mod ca_cannot_sign;
mod ca_expired;
mod ca_expiring;
mod ca_key_on_server;
mod ca_key_reused;
mod ca_reused;
mod ca_shared_with_other_role;
mod ca_subject_shared;
mod certificate_ambiguous;
mod component_ca_reused;
mod component_drift;
mod component_refuses_to_start;
mod configmap_ca_reused;
mod configmap_drift;
mod configmap_incomplete;
mod configmap_list_unreadable;
mod configmap_residue;
mod configmap_stale_ca;
mod configmap_stale_name;
mod configmap_too_large;
mod controller_manager_names_empty;
mod csr_signer_reaches_requestheader;
mod extension_auth_delegator;
mod extension_ca_pinned;
mod extension_ca_reused;
mod extension_lookup_skipped;
mod extension_lookup_tolerated;
mod extension_names_empty;
mod extension_reader_binding;
mod extra_prefix_without_dash;
mod flag_repeated;
mod flag_unknown;
mod host_port_taken;
mod identity_spoofable;
mod ignore_expired;
mod ignore_unused;
mod key_orphaned;
mod key_permissions;
mod literal_quotes;
mod node_drift;
mod private_key_in_bundle;
mod proxy_client_also_a_user;
mod proxy_client_expired;
mod proxy_client_expiring;
mod proxy_client_is_serving_certificate;
mod proxy_client_key_mismatch;
mod proxy_client_missing;
mod proxy_client_name_not_allowed;
mod proxy_client_outlives_ca;
mod proxy_client_untrusted;
mod proxy_client_usage;
mod reload_watch_dead;
mod requestheader_ca_logs_in;
mod requestheader_ca_missing;
mod requestheader_ca_not_loaded;
mod requestheader_headers_missing;
mod requestheader_headers_nonstandard;
mod server_refuses_to_start;
mod serving_certificate_expired;
mod serving_certificate_in_memory;
mod serving_certificate_name;
mod serving_certificate_untrusted;
mod serving_certificate_usage;
mod shared_root;
mod validity_too_long;
mod weak_key;
mod weak_signature;

use super::Rule;

/// Every rule, in the order in which reports show them: who can be whom first.
pub static ALL: &[&Rule] = &[
    &identity_spoofable::RULE,
    &ca_reused::RULE,
    &component_ca_reused::RULE,
    &configmap_ca_reused::RULE,
    &extension_ca_reused::RULE,
    &ca_key_reused::RULE,
    &requestheader_ca_logs_in::RULE,
    &csr_signer_reaches_requestheader::RULE,
    &shared_root::RULE,
    &ca_subject_shared::RULE,
    &ca_shared_with_other_role::RULE,
    &allowed_names_empty::RULE,
    &allowed_names_too_wide::RULE,
    &controller_manager_names_empty::RULE,
    &extension_names_empty::RULE,
    &proxy_client_missing::RULE,
    &proxy_client_untrusted::RULE,
    &proxy_client_name_not_allowed::RULE,
    &proxy_client_usage::RULE,
    &proxy_client_expired::RULE,
    &proxy_client_expiring::RULE,
    &proxy_client_key_mismatch::RULE,
    &proxy_client_outlives_ca::RULE,
    &proxy_client_is_serving_certificate::RULE,
    &proxy_client_also_a_user::RULE,
    &requestheader_ca_missing::RULE,
    &requestheader_headers_missing::RULE,
    &requestheader_headers_nonstandard::RULE,
    &extra_prefix_without_dash::RULE,
    &allowed_names_blank_entry::RULE,
    &allowed_names_whitespace::RULE,
    &literal_quotes::RULE,
    &flag_repeated::RULE,
    &flag_unknown::RULE,
    &server_refuses_to_start::RULE,
    &component_refuses_to_start::RULE,
    &aggregation_not_configured::RULE,
    &ca_expired::RULE,
    &ca_expiring::RULE,
    &ca_cannot_sign::RULE,
    &ca_bundle_unreadable::RULE,
    &ca_bundle_duplicate::RULE,
    &certificate_ambiguous::RULE,
    &weak_key::RULE,
    &weak_signature::RULE,
    &private_key_in_bundle::RULE,
    &ca_key_on_server::RULE,
    &key_permissions::RULE,
    &reload_watch_dead::RULE,
    &key_orphaned::RULE,
    &validity_too_long::RULE,
    &node_drift::RULE,
    &component_drift::RULE,
    &configmap_incomplete::RULE,
    &configmap_list_unreadable::RULE,
    &configmap_too_large::RULE,
    &configmap_drift::RULE,
    &configmap_stale_ca::RULE,
    &configmap_stale_name::RULE,
    &configmap_residue::RULE,
    &extension_lookup_skipped::RULE,
    &extension_lookup_tolerated::RULE,
    &extension_ca_pinned::RULE,
    &requestheader_ca_not_loaded::RULE,
    &extension_reader_binding::RULE,
    &extension_auth_delegator::RULE,
    &host_port_taken::RULE,
    &apiservice_insecure::RULE,
    &apiservice_ca_bundle::RULE,
    &serving_certificate_untrusted::RULE,
    &serving_certificate_name::RULE,
    &serving_certificate_usage::RULE,
    &serving_certificate_expired::RULE,
    &serving_certificate_in_memory::RULE,
    &apiservice_service_missing::RULE,
    &apiservice_port::RULE,
    &aggregator_routing_service::RULE,
    &apiservice_unavailable::RULE,
    &ignore_expired::RULE,
    &ignore_unused::RULE,
];

/// The rules that decide who can be whom; `--strict` wants all of them decided.
static IDENTITY: [&Rule; 18] = [
    &identity_spoofable::RULE,
    &ca_reused::RULE,
    &component_ca_reused::RULE,
    &configmap_ca_reused::RULE,
    &extension_ca_reused::RULE,
    &extension_names_empty::RULE,
    &ca_key_reused::RULE,
    &requestheader_ca_logs_in::RULE,
    &allowed_names_empty::RULE,
    &allowed_names_too_wide::RULE,
    &allowed_names_blank_entry::RULE,
    &proxy_client_also_a_user::RULE,
    &proxy_client_is_serving_certificate::RULE,
    &csr_signer_reaches_requestheader::RULE,
    &controller_manager_names_empty::RULE,
    &ca_subject_shared::RULE,
    &ca_shared_with_other_role::RULE,
    &node_drift::RULE,
];

/// Whether somebody may be somebody else while it is undecided.
pub fn decides_identity(rule: &Rule) -> bool {
    IDENTITY.iter().any(|deciding| deciding.id == rule.id)
}

/// The id of each.
pub fn ids(rules: &[&'static Rule]) -> Vec<&'static str> {
    rules.iter().map(|rule| rule.id).collect()
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}
