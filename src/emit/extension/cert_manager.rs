//! The certificates as cert-manager is asked for them (cert-manager.io/v1).

use serde_json::{Value, json};

use super::Extension;
use crate::pki::serving::ServingWishes;
use crate::pki::{KeyAlgorithm, Validity};

/// The annotation with which its injector fills in the caBundle (cert-manager, pkg/controller/cainjector).
pub(super) const INJECTOR: &str = "cert-manager.io/inject-ca-from";

const GROUP: &str = "cert-manager.io";

/// The Certificate of the CA, and the Secret with it.
pub(super) fn ca(extension: &Extension) -> String {
    format!("{}-serving-ca", extension.service)
}

/// An issuer that signs with the key itself, a CA made by it, an issuer that signs with this CA, and the certificate.
///
/// The CA keeps its key when it is renewed (`rotationPolicy: Never`): the injector then changes the caBundle at once, and the
/// certificate that the old one signed still verifies. The caBundle comes from the CA and not from the serving
/// certificate's Secret, so that it never waits for the Pods.
pub(super) fn objects(extension: &Extension, wishes: &ServingWishes) -> Vec<Value> {
    let (ca, self_signed) = (ca(extension), format!("{}-self-signed", extension.service));
    let metadata = |name: &str| json!({"name": name, "namespace": extension.namespace});
    let issuer = |name: &str, spec: Value| json!({"apiVersion": format!("{GROUP}/v1"), "kind": "Issuer", "metadata": metadata(name), "spec": spec});
    let reference = |name: &str| json!({"group": GROUP, "kind": "Issuer", "name": name});
    let certificate = |name: &str, spec: Value| json!({"apiVersion": format!("{GROUP}/v1"), "kind": "Certificate", "metadata": metadata(name), "spec": spec});
    let mut usages = vec!["digital signature"];
    if wishes.key_algorithm.can_encipher() {
        usages.push("key encipherment");
    }
    usages.push("server auth");
    let mut serving = json!({
        "secretName": extension.secret,
        "commonName": wishes.common_name,
        "dnsNames": wishes.dns_names,
        "duration": duration(wishes.validity),
        "usages": usages,
        "privateKey": private_key(wishes.key_algorithm, "Always"),
        "issuerRef": reference(&ca),
    });
    // Otherwise cert-manager renews it when a third of its life is left, as we do.
    if let Some(renew_before) = wishes.renew_before {
        serving["renewBefore"] = json!(duration(renew_before));
    }
    let authority = json!({
        "isCA": true,
        "secretName": ca,
        "commonName": wishes.ca_common_name,
        "duration": duration(wishes.ca_validity),
        "usages": ["cert sign"],
        "privateKey": private_key(wishes.key_algorithm, "Never"),
        "issuerRef": reference(&self_signed),
    });
    vec![
        issuer(&self_signed, json!({"selfSigned": {}})),
        certificate(&ca, authority),
        issuer(&ca, json!({"ca": {"secretName": ca}})),
        certificate(&format!("{}-serving", extension.service), serving),
    ]
}

fn private_key(algorithm: KeyAlgorithm, rotation_policy: &str) -> Value {
    let (name, size) = match algorithm {
        KeyAlgorithm::EcdsaP256 => ("ECDSA", Some(256)),
        KeyAlgorithm::EcdsaP384 => ("ECDSA", Some(384)),
        KeyAlgorithm::Ed25519 => ("Ed25519", None),
        KeyAlgorithm::Rsa2048 => ("RSA", Some(2048)),
        KeyAlgorithm::Rsa3072 => ("RSA", Some(3072)),
        KeyAlgorithm::Rsa4096 => ("RSA", Some(4096)),
    };
    let mut key = json!({"algorithm": name});
    if let Some(size) = size {
        key["size"] = json!(size);
    }
    key["rotationPolicy"] = json!(rotation_policy);
    key
}

/// As Go writes it: hours are its largest unit.
fn duration(validity: Validity) -> String {
    format!("{}h", validity.length().whole_hours())
}
