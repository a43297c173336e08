//! What variables hold at a point of a text, and words with the variables put in.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::edit::Edit;
use super::fields::Fields;
use super::lexer::HereDocument;
use super::part::{Operator, Part, Variable, Word};
use super::script::Field;
use super::value::{Held, Piece, Value};
use super::word::unquoted_parts;
use crate::text::{Origin, Text};

/// All expansions of a text together, beyond a multiple of its own length; `A=$A$A` would double without end.
const EXPANSION_ALLOWANCE: usize = 4 << 20;
/// What one more argument takes beside its characters.
const FIELD_COST: usize = 32;
/// `${A:-${B:-${C:-x}}}`: deeper than people write.
const MAXIMUM_NESTED: usize = 8;

/// The variables that are set at a point of the text.
pub(super) struct Variables {
    pub(super) values: HashMap<String, Held>,
    at_the_end: HashMap<String, Held>,
    /// `$1` and so on, when it is told what they are.
    pub(super) positional: Option<Rc<Held>>,
    /// One of those was used.
    pub(super) used_positional: bool,
    /// The names of those to which something was added under a condition.
    pub(super) conditional: HashSet<String>,
    /// One of them was used.
    pub(super) steered: bool,
    pub(super) in_function: bool,
    /// A variable that is not among the values may have been set by what is not read.
    pub(super) anything: bool,
    /// What variables were before that.
    pub(super) forgotten: HashMap<String, Held>,
    /// The same at the end of the text.
    pub(super) anything_at_the_end: bool,
    budget: usize,
    /// Open defaults and replacements.
    nested: usize,
}

impl Variables {
    pub(super) fn new(text: &Text, at_the_end: HashMap<String, Held>) -> Self {
        Self {
            values: HashMap::new(),
            at_the_end,
            positional: None,
            used_positional: false,
            conditional: HashSet::new(),
            steered: false,
            in_function: false,
            anything: false,
            forgotten: HashMap::new(),
            anything_at_the_end: false,
            budget: text.len().saturating_mul(4).saturating_add(EXPANSION_ALLOWANCE),
            nested: 0,
        }
    }

    pub(super) fn parameters(&self) -> Option<&[Field]> {
        match &self.positional.as_ref()?.value {
            Value::List(fields) => Some(fields),
            _ => None,
        }
    }

    /// It was set to what nobody knows here.
    pub(super) fn forget(&mut self, name: &str) {
        self.values.insert(name.to_owned(), Held::unknown());
    }

    /// Any variable may have been set to what nobody knows here; what is set later is known.
    pub(super) fn forget_everything(&mut self) {
        self.anything = true;
        self.forgotten.extend(self.values.drain());
    }

    fn lookup(&mut self, variable: &Variable) -> Option<Value> {
        match variable.operator {
            Operator::Other => None,
            Operator::Edit => self.edited(variable),
            _ => self.held(variable),
        }
    }

    /// What is left of a variable after the change that its use asks for.
    fn edited(&mut self, variable: &Variable) -> Option<Value> {
        let edit = Edit::of(variable)?;
        let Value::Pieces(value) = self.held(variable)? else { return None };
        let replacement = self.nested(&edit.replacement)?;
        let length = edit.length(&value, replacement.length());
        self.budget = self.budget.checked_sub(length)?;
        let Value::Pieces(replacement) = replacement else { return None };
        Some(Value::Pieces(edit.apply(value, &replacement)?))
    }

    fn held(&mut self, variable: &Variable) -> Option<Value> {
        let all = matches!(variable.name.as_str(), "@" | "*");
        if all || variable.name.parse::<usize>().is_ok() {
            let value = self.parameter(&variable.name, all)?;
            return if is_empty(&value) && variable.has_default() { self.default_of(variable) } else { Some(value) };
        }
        let known = match self.values.get(&variable.name) {
            None if self.anything => return None,
            None if self.in_function => match self.at_the_end.get(&variable.name) {
                None if self.anything_at_the_end => return None,
                known => known,
            },
            known => known,
        };
        let Some(held) = known.filter(|held| held.length > 1 || !is_empty(&held.value) || !variable.has_default())
        else {
            return self.default_of(variable);
        };
        let wholly_opaque = match &held.value {
            Value::Unknown => true,
            Value::Pieces(pieces) => matches!(pieces.as_slice(), [piece] if piece.opaque),
            Value::List(_) => false,
        };
        if wholly_opaque {
            return None;
        }
        self.budget = self.budget.checked_sub(held.length)?;
        let value = held.value.clone();
        self.steered |= self.conditional.contains(&variable.name);
        Some(value)
    }

