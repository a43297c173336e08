//! cert-manager's Certificates and issuers.

use crate::source::resource::{Certificate, Issuer, IssuerReference, ObjectName, Resource, Signer};
use crate::source::yaml::Node;
use crate::text::{Located, Text};

const GROUP: &str = "cert-manager.io/";

pub(super) fn read_certificate(node: &Node, object: &ObjectName) -> Option<Resource> {
    // Others have a kind of this name too (networking.internal.knative.dev).
    let spec = node.get("spec").filter(|_| is_ours(node))?;
    let hides = |key: &str| !spec.hidden_in(key).is_empty();
    Some(Resource::Certificate(Box::new(Certificate {
        object: object.clone(),
        secret: spec.text_at(&["secretName"]).map(Text::to_located),
        dns_names: located(spec, "dnsNames"),
        names_origin: spec.entry("dnsNames").map_or_else(|| object.name.origin.clone(), |entry| entry.key.origin()),
        usages: located(spec, "usages"),
        is_ca: spec.is("isCA", "true"),
        rotation_policy: spec.text_at(&["privateKey", "rotationPolicy"]).map(|text| text.as_str().to_owned()),
        issuer: spec.get("issuerRef").and_then(reference),
        secret_annotations: spec.at(&["secretTemplate", "annotations"]).map(Node::scalars).unwrap_or_default(),
        is_opaque: !spec.gaps.is_empty() || hides("dnsNames") || hides("usages"),
    })))
}

fn located(spec: &Node, key: &str) -> Vec<Located<String>> {
    let items = spec.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| Some(item.text()?.to_located())).collect()
}

fn reference(node: &Node) -> Option<IssuerReference> {
    // Issuers of other groups are not cert-manager's own.
    let is_other = node.text_at(&["group"]).is_some_and(|group| group.as_str() != "cert-manager.io");
    let kind = node.text_at(&["kind"]).map_or("Issuer", Text::as_str).to_owned();
    (!is_other).then_some(IssuerReference { kind, name: node.text_at(&["name"])?.to_located() })
}

pub(super) fn read_issuer(node: &Node, object: &ObjectName) -> Option<Resource> {
    let spec = node.get("spec").filter(|_| is_ours(node))?;
    let signer = if spec.entry("selfSigned").is_some() {
        Signer::Itself
    } else if let Some(secret) = spec.text_at(&["ca", "secretName"]) {
        Signer::Ca(secret.as_str().to_owned())
    } else if spec.entry("acme").is_some() {
        Signer::Acme
    } else {
        Signer::Other
    };
    Some(Resource::Issuer(Issuer { object: object.clone(), signer }))
}

fn is_ours(node: &Node) -> bool {
    node.text_at(&["apiVersion"]).is_some_and(|version| version.as_str().starts_with(GROUP))
}
