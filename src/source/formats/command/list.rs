//! Lists of strings in other languages: `args = ["--a=b", …]` of HCL, `CMD ["kube-apiserver", …]` of a Dockerfile,
//! `"Args": [...]` of `docker inspect`.

use std::ops::Range;

use super::image_version;
use crate::source::arguments::{Arguments, program_of};
use crate::source::program::{self, Certainty};
use crate::source::shell::Field;
use crate::source::{Completeness, InputFormat, Invocation};
use crate::text::Text;

/// A list in brackets with at least one string that looks like a flag or names one of our programs.
#[derive(Debug)]
pub(super) struct List {
    pub(super) items: Vec<Field>,
    /// What stands before the bracket on its line: `args =`, `CMD`.
    key: String,
    range: Range<usize>,
}

/// How far before a bracket the name of its list may begin.
const MAXIMUM_KEY: usize = 256;

/// How far from its list a `command = "kube-apiserver"` may stand.
const NEIGHBOURHOOD: usize = 4096;

pub(super) fn lists(text: &Text) -> Vec<List> {
    let string = text.as_str();
    let mut lists = Vec::new();
    let mut at = 0;
    while let Some(start) = string.get(at..).and_then(|rest| rest.find('[')).map(|offset| at + offset) {
        at = start + 1;
        let mut scanner = Scanner { text, string, at };
        let Some(items) = scanner.items() else { continue };
        let ours = |item: &Field| {
            let item = item.text.as_str();
            program::flag_name(item).is_some() || program::component(item).is_some()
        };
        if items.iter().any(ours) {
            let before = backwards(string, start, MAXIMUM_KEY);
            let line = before.rsplit('\n').next().unwrap_or_default();
            lists.push(List { items, key: key(line), range: start..scanner.at });
            at = scanner.at;
        }
    }
    lists
}

/// The text around the lists, so that nothing is read twice.
pub(super) fn without(text: &Text, lists: &[List]) -> Text {
    let mut rest = text.slice(0..0);
    let mut at = 0;
    for list in lists {
        rest.push(text, at..list.range.start);
        at = list.range.end;
    }
    rest.push(text, at..text.len());
    rest
}

pub(super) fn invocation(list: &List, text: &Text, lists: &[List], format: InputFormat) -> Option<Invocation> {
    let mut fields = list.items.clone();
    let own = program_of(&fields, Certainty::Guess);
    if own.is_none()
        && let Some(mut before) = neighbour(list, text, lists)
    {
        before.append(&mut fields);
        fields = before;
    }
    if let Some(program) = own.or_else(|| program_of(&fields, Certainty::Guess)) {
        let word = fields.get(program.word)?.text.origin();
        let arguments = Arguments::of(fields.get(program.arguments..)?);
        let mut invocation = arguments.invocation(program.component, program.component.name(), word, format);
        invocation.version = image_version(&fields);
        return Some(invocation);
    }
    let first = fields.iter().find(|field| program::flag_name(field.text.as_str()).is_some())?;
    let words = || fields.iter().map(|field| field.text.as_str());
    let component = words().any(program::matters).then(|| program::component_of_flags(words()))??;
    let origin = first.text.origin();
    let mut invocation = Arguments::of(&fields).invocation(component, component.name(), origin, format);
    invocation.completeness = Completeness::Fragment;
    Some(invocation)
}

/// The program that stands beside the list, in the same block: `command = "/hyperkube"`, `ENTRYPOINT [...]`.
fn neighbour(list: &List, text: &Text, lists: &[List]) -> Option<Vec<Field>> {
    if list.key == "CMD" {
        let index = lists.partition_point(|other| other.range.start < list.range.start);
        let mut before = lists.get(..index)?.iter().rev().take(16);
        let entry_point = before.find(|other| other.key == "ENTRYPOINT");
        return entry_point.map(|entry_point| entry_point.items.clone());
    }
    let string = text.as_str();
    let before = backwards(string, list.range.start, NEIGHBOURHOOD);
    let first = list.range.start - before.len();
    let mut depth = 0_usize;
    let mut at = before.len();
    for line in before.rsplit('\n') {
        let start = at.saturating_sub(line.len());
        if let Some(field) = command_value(text, first + start, line) {
            return Some(vec![field]);
        }
        depth += line.matches('}').count();
        let opened = line.matches('{').count();
        if opened > depth {
            break;
        }
        depth -= opened;
        at = start.saturating_sub(1);
    }
    let mut at = list.range.end;
    for line in forwards(string, at, NEIGHBOURHOOD).split_inclusive('\n') {
        if let Some(field) = command_value(text, at, line) {
            return Some(vec![field]);
        }
        at += line.len();
        if line.contains('}') {
            break;
        }
    }
    None
}

/// At most `length` bytes of a text before an offset.
fn backwards(text: &str, end: usize, length: usize) -> &str {
    let mut start = end.saturating_sub(length);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..end).unwrap_or_default()
}

/// At most `length` bytes of a text behind an offset.
fn forwards(text: &str, start: usize, length: usize) -> &str {
    let mut end = text.len().min(start.saturating_add(length));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(start..end).unwrap_or_default()
}

