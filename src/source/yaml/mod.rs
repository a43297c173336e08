//! YAML and JSON as trees whose scalars know where each of their characters was written.
//!
//! What a tree means is what kubectl makes of it (sigs.k8s.io/yaml, observed with kubectl 1.36): documents are split
//! at lines that begin with `---`, the last of two equal keys wins, `<<` inserts where it stands, so that it overrides
//! what is above it. A document that is broken leaves the others alone.

mod build;
mod json;
mod merge;
mod patch;
mod repair;
mod scalar;

pub(in crate::source) use merge::Left;
pub(in crate::source) use patch::{Brought, Refused};
pub(in crate::source) use scalar::base64_bytes;

use std::collections::HashMap;

use crate::source::ReadError;
use crate::source::expression::has_expression;
use crate::source::template::{Gaps, Template};
use crate::text::{Located, Origin, Text};

/// Objects of Kubernetes nest less than 30 deep, the deepest schemas of custom resources less than 100.
pub(in crate::source) const DEPTH_LIMIT: usize = 200;

/// How many nodes aliases and anchors may copy, and patches bring in: enough for every honest file, nothing for a billion laughs.
const COPY_LIMIT: usize = 100_000;

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub content: Content,
    pub origin: Origin,
    /// It has a tag that only some tool understands (`!vault`, `!Sub`).
    pub tagged: bool,
    /// Lines of a template that were left out somewhere in it.
    pub(super) gaps: Gaps,
    /// A scalar without quotes.
    plain: bool,
    /// The number of nodes, itself included.
    size: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Null,
    /// Strings, numbers and booleans alike, as written.
    Scalar(Text),
    Sequence(Vec<Node>),
    /// In the order of the file, duplicates included, merge keys resolved.
    Mapping(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Empty where the key is no scalar.
    pub key: Text,
    pub value: Node,
}

/// Why a document has no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    #[error("this is no YAML: {message}")]
    Syntax { origin: Origin, message: String },
    #[error("this is nested more than {DEPTH_LIMIT} levels deep; nothing that Kubernetes reads is")]
    TooDeep { origin: Origin },
    #[error("aliases make more than {COPY_LIMIT} copies of other nodes; write out what they stand for")]
    TooManyAliases { origin: Origin },
}

impl YamlError {
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Syntax { origin, .. } | Self::TooDeep { origin } | Self::TooManyAliases { origin } => origin,
        }
    }
}

impl From<YamlError> for ReadError {
    fn from(error: YamlError) -> Self {
        Self::Malformed { origin: error.origin().clone(), message: error.to_string() }
    }
}

/// A part of a text between `---`.
#[derive(Debug)]
pub(super) struct Piece {
    pub text: Text,
    /// More than one where `...` or JSON separates them. Empty ones are left out.
    pub documents: Result<Vec<Node>, YamlError>,
}

/// All documents of a text.
pub(super) fn pieces(text: &Text) -> Vec<Piece> {
    let piece = |text: Text| {
        let documents = documents(&text).map(|nodes| nodes.into_iter().filter(|node| !node.is_null()).collect());
        Piece { text, documents }
    };
    split(text).into_iter().map(piece).collect()
}

/// The documents of a text, but for those that are broken.
pub(super) fn nodes(text: &Text) -> Vec<Node> {
    pieces(text).into_iter().filter_map(|piece| piece.documents.ok()).flatten().collect()
}

/// The first document, and what is behind it.
pub(super) fn first_document(text: &Text) -> (Text, Option<Text>) {
    let pieces = split(text);
    match (pieces.first(), pieces.get(1), pieces.last()) {
        (Some(first), Some(next), Some(last)) => {
            let (start, end) = (next.origin().range().start, last.origin().range().end);
            (first.clone(), Some(Text::of(text.file()).slice(start..end)))
        }
        _ => (text.clone(), None),
    }
}

