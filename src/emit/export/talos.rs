//! `cluster.aggregatorCA` of Talos' machine configuration, as a patch for the control-plane nodes (siderolabs/talos,
//! pkg/machinery/config/types/v1alpha1, `ClusterConfig`). Talos issues the client from it itself.

use super::object::{push_encoded, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::pki::key_form::in_own_form;

const READER: &str = "Talos";

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let key = material.ca_key(wishes, READER)?;
    // It knows keys by their labels, and PKCS#8's is not among them (siderolabs/crypto, x509/certificate_and_key.go,
    // `PEMEncodedCertificateAndKey.GetKey`).
    let key = in_own_form(key).ok_or(ExportError::KeyForm { reader: READER })?;
    let mut text = roomy("cluster:\n  aggregatorCA:\n");
    for (name, bytes) in [("crt", material.ca.as_slice()), ("key", key.as_bytes())] {
        push_encoded(&mut text, 4, name, bytes);
    }
    Ok(Exported::Text(text))
}
