//! The parser's events become a tree. No recursion: the depth is counted, and a hostile file does not end the program.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::scalar;
use super::{COPY_LIMIT, Content, DEPTH_LIMIT, Entry, Node, YamlError};
use crate::source::template::{Gaps, Template};
use crate::text::{Origin, Text};

/// All documents of a text that has no `---` but at its beginning; there is more than one only behind `...`.
pub(super) fn parse(template: &Template) -> Result<Vec<Node>, Failure> {
    let offsets = Offsets::of(template.text().as_str());
    let mut builder = Builder {
        template,
        offsets: &offsets,
        gaps: template.gaps(),
        open: Vec::new(),
        finished: Vec::new(),
        anchors: HashMap::new(),
        copied: 0,
        behind: 0,
        last_scalar: 0,
    };
    let mut parser = Parser::new_from_str(template.text().as_str());
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            let origin = builder.origin(at..at);
            let error = match error.info() {
                // The scanner looks ahead of us, and counts too.
                "recursion limit exceeded" => YamlError::TooDeep { origin },
                message => YamlError::Syntax { origin, message: message.to_owned() },
            };
            Failure { at, error }
        })?;
        builder.event(event, span).map_err(|error| Failure { at: builder.behind, error })?;
    }
    Ok(builder.finished)
}

/// An error and its offset in the text that was parsed.
pub(super) struct Failure {
    pub at: usize,
    pub error: YamlError,
}

/// The parser counts characters, we count bytes.
struct Offsets {
    /// Empty where every character is one byte.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn of(string: &str) -> Self {
        let bytes = if string.is_ascii() { Vec::new() } else { string.char_indices().map(|(at, _)| at).collect() };
        Self { bytes, len: string.len() }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.len);
        }
        self.bytes.get(character).copied().unwrap_or(self.len)
    }
}

struct Builder<'a> {
    template: &'a Template,
    offsets: &'a Offsets,
    gaps: Gaps,
    open: Vec<Collection>,
    finished: Vec<Node>,
    anchors: HashMap<usize, Node>,
    copied: usize,
    /// The byte behind the last event: a block scalar's header is looked for from here.
    behind: usize,
    /// The byte behind the last scalar.
    last_scalar: usize,
}

/// A sequence or mapping that has not ended.
struct Collection {
    start: usize,
    /// The byte behind what comes before it.
    behind: usize,
    anchor: usize,
    tagged: bool,
    items: Vec<Node>,
    mapping: bool,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let (start, end) = (self.offsets.byte(span.start.index()), self.offsets.byte(span.end.index()));
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let source = self.template.text().as_str().get(start..end).unwrap_or_default();
                self.last_scalar = start + source.trim_end().len();
                let node = self.scalar(&value, style, start..end, tag.as_deref());
                self.add(node, anchor)?;
            }
            Event::SequenceStart(anchor, tag) => self.open(start, anchor, tag.as_deref(), false)?,
            Event::MappingStart(anchor, tag) => self.open(start, anchor, tag.as_deref(), true)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(end)?,
            Event::Alias(anchor) => self.alias(anchor, start..end)?,
            _ => {}
        }
        self.behind = end;
        Ok(())
    }

    fn open(&mut self, start: usize, anchor: usize, tag: Option<&Tag>, mapping: bool) -> Result<(), YamlError> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(YamlError::TooDeep { origin: self.origin(start..start) });
        }
        let tagged = tag.is_some_and(is_of_a_tool);
        self.open.push(Collection { start, behind: self.behind, anchor, tagged, items: Vec::new(), mapping });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), YamlError> {
        let Some(collection) = self.open.pop() else { return Ok(()) };
        let size = 1 + collection.items.iter().map(|item| item.size).sum::<usize>();
        let content = if collection.mapping {
            Content::Mapping(self.entries(collection.items)?)
        } else {
            Content::Sequence(collection.items)
        };
        let node = Node {
            content,
            origin: self.origin(collection.start..end),
            tagged: collection.tagged,
            // A block collection ends where the next thing begins.
            gaps: self.gaps.within(collection.behind..end, self.last_scalar),
            plain: false,
            size,
        };
        self.add(node, collection.anchor)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), YamlError> {
        let Some(node) = self.anchors.get(&anchor) else {
            let message = "this alias stands inside of what it stands for".to_owned();
            return Err(YamlError::Syntax { origin: self.origin(range), message });
        };
        let node = node.clone();
        self.count_copies(node.size, range)?;
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        if anchor != 0 {
            self.count_copies(node.size, self.behind..self.behind)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(collection) => collection.items.push(node),
            None => self.finished.push(node),
        }
        Ok(())
    }

    fn count_copies(&mut self, size: usize, range: Range<usize>) -> Result<(), YamlError> {
        self.copied += size;
        if self.copied > COPY_LIMIT {
            return Err(YamlError::TooManyAliases { origin: self.origin(range) });
        }
        Ok(())
    }

    /// Keys and values in turn become entries. `<<` inserts the entries of its mapping, or of the mappings of its
    /// sequence from the last to the first, so that the first counts (go-yaml v2, `decoder.merge`).
    fn entries(&mut self, items: Vec<Node>) -> Result<Vec<Entry>, YamlError> {
        let mut entries = Vec::with_capacity(items.len() / 2);
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let merged: Vec<&Node> = match &value.content {
                Content::Mapping(_) if is_merge_key(&key) => vec![&value],
                Content::Sequence(items) if is_merge_key(&key) => items.iter().rev().collect(),
                _ => {
                    let key = match key.content {
                        Content::Scalar(text) => text,
                        _ => Text::synthetic("", &key.origin),
                    };
                    entries.push(Entry { key, value });
                    continue;
                }
            };
            // A sequence's items are repeated here, beside the aliases that made them.
            self.count_copies(merged.iter().map(|node| node.size).sum(), self.behind..self.behind)?;
            entries.extend(merged.iter().flat_map(|node| node.entries().iter().cloned()));
        }
        Ok(entries)
    }

    fn scalar(&self, value: &str, style: ScalarStyle, range: Range<usize>, tag: Option<&Tag>) -> Node {
        let source = self.template.text();
        let tagged = tag.is_some_and(is_of_a_tool);
        let binary = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "binary");
        let null = style == ScalarStyle::Plain && tag.is_none() && matches!(value, "" | "~" | "null" | "Null" | "NULL");
        let content = if null {
            Content::Null
        } else {
            let text = scalar::decode(source, self.behind, range.clone(), style, value);
            let text = if binary { scalar::decode_base64(&text) } else { text };
            Content::Scalar(self.template.restore(text))
        };
        let gaps = self.gaps.within(range.clone(), self.last_scalar);
        // `!!str yes` is a string as `"yes"` is.
        let plain =
            style == ScalarStyle::Plain && tag.is_none_or(|tag| tag.is_yaml_core_schema() && tag.suffix != "str");
        Node { content, origin: self.origin(range), tagged, gaps, plain, size: 1 }
    }

    fn origin(&self, range: Range<usize>) -> Origin {
        self.template.text().origin_of(range)
    }
}

/// Whether only some tool understands the tag. `!` alone says that there is none (YAML 1.2.2, 6.9.1, non-specific tags).
fn is_of_a_tool(tag: &Tag) -> bool {
    let is_non_specific = matches!((tag.handle.as_str(), tag.suffix.as_str()), ("", "!") | ("!", ""));
    !tag.is_yaml_core_schema() && !is_non_specific
}

/// A quoted `<<` is a key like any other.
fn is_merge_key(key: &Node) -> bool {
    key.plain && key.as_str() == Some("<<")
}
