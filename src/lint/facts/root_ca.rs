//! The CA that every Pod gets, which is that of kube-apiserver's certificate, among those of the front proxy.

use crate::lint::Context;
use crate::model::{AllowedNames, ConfigMap, Reach, Setup, TrustBundle, ways};

use super::wording::quoted;

/// Whose certificates the ConfigMap has for front proxies', with its file.
pub(crate) fn root_ca_for_front_proxies(config_map: &ConfigMap, context: &Context<'_>) -> Option<(TrustBundle, Reach)> {
    let root_ca = context.objects.root_ca(config_map.origin())?;
    let bundle = config_map.requestheader_client_ca().loaded()?;
    let reach = ways(config_map.reader(), &root_ca, bundle, context.now).into_iter().next()?;
    Some((root_ca, reach))
}

/// What is known of it, with the beginning of what follows.
pub(crate) fn if_it_signs_clients(setup: &Setup) -> String {
    let names = match setup.allowed_names() {
        Ok(AllowedNames::Only(names)) => format!(" with the name {}", quoted(&names, "or")),
        _ => String::new(),
    };
    format!(
        "It is the CA of kube-apiserver's certificate. Where it signs clients too, as in clusters that kubeadm made, whoever \
         holds a client certificate of it{names} is any user of any group"
    )
}
