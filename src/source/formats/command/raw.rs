//! Lines in which arguments stand as the process has them, joined with blanks and without quotes: k3s' log, what `ps`
//! and `systemctl status` print.

use std::collections::HashMap;

use crate::kubernetes::Component;
use crate::source::arguments::{Arguments, program_of};
use crate::source::program::{self, Certainty};
use crate::source::shell::Field;
use crate::source::{Completeness, InputFormat, Invocation};
use crate::text::{Located, Text};

/// k3s and RKE2 say this for each component they start.
const ANNOUNCEMENT: &str = "Running ";

/// The invocations of such lines. Of equal ones, and of several starts in one log, the last counts.
pub(super) fn invocations(text: &Text, format: InputFormat) -> Vec<Invocation> {
    let mut found: Vec<Option<Invocation>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut start = 0;
    for line in text.as_str().split_inclusive('\n') {
        let end = start + line.len();
        if line.contains("kube-") || line.contains("hyperkube") {
            let line = text.slice(start..start + line.trim_end_matches(['\n', '\r']).len());
            let lines = announced(&line, format).map_or_else(|| processes(&line, format), |line| vec![line]);
            for line in lines {
                let key = line.key();
                if let Some(earlier) = places.insert(key, found.len()).and_then(|place| found.get_mut(place)) {
                    *earlier = None;
                }
                found.push(Some(line.invocation));
            }
        }
        start = end;
    }
    found.into_iter().flatten().collect()
}

struct Line {
    log: bool,
    invocation: Invocation,
}

