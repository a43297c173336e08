//! The value of `ExecStart=` to arguments (systemd's `extract_first_word`, `replace_env_argv`).

use super::specifiers;
use crate::source::escape::{self, Digits};
use crate::source::expression::{Kind, expression};
use crate::source::shell::{Field, Note, NoteKind};
use crate::text::{Origin, Text};

/// What systemd takes for a blank.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// What a variable is.
pub(super) enum Lookup<'a> {
    Value(&'a Text),
    Empty,
    Unknown,
}

/// The variables of a unit's processes.
pub(super) trait Variables {
    fn lookup(&self, name: &str) -> Lookup<'_>;

    /// The unit's name; empty where nothing tells.
    fn unit(&self) -> &str {
        ""
    }
}

/// The commands of a value, each with its variables put in. `;` as a word of its own separates them.
pub(super) fn commands(value: &Text, environment: &dyn Variables) -> Vec<Vec<Field>> {
    let mut commands = vec![Vec::new()];
    let mut expand = true;
    // Behind `@` the second word is what the process is told as its own name (systemd.service(5)).
    let mut named = false;
    for word in split(value, Specifiers::Of(environment.unit())) {
        if word.field.text.as_str() == ";" && !word.escaped {
            commands.push(Vec::new());
            continue;
        }
        let Some(command) = commands.last_mut() else { break };
        let first = command.is_empty();
        let mut field = word.field;
        if command.len() == 1 && std::mem::take(&mut named) {
            continue;
        }
        if first {
            let string = field.text.as_str();
            let prefix = string.len() - string.trim_start_matches(['@', '-', ':', '+', '!', '|']).len();
            let prefixes = string.get(..prefix).unwrap_or_default();
            expand = !prefixes.contains(':');
            named = prefixes.contains('@');
            field.text = field.text.slice(prefix..field.text.len());
        }
        if expand && !first {
            command.extend(substituted(&field, environment));
        } else {
            command.push(field);
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

/// Places where a no-break space was taken for a blank.
pub(super) fn notes(value: &Text) -> impl Iterator<Item = Note> + '_ {
    value.as_str().match_indices('\u{a0}').map(|(at, space)| Note {
        kind: NoteKind::NoBreakSpace,
        at,
        origin: value.origin_of(at..at + space.len()),
    })
}

/// The words of `Environment=` (with specifiers), or of a variable's value that stands for several arguments.
pub(super) fn split_value(value: &Text, specifiers: Specifiers<'_>) -> Vec<Field> {
    split(value, specifiers).into_iter().map(|word| word.field).collect()
}

/// Whether `%i` means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Specifiers<'a> {
    /// In a unit of this name.
    Of(&'a str),
    Literal,
}

struct Word {
    field: Field,
    /// A backslash or quotes were in it.
    escaped: bool,
}

fn split(value: &Text, specifiers: Specifiers<'_>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut reader = Reader { value, string: value.as_str(), at: 0, specifiers };
    while let Some(word) = reader.word() {
        words.push(word);
    }
    words
}

struct Reader<'a> {
    value: &'a Text,
    string: &'a str,
    at: usize,
    specifiers: Specifiers<'a>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.string.get(self.at..).unwrap_or_default()
    }

    fn word(&mut self) -> Option<Word> {
        while let Some(blank) = self.rest().chars().next().filter(|first| is_blank(*first)) {
            self.at += blank.len_utf8();
        }
        if self.rest().is_empty() {
            return None;
        }
        let start = self.value.slice(self.at..self.at);
        let mut word =
            Word { field: Field { text: start, opaque: false, unknown: false, quoted: false }, escaped: false };
        let mut known = false;
        let mut quote = None;
        while let Some(first) = self.rest().chars().next() {
            if let Some(found) = expression(self.rest()) {
                if found.kind == Kind::Value {
                    word.field.opaque = true;
                    word.field.text.push(self.value, self.at..self.at + found.length);
                }
                self.at += found.length;
                continue;
            }
            match (quote, first) {
                (None, first) if is_blank(first) => break,
                (None, '\'' | '"') => {
                    quote = Some(first);
                    word.field.quoted = true;
                    word.escaped = true;
                    self.at += 1;
                }
                (Some(quote_character), first) if first == quote_character => {
                    quote = None;
                    self.at += 1;
                }
                (_, '\\') => {
                    known = true;
                    word.escaped = true;
                    self.escape(&mut word.field.text);
                }
                (_, '%') if self.specifiers != Specifiers::Literal => {
                    known = true;
                    self.specifier(&mut word.field);
                }
                (_, first) => {
                    known = true;
                    word.field.text.push(self.value, self.at..self.at + first.len_utf8());
                    self.at += first.len_utf8();
                }
            }
        }
        word.field.unknown = word.field.opaque && !known;
        Some(word)
    }

    /// The escapes of C, and `\s`; one that systemd does not know stays as it is. The value of a variable has none of
    /// them (`replace_env_argv` of src/basic/env-util.c).
    fn escape(&mut self, text: &mut Text) {
        let rest = self.rest();
        let escaped = rest.chars().nth(1);
        let known = match (self.specifiers, escaped) {
            (_, Some('s')) => Some((' ', 2)),
            (Specifiers::Of(_), _) | (_, Some('n' | 't' | 'r')) => escape::decoded(rest, Digits::Exactly),
            (Specifiers::Literal, _) => None,
        };
        let length = known.map_or_else(|| 1 + escaped.map_or(0, char::len_utf8), |(_, length)| length);
        match (known, escaped) {
            (Some((decoded, _)), _) => {
                text.push_decoded(decoded.encode_utf8(&mut [0; 4]), self.value, self.at..self.at + length);
            }
            (None, Some('\\' | '"' | '\'' | ';' | ' ')) => text.push(self.value, self.at + 1..self.at + length),
            (None, _) => text.push(self.value, self.at..self.at + length),
        }
        self.at += length;
    }

    /// `%%` is a per cent sign; what the unit's name does not tell is known on the host alone.
    fn specifier(&mut self, field: &mut Field) {
        let next = self.rest().chars().nth(1);
        let length = 1 + next.map_or(0, char::len_utf8);
        if let (Some(letter), Specifiers::Of(name)) = (next, self.specifiers)
            && let Some(known) = specifiers::expand(letter, name)
        {
            field.text.push_decoded(&known, self.value, self.at..self.at + length);
            self.at += length;
            return;
        }
        match next {
            Some('%') => {
                field.text.push(self.value, self.at..self.at + 1);
                self.at += 2;
            }
            Some(letter) if letter.is_ascii_alphabetic() => {
                field.opaque = true;
                field.text.push(self.value, self.at..self.at + length);
                self.at += length;
            }
            _ => {
                field.text.push(self.value, self.at..self.at + 1);
                self.at += 1;
            }
        }
    }
}

