//! Text that remembers where each of its characters was written.
//!
//! People nest formats: a shell command in a YAML block scalar in a cloud-config. Each decoding (escapes, folding,
//! continuations, quotes) yields a new [`Text`] whose characters still know their place in the file, so that a finding
//! points at the very characters however deep they lay.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::origin::{Located, Origin, SourceFile};

/// A decoded string with the place of each of its characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    file: Arc<SourceFile>,
    string: String,
    /// In order of `start`; the first starts at 0, each ends where the next one starts.
    segments: Vec<Segment>,
    /// Where an empty text would have stood.
    position: usize,
}

/// A run of decoded bytes that has one source range.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    start: usize,
    source: Range<usize>,
    /// Byte for byte the same as the source, so that it can be cut; otherwise all of it has all of the range.
    verbatim: bool,
}

impl Text {
    /// All of a file.
    pub fn of(file: &Arc<SourceFile>) -> Self {
        let mut text = Self::empty_at(file, 0);
        text.push_source(&file.text, 0..file.text.len(), true);
        text
    }

    /// An empty text that knows where it would stand; the beginning of every decoding.
    pub fn empty_at(file: &Arc<SourceFile>, position: usize) -> Self {
        Self { file: Arc::clone(file), string: String::new(), segments: Vec::new(), position }
    }

    /// A text that nobody wrote, such as the dashes before a flag in a map, with the place that gave rise to it.
    pub fn synthetic(string: impl Into<String>, origin: &Origin) -> Self {
        let mut text = Self::empty_at(&origin.file, origin.range.start);
        text.push_source(&string.into(), origin.range.clone(), false);
        text
    }

    pub fn as_str(&self) -> &str {
        &self.string
    }

    pub fn len(&self) -> usize {
        self.string.len()
    }

    pub fn is_empty(&self) -> bool {
        self.string.is_empty()
    }

    /// How much memory its characters and their places take, in bytes.
    pub fn size(&self) -> usize {
        self.string.len() + self.segments.len() * size_of::<Segment>()
    }

    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Where all of it was written.
    pub fn origin(&self) -> Origin {
        self.origin_of(0..self.string.len())
    }

    /// The places that its parts were written at, in the order of the text.
    pub fn sources(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.segments.iter().map(|segment| segment.source.clone())
    }

    /// Where a range (in decoded bytes) was written. An empty range has the place between its neighbours.
    pub fn origin_of(&self, range: Range<usize>) -> Origin {
        let mut places = self.pieces(range.clone()).map(|(_, source, _)| source);
        let Some(first) = places.next() else {
            let position = self.offset_of(range.start);
            return Origin::new(&self.file, position..position);
        };
        let whole = places.fold(first, |whole, next| whole.start.min(next.start)..whole.end.max(next.end));
        Origin::new(&self.file, whole)
    }

