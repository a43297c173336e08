//! What objects and other YAML have in common.

use zeroize::Zeroizing;

use super::{ExportError, Wishes};
use crate::kubernetes::names::{is_label, is_subdomain};

/// The name and the namespace of an object.
pub(super) fn names<'a>(wishes: &'a Wishes, name: Option<&'a str>) -> Result<(&'a str, &'a str), ExportError> {
    let name = wishes.name.as_deref().or(name).unwrap_or_default();
    let namespace = wishes.namespace.as_deref().unwrap_or("kube-system");
    for (flag, value, is_one) in [("name", name, is_subdomain(name)), ("namespace", namespace, is_label(namespace))] {
        if !is_one {
            return Err(ExportError::NotAName { flag, value: value.to_owned() });
        }
    }
    Ok((name, namespace))
}

/// Adds PEM as a block scalar below a key that stands `indent` deep.
pub(super) fn push_block(text: &mut Zeroizing<String>, indent: usize, pem: &[u8]) {
    text.push_str("|\n");
    for line in pem.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        text.push_str(&" ".repeat(indent));
        // PEM is ASCII.
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
}

/// A text with room for keys: a buffer that grows leaves copies of them behind.
pub(super) fn roomy(beginning: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(64 * 1024));
    text.push_str(beginning);
    text
}
