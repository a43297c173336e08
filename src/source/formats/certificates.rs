//! Certificates in Secrets and ConfigMaps. Of a Secret nothing but two keys is looked at, which are public.

use super::config_map;
use crate::source::CertificateText;
use crate::source::resource::{Certificates, ObjectName, Resource};
use crate::source::yaml::Node;

/// Of a Secret (k8s.io/api `TLSCertKey`, and what cert-manager puts beside it).
const PUBLIC_KEYS: [&str; 2] = ["tls.crt", "ca.crt"];

pub(super) fn read(node: &Node, object: &ObjectName) -> Option<Resource> {
    // That of the front proxy is read as what it is.
    if object.is_named(config_map::NAME) {
        return None;
    }
    let entries = if node.is("kind", "Secret") { of_secret(node) } else { of_config_map(node) };
    (!entries.is_empty()).then(|| Resource::Certificates(Certificates { object: object.clone(), entries }))
}

fn of_secret(node: &Node) -> Vec<(String, CertificateText)> {
    let entry = |key: &&str| {
        let plain = node.text_at(&["stringData", key]).map(|text| CertificateText::Pem(text.clone()));
        let text = plain.or_else(|| node.text_at(&["data", key]).map(|text| CertificateText::Base64(text.clone())))?;
        Some(((*key).to_owned(), text))
    };
    PUBLIC_KEYS.iter().filter_map(entry).collect()
}

fn of_config_map(node: &Node) -> Vec<(String, CertificateText)> {
    let entries = node.get("data").map(Node::effective_entries).unwrap_or_default();
    let of_pem = entries.into_iter().filter_map(|entry| {
        let text = entry.value.text().filter(|text| text.as_str().contains("-----BEGIN CERTIFICATE-----"))?;
        Some((entry.key.as_str().to_owned(), CertificateText::Pem(text.clone())))
    });
    of_pem.collect()
}
