//! Commands to run next that more than one meaning has.

use crate::kubernetes::names::get_config_map;

pub(super) const CHECK: &str = "aggcert check    # on a control-plane node";
pub(crate) const CHECK_CONFIG_MAP: &str = get_config_map!("yaml | aggcert check -");
/// What the APIServices of a cluster say of themselves.
pub(super) const CHECK_CONDITIONS: &str = "kubectl describe apiservices | aggcert explain";
pub(crate) const SAVE_CONFIG_MAP: &str = get_config_map!("yaml > config-map.yaml");
/// What the rules on extension API servers look at.
pub(super) const CHECK_OBJECTS: &str =
    "kubectl get apiservices,services,deployments,rolebindings,clusterrolebindings -A -o yaml | aggcert check -";
/// The caBundle, and the Service or url with the path: what is not there is seen too.
pub(super) const WEBHOOK_CONFIGURATIONS: &str =
    "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml | grep -n -A6 clientConfig";