    /// A part of it (range in decoded bytes; cut to what there is).
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut part = Self::empty_at(&self.file, self.offset_of(range.start));
        part.push(self, range);
        part
    }

    /// Appends a part of another text of the same file.
    pub fn push(&mut self, other: &Self, range: Range<usize>) {
        for (decoded, source, verbatim) in other.pieces(range) {
            let string = other.string.get(decoded).unwrap_or_default();
            self.push_source(string, source, verbatim);
        }
    }

    /// Appends all of another text.
    pub fn append(&mut self, other: &Self) {
        self.push(other, 0..other.len());
    }

    /// Appends `decoded`, which stands for a range of another text: an escape, a folded line break.
    pub fn push_decoded(&mut self, decoded: &str, other: &Self, range: Range<usize>) {
        self.push_source(decoded, other.origin_of(range).range, false);
    }

    /// The lines with their ends cut off (`\n` or `\r\n`), like [`str::lines`].
    pub fn lines(&self) -> impl Iterator<Item = Self> + '_ {
        let mut start = 0;
        self.string.split_inclusive('\n').map(move |line| {
            let content = line.trim_end_matches('\n');
            let content = content.strip_suffix('\r').unwrap_or(content);
            let part = self.slice(start..start + content.len());
            start += line.len();
            part
        })
    }

    /// Without white space at both ends.
    pub fn trim(&self) -> Self {
        let start = self.string.len() - self.string.trim_start().len();
        let end = self.string.trim_end().len();
        self.slice(start..end.max(start))
    }

    /// The two sides of the first `separator`.
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.string.find(separator)?;
        Some((self.slice(0..at), self.slice(at + separator.len_utf8()..self.string.len())))
    }

    pub fn to_located(&self) -> Located<String> {
        Located::new(self.string.clone(), self.origin())
    }

    /// The source offset of a decoded one.
    fn offset_of(&self, decoded: usize) -> usize {
        let after = self.segments.partition_point(|segment| segment.start <= decoded);
        match after.checked_sub(1).and_then(|index| self.segments.get(index)) {
            Some(segment) if decoded >= self.string.len() && !segment.verbatim => segment.source.end,
            Some(segment) if segment.verbatim => {
                (segment.source.start + (decoded - segment.start)).min(segment.source.end)
            }
            Some(segment) => segment.source.start,
            None => self.position,
        }
    }

    /// The parts of segments within a range: decoded range, source range, verbatim.
    fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Range<usize>, bool)> + '_ {
        let first = self.segments.partition_point(|segment| segment.start <= range.start).saturating_sub(1);
        self.segments.iter().enumerate().skip(first).map_while(move |(index, segment)| {
            let end = self.segments.get(index + 1).map_or(self.string.len(), |next| next.start);
            let decoded = segment.start.max(range.start)..end.min(range.end);
            (segment.start < range.end && decoded.start < decoded.end).then(|| {
                let source = if segment.verbatim {
                    let start = segment.source.start + (decoded.start - segment.start);
                    start..start + decoded.len()
                } else {
                    segment.source.clone()
                };
                (decoded, source, segment.verbatim)
            })
        })
    }

    fn push_source(&mut self, string: &str, source: Range<usize>, verbatim: bool) {
        if string.is_empty() {
            return;
        }
        let start = self.string.len();
        self.string.push_str(string);
        if let Some(last) = self.segments.last_mut()
            && verbatim
            && last.verbatim
            && last.source.end == source.start
        {
            last.source.end = source.end;
            return;
        }
        if self.segments.is_empty() {
            // Most texts have one, and a vector would begin with room for four.
            self.segments.reserve_exact(1);
        }
        self.segments.push(Segment { start, source, verbatim });
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.string, self.origin())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Arc<SourceFile> {
        SourceFile::new("file", text)
    }

    #[test]
    fn a_slice_of_a_file_knows_its_line_and_column() {
        let text = Text::of(&file("first\r\nsecönd --flag=x\n"));
        let at = text.as_str().find("--flag").unwrap();
        let flag = text.slice(at..at + 8);
        assert_eq!(flag.as_str(), "--flag=x");
        assert_eq!(flag.origin().to_string(), "file:2:8");
        assert_eq!(flag.origin().end(), (2, 16));
        assert_eq!(flag.file().line(2), "secönd --flag=x");
    }

    #[test]
    fn a_decoded_text_points_at_what_it_was_decoded_from() {
        // `a\` line break `b`: the continuation vanishes, `b` is on the second line.
        let source = Text::of(&file("a\\\nb\n"));
        let mut word = Text::empty_at(source.file(), 0);
        word.push(&source, 0..1);
        word.push(&source, 3..4);
        assert_eq!(word.as_str(), "ab");
        assert_eq!(word.slice(1..2).origin().to_string(), "file:2:1");
        assert_eq!(word.origin().source(), "a\\\nb");
    }

    #[test]
    fn decoding_twice_still_points_at_the_file() {
        let source = Text::of(&file(r#"x: "a\tb c""#));
        let mut scalar = Text::empty_at(source.file(), 4);
        scalar.push(&source, 4..5);
        scalar.push_decoded("\t", &source, 5..7);
        scalar.push(&source, 7..10);
        assert_eq!(scalar.as_str(), "a\tb c");
        let word = scalar.slice(4..5);
        assert_eq!((word.as_str(), word.origin().source()), ("c", "c"));
        assert_eq!(scalar.slice(1..2).origin().source(), "\\t");
    }

    #[test]
    fn an_empty_part_has_a_place() {
        let text = Text::of(&file("--flag=\n"));
        let (_, value) = text.lines().next().unwrap().split_once('=').unwrap();
        assert_eq!(value.as_str(), "");
        assert_eq!(value.origin().to_string(), "file:1:8");
    }

    #[test]
    fn lines_are_cut_as_str_lines_cuts_them() {
        for sample in ["", "a", "a\n", "a\r\nb", "\n\n", "a\r\r\n"] {
            let text = Text::of(&file(sample));
            let ours: Vec<String> = text.lines().map(|line| line.as_str().to_owned()).collect();
            assert_eq!(ours, sample.lines().collect::<Vec<_>>(), "{sample:?}");
        }
    }

    #[test]
    fn a_synthetic_part_has_the_place_of_what_gave_rise_to_it() {
        let text = Text::of(&file("client-ca-file: /x"));
        let mut argument = Text::synthetic("--", &text.slice(0..14).origin());
        argument.push(&text, 0..14);
        argument.append(&Text::synthetic("=", &text.slice(14..15).origin()));
        argument.push(&text, 16..18);
        assert_eq!(argument.as_str(), "--client-ca-file=/x");
        assert_eq!(argument.slice(17..19).origin().to_string(), "file:1:17");
    }
}
