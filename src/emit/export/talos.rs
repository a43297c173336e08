//! The aggregator's CA in Talos' machine configuration, as a patch for the control-plane nodes: `cluster.aggregatorCA`
//! (siderolabs/talos, pkg/machinery/config/types/v1alpha1, `ClusterConfig`), or the document that takes its place since
//! Talos 1.14 (types/k8s/aggregator_ca.go, `KubeAggregatorCAConfigV1Alpha1`), which does not stand beside it. Talos issues
//! the client from it itself.

use zeroize::Zeroizing;

use super::object::{push_block, push_encoded, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::pki::key_form::in_own_form;
use crate::pki::make::bundle_bytes;

const READER: &str = "Talos";

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let key = own_key(material, wishes)?;
    let mut text = roomy("cluster:\n  aggregatorCA:\n");
    for (name, bytes) in [("crt", material.ca.as_slice()), ("key", key.as_bytes())] {
        push_encoded(&mut text, 4, name, bytes);
    }
    Ok(Exported::Text(text))
}

/// The first certificate issues, the others are accepted as well.
pub(super) fn write_document(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let key = own_key(material, wishes)?;
    let mut each = material.fitting.ca.chunks(1).map(bundle_bytes);
    let issuing = each.next().unwrap_or_default();
    let mut text = roomy("apiVersion: v1alpha1\nkind: KubeAggregatorCAConfig\nissuingCA:\n");
    for (name, bytes) in [("cert", issuing.as_slice()), ("key", key.as_bytes())] {
        text.push_str(&format!("  {name}: "));
        push_block(&mut text, 4, bytes);
    }
    for (number, accepted) in each.enumerate() {
        text.push_str(if number == 0 { "acceptedCAs:\n- " } else { "- " });
        push_block(&mut text, 2, &accepted);
    }
    Ok(Exported::Text(text))
}

fn own_key(material: &Material<'_>, wishes: &Wishes) -> Result<Zeroizing<String>, ExportError> {
    let key = material.ca_key(wishes, READER)?;
    // It knows keys by their labels, and PKCS#8's is not among them (siderolabs/crypto, x509/certificate_and_key.go,
    // `PEMEncodedCertificateAndKey.GetKey`).
    in_own_form(key).ok_or(ExportError::KeyForm { reader: READER })
}
