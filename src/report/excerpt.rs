//! The lines of a file that a finding points at, ready to be drawn.
//!
//! `annotate-snippets` draws them, but wants to hold the whole text and prints some control characters. So it gets the
//! lines that matter only, made printable, and without the private keys that may stand there.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::lint::Finding;
use crate::text::printable;
use crate::text::{Origin, SourceFile, floor_char_boundary};

/// Characters kept behind what is pointed at; more than the widest terminal shows.
const BEHIND: usize = 400;

/// Bytes kept before what is pointed at, and between two places of a line that are drawn together. Machines write lines
/// of megabytes.
const BEFORE: usize = 1000;

/// Lines between two marks that are shown and not folded away.
const BETWEEN: usize = 3;

/// Characters that are underlined at most; a certificate on one line is longer.
const UNDERLINED: usize = 60;

/// A place to draw and what to say there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub origin: &'a Origin,
    pub label: &'a str,
    pub kind: AnnotationKind,
}

/// Related places that are drawn at most. A reader follows fewer, and drawing takes time with the square of them; the
/// other formats list all.
const RELATED_DRAWN: usize = 32;

/// Where it is and what stands there: first the file that the finding points at, then others.
pub(super) fn excerpts<'a>(finding: &'a Finding) -> Vec<Element<'a>> {
    let mut files: Vec<Vec<Mark<'a>>> = Vec::new();
    let primary = Mark { origin: &finding.origin, label: &finding.label, kind: AnnotationKind::Primary };
    let related = finding.related.iter().take(RELATED_DRAWN).map(|related| Mark {
        origin: &related.origin,
        label: &related.label,
        kind: AnnotationKind::Context,
    });
    for mark in std::iter::once(primary).chain(related) {
        match files.iter_mut().find(|marks| marks.iter().any(|known| is_beside(known.origin, mark.origin))) {
            Some(marks) => marks.push(mark),
            None => files.push(vec![mark]),
        }
    }
    files
        .iter()
        .flat_map(|marks| {
            let Some(first) = marks.first().map(|mark| mark.origin) else { return Vec::new() };
            match first.field() {
                // Lines of a text that nobody has: the object and its field say more.
                Some(_) => {
                    let place = annotate_snippets::Origin::path(printable::line(&first.to_string()).into_owned());
                    vec![place.into(), snippet(marks).into()]
                }
                None => {
                    let path = printable::line(first.file().name()).into_owned();
                    // The column would be counted in what is kept of the line.
                    if offset_in_line(first) > BEFORE {
                        let (line, column) = first.start();
                        let place = annotate_snippets::Origin::path(path).line(line).char_column(column);
                        return vec![place.into(), snippet(marks).into()];
                    }
                    vec![snippet(marks).path(path).into()]
                }
            }
        })
        .collect()
}

/// In one file, and in one object of it where it was made of objects.
fn is_beside(one: &Origin, other: &Origin) -> bool {
    let object = |origin: &Origin| origin.field().map(|field| field.object.clone());
    one.file() == other.file() && object(one) == object(other)
}

/// [`excerpts`] without colours.
pub(super) fn plain(finding: &Finding) -> String {
    rendered(&Renderer::plain().term_width(160), Group::with_level(Level::NOTE).elements(excerpts(finding)))
}

/// A group with [`excerpts`] in it. Before lines that have no file's name the renderer writes the mark of a file's name all
/// the same (`render_snippet_annotations` of annotate-snippets).
pub(super) fn rendered(renderer: &Renderer, group: Group<'_>) -> String {
    let drawn = renderer.render(&[group]);
    let bare = |part: &str| part.split_once('m').map_or_else(|| part.to_owned(), |(_, rest)| rest.to_owned());
    let names_no_file = |line: &&str| {
        let mut parts = line.split('\u{1b}');
        let before = parts.next().unwrap_or_default().to_owned();
        (before + &parts.map(bare).collect::<String>()).trim() == ":::"
    };
    if !drawn.lines().any(|line| names_no_file(&line)) {
        return drawn;
    }
    drawn.lines().filter(|line| !names_no_file(line)).collect::<Vec<_>>().join("\n")
}

/// The excerpt of one file with all marks in it; `marks` are in that file and not empty.
fn snippet<'a>(marks: &[Mark<'_>]) -> Snippet<'a, Annotation<'a>> {
    let mut placed: Vec<Placed<'_, '_>> = marks.iter().map(Placed::new).collect();
    placed.sort_by_key(|mark| mark.line);
    let first_line = placed.first().map_or(1, |mark| mark.line);
    let mut source = String::new();
    let mut annotations = Vec::new();
    let mut line = first_line;
    let mut rest = placed.as_slice();
    while let Some(next) = rest.first() {
        let file = next.mark.origin.file();
        let folded = next.line - line > BETWEEN;
        while line < next.line {
            if !folded {
                let start = file.line_range(line).start;
                source.push_str(&shown(file, line, start..start).text);
            }
            source.push('\n');
            line += 1;
        }
        let (on_this_line, later) = rest.split_at(rest.partition_point(|mark| mark.line == line));
        rest = later;
        let near = near(on_this_line);
        let text = shown(file, line, drawn(&near));
        annotations.extend(near.iter().map(|mark| mark.annotation(&text, source.len())));
        source.push_str(&text.text);
        source.push('\n');
        line += 1;
    }
    Snippet::source(source).line_start(first_line).annotations(annotations)
}