impl Line {
    /// What a later line must have in common with this one to stand for it.
    fn key(&self) -> String {
        let program = self.invocation.component.name();
        if self.log {
            return program.to_owned();
        }
        let words = self.invocation.arguments.iter().map(|argument| argument.text.as_str());
        std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// `… msg="Running kube-apiserver --a=b"`, with or without the logger's quotes.
fn announced(line: &Text, format: InputFormat) -> Option<Line> {
    let string = line.as_str();
    let at = string.match_indices(ANNOUNCEMENT).map(|(at, _)| at).find(|at| {
        let rest = string.get(at + ANNOUNCEMENT.len()..).unwrap_or_default();
        Component::ALL
            .iter()
            .any(|component| rest.strip_prefix(component.name()).is_some_and(|rest| rest.starts_with(" -")))
    })?;
    let start = at + ANNOUNCEMENT.len();
    let message = match string.get(..at).is_some_and(|before| before.ends_with('"')) {
        true => unquoted(line, start),
        false => line.slice(start..line.len()),
    };
    Some(Line { log: true, invocation: invocation(&blank_separated(&message), format)? })
}

/// The rest of a string in double quotes, up to the quote that ends it.
fn unquoted(line: &Text, start: usize) -> Text {
    let mut message = line.slice(start..start);
    let mut at = start;
    while let Some(character) = line.as_str().get(at..).and_then(|rest| rest.chars().next()) {
        let escaped = line.as_str().get(at + 1..).and_then(|rest| rest.chars().next());
        match (character, escaped) {
            ('"', _) => break,
            ('\\', Some(escaped @ ('"' | '\\'))) => {
                message.push(line, at + 1..at + 2);
                at += 1 + escaped.len_utf8();
            }
            _ => {
                let length = character.len_utf8();
                message.push(line, at..at + length);
                at += length;
            }
        }
    }
    message
}

/// A line of `ps`, `pgrep -a` or `systemctl status`: a process number before the program. Several when they ran together.
fn processes(line: &Text, format: InputFormat) -> Vec<Line> {
    let mut found = Vec::new();
    if line.as_str().starts_with('#') {
        return found;
    }
    let fields = blank_separated(line);
    let mut rest = fields.as_slice();
    while let Some((line, end)) = process(rest, format) {
        found.push(line);
        rest = rest.get(end.max(1)..).unwrap_or_default();
    }
    found
}

/// The first process among the words, and where its arguments end.
fn process(fields: &[Field], format: InputFormat) -> Option<(Line, usize)> {
    let program = program_of(one_record(fields), Certainty::Guess)?;
    let is_hyperkube = |at: usize| fields.get(at).is_some_and(|field| field.text.as_str().ends_with("hyperkube"));
    let start = program.word - usize::from(program.word.checked_sub(1).is_some_and(is_hyperkube));
    let before: Vec<&str> = fields.get(..start)?.iter().map(|field| field.text.as_str()).collect();
    let in_tree = before.iter().any(|word| {
        let number = word.trim_start_matches(['├', '└', '│', '─', '|', '-', '`']);
        number.len() < word.len() && is_number(number)
    });
    let is_table = before.iter().any(|word| is_number(word)) && before.iter().any(|word| is_time(word));
    let is_numbered = matches!(before.as_slice(), [number] if is_number(number));
    if !(in_tree || is_table || is_numbered) {
        return None;
    }
    let end = program.arguments + end_of_arguments(fields.get(program.arguments..)?);
    Some((Line { log: false, invocation: invocation(fields.get(start..end)?, format)? }, end))
}

/// The words up to where another record of `ps` begins behind the flags of the first.
fn one_record(fields: &[Field]) -> &[Field] {
    let flag = fields.iter().position(|field| field.text.as_str().starts_with("--")).unwrap_or(fields.len());
    let next = (flag..fields.len()).find(|index| begins_record(fields.get(*index..).unwrap_or_default()));
    fields.get(..next.unwrap_or(fields.len())).unwrap_or(fields)
}

/// A user, numbers, and a time: `root 99 98 2 10:01 ? 00:00:00 grep …`.
fn begins_record(fields: &[Field]) -> bool {
    const COLUMNS: usize = 11;
    let mut words = fields.iter().take(COLUMNS).map(|field| field.text.as_str());
    let user = words.next().is_some_and(|user| user.starts_with(|first: char| first.is_alphabetic()));
    let number = |word: Option<&str>| word.is_some_and(|word| word.parse::<f64>().is_ok());
    user && number(words.next()) && number(words.next()) && words.any(is_time)
}

/// A server takes no arguments but flags and does not start with others, and this one runs: a word that is neither a flag
/// nor a flag's value is no argument of it.
fn end_of_arguments(fields: &[Field]) -> usize {
    let mut value_may_follow = false;
    for (index, field) in fields.iter().enumerate() {
        let word = field.text.as_str();
        let flag = word.starts_with('-');
        let cut = is_cut(word);
        if !flag && !cut && (!value_may_follow || begins_record(fields.get(index..).unwrap_or_default())) {
            return index;
        }
        value_may_follow = flag && !program::is_switch(word) && !word.contains('=');
    }
    fields.len()
}

/// How `ps`, `systemctl` and people show that a line goes on.
fn is_cut(word: &str) -> bool {
    word.ends_with(['…', '>']) || word.ends_with("..")
}

/// `--anonymous-auth=fal` runs nowhere.
fn is_part_of_boolean(word: &str) -> bool {
    let value = word.split_once('=').map_or("", |(_, value)| value);
    value.len() > 1 && ["true", "false"].iter().any(|whole| whole.starts_with(value) && *whole != value)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `00:01:57`, `2:46`, `1-02:03:04`.
fn is_time(word: &str) -> bool {
    word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'.'))
}

fn invocation(fields: &[Field], format: InputFormat) -> Option<Invocation> {
    let program = program_of(fields, Certainty::Guess)?;
    let mut fields = fields.to_vec();
    let word = fields.get(program.word)?.text.clone();
    let mut arguments = fields.split_off(program.arguments.min(fields.len()));
    // A terminal's width cut the line.
    let cut = arguments.pop_if(|field| is_cut(field.text.as_str()) || is_part_of_boolean(field.text.as_str()));
    let arguments = Arguments::of(&arguments);
    let mut invocation = arguments.invocation(program.component, program.component.name(), word.origin(), format);
    if let Some(field) = cut {
        invocation.completeness = Completeness::Fragment;
        let message = "the line is cut off here; print it in full, for example with `ps -ww`";
        invocation.unresolved.push(Located::new(message.to_owned(), field.text.origin()));
    }
    Some(invocation)
}

fn blank_separated(text: &Text) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut start = 0;
    for word in text.as_str().split([' ', '\t']) {
        if !word.is_empty() {
            fields.push(Field::known(text.slice(start..start + word.len())));
        }
        start += word.len() + 1;
    }
    fields
}
