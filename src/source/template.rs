//! Templates that are not rendered: Helm and Go (`{{ … }}`), Jinja (`{% … %}`), ERB (`<% … %>`), Terraform (`${ … }`,
//! `%{ … }`), ytt (`#@ …`).
//!
//! Lines that only steer the template are left out, and the place is remembered as a gap: there may be more or less
//! than what is left. An expression within a line becomes one character of a private plane, which is a harmless part
//! of any scalar, and is put back as written when the scalar is decoded.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::source::Argument;
use crate::source::expression::{Role, Tag, expression, tags};
use crate::text::{Text, floor_char_boundary};

/// Supplementary Private Use Area A: nobody writes these.
const FIRST_PLACEHOLDER: u32 = 0xf_0000;
const LAST_PLACEHOLDER: u32 = 0xf_fffd;

/// A text without its template's control lines, and what its placeholders stand for.
#[derive(Debug, Clone)]
pub(super) struct Template {
    text: Text,
    expressions: Vec<Text>,
    /// Where lines were left out, in order.
    gaps: Vec<Gap>,
}

/// Lines that were left out.
#[derive(Debug, Clone)]
struct Gap {
    /// The offset in the text without them.
    at: usize,
    /// What puts something there, where others only steer what is around.
    hides: Option<Text>,
}

/// The lines that were left out of a part of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Gaps {
    all: Arc<[Gap]>,
    range: Range<usize>,
    /// Behind this, what only steers is about something else.
    content_end: usize,
}

impl Gaps {
    /// Those between `range.start` and `content_end`, and those that put something behind it, before `range.end`.
    pub(super) fn within(&self, range: Range<usize>, content_end: usize) -> Self {
        Self { all: Arc::clone(&self.all), range, content_end }
    }

    fn gaps(&self) -> impl Iterator<Item = &Gap> {
        let first = self.all.partition_point(|gap| gap.at < self.range.start);
        let gaps = self.all.iter().skip(first).take_while(|gap| gap.at <= self.range.end);
        gaps.filter(|gap| gap.hides.is_some() || gap.at < self.content_end)
    }

    /// Whether nothing was left out.
    pub(super) fn is_empty(&self) -> bool {
        self.gaps().next().is_none()
    }

    /// The expressions that stand for more than what is written.
    pub(super) fn hidden(&self) -> impl Iterator<Item = &Text> {
        self.gaps().filter_map(|gap| gap.hides.as_ref())
    }
}

impl Template {
    /// More than anybody indents by.
    pub(super) const BLANKS: &str = "                                                                ";

    pub(super) fn of(source: &Text) -> Self {
        let tags = tags(source.as_str());
        if tags.is_empty() || source.as_str().chars().any(is_private) {
            return Self::verbatim(source);
        }
        let start = source.slice(0..0);
        let mut template = Self { text: start, expressions: Vec::new(), gaps: Vec::new() };
        for (line, tags) in lines(source.as_str(), &tags) {
            template.push_line(source, line, tags);
        }
        template
    }

