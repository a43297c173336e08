//! The texts that a template may become where it chooses: each branch of an `if … else … end` is read by itself, so that
//! what one says is not taken for a repetition, or a change, of what the other says.

use std::collections::HashMap;
use std::ops::Range;

use crate::kubernetes::Component;
use crate::source::expression::{Role, Tag, tags};
use crate::source::{Document, Invocation, template};
use crate::text::Text;

/// Templates with more branches are read in so many of them.
const MOST_ALTERNATIVES: usize = 4;

/// An `if` with its `else`.
struct Choice {
    /// What decides: choices with the same condition are taken alike.
    condition: String,
    /// The opening, the separators and the end.
    tags: Vec<Range<usize>>,
}

impl Choice {
    fn arms(&self) -> usize {
        self.tags.len() - 1
    }

    /// What is not there when `arm` is taken: the other arms, and the tags.
    fn left_out(&self, string: &str, arm: usize, left_out: &mut Vec<Range<usize>>) {
        let arms = self.tags.iter().zip(self.tags.iter().skip(1)).map(|(tag, next)| tag.end..next.start);
        left_out.extend(arms.enumerate().filter(|(index, _)| *index != arm).map(|(_, range)| range));
        left_out.extend(self.tags.iter().map(|tag| with_blanks(string, tag.clone())));
    }
}

/// The line of a tag that has one for itself, with its end: a blank line would be something to a shell. `{%- … -%}` takes
/// the blanks and line breaks around it away (Jinja, "Whitespace Control"; Go's text/template, "Text and spaces").
fn with_blanks(string: &str, tag: Range<usize>) -> Range<usize> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r');
    let (before, after) = (string.get(..tag.start).unwrap_or_default(), string.get(tag.end..).unwrap_or_default());
    let text = string.get(tag.clone()).unwrap_or_default();
    let trims_before = ["{%-", "{{-"].iter().any(|open| text.starts_with(open));
    let trims_behind = ["-%}", "-}}"].iter().any(|close| text.ends_with(close));
    let (line_before, line_after) = (before.trim_end_matches(blank), after.trim_start_matches(blank));
    let alone = (line_before.is_empty() || line_before.ends_with('\n')) && line_after.starts_with('\n');
    if alone && !trims_before && !trims_behind {
        return line_before.len()..string.len() - line_after.len() + 1;
    }
    let trims_before = trims_before && !begins_a_scalar(before.trim_end_matches(blank));
    let below = string.len() - after.trim_start().len();
    let trims_behind = trims_behind && !ends_a_scalar(string, tag.start, below);
    let start = if trims_before { before.trim_end().len() } else { tag.start };
    start..if trims_behind { below } else { tag.end }
}

/// Whether a line break before or behind a tag is one around a block scalar of YAML, which the tag stands in. Who trims it
/// renders the scalar after the YAML is read, as Ansible does with its variables: the other way round it would be no YAML.
fn begins_a_scalar(before: &str) -> bool {
    template::block_scalar_below(before).is_some()
}

fn ends_a_scalar(string: &str, tag: usize, below: usize) -> bool {
    let indented = |at: usize| string.get(..at).map_or(0, |before| at - before.rfind('\n').map_or(0, |end| end + 1));
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let rest = string.as_bytes().get(below..).unwrap_or_default();
    let key = rest.iter().take_while(|byte| is_of_key(byte)).count();
    key > 0 && rest.get(key) == Some(&b':') && indented(below) < indented(tag)
}

/// The text as each way through its choices leaves it; the text itself where there is none.
pub(super) fn alternatives(text: &Text) -> Vec<Text> {
    let string = text.as_str();
    let choices = choices(string, &tags(string));
    let mut conditions: Vec<&str> = choices.iter().map(|choice| choice.condition.as_str()).collect();
    conditions.sort_unstable();
    conditions.dedup();
    let most = choices.iter().map(Choice::arms).max().unwrap_or(1);
    // Two conditions are independent of each other; with more, each arm is read in one company.
    let independent = conditions.len() == 2 && most == 2;
    let count = if independent { MOST_ALTERNATIVES } else { most.min(MOST_ALTERNATIVES) };
    let arm = |choice: &Choice, number: usize| match independent {
        true if conditions.first() == Some(&choice.condition.as_str()) => number % 2,
        true => number / 2,
        false => number.min(choice.arms() - 1),
    };
    if choices.is_empty() {
        return vec![text.clone()];
    }
    let alternative = |number: usize| {
        let mut left_out = Vec::new();
        choices.iter().for_each(|choice| choice.left_out(string, arm(choice, number), &mut left_out));
        without(text, left_out)
    };
    (0..count).map(alternative).collect()
}

