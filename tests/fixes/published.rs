//! What kube-apiservers make of the ConfigMap (pkg/controlplane/controller/clusterauthenticationtrust).

use std::sync::Arc;

use aggcert::lint::run::{Inputs, Inventory};
use aggcert::model::{ConfigMap, Setup, TrustBundle};
use aggcert::text::SourceFile;
use aggcert::x509::Certificate;
use serde_json::{Value, json};
use time::OffsetDateTime;

const NAME: &str = "extension-apiserver-authentication";

pub(crate) fn is_config_map(object: &Value) -> bool {
    object["kind"] == "ConfigMap" && object["metadata"]["name"] == NAME
}

pub(crate) fn empty() -> Value {
    let metadata = json!({"name": NAME, "namespace": "kube-system", "resourceVersion": "7"});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})
}

/// What an extension API server has of it.
pub(crate) fn read(config_map: &Value) -> ConfigMap {
    let text: Arc<SourceFile> = SourceFile::new("config-map.json", config_map.to_string());
    let inputs = Inputs { texts: vec![text], ..Inputs::default() };
    let Inventory { config_maps, failures, .. } = inputs.inventory();
    assert!(failures.is_empty(), "{failures:?}");
    config_maps.into_iter().next().unwrap()
}

/// Adds what a server has and the ConfigMap has not (`combinedClusterAuthenticationInfo`), and takes out what has ended.
/// Of a list that cannot be read nothing is made.
pub(crate) fn join(config_map: &mut Value, server: &Setup) {
    let now = OffsetDateTime::now_utc();
    let (there, own) = (read(config_map).without_expired(now), server.published(now));
    let before = config_map["data"].clone();
    let data = &mut config_map["data"];
    for (key, there, own) in [
        ("client-ca-file", there.client_ca(), own.client_ca()),
        ("requestheader-client-ca-file", there.requestheader_client_ca(), own.requestheader_client_ca()),
    ] {
        let mut all: Vec<&Certificate> = there.loaded().into_iter().flat_map(TrustBundle::certificates).collect();
        let own = own.loaded().into_iter().flat_map(TrustBundle::certificates);
        all.extend(
            own.filter(|ca| !there.loaded().is_some_and(|there| there.certificates().any(|known| known == *ca))),
        );
        let is_same = read_again(data, key).is_some_and(|known| known == all.len());
        if !all.is_empty() && !is_same {
            data[key] = json!(all.into_iter().map(pem).collect::<String>());
        }
    }
    for (key, own) in own.lists() {
        if let (Some(own), Some(list)) = (own.entries(), listed(data, key)) {
            data[key] = union(list, own.into_iter().map(str::to_owned));
        }
    }
    if config_map["data"] != before {
        let version: u32 = config_map["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        config_map["metadata"]["resourceVersion"] = json!((version + 1).to_string());
    }
}

/// How many certificates are there, where it holds nothing else.
fn read_again(data: &Value, key: &str) -> Option<usize> {
    Some(data[key].as_str()?.matches("BEGIN ").count())
}

fn pem(certificate: &Certificate) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", certificate.raw.as_slice())).replace('\r', "")
}

/// `None`: it is no list.
fn listed(data: &Value, key: &str) -> Option<Vec<String>> {
    match data[key].as_str() {
        Some(text) => serde_json::from_str(text).ok(),
        None => Some(Vec::new()),
    }
}

fn union(mut list: Vec<String>, more: impl IntoIterator<Item = String>) -> Value {
    for name in more {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    json!(json!(list).to_string())
}
