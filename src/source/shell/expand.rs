//! Words to arguments: the variables that the same text sets are put in, the rest stays as written.

use std::collections::{HashMap, HashSet};

use super::fields::Fields;
use super::lexer::{self, End, syntax};
use super::value::{Piece, Value, fields_of, is_flags};
use super::word::{Operator, Part, Variable, Word, name_length};
use super::{Assignment, Command, Field, HereDocument, Note, Script, here_document};
use crate::source::program;
use crate::text::Text;

/// Commands behind a here-document that are looked at for the file it is written to.
const MAXIMUM_PIPELINE: usize = 16;
/// A variable longer than this is left as it is written.
const MAXIMUM_VALUE: usize = 128 << 10;
/// All expansions of a text together, beyond a multiple of its own length; `A=$A$A` would double without end.
const EXPANSION_ALLOWANCE: usize = 4 << 20;

const OPENING: [&str; 6] = ["if", "while", "until", "for", "case", "select"];
const CLOSING: [&str; 3] = ["fi", "done", "esac"];
/// They stand before a command and are no part of it.
const PREFIXES: [&str; 13] =
    ["then", "do", "else", "elif", "if", "while", "until", "!", "{", "}", CLOSING[0], CLOSING[1], CLOSING[2]];
const DECLARATIONS: [&str; 5] = ["export", "readonly", "local", "declare", "typeset"];

/// Reads a text as a shell script.
pub(in crate::source) fn read(text: &Text) -> Script {
    let syntax = syntax(text);
    // A function may use what is set below it: its body runs later. So the text is walked twice.
    let mut first = Walk::new(text, HashMap::new());
    first.commands(&syntax.commands, false);
    let at_the_end = first.variables.values;
    let mut walk = Walk::new(text, at_the_end);
    walk.commands(&syntax.commands, true);
    for assignment in &mut walk.script.assignments {
        assignment.fields = match walk.variables.values.remove(assignment.name.as_str()) {
            Some(Value::List(fields)) => fields,
            Some(Value::Pieces(pieces)) => fields_of(&pieces),
            Some(Value::Unknown) | None => Vec::new(),
        };
    }
    Script { notes: syntax.notes, ..walk.script }
}

/// The words of a text, as the arguments of one command whatever they say: no assignments, no reserved words.
pub(in crate::source) fn words(text: &Text) -> (Vec<Field>, Vec<Note>) {
    let syntax = syntax(text);
    let mut variables = Variables::new(text, HashMap::new());
    let words = syntax.commands.iter().flat_map(|command| &command.words);
    (words.flat_map(|word| variables.expand(word)).collect(), syntax.notes)
}

struct Walk {
    variables: Variables,
    script: Script,
    assigned: HashSet<String>,
    /// Open `if`s and loops.
    conditions: usize,
    /// Open `{`s.
    braces: usize,
}

impl Walk {
    fn new(text: &Text, at_the_end: HashMap<String, Value>) -> Self {
        let variables = Variables::new(text, at_the_end);
        Self { variables, script: Script::default(), assigned: HashSet::new(), conditions: 0, braces: 0 }
    }

    fn commands(&mut self, commands: &[lexer::Command], collect: bool) {
        let mut before = End::Line;
        for (index, command) in commands.iter().enumerate() {
            let conditional = self.reserved_words(command) || before == End::Condition;
            before = command.end;
            self.variables.in_function = self.braces > 0;
            let words = without_prefixes(&command.words);
            if words.first().and_then(plain) == Some("for") {
                if let Some(name) = words.get(1).and_then(plain) {
                    self.variables.values.insert(name.to_owned(), Value::Unknown);
                }
                continue;
            }
            let words = self.assignments(words, conditional, collect);
            if !collect {
                continue;
            }
            self.here_documents(commands, index);
            self.variables.steered = false;
            let fields: Vec<Field> = words.iter().flat_map(|word| self.variables.expand(word)).collect();
            if !fields.is_empty() {
                self.script.commands.push(Command {
                    fields,
                    range: command.range.clone(),
                    steered: self.variables.steered,
                    ends_its_line: matches!(command.end, End::Line | End::Text),
                });
            }
        }
    }

    /// Keeps count of what is open; says whether the command runs under a condition.
    fn reserved_words(&mut self, command: &lexer::Command) -> bool {
        let mut conditional = self.conditions > 0;
        for word in &command.words {
            let Some(word) = plain(word) else { break };
            if OPENING.contains(&word) {
                self.conditions += 1;
                conditional = true;
            } else if CLOSING.contains(&word) {
                self.conditions = self.conditions.saturating_sub(1);
            } else if word == "{" {
                self.braces += 1;
            } else if word == "}" {
                self.braces = self.braces.saturating_sub(1);
            } else if !PREFIXES.contains(&word) {
                break;
            }
        }
        conditional
    }

