//! A ConfigMap with the certificates, which are public, under their own names.

use super::object::{names, push_block, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::pki::PkiFile;
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    if wishes.with_keys {
        return Err(ExportError::NoPlaceForKeys);
    }
    let (name, namespace) = names(wishes, "front-proxy", "kube-system")?;
    let mut text = roomy(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n  namespace: {}\ndata:\n",
        yaml::string(name),
        yaml::string(namespace)
    ));
    for (file, pem) in [(PkiFile::CaCertificate, &material.ca), (PkiFile::ClientCertificate, &material.client)] {
        text.push_str(&format!("  {file}: "));
        push_block(&mut text, 4, pem);
    }
    Ok(Exported::Text(text))
}