/// Where in its line a place begins, in bytes.
fn offset_in_line(origin: &Origin) -> usize {
    let start = origin.range().start;
    start.saturating_sub(origin.file().line_range(origin.start().0).start)
}

/// Of the marks of a line, those near the most important one.
fn near<'p, 'm, 'a>(marks: &'p [Placed<'m, 'a>]) -> Vec<&'p Placed<'m, 'a>> {
    let is_primary = |placed: &&Placed<'_, '_>| placed.mark.kind == AnnotationKind::Primary;
    let Some(anchor) = marks.iter().find(is_primary).or(marks.first()) else { return Vec::new() };
    marks.iter().filter(|placed| placed.range.start.abs_diff(anchor.range.start) <= BEFORE).collect()
}

/// From the first to the last byte of the marks.
fn drawn(marks: &[&Placed<'_, '_>]) -> Range<usize> {
    let start = marks.iter().map(|mark| mark.range.start).min().unwrap_or_default();
    start..marks.iter().map(|mark| mark.range.end).max().unwrap_or(start)
}

/// A mark with its line and what of it is underlined.
struct Placed<'m, 'a> {
    mark: &'m Mark<'a>,
    /// From 1.
    line: usize,
    /// In bytes of the file.
    range: Range<usize>,
}

impl<'m, 'a> Placed<'m, 'a> {
    fn new(mark: &'m Mark<'a>) -> Self {
        let file = mark.origin.file();
        let (line, _) = mark.origin.start();
        let Range { start, end } = mark.origin.range();
        // Of what goes over several lines, such as PEM or a folded command, the first line is enough to find it.
        let end = end.min(file.line_range(line).end).max(start);
        let text = file.text().get(start..end).unwrap_or_default();
        let end = text.char_indices().nth(UNDERLINED).map_or(end, |(length, _)| start + length);
        Self { mark, line, range: start..end }
    }

    /// In a source whose byte `start` is the first of `line`.
    fn annotation<'s>(&self, line: &Shown, start: usize) -> Annotation<'s> {
        let offset = |byte| start + line.offset(self.mark.origin.file(), byte);
        let label = (!self.mark.label.is_empty()).then(|| printable::line(self.mark.label).into_owned());
        self.mark.kind.span(offset(self.range.start)..offset(self.range.end)).label(label)
    }
}

/// A part of a line as it is shown.
struct Shown {
    text: String,
    /// The byte of the file that it begins with.
    start: usize,
    /// The characters before that one.
    before: usize,
}

impl Shown {
    /// Where a byte of the file is in it; each character of the file is one here.
    fn offset(&self, file: &SourceFile, byte: usize) -> usize {
        let characters = file.text().get(self.start..byte).map_or(0, |text| text.chars().count());
        self.text.char_indices().nth(self.before + characters).map_or(self.text.len(), |(offset, _)| offset)
    }
}

/// What is `drawn` of a line, with what is around it.
fn shown(file: &SourceFile, line: usize, drawn: Range<usize>) -> Shown {
    let whole = file.line_range(line);
    let start = match drawn.start.saturating_sub(BEFORE) {
        start if start > whole.start => floor_char_boundary(file.text(), start),
        _ => whole.start,
    };
    let behind = file.text().get(drawn.end..whole.end).unwrap_or_default();
    let end = behind.char_indices().nth(BEHIND).map_or(whole.end, |(length, _)| drawn.end + length);
    let kept = without_private_keys(file, start..end);
    let before = if start > whole.start { "…" } else { "" };
    let after = if end < whole.end { "…" } else { "" };
    Shown { text: format!("{before}{}{after}", printable::source(&kept)), start, before: before.chars().count() }
}

/// A part of the file with the inside of private keys blotted out, character for character.
fn without_private_keys(file: &SourceFile, range: Range<usize>) -> String {
    let start = range.start;
    let text = file.text().get(range).unwrap_or_default();
    let mut shown = String::with_capacity(text.len());
    let all = file.private_keys();
    let mut secrets = all.iter().skip(all.partition_point(|secret| secret.end <= start)).peekable();
    for (offset, character) in text.char_indices() {
        let at = start + offset;
        while secrets.next_if(|secret| secret.end <= at).is_some() {}
        let secret = secrets.peek().is_some_and(|secret| secret.contains(&at));
        shown.push(if secret && character.is_ascii_alphanumeric() { '*' } else { character });
    }
    shown
}
