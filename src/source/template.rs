//! Templates that are not rendered: Helm and Go (`{{ … }}`), Jinja (`{% … %}`), ERB (`<% … %>`), Terraform (`${ … }`,
//! `%{ … }`).
//!
//! Lines that only steer the template are left out, and the place is remembered as a gap: there may be more or less
//! than what is left. An expression within a line becomes one character of a private plane, which is a harmless part
//! of any scalar, and is put back as written when the scalar is decoded.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::source::Argument;
use crate::source::expression::{Role, Tag, expression, tags};
use crate::text::Text;

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
    pub(super) fn restore(&self, part: &Text) -> Text {
        if self.expressions.is_empty() || !part.as_str().chars().any(is_private) {
            return part.clone();
        }
        let mut restored = part.slice(0..0);
        let mut run = 0;
        for (at, character) in part.as_str().char_indices() {
            if let Some(expression) = self.expression(character) {
                restored.push(part, run..at);
                restored.append(expression);
                run = at + character.len_utf8();
            }
        }
        restored.push(part, run..part.len());
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

    /// The same without the last line up to `at` that has an expression in it; nothing when there is none. Of
    /// `labels: {{ include "x" . | nindent 4 }}` the key stays, where what is below belongs to it.
    pub(super) fn without_expression_line(&self, at: usize) -> Option<Self> {
        let string = self.text.as_str();
        let line_end =
            |from: usize| string.get(from..).and_then(|rest| rest.find('\n')).map_or(string.len(), |n| from + n + 1);
        let end = line_end(at.min(string.len()));
        let last = string.get(..end)?.rfind(is_private)?;
        let (start, end) = (string.get(..last)?.rfind('\n').map_or(0, |at| at + 1), line_end(last));
        let start = start + key_of_more(string.get(start..end)?, string.get(end..)?).unwrap_or_default();
        let end = if string.get(..start).is_some_and(|kept| kept.ends_with(':')) { end - 1 } else { end };
        let mut text = self.text.slice(0..start);
        text.push(&self.text, end..string.len());
        let (before, after): (Vec<Gap>, Vec<Gap>) = self.gaps.iter().cloned().partition(|gap| gap.at <= start);
        let moved = after.into_iter().map(|gap| Gap { at: gap.at.saturating_sub(end - start).max(start), ..gap });
        let hides = self.restore(&self.text.slice(start..end).trim());
        let gaps = before.into_iter().chain([Gap { at: start, hides: Some(hides) }]).chain(moved).collect();
        Some(Self { text, expressions: self.expressions.clone(), gaps })
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
            if tags.iter().any(|tag| tag.role != Role::Silent) {
                let value = tags.iter().find(|tag| tag.role == Role::Value);
                let hides = value.map(|tag| source.slice(tag.range.clone()));
                self.gaps.push(Gap { at: self.text.len(), hides });
            }
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

/// Where the key ends of a line that holds nothing else but an expression, where the line below is indented further.
fn key_of_more(line: &str, below: &str) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let key = line.trim_end().strip_suffix(is_private)?.trim_end();
    let further = below.lines().find(|line| !line.trim().is_empty()).is_some_and(|next| indent(next) > indent(line));
    (key.ends_with(':') && further && line.ends_with('\n')).then_some(key.len())
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
pub(super) fn without_control(argument: &Text) -> Text {
    let tags = tags(argument.as_str());
    match (tags.first(), tags.last()) {
        (Some(first), Some(last)) if first.role.steers() && first.range.start == 0 => {
            let end =
                if last.range.end == argument.len() && tags.len() > 1 { last.range.start } else { argument.len() };
            argument.slice(first.range.end..end)
        }
        _ => argument.clone(),
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
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn template(text: &str) -> Template {
        Template::of(&Text::of(&SourceFile::new("f", text)))
    }

    /// The text with its expressions in their place.
    fn left(text: &str) -> String {
        let template = template(text);
        template.restore(template.text()).as_str().to_owned()
    }

    #[test]
    fn lines_that_only_steer_are_left_out() {
        for (text, expected) in [
            ("a\n  {{- if x }}  \nb\n", "a\nb\n"),
            ("{# a\nb #}\nc", "c"),
            ("{{/* }} {{ */}}\nc\n", "c\n"),
            ("  {% if x %}- a{% endif %}\n", "  - a\n"),
            ("- {% if x %}a{% endif %}b\n", "- {% if x %}a{% endif %}b\n"),
            ("- a{{- end }}\n", "- a\n"),
            ("{{ x }}: {{ y }}\n", "{{ x }}: {{ y }}\n"),
            ("<%- if x -%>\n<%= y %>z\n<% end %>\n", "<%= y %>z\n"),
            ("%{ if x ~}\na %{http_code}\n${ a\n", "a %{http_code}\n${ a\n"),
            ("{{ no end\n", "{{ no end\n"),
        ] {
            assert_eq!(left(text), expected, "{text:?}");
        }
    }

    #[test]
    fn gaps_are_where_something_may_be() {
        let within = |text: &str, range: Range<usize>, end: usize| {
            let gaps = template(text).gaps().within(range, end);
            (!gaps.is_empty(), gaps.hidden().map(|text| text.as_str().to_owned()).collect::<Vec<_>>())
        };
        // The second `if` is about what stands behind the items.
        let text = "- a\n{{ if x }}\n- b\n{{ end }}\n- c\n{{ if y }}\nd\n";
        assert_eq!(template(text).text().as_str(), "- a\n- b\n- c\nd\n");
        assert_eq!(within(text, 0..12, 11), (true, vec![]));
        assert_eq!(within(text, 9..12, 11), (false, vec![]));
        // An expression may put items behind the last one.
        assert_eq!(within("- a\n{{ more }}\nb\n", 0..4, 3), (true, vec!["{{ more }}".to_owned()]));
        assert_eq!(within("- a\n{{/* why */}}\n- b\n", 0..8, 7), (false, vec![]));
    }

    #[test]
    fn what_both_branches_give_is_unknown() {
        let argument = |text: &str| Argument::written(Text::of(&SourceFile::new("f", text)));
        let mut arguments = ["--a=1", "--b=1", "--a=2", "--b=1"].map(argument);
        settle_branches(&mut arguments);
        assert_eq!(arguments.map(|argument| argument.opaque), [true, false, true, false]);
    }
}
