//! What variables hold.

use super::fields::Fields;
use super::script::Field;
use crate::text::Text;

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Pieces(Vec<Piece>),
    List(Vec<Field>),
    /// Set, but nobody can say to what.
    Unknown,
}

/// A value and how much it holds, which would take time to count again for each use.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) value: Value,
    pub(super) length: usize,
}

impl Held {
    pub(super) fn of(value: Value) -> Self {
        let length = value.length();
        Self { value, length }
    }

    pub(super) fn text(text: &Text) -> Self {
        Self::of(Value::Pieces(vec![Piece { text: text.clone(), opaque: false }]))
    }

    pub(super) fn unknown() -> Self {
        Self { value: Value::Unknown, length: 0 }
    }

    pub(super) fn and(self, added: Value) -> Self {
        let length = self.length + added.length();
        Self { value: self.value.and(added), length }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: Text,
    pub(super) opaque: bool,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.text.as_str() == other.text.as_str() && self.opaque == other.opaque
    }
}

impl Eq for Field {}

impl Value {
    fn and(self, added: Self) -> Self {
        match (self, added) {
            (Self::Pieces(mut old), Self::Pieces(new)) => {
                for piece in new {
                    match old.last_mut() {
                        Some(last) if !last.opaque && !piece.opaque => last.text.append(&piece.text),
                        _ => old.push(piece),
                    }
                }
                Self::Pieces(old)
            }
            (Self::List(mut old), Self::List(new)) => {
                old.extend(new);
                Self::List(old)
            }
            _ => Self::Unknown,
        }
    }

    /// What is the same whether a value is this or `other`, word by word, with `between` for what is not. Only flags: what
    /// one alternative holds of them and the other does not is open, the rest is given.
    pub(super) fn or(&self, other: &Self, between: Text) -> Self {
        let (Self::Pieces(one), Self::Pieces(another)) = (self, other) else { return Self::Unknown };
        if !is_flags(self) || !is_flags(other) {
            return Self::Unknown;
        }
        let (one, another) = (words_of(one), words_of(another));
        let alike = |(one, another): &(&Vec<Piece>, &Vec<Piece>)| {
            let part = |piece: &Piece| (piece.text.to_string(), piece.opaque);
            one.iter().map(part).eq(another.iter().map(part))
        };
        let before = one.iter().zip(&another).take_while(alike).count();
        let shorter = one.len().min(another.len());
        let behind = one.iter().rev().zip(another.iter().rev()).take(shorter - before).take_while(alike).count();
        if before + behind == 0 {
            return Self::Unknown;
        }
        let blank = Piece { text: Text::synthetic(" ", &between.origin()), opaque: false };
        let middle = vec![Piece { text: between, opaque: true }];
        let words = one.iter().take(before).chain([&middle]).chain(one.iter().skip(one.len() - behind));
        let pieces = words.flat_map(|word| word.iter().chain([&blank])).cloned().collect();
        Self::Pieces(Vec::new()).and(Self::Pieces(pieces))
    }

    pub(super) fn begins_with(&self, start: &Self) -> bool {
        match (self, start) {
            (Self::Pieces(all), Self::Pieces(start)) => joined(all).starts_with(&joined(start)),
            (Self::List(all), Self::List(start)) => all.starts_with(start),
            _ => false,
        }
    }

    /// The whole text, when it is a script that writes files.
    pub(super) fn script(&self) -> Option<Text> {
        let Self::Pieces(pieces) = self else { return None };
        if !pieces.iter().any(|piece| piece.text.as_str().contains("<<")) {
            return None;
        }
        let mut pieces = pieces.iter().map(|piece| &piece.text);
        let mut script = pieces.next()?.clone();
        pieces.for_each(|piece| script.append(piece));
        script.as_str().contains('\n').then_some(script)
    }

    /// How much memory it takes, more or less.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.iter().map(|piece| piece.text.size() + 1).sum(),
            Self::List(fields) => fields.iter().map(|field| field.text.size() + 1).sum(),
            Self::Unknown => 0,
        }
    }
}

/// The words of a value that blanks separate; an expression is a part of one.
fn words_of(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut is_open = false;
    for piece in pieces {
        let string = piece.text.as_str();
        let mut at = 0;
        while let Some(rest) = string.get(at..).filter(|rest| !rest.is_empty()) {
            let length = if piece.opaque { rest.len() } else { rest.find(char::is_whitespace).unwrap_or(rest.len()) };
            if length == 0 {
                at += rest.chars().next().map_or(1, char::len_utf8);
                is_open = false;
                continue;
            }
            let part = Piece { text: piece.text.slice(at..at + length), opaque: piece.opaque };
            match words.last_mut().filter(|_| is_open) {
                Some(word) => word.push(part),
                None => words.push(vec![part]),
            }
            is_open = true;
            at += length;
        }
    }
    words
}

fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// Whether a value is flags: then a reader wants to see them, given under a condition or not.
pub(super) fn is_flags(value: &Value) -> bool {
    match value {
        Value::Pieces(pieces) => {
            let first = pieces.iter().map(|piece| piece.text.as_str().trim_start()).find(|text| !text.is_empty());
            first.is_some_and(|text| text.starts_with('-'))
        }
        Value::List(fields) => fields.first().is_some_and(|field| field.text.as_str().starts_with('-')),
        Value::Unknown => false,
    }
}

pub(super) fn fields_of(pieces: &[Piece]) -> Vec<Field> {
    let mut fields = Fields::default();
    for piece in pieces {
        if piece.opaque { fields.opaque(&piece.text, false) } else { fields.split(&piece.text) }
    }
    fields.finish()
}