    /// Takes in the assignments of a command and gives the words that are left.
    fn assignments<'w>(&mut self, words: &'w [Word], conditional: bool, collect: bool) -> &'w [Word] {
        let declaration = words.first().and_then(plain).is_some_and(|word| DECLARATIONS.contains(&word));
        let candidates = if declaration { words.get(1..).unwrap_or_default() } else { words };
        let is_assignment = |(index, word): &(usize, &Word)| {
            declaration || (split_assignment(word).is_some() && !is_setting(word, candidates.get(index + 1)))
        };
        let count = candidates.iter().enumerate().take_while(is_assignment).count();
        // `NAME=value command` sets it for the command alone; it is the same text for a reader.
        for word in candidates.iter().take(count) {
            if let Some((name, append, value)) = split_assignment(word) {
                self.assign(&name, append, &value, conditional, collect);
            }
        }
        if declaration { &[] } else { words.get(count..).unwrap_or_default() }
    }

    fn assign(&mut self, name: &Text, append: bool, value: &Word, conditional: bool, collect: bool) {
        self.variables.steered = false;
        let added = self.variables.value(value);
        let script = if collect && conditional { added.script() } else { None };
        if collect && self.assigned.insert(name.as_str().to_owned()) {
            self.script.assignments.push(Assignment { name: name.clone(), fields: Vec::new() });
        }
        let old = self.variables.values.remove(name.as_str());
        let new = match (old, append) {
            (Some(old), true) => old.and(added),
            // Whether it is set to this or stays what it was, nobody knows here. What it was may be part of it:
            // `ARGS="$ARGS --x"`; then all that can be given is given.
            (Some(old), false) if conditional && old != added && !added.begins_with(&old) => Value::Unknown,
            (None, false) if conditional && !is_flags(&added) => Value::Unknown,
            (_, _) => added,
        };
        let new = if new.length() > MAXIMUM_VALUE { Value::Unknown } else { new };
        if new == Value::Unknown {
            self.script.kept.extend(script);
        }
        if self.variables.steered || (conditional && is_flags(&new)) {
            self.variables.conditional.insert(name.as_str().to_owned());
        } else if !append {
            self.variables.conditional.remove(name.as_str());
        }
        self.variables.values.insert(name.as_str().to_owned(), new);
    }

    fn here_documents(&mut self, commands: &[lexer::Command], index: usize) {
        let Some(command) = commands.get(index) else { return };
        for document in &command.here_documents {
            let target = self.target(commands, index);
            let body = here_document::decode(document, &mut self.variables);
            self.script.here_documents.push(HereDocument { target, body, expanded: document.expand });
        }
    }

    /// The file that a pipeline writes: `> file`, or `tee file`.
    fn target(&mut self, commands: &[lexer::Command], index: usize) -> Option<String> {
        for command in commands.iter().skip(index).take(MAXIMUM_PIPELINE) {
            if let Some(redirection) = command.redirections.last() {
                return self.variables.expand(redirection).first().map(|field| field.text.as_str().to_owned());
            }
            let mut words = command.words.iter().skip_while(|word| plain(word) != Some("tee")).skip(1);
            if let Some(file) = words.find(|word| !plain(word).unwrap_or_default().starts_with('-')) {
                return self.variables.expand(file).first().map(|field| field.text.as_str().to_owned());
            }
            if command.end != End::Pipe {
                return None;
            }
        }
        None
    }
}

/// The variables that are set at a point of the text.
pub(super) struct Variables {
    values: HashMap<String, Value>,
    at_the_end: HashMap<String, Value>,
    /// The names of those to which something was added under a condition.
    conditional: HashSet<String>,
    /// One of them was used.
    steered: bool,
    in_function: bool,
    budget: usize,
}

impl Variables {
    fn new(text: &Text, at_the_end: HashMap<String, Value>) -> Self {
        let budget = text.len().saturating_mul(4).saturating_add(EXPANSION_ALLOWANCE);
        Self {
            values: HashMap::new(),
            at_the_end,
            conditional: HashSet::new(),
            steered: false,
            in_function: false,
            budget,
        }
    }

    fn lookup(&mut self, variable: &Variable) -> Option<Value> {
        if variable.operator == Operator::Other {
            return None;
        }
        let value = match self.values.get(&variable.name) {
            Some(value) => value,
            None if self.in_function => self.at_the_end.get(&variable.name)?,
            None => return None,
        };
        let wholly_opaque = match value {
            Value::Unknown => true,
            // `CA=${CA:-/x}`: the name at its use says as much as the expression behind it.
            Value::Pieces(pieces) => {
                matches!(pieces.as_slice(), [piece] if piece.opaque)
                    || (variable.operator == Operator::Default && pieces.iter().all(|piece| piece.text.is_empty()))
            }
            Value::List(_) => false,
        };
        let length = value.length();
        if wholly_opaque || length > self.budget {
            return None;
        }
        let value = value.clone();
        self.budget -= length;
        self.steered |= self.conditional.contains(&variable.name);
        Some(value)
    }

