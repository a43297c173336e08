//! Lists of strings in other languages: `args = ["--a=b", …]` of HCL, `CMD ["kube-apiserver", …]` of a Dockerfile,
//! `"Args": [...]` of `docker inspect`, `[]string{…}` of Go, `@(…)` of PowerShell, the arguments of a call.

use std::ops::Range;

use super::volumes;
use super::window::{backwards, forwards};
use crate::source::arguments::{Arguments, program_of};
use crate::source::program::{self, Certainty};
use crate::source::script::is_about_flags;
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
    let mut lists: Vec<List> = Vec::new();
    let mut budget = string.len().saturating_mul(8).saturating_add(1 << 16);
    let mut at = 0;
    while let Some(start) = string.get(at..).and_then(|rest| rest.find(['[', '{', '('])).map(|offset| at + offset) {
        at = start + 1;
        let Some(close) = close_of(string, start) else { continue };
        let mut scanner = Scanner { text, string, at, close, budget };
        let items = scanner.items();
        // What a list in vain has cost is not spent again; otherwise the search goes on behind it.
        let spent = scanner.at.saturating_sub(at);
        budget = scanner.budget.saturating_sub(if items.is_some() { 0 } else { spent });
        let Some(items) = items else { continue };
        let ours = |item: &Field| {
            let item = item.text.as_str();
            program::flag_name(item).is_some() || program::component(item).is_some()
        };
        if items.iter().any(ours) {
            let before = backwards(string, start, MAXIMUM_KEY);
            let line = before.rsplit('\n').next().unwrap_or_default();
            at = scanner.at;
            match lists.last_mut().filter(|last| are_one(string, last, start)) {
                Some(last) => {
                    last.items.extend(between(text, last.range.end..start));
                    last.items.extend(items);
                    last.range.end = at;
                }
                None => lists.push(List { items, key: key(line), range: start..at }),
            }
        }
    }
    lists
}

/// What closes the list that a bracket may open. Other brackets than `[` open all sorts of things, most often no list.
fn close_of(text: &str, start: usize) -> Option<char> {
    let begins_with_a_string = || text.get(start + 1..).is_some_and(|rest| rest.trim_start().starts_with(['"', '\'']));
    let is_expansion = || text.get(..start).is_some_and(|before| before.ends_with('$'));
    match text.get(start..)?.chars().next()? {
        '[' => Some(']'),
        _ if is_expansion() || !begins_with_a_string() => None,
        '{' => Some('}'),
        _ => Some(')'),
    }
}

/// Whether a list goes on from the one before it: `concat(["kube-apiserver"], var.flags, ["--a=b"])`.
fn are_one(text: &str, last: &List, start: usize) -> bool {
    let between = text.get(last.range.end..start).unwrap_or_default();
    let joined = backwards(text, last.range.start, MAXIMUM_KEY).trim_end();
    let call = ["concat(", "flatten([", "concat([", "]) +", "+"].iter().any(|call| joined.ends_with(call));
    let plus = between.trim() == "+";
    between.len() <= MAXIMUM_KEY
        && (plus || (call && between.trim_start().starts_with(',') && !between.contains([')', '}', ';'])))
}

/// What stands between two lists that are one: it stands for any flags.
fn between(text: &Text, range: Range<usize>) -> Option<Field> {
    let text = text.slice(range).trim();
    let text =
        text.slice(text.as_str().len() - text.as_str().trim_start_matches([',', '+', ' ', '\n']).len()..text.len());
    let text = text.slice(0..text.as_str().trim_end_matches([',', '+', ' ', '\n']).len());
    (!text.is_empty()).then_some(Field { text, opaque: true, unknown: true, quoted: false })
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
        invocation.run_by(&fields, &program);
        invocation.see(&volumes::beside(list.range.clone(), &list.key, text.as_str()));
        return Some(invocation);
    }
    if is_about_flags(&fields) {
        return None;
    }
    let first = fields.iter().find(|field| program::flag_name(field.text.as_str()).is_some())?;
    let words = || fields.iter().map(|field| field.text.as_str());
    let component = words().any(program::matters).then(|| program::component_of_flags(words()))??;
    let origin = first.text.origin();
    let mut invocation = Arguments::of(&fields).invocation(component, component.name(), origin, format);
    invocation.completeness = Completeness::Fragment;
    invocation.see(&volumes::beside(list.range.clone(), &list.key, text.as_str()));
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

