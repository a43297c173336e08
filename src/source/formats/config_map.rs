//! The ConfigMap `extension-apiserver-authentication`, as `kubectl get -o yaml` or `-o json` writes it.

use super::object_data::{published_keys, published_keys_of_data};
use crate::source::place::Place;
use crate::source::yaml::Node;
use crate::source::{AuthenticationConfigMap, Document};
use crate::text::Text;

const NAME: &str = "extension-apiserver-authentication";

/// The keys of pkg/controlplane/controller/clusterauthenticationtrust, `getConfigMapDataFor`.
const REQUESTHEADER_CA: &str = "requestheader-client-ca-file";

/// Whether a ConfigMap is the one that extension API servers read.
pub(super) fn is_one(config_map: &Node) -> bool {
    config_map.text_at(&["metadata", "name"]).is_some_and(|name| name.as_str() == NAME)
}

/// A ConfigMap of that name, under whatever name one with the keys, or the bare data of one.
pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    let is_config_map = node.is("kind", "ConfigMap");
    let named = is_config_map && is_one(node);
    let data = if is_config_map { node.get("data") } else { Some(node) };
    let holds_pem = data
        .and_then(|data| data.text_at(&[REQUESTHEADER_CA]))
        .is_some_and(|value| value.as_str().contains("-----BEGIN "));
    if !named && !holds_pem {
        return None;
    }
    let value = |key: &str| data?.value_at(&[key]);
    let namespace = node.text_at(&["metadata", "namespace"]).map_or("kube-system", Text::as_str);
    let name = node.text_at(&["metadata", "name"]).map_or(NAME, Text::as_str);
    Some(vec![Document::AuthenticationConfigMap(Box::new(AuthenticationConfigMap {
        name: format!("{namespace}/{name}"),
        origin: node.text_at(&["kind"]).map_or_else(|| node.origin.clone(), Text::origin),
        resource_version: node.text_at(&["metadata", "resourceVersion"]).cloned(),
        client_ca: value("client-ca-file"),
        requestheader_client_ca: value(REQUESTHEADER_CA),
        requestheader_allowed_names: value("requestheader-allowed-names"),
        requestheader_username_headers: value("requestheader-username-headers"),
        requestheader_uid_headers: value("requestheader-uid-headers"),
        requestheader_group_headers: value("requestheader-group-headers"),
        requestheader_extra_headers_prefix: value("requestheader-extra-headers-prefix"),
        private_keys: match is_config_map {
            true => published_keys(node),
            false => published_keys_of_data(node),
        },
    }))])
}