/// A template that defines several texts, one of them for cloud-init: each text by itself. Most others define parts of one,
/// or mere values, which are no part of the text where they are defined.
pub(super) fn definitions(text: &Text) -> Vec<Text> {
    let string = text.as_str();
    if !(string.contains("{{") && string.contains("define")) {
        return vec![text.clone()];
    }
    let all = tags(string);
    let defined = defined(string, &all);
    let bodies = || defined.iter().map(Definition::body);
    let is_config =
        |body: Range<usize>| string.get(body).is_some_and(|body| body.trim_start().starts_with("#cloud-config"));
    if bodies().any(is_config) {
        let rest = without(text, bodies().collect());
        return bodies().map(|body| text.slice(body)).chain([rest]).collect();
    }
    let is_value = |definition: &&Definition| {
        let body = definition.body();
        let first = all.partition_point(|tag| tag.range.start < body.start);
        let inside = all.iter().skip(first).map(|tag| tag.range.clone()).take_while(|tag| tag.start < body.end);
        let written = without(text, inside.chain([0..body.start, body.end..string.len()]).collect());
        let has_structure = |line: &str| line.contains("--") || line.contains(": ") || line.ends_with(':');
        !written.as_str().lines().map(str::trim).any(|line| has_structure(line) || line.starts_with("- "))
    };
    let whole = |definition: &Definition| with_blanks(string, definition.open.start..definition.end.end);
    vec![without(text, defined.iter().filter(is_value).map(whole).collect())]
}

/// `{{ define "x" }}`, and what ends it.
struct Definition {
    open: Range<usize>,
    end: Range<usize>,
}

impl Definition {
    fn body(&self) -> Range<usize> {
        self.open.end..self.end.start
    }
}