/// The string of `command = "…"`, `"Path": "…"`.
fn command_value(text: &Text, start: usize, line: &str) -> Option<Field> {
    let separator = line.find(['=', ':'])?;
    let name = key(line.get(..=separator)?);
    if !["command", "path", "Path", "entrypoint", "Entrypoint", "exec"].contains(&name.as_str()) {
        return None;
    }
    let value = line.get(separator + 1..)?;
    let quote = value.find(['"', '\''])?;
    let mut scanner =
        Scanner { text, string: text.as_str(), at: start + separator + 1 + quote, close: '\n', budget: MAXIMUM_KEY };
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
    /// What closes the list.
    close: char,
    /// Bytes that searches for what closes an expression may pass.
    budget: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.string.get(self.at..).unwrap_or_default()
    }

    /// The items up to the closing bracket; `None` when it is no list of strings. In brackets of other kinds than `[]` an
    /// array of a shell stands as often, which has no commas.
    fn items(&mut self) -> Option<Vec<Field>> {
        let mut items = Vec::new();
        let has_commas = self.close != ']';
        let mut is_apart = true;
        // `flatten(["kube-apiserver", ["--a=b"]])`: what is in inner lists is in the outer one.
        let mut inner = 0_usize;
        loop {
            self.budget = self.budget.checked_sub(1)?;
            let rest = self.rest();
            let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
            is_apart |= !has_commas || rest.get(..skipped).is_some_and(|between| between.contains(','));
            self.at += skipped;
            let rest = self.rest();
            match rest.chars().next()? {
                ']' if inner > 0 => {
                    self.at += 1;
                    inner -= 1;
                }
                close if close == self.close => {
                    self.at += 1;
                    return (!has_commas || items.len() > 1).then_some(items);
                }
                '#' => self.at += rest.find('\n')?,
                '/' if rest.starts_with("//") => self.at += rest.find('\n')?,
                '[' => {
                    self.at += 1;
                    inner += 1;
                }
                _ if !std::mem::replace(&mut is_apart, false) => return None,
                _ => items.push(self.item()?),
            }
        }
    }

    /// A string and what is put behind it (`"--client-ca-file=" + path.Join(pki, "ca.crt")`), or something else.
    fn item(&mut self) -> Option<Field> {
        if !self.rest().starts_with(['"', '\'']) {
            return self.expression(&[]);
        }
        let mut field = self.string_literal()?;
        while let Some(behind) = self.rest().trim_start().strip_prefix('+') {
            self.at = self.string.len() - behind.trim_start().len();
            let is_string = self.rest().starts_with(['"', '\'']);
            let more = if is_string { self.string_literal()? } else { self.expression(&['+'])? };
            field.text.append(&more.text);
            field.opaque |= more.opaque;
        }
        Some(field)
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
                // Terraform's `"${join(",", [for x in y : "z"])}"` has quotes and lines of its own.
                '$' if rest.starts_with("${") => {
                    let end = self.closed(self.at + 2, '}')?;
                    text.push(self.text, self.at..end);
                    self.at = end;
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

    /// Something that is no string, such as a variable or a call: it stands for anything. It ends with the item, or before
    /// one of `ends`.
    fn expression(&mut self, ends: &[char]) -> Option<Field> {
        let start = self.at;
        loop {
            let rest = self.rest();
            match rest.chars().next()? {
                next if matches!(next, ',' | ']' | '\n') || next == self.close || ends.contains(&next) => {
                    if self.at == start {
                        return None;
                    }
                    break;
                }
                '(' => self.at = self.closed(self.at + 1, ')')?,
                '{' => self.at = self.closed(self.at + 1, '}')?,
                '[' => self.at = self.closed(self.at + 1, ']')?,
                quote @ ('"' | '\'') => self.at = self.closed(self.at + 1, quote)?,
                other => self.at += other.len_utf8(),
            }
        }
        let text = self.text.slice(start..self.at).trim();
        Some(Field { text, opaque: true, unknown: true, quoted: false })
    }

    /// Just behind the `close` that belongs to what was opened before `start`.
    fn closed(&mut self, start: usize, close: char) -> Option<usize> {
        let rest = self.string.get(start..)?;
        let mut open = vec![close];
        for (offset, character) in rest.char_indices() {
            self.budget = self.budget.checked_sub(1)?;
            let in_string = matches!(open.last(), Some('"' | '\''));
            match character {
                _ if open.last() == Some(&character) => {
                    open.pop();
                    if open.is_empty() {
                        return Some(start + offset + character.len_utf8());
                    }
                }
                '\n' if in_string => return None,
                '{' if in_string && rest.get(..offset).is_some_and(|before| before.ends_with('$')) => open.push('}'),
                _ if in_string => {}
                '{' => open.push('}'),
                '(' => open.push(')'),
                '[' => open.push(']'),
                '"' => open.push('"'),
                _ => {}
            }
        }
        None
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
    fn expressions_with_lists_of_their_own_end_no_list() {
        let source = "command = [\n  \"kube-apiserver\",\n  \"--etcd-servers=${join(\",\", [\n    for ip in var.ips :\n    \
                      \"https://${ip}:2379\"\n  ])}\",\n  \"--v=2\",\n]\n";
        let found = arguments(source);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].len(), found[0][1].as_str()), (2, "--v=2"));
        let joined = "command = concat([\"kube-apiserver\", \"--a=b\"], var.extra, [\"--v=2\"])\n";
        assert_eq!(arguments(joined), [["--a=b", "var.extra", "--v=2"]]);
        let call = "args = [\"kube-apiserver\", format(\"--a=%s\", join(\",\", [\"x\"])), \"--v=2\"]\n";
        assert_eq!(arguments(call)[0].len(), 2);
    }

    #[test]
    fn lists_in_a_list_are_a_part_of_it() {
        let source = "command = [\"kube-apiserver\", [\n  \"--a=b\", [\"--c=d\"],\n], \"--v=2\"]\n";
        assert_eq!(arguments(source), [["--a=b", "--c=d", "--v=2"]]);
        assert!(arguments(&"[".repeat(100_000)).is_empty());
    }

    #[test]
    fn lists_of_other_languages_are_read() {
        let go = "args := []string{\"kube-apiserver\",\n\t\"--client-ca-file=\" + pki(\"ca.crt\"), // why\n\t\
                  \"--requestheader-client-ca-file=\" + dir + \"/ca.crt\",\n}\n";
        let expected = ["--client-ca-file=pki(\"ca.crt\")", "--requestheader-client-ca-file=dir/ca.crt"];
        assert_eq!(arguments(go), [expected]);
        let literals = ["--proxy-client-cert-file=/a", "--v=2"];
        for source in [
            "$args = @(\n  '--proxy-client-cert-file=/a',\n  '--v=2')\n",
            "x.withArgs(\"--proxy-client-cert-file=\"\n  + \"/a\", \"--v=2\");\n",
            "String[] args = {\"--proxy-client-cert-file=/a\", \"--v=2\"};\n",
        ] {
            assert_eq!(arguments(source), [literals], "{source}");
        }
        // An array of a shell, an object, and a call with something else.
        for source in [
            "ARGS=(\"--proxy-client-cert-file=/a\" \"--v=2\")\n",
            "ARGS=(\"--proxy-client-cert-file=/a\")\n",
            "{\"--proxy-client-cert-file\": \"/a\", \"--v\": \"2\"}\n",
            "f(\"--proxy-client-cert-file=/a\" x, \"--v=2\")\n",
        ] {
            assert!(lists(&Text::of(&SourceFile::new("x", source))).is_empty(), "{source}");
        }
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