    /// The value that an assignment's right side has: nothing is split.
    fn value(&mut self, word: &Word) -> Value {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut add = |text: Text, opaque: bool| match pieces.last_mut() {
            Some(last) if !last.opaque && !opaque => last.text.append(&text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece { text, opaque }),
        };
        for part in &word.parts {
            match part {
                Part::Literal { text, .. } => add(text.clone(), false),
                Part::Opaque { source, .. } => add(source.clone(), true),
                Part::Array(words) => {
                    return Value::List(words.iter().flat_map(|word| self.expand(word)).collect());
                }
                Part::Variable(variable) => match self.lookup(variable) {
                    Some(Value::Pieces(value)) => value.into_iter().for_each(|piece| add(piece.text, piece.opaque)),
                    Some(Value::List(fields)) => {
                        for (index, field) in fields.into_iter().enumerate() {
                            if index > 0 {
                                add(Text::synthetic(" ", &variable.source.origin()), false);
                            }
                            add(field.text, field.opaque);
                        }
                    }
                    Some(Value::Unknown) | None => add(as_written(variable), true),
                },
            }
        }
        Value::Pieces(pieces)
    }

    /// The arguments that a word becomes: none, one or many.
    pub(super) fn expand(&mut self, word: &Word) -> Vec<Field> {
        let mut fields = Fields::default();
        for part in &word.parts {
            match part {
                Part::Literal { text, quoted } => fields.literal(text, *quoted),
                Part::Opaque { source, quoted } => fields.opaque(source, *quoted),
                Part::Array(words) => words.iter().flat_map(|word| self.expand(word)).for_each(|field| {
                    fields.literal(&field.text, true);
                }),
                Part::Variable(variable) => match self.lookup(variable) {
                    Some(Value::Pieces(pieces)) => {
                        for piece in &pieces {
                            match (piece.opaque, variable.quoted) {
                                (true, quoted) => fields.opaque(&piece.text, quoted),
                                (false, true) => fields.literal(&piece.text, true),
                                (false, false) => fields.split(&piece.text),
                            }
                        }
                        if variable.quoted && pieces.is_empty() {
                            fields.literal(&variable.source.slice(0..0), true);
                        }
                    }
                    Some(Value::List(list)) if variable.operator == Operator::All || !variable.quoted => {
                        fields.list(&list);
                    }
                    Some(Value::List(list)) => {
                        list.first().into_iter().for_each(|field| fields.literal(&field.text, true));
                    }
                    Some(Value::Unknown) | None => fields.opaque(&as_written(variable), variable.quoted),
                },
            }
        }
        fields.finish()
    }

    /// Appends what a part gives inside a here-document.
    pub(super) fn append_quoted(&mut self, part: &Part, body: &mut Text) {
        match part {
            Part::Literal { text, .. } | Part::Opaque { source: text, .. } => body.append(text),
            Part::Array(_) => {}
            Part::Variable(variable) => match self.lookup(variable) {
                Some(Value::Pieces(pieces)) => pieces.iter().for_each(|piece| body.append(&piece.text)),
                Some(Value::List(fields)) => {
                    for (index, field) in fields.iter().enumerate() {
                        if index > 0 {
                            body.append(&Text::synthetic(" ", &variable.source.origin()));
                        }
                        body.append(&field.text);
                    }
                }
                Some(Value::Unknown) | None => body.append(&as_written(variable)),
            },
        }
    }
}

/// An unresolved variable as it stands there; `$CA` and `${CA}` are the same and look the same.
fn as_written(variable: &Variable) -> Text {
    if variable.operator != Operator::None || variable.source.as_str().starts_with("${") {
        return variable.source.clone();
    }
    let mut text = variable.source.slice(0..0);
    text.push_decoded(&format!("${{{}}}", variable.name), &variable.source, 0..variable.source.len());
    text
}

/// The text of a word that is nothing but unquoted characters.
fn plain(word: &Word) -> Option<&str> {
    match word.parts.as_slice() {
        [Part::Literal { text, quoted: false }] => Some(text.as_str()),
        _ => None,
    }
}

fn without_prefixes(words: &[Word]) -> &[Word] {
    let count = words.iter().take_while(|word| plain(word).is_some_and(|word| PREFIXES.contains(&word))).count();
    words.get(count..).unwrap_or_default()
}

/// `command=/usr/bin/kube-apiserver --a=b`, as supervisor's files have it: not the shell's, and a command all the same.
fn is_setting(word: &Word, next: Option<&Word>) -> bool {
    let runs = plain(word).is_some_and(|word| program::component(word).is_some());
    runs && next.and_then(plain).is_some_and(|next| next.starts_with('-'))
}

/// The name, whether it is `+=`, and the value of `NAME=value`.
fn split_assignment(word: &Word) -> Option<(Text, bool, Word)> {
    let Some(Part::Literal { text, quoted: false }) = word.parts.first() else { return None };
    let (left, value) = text.split_once('=')?;
    let (name, append) = match left.as_str().strip_suffix('+') {
        Some(name) => (left.slice(0..name.len()), true),
        None => (left, false),
    };
    if name.is_empty() || name_length(name.as_str()) != name.len() {
        return None;
    }
    let mut parts = vec![Part::Literal { text: value, quoted: false }];
    parts.extend(word.parts.iter().skip(1).cloned());
    Some((name, append, Word { parts, range: word.range.clone() }))
}