    /// `$@` and `$1`, when it is told what they are.
    fn parameter(&mut self, name: &str, all: bool) -> Option<Value> {
        let held = self.positional.as_ref()?;
        let Value::List(list) = &held.value else { return None };
        self.used_positional = true;
        self.steered |= self.conditional.contains("@");
        if all {
            self.budget = self.budget.checked_sub(held.length)?;
            return Some(held.value.clone());
        }
        let index = name.parse::<usize>().ok()?.checked_sub(1)?;
        let piece = |field: &Field| Piece { text: field.text.clone(), opaque: field.opaque };
        let pieces: Vec<Piece> = list.get(index).map(piece).into_iter().collect();
        let value = Value::Pieces(pieces);
        self.budget = self.budget.checked_sub(value.length())?;
        Some(value)
    }

    /// What the script gives by itself when nothing around it does.
    fn default_of(&mut self, variable: &Variable) -> Option<Value> {
        let default = variable.default()?;
        self.budget = self.budget.checked_sub(default.len())?;
        let string = default.as_str();
        let bare = ['"', '\''].iter().find_map(|quote| string.strip_prefix(*quote)?.strip_suffix(*quote));
        let default = if bare.is_some() { default.slice(1..string.len() - 1) } else { default };
        if default.as_str().contains(['"', '\'']) {
            return None;
        }
        let value = self.nested(&default)?;
        if variable.operator == Operator::Assign {
            self.values.insert(variable.name.clone(), Held::of(value.clone()));
        }
        Some(value)
    }

    /// The value of a text within an expression.
    fn nested(&mut self, text: &Text) -> Option<Value> {
        if self.nested >= MAXIMUM_NESTED {
            return None;
        }
        self.nested += 1;
        let value = self.value(&Word { parts: unquoted_parts(text), range: 0..0 });
        self.nested -= 1;
        Some(value)
    }

    /// The value that an assignment's right side has: nothing is split.
    pub(super) fn value(&mut self, word: &Word) -> Value {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut add = |text: Text, opaque: bool| match pieces.last_mut() {
            Some(last) if !last.opaque && !opaque => last.text.append(&text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece { text, opaque }),
        };
        for (index, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal { text, .. } => add(text.clone(), false),
                Part::Opaque { source, .. } => add(source.clone(), true),
                Part::Array(words) => {
                    return Value::List(words.iter().flat_map(|word| self.expand(word)).collect());
                }
                Part::Variable(variable) => {
                    let glue = Glue::around(word, index);
                    for piece in self.pieces(variable) {
                        add(glue.placed(&piece.text, &variable.source.origin()), piece.opaque);
                    }
                }
            }
        }
        Value::Pieces(pieces)
    }

    /// What a variable gives where nothing is split.
    fn pieces(&mut self, variable: &Variable) -> Vec<Piece> {
        match self.lookup(variable) {
            Some(Value::Pieces(value)) => value,
            Some(Value::List(fields)) => {
                let mut pieces = Vec::new();
                for field in fields {
                    if !pieces.is_empty() {
                        let text = Text::synthetic(" ", &variable.source.origin());
                        pieces.push(Piece { text, opaque: false });
                    }
                    pieces.push(Piece { text: field.text, opaque: field.opaque });
                }
                pieces
            }
            Some(Value::Unknown) | None => vec![Piece { text: as_written(variable), opaque: true }],
        }
    }

    /// The arguments that a word becomes: none, one or many.
    pub(super) fn expand(&mut self, word: &Word) -> Vec<Field> {
        let mut fields = Fields::default();
        for (index, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal { text, quoted } => fields.literal(text, *quoted),
                Part::Opaque { source, quoted } => fields.opaque(source, *quoted),
                Part::Array(words) => words.iter().flat_map(|word| self.expand(word)).for_each(|field| {
                    fields.literal(&field.text, true);
                }),
                Part::Variable(variable) => self.expand_variable(variable, Glue::around(word, index), &mut fields),
            }
        }
        let fields = fields.finish();
        self.budget = self.budget.saturating_sub(fields.len().saturating_sub(1) * FIELD_COST);
        fields
    }

    fn expand_variable(&mut self, variable: &Variable, glue: Glue, fields: &mut Fields) {
        let all = variable.operator == Operator::All || matches!(variable.name.as_str(), "@" | "*");
        match self.lookup(variable) {
            Some(Value::Pieces(pieces)) => {
                for piece in &pieces {
                    let text = glue.placed(&piece.text, &variable.source.origin());
                    match (piece.opaque, variable.quoted) {
                        (true, quoted) => fields.opaque(&text, quoted),
                        (false, true) => fields.literal(&text, true),
                        (false, false) => fields.split(&text),
                    }
                }
                if variable.quoted && pieces.is_empty() {
                    fields.literal(&variable.source.slice(0..0), true);
                }
            }
            Some(Value::List(list)) if all || !variable.quoted => fields.list(&list),
            Some(Value::List(list)) => {
                list.first().into_iter().for_each(|field| fields.literal(&field.text, true));
            }
            Some(Value::Unknown) | None => fields.opaque(&as_written(variable), variable.quoted),
        }
    }

    /// The text that the command behind `<<` gets: expanded as in double quotes, or untouched when the delimiter is
    /// quoted.
    pub(super) fn here_document(&mut self, document: &HereDocument) -> Text {
        if !document.expand {
            return document.body.clone();
        }
        let mut body = document.body.slice(0..0);
        let word = Word { parts: unquoted_parts(&document.body), range: 0..0 };
        for (index, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal { text, .. } | Part::Opaque { source: text, .. } => body.append(text),
                Part::Array(_) => {}
                Part::Variable(variable) => {
                    let glue = Glue::around(&word, index);
                    for piece in self.pieces(variable) {
                        body.append(&glue.placed(&piece.text, &variable.source.origin()));
                    }
                }
            }
        }
        body
    }
}

