//! Flags that tools keep in maps and lists instead of argument vectors.

use crate::source::Argument;
use crate::source::expression::has_expression;
use crate::source::script::is_type;
use crate::source::template;
use crate::source::yaml::{Content, Node};
use crate::text::Text;

/// `--name=value` from the two parts of it, each with its own place.
pub(super) fn flag(name: &Text, value: &Text) -> Argument {
    let mut text = name.slice(0..0);
    if !name.as_str().starts_with("--") {
        text.append(&Text::synthetic("--", &name.slice(0..0).origin()));
    }
    text.append(name);
    text.append(&Text::synthetic("=", &value.slice(0..0).origin()));
    text.append(value);
    Argument::written(text)
}

/// All flags of a node: a map of names to values, a list of `name=value`, a list of names with values, or one string.
pub(super) fn of(node: &Node) -> Vec<Argument> {
    let mut arguments = written(node);
    if !node.gaps.is_empty() {
        template::settle_branches(&mut arguments);
    }
    arguments
}

fn written(node: &Node) -> Vec<Argument> {
    match &node.content {
        Content::Mapping(_) => {
            node.effective_entries().into_iter().flat_map(|entry| of_entry(&entry.key, &entry.value)).collect()
        }
        Content::Sequence(items) => {
            let is_vector = items.iter().filter_map(Node::as_str).any(|item| item.starts_with("--"));
            items.iter().flat_map(|item| of_item(item, is_vector)).collect()
        }
        Content::Scalar(text) => of_string(text),
        Content::Null => Vec::new(),
    }
}

/// A name with one value or, where the tool repeats the flag, a list of them. Null is the empty string.
pub(super) fn of_entry(name: &Text, value: &Node) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = match &value.content {
        Content::Null => vec![flag(name, &Text::synthetic("", &value.origin))],
        // A reference of options.
        Content::Scalar(text) if is_type(text.as_str()) => Vec::new(),
        Content::Scalar(text) => vec![flag(name, text)],
        Content::Sequence(items) => items.iter().filter_map(Node::text).map(|text| flag(name, text)).collect(),
        Content::Mapping(_) => Vec::new(),
    };
    arguments.iter_mut().for_each(|argument| argument.opaque |= value.tagged);
    arguments
}

/// `is_vector`: the items are arguments as a process gets them, and `-v=4` between those with two dashes is one of them.
fn of_item(item: &Node, is_vector: bool) -> Vec<Argument> {
    // `key` in kwok's `componentsPatches` (KwokctlConfiguration).
    let name = item.text_at(&["name"]).or_else(|| item.text_at(&["key"]).filter(|_| item.get("value").is_some()));
    if let (Some(name), value) = (name, item.get("value")) {
        let empty = || Text::synthetic("", &name.origin());
        return vec![flag(name, &value.and_then(Node::text).cloned().unwrap_or_else(empty))];
    }
    match &item.content {
        Content::Scalar(text) if is_vector && text.as_str().starts_with('-') => vec![Argument::written(text.clone())],
        Content::Scalar(text) => vec![dashed(text)],
        Content::Mapping(_) => of(item),
        _ => Vec::new(),
    }
}

/// Several flags in one string when they have their dashes, one flag otherwise.
fn of_string(text: &Text) -> Vec<Argument> {
    if !text.as_str().trim_start().starts_with("--") {
        return vec![dashed(&text.trim())];
    }
    let mut arguments = Vec::new();
    let mut start = 0;
    for (at, blank) in text.as_str().match_indices(char::is_whitespace).chain([(text.len(), "")]) {
        if at > start {
            arguments.push(Argument::written(text.slice(start..at)));
        }
        start = at + blank.len();
    }
    arguments
}

/// `flag=value` as k3s takes it: with or without the dashes.
fn dashed(text: &Text) -> Argument {
    if text.as_str().starts_with("--") || template::begins_with_tag(text.as_str()) {
        return Argument::written(text.clone());
    }
    let mut dashed = Text::synthetic("--", &text.slice(0..0).origin());
    dashed.append(text);
    Argument::written(dashed)
}

/// The name of the flag, as pflag compares it; nothing where the argument is no flag or nobody knows which.
pub(super) fn name(argument: &Argument) -> Option<String> {
    let name = argument.text.as_str().strip_prefix("--")?.split('=').next()?;
    (!name.is_empty() && !has_expression(name)).then(|| name.replace('_', "-"))
}
