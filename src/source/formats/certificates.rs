//! Certificates in Secrets and ConfigMaps. Of a Secret nothing is kept that is not public, and of its private key what it is.

use super::layouts::KEY_ENDINGS;
use super::object_data::{held, published_keys};
use crate::source::CertificateText;
use crate::source::resource::{Certificates, ObjectName, Resource, is_template};
use crate::source::yaml::Node;
use crate::text::Located;
use crate::x509::{PrivateKey, pem};

/// Of a Secret (k8s.io/api `TLSCertKey`, and what cert-manager puts beside it).
const PUBLIC_KEYS: [&str; 2] = ["tls.crt", "ca.crt"];

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    let entries = if node.is("kind", "Secret") { of_secret(node) } else { of_config_map(node) };
    let private_keys = private_keys(node);
    let annotations = node.at(&["metadata", "annotations"]).map(Node::scalars).unwrap_or_default();
    let keys = keys(node).filter(|_| node.is("kind", "Secret") || !entries.is_empty());
    let published_keys = if node.is("kind", "Secret") { Vec::new() } else { published_keys(node) };
    let is_of_use = !entries.is_empty() || keys.is_some() || !published_keys.is_empty();
    let object = object.clone();
    let certificates = Certificates { object, entries, keys, private_keys, published_keys, annotations };
    is_of_use.then_some(Resource::Certificates(certificates))
}

fn keys(node: &Node) -> Option<Vec<String>> {
    let maps: Vec<&Node> = ["data", "stringData", "binaryData"].iter().filter_map(|map| node.get(map)).collect();
    let is_steered = !node.gaps.is_empty() || maps.iter().any(|map| !map.gaps.is_empty() || map.text().is_some());
    let entries = maps.into_iter().flat_map(Node::effective_entries);
    let keys: Vec<String> = entries.map(|entry| entry.key.as_str().to_owned()).collect();
    // One without a key is filled in by something else.
    (!keys.is_empty() && !is_steered && !keys.iter().any(|key| is_template(key))).then_some(keys)
}

/// Those by the names that tools give keys.
fn private_keys(node: &Node) -> Vec<(String, Located<Result<PrivateKey, String>>)> {
    let held = held(node).into_iter().filter(|held| is_key(held.name.as_str()));
    let read = held.filter_map(|held| {
        let key = held.written.private_key()?;
        Some((held.name.as_str().to_owned(), Located::new(key, held.name.origin())))
    });
    read.collect()
}

fn is_key(name: &str) -> bool {
    KEY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn of_secret(node: &Node) -> Vec<(String, CertificateText)> {
    let entry = |key: &&str| {
        let plain = node.value_at(&["stringData", key]).map(CertificateText::Pem);
        let text = plain.or_else(|| node.value_at(&["data", key]).map(CertificateText::Base64))?;
        Some(((*key).to_owned(), text))
    };
    let maps = ["stringData", "data"].iter().filter_map(|map| node.get(map));
    let others = maps.flat_map(Node::effective_entries).filter(|entry| !PUBLIC_KEYS.contains(&entry.key.as_str()));
    let others = others.filter(|other| other.value.text().is_some_and(|text| is_certificate(text.as_str())));
    let mut names: Vec<&str> = PUBLIC_KEYS.to_vec();
    names.extend(others.map(|other| other.key.as_str()));
    names.iter().filter_map(entry).collect()
}

/// Whether a value, in base64 or not, is PEM that begins with a certificate and has no key behind it.
fn is_certificate(value: &str) -> bool {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const ENCODED: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR";
    let is_public = |pem: &[u8]| pem::blocks(pem).all(|block| block.label == "CERTIFICATE");
    let value = value.trim_start();
    match value.starts_with(ENCODED) {
        true => pem::base64::decode(value.as_bytes()).is_some_and(|pem| is_public(&pem)),
        false => value.starts_with(BEGIN) && is_public(value.as_bytes()),
    }
}

fn of_config_map(node: &Node) -> Vec<(String, CertificateText)> {
    let entries = node.get("data").map(Node::effective_entries).unwrap_or_default();
    let of_pem = entries.into_iter().filter_map(|entry| {
        let text = entry.value.text().filter(|text| text.as_str().contains("-----BEGIN CERTIFICATE-----"))?;
        Some((entry.key.as_str().to_owned(), CertificateText::Pem(text.clone())))
    });
    let binary = node.get("binaryData").map(Node::effective_entries).unwrap_or_default();
    let of_binary = binary.into_iter().filter_map(|entry| {
        let text = entry.value.text().filter(|text| is_certificate(text.as_str()))?;
        Some((entry.key.as_str().to_owned(), CertificateText::Base64(text.clone())))
    });
    of_pem.chain(of_binary).collect()
}
