//! The parts of a word.

use std::ops::Range;

use crate::text::Text;

#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Literal {
        text: Text,
        quoted: bool,
    },
    Variable(Variable),
    /// `$(…)`, back-ticks, `$1`, a template's value: as written.
    Opaque {
        source: Text,
        quoted: bool,
    },
    /// `(…)` of `NAME=(…)`.
    Array(Vec<Word>),
}

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    /// As written, with the dollar.
    pub(super) source: Text,
    pub(super) quoted: bool,
    /// `${NAME:-x}`, `${NAME%x}`: more than the plain value, or another one.
    pub(super) operator: Operator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    None,
    /// `${NAME[@]}`, `${NAME[*]}`.
    All,
    /// `${NAME:-x}`, `${NAME-x}`: the plain value when there is one, else what is behind the operator.
    Default,
    /// `${NAME:=x}`, `${NAME=x}`: the same, and the variable has that value from then on.
    Assign,
    /// `${NAME:?x}`: the plain value, or the script ends.
    Required,
    /// `${NAME%x}`, `${NAME/x/y}`: the plain value with a part taken away or replaced.
    Edit,
    Other,
}

/// A word in the making.
pub(super) struct WordBuilder<'a> {
    text: &'a Text,
    pub(super) start: usize,
    pub(super) parts: Vec<Part>,
}

impl<'a> WordBuilder<'a> {
    pub(super) fn new(text: &'a Text, start: usize) -> Self {
        Self { text, start, parts: Vec::new() }
    }

    pub(super) fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Characters as they stand in the text.
    pub(super) fn literal(&mut self, range: Range<usize>, quoted: bool) {
        match self.parts.last_mut() {
            Some(Part::Literal { text, quoted: last }) if *last == quoted => text.push(self.text, range),
            _ => self.parts.push(Part::Literal { text: self.text.slice(range), quoted }),
        }
    }

    /// Characters behind a backslash.
    pub(super) fn escaped(&mut self, range: Range<usize>, quoted: bool) {
        self.literal(range.start + 1..range.end, quoted);
    }

    pub(super) fn decoded(&mut self, decoded: &str, range: Range<usize>) {
        let mut text = self.text.slice(range.start..range.start);
        text.push_decoded(decoded, self.text, range);
        self.parts.push(Part::Literal { text, quoted: true });
    }

    pub(super) fn finish(mut self, end: usize) -> Word {
        // Most words have one part, and a text has many words.
        self.parts.shrink_to_fit();
        Word { parts: self.parts, range: self.start..end }
    }
}

/// The text of a word that is nothing but unquoted characters.
pub(super) fn plain(word: &Word) -> Option<&str> {
    match word.parts.as_slice() {
        [Part::Literal { text, quoted: false }] => Some(text.as_str()),
        _ => None,
    }
}

/// The length of the variable's name at the beginning.
pub(super) fn name_length(text: &str) -> usize {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|character: char| character.is_ascii_digit()) { 0 } else { length }
}

/// The length of a name or of a positional parameter's: `@`, `*`, digits.
fn parameter_length(text: &str) -> usize {
    match text.as_bytes() {
        [b'@' | b'*', ..] => 1,
        [b'1'..=b'9', ..] => text.bytes().take_while(u8::is_ascii_digit).count(),
        _ => name_length(text),
    }
}

/// The name and the operator of `$NAME`, `${NAME}`, `${NAME:-x}`, `${NAME[@]}`, `$@`, `$1`.
pub(super) fn variable(source: &str) -> Option<(String, Operator)> {
    let after = source.strip_prefix('$')?;
    let Some(inside) = after.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')) else {
        let whole = !after.is_empty() && parameter_length(after) == after.len();
        return whole.then(|| (after.to_owned(), Operator::None));
    };
    let (name, rest) = inside.split_at(parameter_length(inside));
    let operator = match rest {
        "" => Operator::None,
        "[@]" | "[*]" => Operator::All,
        _ => match rest.trim_start_matches(':').chars().next() {
            Some('-') => Operator::Default,
            Some('=') => Operator::Assign,
            Some('?') => Operator::Required,
            Some('%' | '#' | '/') if !rest.starts_with(':') => Operator::Edit,
            _ => Operator::Other,
        },
    };
    (!name.is_empty()).then(|| (name.to_owned(), operator))
}

impl Variable {
    pub(super) fn has_default(&self) -> bool {
        matches!(self.operator, Operator::Default | Operator::Assign)
    }

    /// What stands behind `:-` or `:=`.
    pub(super) fn default(&self) -> Option<Text> {
        if !self.has_default() {
            return None;
        }
        let inside = self.source.as_str().strip_suffix('}')?;
        let from = "${".len() + self.name.len();
        let operator = inside.get(from..)?.find(['-', '='])?;
        Some(self.source.slice(from + operator + 1..inside.len()))
    }
}