/// U+00A0 is none to systemd; it stands where people took a command from a web page.
fn is_blank(character: char) -> bool {
    BLANKS.contains(&character) || character == '\u{a0}'
}

/// `$NAME` as a word of its own is split; `${NAME}` is put in as it is.
fn substituted(field: &Field, environment: &dyn Variables) -> Vec<Field> {
    let string = field.text.as_str();
    if let Some(name) = string.strip_prefix('$').filter(|name| is_name(name)) {
        return match environment.lookup(name) {
            Lookup::Value(value) => split_value(value, Specifiers::Literal),
            Lookup::Empty => Vec::new(),
            Lookup::Unknown => {
                let mut text = field.text.slice(0..0);
                text.push_decoded(&format!("${{{name}}}"), &field.text, 0..string.len());
                vec![Field { text, opaque: true, unknown: true, quoted: field.quoted }]
            }
        };
    }
    let mut result = Field { text: field.text.slice(0..0), ..field.clone() };
    let mut at = 0;
    let mut only_unknown = true;
    while let Some(dollar) = string.get(at..).and_then(|rest| rest.find('$')).map(|offset| at + offset) {
        result.text.push(&field.text, at..dollar);
        only_unknown &= dollar == at;
        let rest = string.get(dollar + 1..).unwrap_or_default();
        let name = rest.strip_prefix('{').and_then(|inside| inside.split_once('}')).map(|(name, _)| name);
        let Some(name) = name else {
            result.text.push(&field.text, dollar..dollar + 1);
            only_unknown = false;
            // Two stand for one.
            at = dollar + if rest.starts_with('$') { 2 } else { 1 };
            continue;
        };
        let end = dollar + name.len() + 3;
        match environment.lookup(name) {
            Lookup::Value(value) => {
                only_unknown = false;
                let whole = dollar == 0 && end == string.len();
                put(&mut result.text, value, whole, &field.text.origin_of(dollar..end));
            }
            Lookup::Empty => {}
            Lookup::Unknown => {
                result.opaque = true;
                result.text.push(&field.text, dollar..end);
            }
        }
        at = end;
    }
    result.text.push(&field.text, at..string.len());
    only_unknown &= at == string.len() && !string.is_empty();
    result.unknown |= result.opaque && only_unknown;
    vec![result]
}

/// Appends a value with its own places when it is all of an argument and of the same file; else with the place of the
/// expression, for that is where the flag is.
fn put(text: &mut Text, value: &Text, whole: bool, place: &Origin) {
    if whole && std::sync::Arc::ptr_eq(text.file(), value.file()) {
        text.append(value);
    } else {
        text.append(&Text::synthetic(value.as_str(), place));
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
