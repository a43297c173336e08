//! A Secret with the files under their own names, to be mounted as the certificate directory of a server in a Pod.

use super::object::{names, push_encoded, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let (name, namespace) = names(wishes, "front-proxy", "kube-system")?;
    let mut text = roomy(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\ntype: Opaque\ndata:\n",
        yaml::string(name),
        yaml::string(namespace)
    ));
    for (file, bytes) in material.files(wishes) {
        push_encoded(&mut text, 2, file.name(), bytes);
    }
    Ok(Exported::Text(text))
}