/// A template is tried without its control lines first: `{{ x }}` is also YAML, for a mapping that has a mapping as key.
fn documents(piece: &Text) -> Result<Vec<Node>, YamlError> {
    let template = Template::of(piece);
    match read(&template) {
        Err(YamlError::Syntax { .. }) if template.has_tags() => {
            read(&Template::verbatim(piece)).or_else(|_| repair::without_broken_lines(&template))
        }
        result => result,
    }
}

fn read(template: &Template) -> Result<Vec<Node>, YamlError> {
    if !template.text().as_str().trim_start().starts_with('{') {
        return repair::parse(template);
    }
    match json::parse(template) {
        // A flow mapping of YAML.
        Err(YamlError::Syntax { .. }) => repair::parse(template),
        result => result,
    }
}

/// Splits at `---` as k8s.io/apimachinery's YAMLReader does, before any parsing, so that an error stays in its document.
fn split(text: &Text) -> Vec<Text> {
    let string = text.as_str();
    let mut start = if string.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut pieces = Vec::new();
    let mut offset = 0;
    for line in string.split_inclusive('\n') {
        if line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
            pieces.push(text.slice(start..offset));
            start = offset.max(start);
        }
        offset += line.len();
    }
    pieces.push(text.slice(start..string.len()));
    // What stands before the first `---` may be comments and `%YAML`, which is no document.
    pieces.retain(|piece| piece.as_str().lines().any(|line| !line.trim().is_empty() && !line.starts_with(['#', '%'])));
    pieces
}

impl Node {
    /// One that is put together of parts of several texts.
    pub(super) fn assembled(content: Content, origin: Origin) -> Self {
        Self { content, origin, tagged: false, gaps: Gaps::default(), plain: false, size: 1 }
    }

    /// The items of a `List`, or the one object that it is.
    pub(super) fn into_objects(self) -> Vec<Self> {
        match self.get("items").filter(|items| self.is("kind", "List") && !items.items().is_empty()) {
            Some(items) => items.items().to_vec(),
            None => vec![self],
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// The scalar; nothing for null.
    pub(super) fn text(&self) -> Option<&Text> {
        match &self.content {
            Content::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text as whoever gets it would have it: a template's expression, where some tool makes something else of what
    /// stands there (`!include ca.crt`). PEM stands for itself whatever its tag, which Kubernetes does not ask for.
    pub(super) fn value(&self) -> Option<Text> {
        /// As it is, and in base64.
        const PEM: [&str; 2] = ["-----BEGIN ", "LS0tLS1CRUdJTi"];
        let text = self.text()?;
        let is_pem = PEM.iter().any(|begin| text.as_str().trim_start().starts_with(begin));
        if !self.tagged || is_pem || has_expression(text.as_str()) {
            return Some(text.clone());
        }
        Some(Text::synthetic(format!("{{{{ {} }}}}", text.as_str().trim()), &text.origin()))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.text().map(Text::as_str)
    }

    /// The items of a sequence; none for anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping as written; none for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    /// The entries that count: the last of each key, where it stands.
    pub(super) fn effective_entries(&self) -> Vec<&Entry> {
        let entries = self.entries();
        let last: HashMap<&str, usize> =
            entries.iter().enumerate().map(|(index, entry)| (entry.key.as_str(), index)).collect();
        let counts = |(index, entry): &(usize, &Entry)| last.get(entry.key.as_str()) == Some(index);
        entries.iter().enumerate().filter(counts).map(|(_, entry)| entry).collect()
    }

    /// The entry of a key that counts.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key.as_str() == key)
    }

    /// The value of a key; nothing where there is none or null.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|value| !value.is_null())
    }

    /// The expressions that stand for more of a key's value than what is written.
    pub(super) fn hidden_in(&self, key: &str) -> Vec<Text> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        if !entry.value.is_null() {
            return entry.value.gaps.hidden().cloned().collect();
        }
        // The whole value: the next one behind the key.
        let start = |text: &Text| text.origin().range().start;
        let key = start(&entry.key);
        let next = self.entries().iter().map(|entry| start(&entry.key)).filter(|next| *next > key).min();
        let behind = |text: &&Text| start(text) > key && next.is_none_or(|next| start(text) < next);
        self.gaps.hidden().filter(behind).cloned().collect()
    }

    /// The value at a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The scalar at a path of keys.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&Text> {
        self.at(path).and_then(Node::text)
    }

