//! cloud-init's `write_files`, for the directory where the server sees the files.

use super::object::{push_block, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::pki::PkiFile;
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let mut text = roomy("#cloud-config\nwrite_files:\n");
    let files = [
        (PkiFile::CaCertificate, Some(material.ca.as_slice())),
        (PkiFile::ClientCertificate, Some(material.client.as_slice())),
        (PkiFile::ClientKey, material.client_key(wishes)),
    ];
    for (file, bytes) in files {
        let Some(bytes) = bytes else { continue };
        let mode = if file.is_key() { "0600" } else { "0644" };
        text.push_str(&format!(
            "- path: {}\n  owner: root:root\n  permissions: '{mode}'\n  content: ",
            yaml::string(&wishes.pki_dir.file(file))
        ));
        push_block(&mut text, 4, bytes);
    }
    Ok(Exported::Text(text))
}
