//! A file, and a place in it.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use memchr::memchr_iter;

use super::private_keys;

/// Bytes between two places of which it is kept how many characters are before them.
const BLOCK: usize = 512;

/// A file as it was read, or what stands for one (`<stdin>`, the command line).
pub struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
    line_starts: OnceLock<Vec<usize>>,
    private_keys: OnceLock<Vec<Range<usize>>>,
    /// How many characters begin before each multiple of [`BLOCK`] bytes.
    characters: OnceLock<Vec<usize>>,
    /// In order of their beginnings; empty where it is a file.
    fields: Vec<Field>,
}

/// Where a field of an object begins, in a text that was made of objects and that nobody wrote: a place there is called
/// by the object and the field, because its lines are in no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The offset in bytes.
    pub start: usize,
    /// `APIService v1beta1.metrics.k8s.io`.
    pub object: Arc<str>,
    /// `spec.caBundle`; empty for the object as a whole.
    pub path: String,
}

/// Where something was written: a range of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    pub(super) file: Arc<SourceFile>,
    pub(super) range: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub origin: Origin,
}

impl SourceFile {
    /// `name` is what the user sees: the path as given, `<stdin>` or `<command line>`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Self::of_objects(name, text, Vec::new())
    }

    /// What was made of objects; `fields` in order of their beginnings.
    pub fn of_objects(name: impl Into<String>, text: impl Into<String>, fields: Vec<Field>) -> Arc<Self> {
        let (name, text) = (name.into(), text.into());
        Arc::new(Self {
            name,
            text,
            line_starts: OnceLock::new(),
            private_keys: OnceLock::new(),
            characters: OnceLock::new(),
            fields,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; columns count characters (Unicode scalar values).
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = floor_char_boundary(&self.text, offset);
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset);
        let start = starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let characters = match self.text.as_bytes().get(start..offset) {
            Some(before) if before.len() < BLOCK => beginnings(before),
            _ => self.characters(offset) - self.characters(start),
        };
        (line, characters + 1)
    }

    /// How many characters begin before a byte. A line may be as long as the file.
    fn characters(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let counts = bytes.chunks(BLOCK).map(beginnings);
            std::iter::once(0)
                .chain(counts.scan(0, |sum, count| {
                    *sum += count;
                    Some(*sum)
                }))
                .collect()
        });
        let block = offset / BLOCK;
        let before = blocks.get(block).copied().unwrap_or_default();
        before + bytes.get(block * BLOCK..offset).map_or(0, beginnings)
    }

    /// The text of a line (from 1), without its end.
    pub fn line(&self, line: usize) -> &str {
        self.text.get(self.line_range(line)).unwrap_or_default()
    }

    /// The bytes of a line (from 1), without its end; an empty range when there is no such line.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let starts = self.line_starts();
        let Some(start) = line.checked_sub(1).and_then(|index| starts.get(index)) else { return 0..0 };
        let end = starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        *start..start + text.len()
    }

    /// What private keys are made of in it, in bytes, in order.
    pub fn private_keys(&self) -> &[Range<usize>] {
        self.private_keys.get_or_init(|| private_keys::all(&self.text))
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let ends = memchr_iter(b'\n', self.text.as_bytes()).map(|offset| offset + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }
}

/// How many characters of UTF-8 begin in it.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text && self.fields == other.fields
    }
}

impl Eq for SourceFile {}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({}, {} bytes)", self.name, self.text.len())
    }
}

impl Origin {
    /// A byte range of `file`; it is cut to what the file has.
    pub fn new(file: &Arc<SourceFile>, range: Range<usize>) -> Self {
        let end = floor_char_boundary(&file.text, range.end);
        let start = floor_char_boundary(&file.text, range.start).min(end);
        Self { file: Arc::clone(file), range: start..end }
    }

    /// The beginning of a file, for what has no better place.
    pub fn start_of(file: &Arc<SourceFile>) -> Self {
        Self::new(file, 0..0)
    }

    /// From the beginning of this to the end of `other`, in the same file.
    pub fn to(&self, other: &Self) -> Self {
        if !Arc::ptr_eq(&self.file, &other.file) {
            return self.clone();
        }
        let start = self.range.start.min(other.range.start);
        Self { file: Arc::clone(&self.file), range: start..self.range.end.max(other.range.end) }
    }

    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// The field of an object that it begins in, where the text was made of objects.
    pub fn field(&self) -> Option<&Field> {
        let fields = &self.file.fields;
        fields
            .partition_point(|field| field.start <= self.range.start)
            .checked_sub(1)
            .and_then(|index| fields.get(index))
    }

    /// The range in bytes.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Line and column where it begins, from 1, in characters.
    pub fn start(&self) -> (usize, usize) {
        self.file.position(self.range.start)
    }

    /// Line and column just behind its end.
    pub fn end(&self) -> (usize, usize) {
        self.file.position(self.range.end)
    }

    /// The characters as they stand in the file.
    pub fn source(&self) -> &str {
        self.file.text.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, ", {}", self.path) }
    }
}

impl fmt::Display for Origin {
    /// `file:line:column`, or `<cluster prod>: APIService v1beta1.metrics.k8s.io, spec.caBundle`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field() {
            return write!(f, "{}: {field}", self.file.name);
        }
        let (line, column) = self.start();
        write!(f, "{}:{line}:{column}", self.file.name)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {:?}", self.source())
    }
}

impl<T> Located<T> {
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// The nearest offset, not behind this one, at which a character begins.
pub(crate) fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