    /// A text in which nothing is a template's.
    pub(super) fn verbatim(source: &Text) -> Self {
        Self { text: source.clone(), expressions: Vec::new(), gaps: Vec::new() }
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn has_tags(&self) -> bool {
        !self.expressions.is_empty() || !self.gaps.is_empty()
    }

    /// All lines that were left out.
    pub(super) fn gaps(&self) -> Gaps {
        Gaps { all: self.gaps.as_slice().into(), range: 0..usize::MAX, content_end: usize::MAX }
    }

    pub(super) fn is_placeholder(&self, character: char) -> bool {
        self.expression(character).is_some()
    }

    /// A part of the text with its expressions as they were written.
    pub(super) fn restore(&self, part: Text) -> Text {
        if self.expressions.is_empty() || !part.as_str().chars().any(is_private) {
            return part;
        }
        let mut restored = part.slice(0..0);
        let mut run = 0;
        for (at, character) in part.as_str().char_indices() {
            if let Some(expression) = self.expression(character) {
                restored.push(&part, run..at);
                restored.append(expression);
                run = at + character.len_utf8();
            }
        }
        restored.push(&part, run..part.len());
        restored
    }

    /// The same with blanks at some offsets (in order), where lines are not indented as a parser wants it.
    pub(super) fn with_blanks_at(&self, offsets: &[usize]) -> Self {
        let mut text = self.text.slice(0..0);
        let mut from = 0;
        for offset in offsets {
            text.push(&self.text, from..*offset);
            text.push_decoded(Self::BLANKS, &self.text, *offset..*offset);
            from = *offset;
        }
        text.push(&self.text, from..self.text.len());
        let moved = |gap: &Gap| Gap {
            at: gap.at + Self::BLANKS.len() * offsets.partition_point(|offset| *offset < gap.at),
            hides: gap.hides.clone(),
        };
        Self { text, expressions: self.expressions.clone(), gaps: self.gaps.iter().map(moved).collect() }
    }

    /// The same without what cannot be YAML before it is rendered, at the place where a parser ended; nothing when nothing
    /// of it is a template's.
    pub(super) fn without_broken_line(&self, at: usize) -> Option<Self> {
        let string = self.text.as_str();
        let at = at.min(string.len());
        let start = string.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        // A line that was left out before, because it is broken, wrote nothing.
        let is_expression = |text: &Text| expression(text.as_str()).is_some_and(|found| found.length == text.len());
        let below_expression =
            self.gaps.iter().any(|gap| gap.at == start && gap.hides.as_ref().is_some_and(is_expression));
        let below = || below_expression.then(|| more_of_it(string, start)).flatten();
        let range = below().or_else(|| last_mark(string, at)).or_else(|| last_expression_line(string, at))?;
        Some(self.without(range))
    }

    fn without(&self, Range { start, end }: Range<usize>) -> Self {
        let mut text = self.text.slice(0..start);
        text.push(&self.text, end..self.text.len());
        let (before, after): (Vec<Gap>, Vec<Gap>) = self.gaps.iter().cloned().partition(|gap| gap.at <= start);
        let moved = after.into_iter().map(|gap| Gap { at: gap.at.saturating_sub(end - start).max(start), ..gap });
        let hides = self.restore(self.text.slice(start..end).trim());
        let gaps = before.into_iter().chain([Gap { at: start, hides: Some(hides) }]).chain(moved).collect();
        Self { text, expressions: self.expressions.clone(), gaps }
    }

    fn expression(&self, placeholder: char) -> Option<&Text> {
        let index = u32::from(placeholder).checked_sub(FIRST_PLACEHOLDER)?;
        self.expressions.get(usize::try_from(index).ok()?)
    }

    fn push_line(&mut self, source: &Text, line: Range<usize>, tags: &[Tag]) {
        let string = source.as_str();
        let blank = |range: Range<usize>| string.get(range).is_none_or(|between| between.trim().is_empty());
        // Tags before the first and behind the last character that is not the template's.
        let mut start = line.start;
        let leading = tags.iter().take_while(|tag| {
            let leads = blank(start..tag.range.start);
            start = tag.range.end;
            leads
        });
        let leading = leading.count();
        let only_tags = leading == tags.len() && blank(start..line.end);
        if !tags.is_empty() && only_tags {
            self.leave_out(source, line, tags);
            return;
        }
        let dropped = tags.iter().take(leading).take_while(|tag| tag.role != Role::Value).count();
        let mut end = line.end;
        let trailing = tags.iter().skip(dropped).rev().take_while(|tag| {
            let trails = blank(tag.range.end..end) && tag.role != Role::Value;
            end = tag.range.start;
            trails
        });
        let trailing = trailing.count();
        let kept = tags.get(dropped..tags.len() - trailing).unwrap_or_default();
        // `{% if x %}- --a=b{% endif %}` is a line that is steered, `--a=b{% if x %},c{% endif %}` is a value.
        let steered = trailing > 0 && (dropped > 0 || kept.iter().all(|tag| tag.role == Role::Value));
        let (kept, trailing) = if steered { (kept, trailing) } else { (tags.get(dropped..).unwrap_or_default(), 0) };
        if dropped > 0 || trailing > 0 {
            self.gaps.push(Gap { at: self.text.len(), hides: None });
        }
        let mut from = line.start;
        for tag in tags.iter().take(dropped) {
            self.text.push(source, from..tag.range.start);
            from = tag.range.end;
        }
        for tag in kept {
            self.text.push(source, from..tag.range.start);
            self.push_expression(source, tag.range.clone());
            from = tag.range.end;
        }
        for tag in tags.iter().skip(tags.len() - trailing) {
            self.text.push(source, from..tag.range.start);
            from = tag.range.end;
        }
        self.text.push(source, from..line.end);
    }

    /// A line with nothing but tags in it.
    fn leave_out(&mut self, source: &Text, line: Range<usize>, tags: &[Tag]) {
        let value = tags.iter().find(|tag| tag.role == Role::Value);
        if let Some(value) = value
            && let Some(least) = block_scalar_below(self.text.as_str())
        {
            self.push_block(source, line, value.range.clone(), least);
        } else if tags.iter().any(|tag| tag.role != Role::Silent) {
            let hides = value.map(|tag| source.slice(tag.range.clone()));
            self.gaps.push(Gap { at: self.text.len(), hides });
        }
    }

    /// An expression that is the first line of a block scalar. `indent` of Sprig stands at the beginning of its line, and what
    /// it gives does not.
    fn push_block(&mut self, source: &Text, line: Range<usize>, expression: Range<usize>, least: usize) {
        let string = source.as_str().get(line.clone()).unwrap_or_default();
        let blanks = indentation(string);
        let lacking = Self::BLANKS.get(..least.saturating_sub(blanks)).unwrap_or(Self::BLANKS);
        self.text.push_decoded(lacking, source, line.start..line.start);
        self.text.push(source, line.start..line.start + blanks);
        self.push_expression(source, expression);
        self.text.push(source, line.start + string.trim_end_matches(['\r', '\n']).len()..line.end);
    }

    fn push_expression(&mut self, source: &Text, range: Range<usize>) {
        let index = u32::try_from(self.expressions.len()).unwrap_or(u32::MAX);
        let placeholder = FIRST_PLACEHOLDER.saturating_add(index);
        match char::from_u32(placeholder).filter(|_| placeholder <= LAST_PLACEHOLDER) {
            Some(placeholder) => {
                self.text.push_decoded(placeholder.encode_utf8(&mut [0; 4]), source, range.clone());
                self.expressions.push(source.slice(range));
            }
            None => self.text.push(source, range),
        }
    }
}

fn line_end(string: &str, from: usize) -> usize {
    string.get(from..).and_then(|rest| rest.find('\n')).map_or(string.len(), |at| from + at + 1)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The last line up to `at` that has an expression in it. Of `labels: {{ include "x" . | nindent 4 }}` the key stays, where
/// what is below belongs to it.
fn last_expression_line(string: &str, at: usize) -> Option<Range<usize>> {
    let end = line_end(string, at);
    let last = string.get(..end)?.rfind(is_private)?;
    let (start, end) = (string.get(..last)?.rfind('\n').map_or(0, |at| at + 1), line_end(string, last));
    let start = start + key_of_more(string.get(start..end)?, string.get(end..)?).unwrap_or_default();
    let end = if string.get(..start).is_some_and(|kept| kept.ends_with(':')) { end - 1 } else { end };
    Some(start..end)
}

/// The lines from `start` that go on with what an expression above them wrote: `{{ toYaml . | nindent 2 }}` and, indented
/// further, keys of its last item.
fn more_of_it(string: &str, start: usize) -> Option<Range<usize>> {
    let rest = string.get(start..)?;
    let line = rest.lines().next().filter(|line| line.contains(':') || line.trim_start().starts_with("- "))?;
    let first = indentation(line);
    let before = string.get(..start)?.lines().rfind(|line| !line.trim().is_empty())?;
    let belongs = |line: &&str| line.trim().is_empty() || indentation(line) >= first;
    let length = rest.split_inclusive('\n').take_while(belongs).map(str::len).sum::<usize>();
    (first > indentation(before) && length > 0).then_some(start..start + length)
}

/// The last line up to `at` that is nothing but a mark, which somebody replaces: `MASTER_MANIFESTS_PLACEHOLDER`.
fn last_mark(string: &str, at: usize) -> Option<Range<usize>> {
    let is_mark = |line: &str| {
        line.contains('_') && line.trim().chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    // The parser sees that it is no key when it is at the line below.
    let mut end = line_end(string, at);
    for _ in 0..2 {
        let above = string.get(..end)?.trim_end();
        let start = above.rfind('\n').map_or(0, |at| at + 1);
        if is_mark(above.get(start..)?) {
            return Some(start..line_end(string, start));
        }
        end = start;
    }
    None
}

/// Where the key ends of a line that holds nothing else but an expression, where the line below is indented further.
fn key_of_more(line: &str, below: &str) -> Option<usize> {
    let key = line.trim_end().strip_suffix(is_private)?.trim_end();
    let further =
        below.lines().find(|line| !line.trim().is_empty()).is_some_and(|next| indentation(next) > indentation(line));
    (key.ends_with(':') && further && line.ends_with('\n')).then_some(key.len())
}

/// How far what is below must be indented at least, where a text ends with the header of a block scalar (`ca.crt: |-`).
pub(super) fn block_scalar_below(text: &str) -> Option<usize> {
    /// No key is longer, and a hostile line is looked at for each line below it.
    const LONGEST: usize = 1024;
    let start = floor_char_boundary(text, text.len().saturating_sub(LONGEST));
    let line = text.get(start..)?.trim_end_matches(['\r', '\n']).rsplit('\n').next()?;
    let (before, header) = line.trim_end().rsplit_once(' ')?;
    let indicators = header.strip_prefix(['|', '>'])?;
    let is_header = indicators.chars().all(|c| matches!(c, '+' | '-') || c.is_ascii_digit());
    // In a script, `|` is a pipe.
    let last = before.split_whitespace().next_back()?;
    let is_value = last.ends_with(':') || last == "-" || last.starts_with(['!', '&']);
    (is_header && is_value).then(|| line.len() - line.trim_start_matches([' ', '-']).len() + 1)
}

fn is_private(character: char) -> bool {
    (FIRST_PLACEHOLDER..=LAST_PLACEHOLDER).contains(&u32::from(character))
}

/// Where a template chooses between branches, both are read. A flag that is in both with different values has one of
/// them, and nobody knows which: all its values are opaque then.
pub(super) fn settle_branches(arguments: &mut [Argument]) {
    let name = |argument: &Argument| argument.text.as_str().split_once('=').map(|(name, _)| name.to_owned());
    let mut seen = HashMap::new();
    let mut contested = HashSet::new();
    for argument in arguments.iter() {
        let Some(name) = name(argument) else { continue };
        let first = seen.entry(name.clone()).or_insert_with(|| argument.text.as_str().to_owned());
        if first != argument.text.as_str() {
            contested.insert(name);
        }
    }
    for argument in arguments {
        argument.opaque |= name(argument).is_some_and(|name| contested.contains(&name));
    }
}

/// An argument without the control tags around it: `{{ if x }}--a=b{{ end }}` gives `--a=b`, perhaps.
pub(super) fn without_control(argument: Text) -> Text {
    let tags = tags(argument.as_str());
    match (tags.first(), tags.last()) {
        (Some(first), Some(last)) if first.role.steers() && first.range.start == 0 => {
            let end =
                if last.range.end == argument.len() && tags.len() > 1 { last.range.start } else { argument.len() };
            argument.slice(first.range.end..end)
        }
        _ => argument,
    }
}

/// Whether what stands first is an expression, so that nobody knows what comes out.
pub(super) fn begins_with_tag(value: &str) -> bool {
    value.starts_with("${") || expression(value).is_some()
}

/// The lines with the tags in them; a tag over several lines makes them one.
fn lines<'a>(string: &str, tags: &'a [Tag]) -> Vec<(Range<usize>, &'a [Tag])> {
    let mut lines = Vec::new();
    let (mut start, mut first, mut next) = (0, 0, 0);
    let (mut at, mut line_end) = (0, 0);
    while at < string.len() {
        // A line may have very many tags.
        if at >= line_end {
            line_end = string.get(at..).and_then(|rest| rest.find('\n')).map_or(string.len(), |end| at + end + 1);
        }
        match tags.get(next) {
            Some(tag) if tag.range.start < line_end => {
                at = tag.range.end;
                next += 1;
            }
            _ => {
                lines.push((start..line_end, tags.get(first..next).unwrap_or_default()));
                (start, first, at) = (line_end, next, line_end);
            }
        }
    }
    if start < string.len() {
        lines.push((start..string.len(), tags.get(first..next).unwrap_or_default()));
    }
    lines
}

#[cfg(test)]
mod tests;
