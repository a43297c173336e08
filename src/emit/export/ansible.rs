//! A file of Ansible variables, one for each file.

use super::object::{push_block, roomy};
use super::{ExportError, Exported, Material, Wishes};
use crate::source::formats::layouts::ansible_variable;

pub(super) fn write(material: &Material<'_>, wishes: &Wishes) -> Result<Exported, ExportError> {
    let mut text = roomy("---\n");
    if wishes.with_keys {
        text.push_str("# There is a private key in here: ansible-vault encrypt FILE\n");
    }
    for (file, bytes) in material.files(wishes) {
        text.push_str(&ansible_variable(file.name()));
        text.push_str(": ");
        push_block(&mut text, 2, bytes);
    }
    Ok(Exported::Text(text))
}
