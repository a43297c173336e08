//! What objects and other YAML have in common.

use zeroize::Zeroizing;

use super::{ExportError, Wishes};
use crate::emit::base64::base64;
use crate::kubernetes::names::{is_label, is_subdomain};

/// The name and the namespace of an object, or those that it has where nobody wishes others.
pub(super) fn names<'a>(
    wishes: &'a Wishes,
    name: &'a str,
    namespace: &'a str,
) -> Result<(&'a str, &'a str), ExportError> {
    let name = wishes.name.as_deref().unwrap_or(name);
    let namespace = wishes.namespace.as_deref().unwrap_or(namespace);
    for (flag, value, is_one) in [("name", name, is_subdomain(name)), ("namespace", namespace, is_label(namespace))] {
        if !is_one {
            return Err(ExportError::NotAName { flag, value: value.to_owned() });
        }
    }
    Ok((name, namespace))
}

/// Adds base64 of what stands below a key that stands `indent` deep.
pub(super) fn push_encoded(text: &mut Zeroizing<String>, indent: usize, key: &str, bytes: &[u8]) {
    text.push_str(&" ".repeat(indent));
    text.push_str(key);
    text.push_str(": ");
    text.push_str(&base64(bytes));
    text.push('\n');
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
