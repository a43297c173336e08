//! cloud-init's `write_files`, for the directory where the server sees the files.

use super::object::{push_block, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::text::yaml;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let mut text = roomy("#cloud-config\nwrite_files:\n");
    for (file, bytes) in material.files(wishes) {
        let mode = if file.is_key() { "0600" } else { "0644" };
        text.push_str(&format!(
            "- path: {}\n  owner: root:root\n  permissions: '{mode}'\n  content: ",
            yaml::string(&wishes.pki_dir.file(file))
        ));
        push_block(&mut text, 4, bytes);
    }
    Ok(Exported::Text(text))
}
