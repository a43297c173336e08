//! A Secret with the files under their own names, to be mounted as the certificate directory of a server in a Pod.

use super::object::{names, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::emit::base64::base64;
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let (name, namespace) = names(wishes, Some("front-proxy"))?;
    let mut text = roomy(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\ntype: Opaque\ndata:\n",
        yaml::string(name),
        yaml::string(namespace)
    ));
    for (file, bytes) in material.files(wishes) {
        text.push_str(&format!("  {file}: "));
        text.push_str(&base64(bytes));
        text.push('\n');
    }
    Ok(Exported::Text(text))
}
