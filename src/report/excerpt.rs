//! The lines of a file that a finding points at, ready to be drawn.
//!
//! `annotate-snippets` draws them, but wants to hold the whole text and prints some control characters. So it gets the
//! lines that matter only, made printable, and without the private keys that may stand there.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::lint::Finding;
use crate::text::printable;
use crate::text::{Origin, SourceFile};

/// Characters kept behind what is pointed at; more than the widest terminal shows. (What is before it must stay, for
/// columns are counted in it.)
const BEHIND: usize = 400;

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
                None => vec![snippet(marks).path(printable::line(first.file().name()).into_owned()).into()],
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
    Renderer::plain().term_width(160).render(&[Group::with_level(Level::NOTE).elements(excerpts(finding))])
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
                source.push_str(&shown(file, line, BEHIND));
            }
            source.push('\n');
            line += 1;
        }
        let (on_this_line, later) = rest.split_at(rest.partition_point(|mark| mark.line == line));
        rest = later;
        let end = on_this_line.iter().map(|mark| mark.columns.end).max().unwrap_or_default();
        let text = shown(file, line, end + BEHIND);
        annotations.extend(on_this_line.iter().map(|mark| mark.annotation(&text, source.len())));
        source.push_str(&text);
        source.push('\n');
        line += 1;
    }
    Snippet::source(source).line_start(first_line).annotations(annotations)
}

/// A mark with its line and columns.
struct Placed<'m, 'a> {
    mark: &'m Mark<'a>,
    /// From 1.
    line: usize,
    /// From 0, in characters of the line.
    columns: Range<usize>,
}

impl<'m, 'a> Placed<'m, 'a> {
    fn new(mark: &'m Mark<'a>) -> Self {
        let (line, column) = mark.origin.start();
        let (end_line, end_column) = mark.origin.end();
        let start = column.saturating_sub(1);
        // Of what goes over several lines, such as PEM or a folded command, the first line is enough to find it.
        let end = if end_line == line {
            end_column.saturating_sub(1)
        } else {
            mark.origin.file().line(line).chars().count().max(start)
        };
        Self { mark, line, columns: start..end.min(start + UNDERLINED) }
    }

    /// In a source whose byte `start` is the first of `text`, the line.
    fn annotation<'s>(&self, text: &str, start: usize) -> Annotation<'s> {
        let offset = |column| start + text.char_indices().nth(column).map_or(text.len(), |(offset, _)| offset);
        let label = (!self.mark.label.is_empty()).then(|| printable::line(self.mark.label).into_owned());
        self.mark.kind.span(offset(self.columns.start)..offset(self.columns.end)).label(label)
    }
}

/// A line as it is shown, cut behind `length` characters.
fn shown(file: &SourceFile, line: usize, length: usize) -> String {
    let text = without_private_keys(file, line);
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", printable::source(text.get(..end).unwrap_or_default())),
        None => printable::source(&text).into_owned(),
    }
}

/// A line of the file with the inside of private keys blotted out, character for character.
fn without_private_keys(file: &SourceFile, line: usize) -> String {
    let text = file.line(line);
    let start = file.line_range(line).start;
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
