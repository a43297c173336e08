//! Trees (YAML, JSON) inside of other texts: here-documents, Markdown's code blocks, and what `kubectl get` printed.

use std::ops::Range;

use super::markdown;
use crate::source::expression::expression;
use crate::source::shell;
use crate::source::yaml;
use crate::text::Text;

/// The trees in a text that is none itself.
pub(in crate::source) fn embedded_manifests(text: &Text) -> Vec<Text> {
    let mut found = Vec::new();
    for block in markdown::code_blocks(text) {
        let whole = block.len() == text.len();
        if !whole && is_tree(&block) && !block.as_str().contains("<<") {
            found.push(block);
            continue;
        }
        let (printed, rest) = without_printed(&block);
        found.extend(printed);
        if rest.as_str().contains("<<") {
            found.extend(shell::read(&rest).here_documents.into_iter().map(|document| document.body).filter(is_tree));
        }
    }
    found
}

/// Objects that `kubectl get -o yaml` printed between the commands of a terminal, and the text without them.
pub(super) fn without_printed(text: &Text) -> (Vec<Text>, Text) {
    let mut printed = Vec::new();
    let mut rest = text.slice(0..0);
    let mut from = 0;
    for range in printed_objects(text.as_str()) {
        rest.push(text, from..range.start);
        from = range.end;
        printed.push(text.slice(range));
    }
    rest.push(text, from..text.len());
    (printed, rest)
}

/// From a line `apiVersion:` behind a command line to the next line that is no YAML.
fn printed_objects(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    let mut behind_command = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match open {
            Some(start) if !continues_tree(line) => {
                found.push(start..at);
                open = None;
            }
            None if behind_command && (line.starts_with("apiVersion:") || line.trim_end() == "{") => open = Some(at),
            _ => {}
        }
        if !line.trim().is_empty() {
            behind_command = line.contains("kubectl ") || line.contains("oc get ");
        }
        at += line.len();
    }
    found.extend(open.map(|start| start..text.len()));
    found
}

fn continues_tree(line: &str) -> bool {
    let content = line.trim_end();
    content.is_empty()
        || content.starts_with([' ', '\t', '}', ']', '-'])
        || content.split_once(':').is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a text within another is YAML or JSON with names of keys.
pub(super) fn is_tree(text: &Text) -> bool {
    is_manifest(text) || (begins_with_key(text.as_str()) && parses(text))
}

/// Kubernetes objects, YAML or JSON, and nothing before them.
pub(super) fn is_manifest(text: &Text) -> bool {
    let first = first_line(text.as_str());
    let starts = ["apiVersion:", "kind:", "metadata:", "{"];
    first.is_some_and(|first| starts.iter().any(|start| first.starts_with(start)))
        && ["apiVersion", "kind"].iter().all(|key| text.as_str().contains(key))
}

fn first_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !(line.is_empty() || line.starts_with(['#', '-']) || expression(line).is_some()))
}

/// `key:` or `key: value`; a shell has no such line to begin with.
fn begins_with_key(text: &str) -> bool {
    first_line(text).and_then(|line| line.split_once(':')).is_some_and(|(key, value)| {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'"');
        !key.is_empty() && key.bytes().all(name) && (value.is_empty() || value.starts_with(' '))
    })
}

fn parses(text: &Text) -> bool {
    yaml::pieces(text).iter().all(|piece| match &piece.documents {
        Ok(nodes) => nodes.iter().all(|node| node.is_mapping() || node.is_null()),
        Err(_) => false,
    })
}