/// The string of `command = "…"`, `"Path": "…"`.
fn command_value(text: &Text, start: usize, line: &str) -> Option<Field> {
    let separator = line.find(['=', ':'])?;
    let name = key(line.get(..=separator)?);
    if !["command", "path", "Path", "entrypoint", "Entrypoint", "exec"].contains(&name.as_str()) {
        return None;
    }
    let value = line.get(separator + 1..)?;
    let quote = value.find(['"', '\''])?;
    let mut scanner = Scanner { text, string: text.as_str(), at: start + separator + 1 + quote };
    let field = scanner.string_literal()?;
    let word = field.text.as_str();
    (program::component(word).is_some() || word.ends_with("hyperkube")).then_some(field)
}

/// The last name of a line: `args` of `  args = `, `Args` of `"Args": `.
fn key(line: &str) -> String {
    let line = line.trim_end().trim_end_matches(['=', ':', '(', '+']).trim_end().trim_end_matches(['"', '\'']);
    let name = line.rsplit(|character: char| !(character.is_alphanumeric() || character == '_' || character == '-'));
    name.into_iter().next().unwrap_or_default().to_owned()
}

struct Scanner<'a> {
    text: &'a Text,
    string: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.string.get(self.at..).unwrap_or_default()
    }

    /// The items up to the closing bracket; `None` when it is no list of strings.
    fn items(&mut self) -> Option<Vec<Field>> {
        let mut items = Vec::new();
        loop {
            let rest = self.rest();
            let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
            self.at += skipped;
            let rest = self.rest();
            match rest.chars().next()? {
                ']' => {
                    self.at += 1;
                    return Some(items);
                }
                '"' | '\'' => items.push(self.string_literal()?),
                '#' => self.at += rest.find('\n')?,
                '/' if rest.starts_with("//") => self.at += rest.find('\n')?,
                '[' => return None,
                _ => items.push(self.expression()?),
            }
        }
    }

    fn string_literal(&mut self) -> Option<Field> {
        let quote = self.rest().chars().next()?;
        self.at += 1;
        let mut text = self.text.slice(self.at..self.at);
        loop {
            let rest = self.rest();
            let character = rest.chars().next()?;
            let length = character.len_utf8();
            if character == quote {
                self.at += 1;
                let opaque = crate::source::expression::has_expression(text.as_str());
                return Some(Field { opaque, ..Field::known(text) });
            }
            match character {
                '\n' => return None,
                // Terraform's `"${join(",", x)}"` has quotes of its own.
                '$' if rest.starts_with("${") => {
                    let end =
                        rest.find(['}', '\n']).filter(|end| rest.get(*end..).is_some_and(|r| r.starts_with('}')))?;
                    text.push(self.text, self.at..self.at + end + 1);
                    self.at += end + 1;
                }
                '\\' if quote == '"' => self.escape(&mut text)?,
                _ => {
                    text.push(self.text, self.at..self.at + length);
                    self.at += length;
                }
            }
        }
    }

    /// JSON's escapes.
    fn escape(&mut self, text: &mut Text) -> Option<()> {
        let escaped = self.rest().chars().nth(1)?;
        let mut length = 1 + escaped.len_utf8();
        let decoded = match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let digits = self.rest().get(2..6)?;
                length = 6;
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
            }
            other => other,
        };
        text.push_decoded(decoded.encode_utf8(&mut [0; 4]), self.text, self.at..self.at + length);
        self.at += length;
        Some(())
    }

    /// Something that is no string, such as a variable: it stands for anything.
    fn expression(&mut self) -> Option<Field> {
        let rest = self.rest();
        let length = rest.find([',', ']', '\n', '[', '"', '\'']).filter(|length| *length > 0)?;
        let text = self.text.slice(self.at..self.at + length).trim();
        self.at += length;
        Some(Field { text, opaque: true, unknown: true, quoted: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn arguments(source: &str) -> Vec<Vec<String>> {
        let text = Text::of(&SourceFile::new("x", source));
        let lists = lists(&text);
        lists
            .iter()
            .filter_map(|list| invocation(list, &text, &lists, InputFormat::Command))
            .map(|found| found.arguments.iter().map(|argument| argument.text.to_string()).collect())
            .collect()
    }

    #[test]
    fn a_nomad_task_is_read() {
        let source = "config {\n  command = \"/hyperkube\"\n  args = [\n    \"apiserver\", # \
            first\n    \"--etcd-servers=a,b\",\n    \
                      \"--client-ca-file=${NOMAD_TASK_DIR}/ca.pem\",\n  ]\n}\n";
        assert_eq!(arguments(source), [["--etcd-servers=a,b", "--client-ca-file=${NOMAD_TASK_DIR}/ca.pem"]]);
    }

    #[test]
    fn a_dockerfile_is_read() {
        let source = "ENTRYPOINT [\"/usr/bin/kube-apiserver\"]\nCMD [\"--etcd-servers=a\", \"--x=\\\"q\\\"\"]\n";
        assert_eq!(arguments(source), [["--etcd-servers=a", "--x=\"q\""]]);
    }

    #[test]
    fn brackets_of_other_kinds_are_no_lists() {
        assert!(arguments("[ -f x ] && [[ $a == \"--b\" ]]\n[Service]\n[link](url)\nARRAY[0]=1").is_empty());
        assert!(arguments("[\"--unknown=1\"]").is_empty());
    }
}