    /// [`Self::value`] of what is there.
    pub(super) fn value_at(&self, path: &[&str]) -> Option<Text> {
        self.at(path).and_then(Node::value)
    }

    /// The scalars of a mapping, with their keys.
    pub(super) fn scalars(&self) -> Vec<(String, String)> {
        let entries = self.effective_entries().into_iter();
        entries.filter_map(|Entry { key, value }| Some((key.as_str().to_owned(), value.as_str()?.to_owned()))).collect()
    }

    /// The scalars of the list of a key.
    pub(super) fn strings(&self, key: &str) -> Vec<String> {
        let items = self.get(key).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect()
    }

    /// The scalar of a key as a port's number.
    pub(super) fn port(&self, key: &str) -> Option<Located<u16>> {
        let text = self.text_at(&[key])?;
        Some(Located::new(text.as_str().parse().ok()?, text.origin()))
    }

    /// The scalar of a key as a boolean of YAML 1.1, which kubectl's parser still takes.
    pub(super) fn boolean(&self, key: &str) -> Option<Located<bool>> {
        let text = self.text_at(&[key])?;
        Some(Located::new(boolean_of_yaml_1_1(text.as_str())?, text.origin()))
    }

    /// The same as a program hands it on that loads YAML 1.1, where a plain `yes` or `off` is a boolean.
    pub(super) fn loaded_as_yaml_1_1(&self) -> Self {
        let content = match &self.content {
            Content::Scalar(text) => Content::Scalar(self.word_of_boolean().unwrap_or_else(|| text.clone())),
            Content::Sequence(items) => Content::Sequence(items.iter().map(Self::loaded_as_yaml_1_1).collect()),
            Content::Mapping(entries) => {
                let loaded =
                    |Entry { key, value }: &Entry| Entry { key: key.clone(), value: value.loaded_as_yaml_1_1() };
                Content::Mapping(entries.iter().map(loaded).collect())
            }
            Content::Null => Content::Null,
        };
        let Self { origin, gaps, .. } = self;
        Self {
            content,
            origin: origin.clone(),
            gaps: gaps.clone(),
            tagged: self.tagged,
            plain: self.plain,
            size: self.size,
        }
    }

    /// `true` for a plain `yes`. One letter is a boolean to some programs alone (PyYAML has no `y`).
    fn word_of_boolean(&self) -> Option<Text> {
        let text = self.text().filter(|text| self.plain && text.len() > 1)?;
        let is_word = ["true", "false"].iter().all(|word| !text.as_str().eq_ignore_ascii_case(word));
        let value = boolean_of_yaml_1_1(text.as_str()).filter(|_| is_word)?;
        Some(Text::synthetic(value.to_string(), &text.origin()))
    }

    /// What a program that loads YAML 1.1 has of it, where that is no string.
    pub(super) fn kind_of_no_string(&self) -> Option<&'static str> {
        let text = self.as_str().filter(|_| self.plain && !self.tagged)?;
        let digits = text.trim_start_matches(['+', '-']);
        let is_number = !digits.is_empty()
            && digits.starts_with(|first: char| first.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && digits.matches('.').count() <= 1;
        if is_number { Some("number") } else { boolean_of_yaml_1_1(text).filter(|_| text.len() > 1).map(|_| "bool") }
    }

    /// Whether the scalar of a key is this.
    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.text_at(&[key]).is_some_and(|text| text.as_str() == value)
    }
}

/// `yes`, `Yes` and `YES` alike (yaml.org/type/bool.html).
fn boolean_of_yaml_1_1(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
