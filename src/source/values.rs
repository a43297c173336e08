//! The objects of a file as they are, for who compares them with others.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::ReadError;
use super::yaml::{self, Content, Node};
use crate::text::{SourceFile, Text};

/// The objects of a file, those of a `List` each by itself. Every scalar is a string.
///
/// # Errors
/// With the first document that does not parse.
pub fn values(file: &Arc<SourceFile>) -> Result<Vec<Value>, ReadError> {
    let mut values = Vec::new();
    for piece in yaml::pieces(&Text::of(file)) {
        for node in &piece.documents? {
            match (node.get("kind").and_then(Node::as_str), node.get("items")) {
                (Some("List"), Some(items)) => values.extend(items.items().iter().map(value)),
                _ => values.push(value(node)),
            }
        }
    }
    Ok(values)
}

/// No deeper than what YAML is read to.
fn value(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::Null,
        Content::Scalar(text) => Value::String(text.as_str().to_owned()),
        Content::Sequence(items) => Value::Array(items.iter().map(value).collect()),
        Content::Mapping(_) => {
            let entries = node.effective_entries().into_iter();
            Value::Object(
                entries.map(|entry| (entry.key.as_str().to_owned(), value(&entry.value))).collect::<Map<_, _>>(),
            )
        }
    }
}