/// Whether a variable's value has something of the same word beside it.
#[derive(Clone, Copy)]
struct Glue {
    before: bool,
    behind: bool,
}

impl Glue {
    fn around(word: &Word, index: usize) -> Self {
        // `""` beside a variable is nothing.
        let is_empty = |part: &&Part| matches!(part, Part::Literal { text, .. } if text.is_empty());
        let glued = |part: &Part, at_its_end: bool| match part {
            Part::Literal { text, .. } if at_its_end => !text.as_str().ends_with(char::is_whitespace),
            Part::Literal { text, .. } => !text.as_str().starts_with(char::is_whitespace),
            _ => true,
        };
        let mut before = word.parts.iter().take(index).rev().skip_while(is_empty);
        let mut behind = word.parts.iter().skip(index + 1).skip_while(is_empty);
        Self {
            before: before.next().is_some_and(|part| glued(part, true)),
            behind: behind.next().is_some_and(|part| glued(part, false)),
        }
    }

    /// A value with the places of its own characters; but what becomes one argument with characters of the word has the
    /// place of the variable's use, for a finding points at one place and that is where the flag is.
    fn placed(self, value: &Text, place: &Origin) -> Text {
        if !self.before && !self.behind {
            return value.clone();
        }
        let string = value.as_str();
        let first = if self.before { string.find(char::is_whitespace).unwrap_or(string.len()) } else { 0 };
        let last = if self.behind { string.rfind(char::is_whitespace).map_or(0, |at| at + 1) } else { string.len() };
        let last = if string.is_char_boundary(last) { last.max(first) } else { string.len() };
        let mut text = Text::synthetic(string.get(..first).unwrap_or_default(), place);
        text.push(value, first..last);
        text.append(&Text::synthetic(string.get(last..).unwrap_or_default(), place));
        text
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Pieces(pieces) if pieces.iter().all(|piece| piece.text.is_empty()))
}

/// An unresolved variable as it stands there; `$CA` and `${CA}` are the same and look the same.
fn as_written(variable: &Variable) -> Text {
    let named = variable.name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if variable.operator != Operator::None || !named || variable.source.as_str().starts_with("${") {
        return variable.source.clone();
    }
    let mut text = variable.source.slice(0..0);
    text.push_decoded(&format!("${{{}}}", variable.name), &variable.source, 0..variable.source.len());
    text
}