fn defined(string: &str, tags: &[Tag]) -> Vec<Definition> {
    let mut found: Vec<Definition> = Vec::new();
    let mut is_open = false;
    let mut depth = 0_usize;
    for tag in tags {
        let is_definition = || string.get(tag.range.clone()).is_some_and(|tag| tag.contains("define "));
        match tag.role {
            Role::Opens => {
                if depth == 0 {
                    is_open = is_definition();
                }
                if depth == 0 && is_open {
                    found.push(Definition { open: tag.range.clone(), end: string.len()..string.len() });
                }
                depth += 1;
            }
            Role::Closes => {
                if let (1, true, Some(definition)) = (depth, is_open, found.last_mut()) {
                    definition.end = tag.range.clone();
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    found
}

/// Every opening with a separator and its end.
fn choices(string: &str, tags: &[Tag]) -> Vec<Choice> {
    let mut open: Vec<Vec<Range<usize>>> = Vec::new();
    let mut choices = Vec::new();
    for tag in tags {
        match tag.role {
            Role::Opens => open.push(vec![tag.range.clone()]),
            Role::Separates => open.last_mut().into_iter().for_each(|tags| tags.push(tag.range.clone())),
            Role::Closes => {
                let Some(mut tags) = open.pop().filter(|tags| tags.len() > 1) else { continue };
                let condition = tags.first().and_then(|tag| string.get(tag.clone())).unwrap_or_default();
                let condition = condition.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '~')).collect();
                tags.push(tag.range.clone());
                choices.push(Choice { condition, tags });
            }
            Role::Value | Role::Silent => {}
        }
    }
    choices
}

fn without(text: &Text, mut left_out: Vec<Range<usize>>) -> Text {
    left_out.sort_by_key(|range| range.start);
    let mut kept = text.slice(0..0);
    let mut at = 0;
    for range in left_out {
        kept.push(text, at..range.start.max(at));
        at = at.max(range.end);
    }
    kept.push(text, at..text.len());
    kept
}

/// Adds what another way through the template's choices gives: what is the same is one, what differs is another state
/// of the same set-up, and what is only there is one more.
pub(super) fn merge(documents: &mut Vec<Document>, alternative: Vec<Document>) {
    let mut known = Known::default();
    for (index, document) in documents.iter().enumerate() {
        known.add(index, document);
    }
    for document in alternative {
        match known.place(&document) {
            Some(index) => {
                if let (Some(Document::Invocation(invocation)), Document::Invocation(other)) =
                    (documents.get_mut(index), document)
                {
                    invocation.add_alternative(other);
                }
            }
            None => documents.push(document),
        }
    }
}

/// Documents by what they are.
#[derive(Default)]
struct Known {
    by_place: HashMap<(Option<Component>, usize), usize>,
    by_name: HashMap<(Option<Component>, String), usize>,
}

impl Known {
    fn add(&mut self, index: usize, document: &Document) {
        let (component, name, place) = identity(document);
        self.by_place.entry((component, place)).or_insert(index);
        self.by_name.entry((component, name.to_owned())).or_insert(index);
    }

    fn place(&self, document: &Document) -> Option<usize> {
        let (component, name, place) = identity(document);
        let by_name = || self.by_name.get(&(component, name.to_owned()));
        self.by_place.get(&(component, place)).or_else(by_name).copied()
    }
}

fn identity(document: &Document) -> (Option<Component>, &str, usize) {
    match document {
        Document::Invocation(found) => (Some(found.component), &found.name, found.origin.range().start),
        Document::AuthenticationConfigMap(found) => (None, &found.name, found.origin.range().start),
        Document::ApiService(found) => (None, &found.name.value, found.name.origin.range().start),
        Document::Collection(found) => (None, &found.name.value, found.name.origin.range().start),
        Document::Handshake(found) => (None, &found.server.value, found.server.origin.range().start),
        Document::Resource(found) => (None, found.kind(), found.object().name.origin.range().start),
        Document::Unread(found) => (None, found.mention.file().name(), found.mention.range().start),
    }
}

impl Invocation {
    fn add_alternative(&mut self, other: Self) {
        let same = |known: &Self| known.arguments == other.arguments && known.completeness == other.completeness;
        if !same(self) && !self.alternatives.iter().any(same) {
            self.alternatives.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn read(text: &str) -> Vec<String> {
        let text = Text::of(&SourceFile::new("f", text));
        alternatives(&text).iter().map(|text| text.as_str().to_owned()).collect()
    }

    #[test]
    fn each_branch_is_read_by_itself() {
        for (text, expected) in [
            ("a\n{{ if x }}\nb\n{{ end }}\n", vec!["a\n{{ if x }}\nb\n{{ end }}\n"]),
            ("--a={% if x %}b{% elif y %}c{% else %}d{% endif %}!", vec!["--a=b!", "--a=c!", "--a=d!"]),
            ("<% if x %>\na\n  <% else -%>\nb\n<% end %>\nc", vec!["a\nc", "b\nc"]),
            // The line breaks around it are taken away, too.
            ("--a=\n{%- if x -%}\n  2s\n{%- else -%}\n  5s\n{%- endif %} \\\n", vec!["--a=2s \\\n", "--a=5s \\\n"]),
            // Behind a scalar's header and before the next key they stay.
            (
                "a: >-\n  {%- if x -%}\n    1\n  {%- else -%}\n    2\n  {%- endif -%}\nb: 3\n",
                vec!["a: >-\n  1\nb: 3\n", "a: >-\n  2\nb: 3\n"],
            ),
            (
                "a: |\n  x\n  {% if x %}1{% else %}2{% endif -%}\nb: 3\n",
                vec!["a: |\n  x\n  1\nb: 3\n", "a: |\n  x\n  2\nb: 3\n"],
            ),
            ("a\n{{- if x }}\nb\n{{- else }}{{/* y */}}\nc\n{{- end }}\nd", vec!["a\nb\nd", "a{{/* y */}}\nc\nd"]),
            // One condition decides twice, and in the same way.
            ("{{if a}}1{{else}}2{{end}}{{- if a -}}3{{- else -}}4{{end}}", vec!["13", "24"]),
            // Two conditions decide in four ways.
            ("{{if a}}1{{else}}2{{end}}{{if b}}3{{else}}4{{end}}", vec!["13", "23", "14", "24"]),
            ("{{ if a }}{{ if b }}1{{ else }}2{{ end }}{{ else }}3{{ end }}", vec!["1", "3", "2", "3"]),
            ("{{ else }}{{ end }}{{ if x }}", vec!["{{ else }}{{ end }}{{ if x }}"]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_that_a_template_defines_are_told_apart() {
        let read = |text: &str| {
            let parts = definitions(&Text::of(&SourceFile::new("f", text)));
            parts.iter().map(|text| text.as_str().to_owned()).collect::<Vec<_>>()
        };
        let text = "{{ define \"a\" -}}\nrun {{ if x }}1{{ end }}\n{{ end }}\n{{define \"b\"}}\n#cloud-config\nc: 1\n{{ end }}\n";
        let tags = "{{ define \"a\" -}}{{ end }}\n{{define \"b\"}}{{ end }}\n";
        assert_eq!(read(text), ["\nrun {{ if x }}1{{ end }}\n", "\n#cloud-config\nc: 1\n", tags]);
        let parts = "{{ define \"a\" }}\nb: 1\n{{ end }}\n#cloud-config\n";
        assert_eq!(read(parts), [parts]);
        let text = "{{ define \"a\" }}\n#cloud-config\n{{ end }}\nb: 1\n{{ if x }}\nc: 1\n{{ end }}\n";
        assert_eq!(read(text)[0], "\n#cloud-config\n");
        let value = "{{ define \"port\" }}{{- if x -}}\n7443\n{{ else }}6443{{ end }}{{ end }}\napiVersion: v1\n";
        assert_eq!(read(value), ["apiVersion: v1\n"]);
    }

    #[test]
    fn the_number_of_alternatives_is_bounded() {
        let many: String =
            (0..200).map(|n| format!("{{{{if a{n}}}}}1{{{{else if b}}}}2{{{{else}}}}3{{{{end}}}}")).collect();
        assert_eq!(read(&many).len(), 3);
        let arms: String = (0..200).map(|n| format!("{{{{else if a{n}}}}}1")).collect();
        assert_eq!(read(&format!("{{{{if x}}}}{arms}{{{{end}}}}")).len(), MOST_ALTERNATIVES);
    }
}
