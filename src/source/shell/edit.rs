//! `${NAME%x}` and `${NAME/x/y}`: a value with a part of it taken away or replaced (bash(1), "Parameter Expansion"), where
//! the pattern means itself. What other patterns make of a value is not followed.

use super::part::{Operator, Variable};
use super::value::Piece;
use crate::text::Text;

/// Characters that make a pattern mean something else than itself, or that must be expanded first.
const SPECIAL: [char; 16] = ['*', '?', '[', ']', '(', ')', '\\', '\'', '"', '`', '$', '{', '}', '|', '!', '~'];

/// What is done to a value.
pub(super) struct Edit {
    place: Place,
    pattern: String,
    /// What stands in the pattern's place; its variables are put in by who applies it. Empty where it is taken away.
    pub(super) replacement: Text,
}

/// Where the pattern is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    End,
    First,
    Everywhere,
}

impl Edit {
    /// `None`: the variable's operator is another, or its pattern is none that means itself.
    pub(super) fn of(variable: &Variable) -> Option<Self> {
        if variable.operator != Operator::Edit {
            return None;
        }
        let source = variable.source.as_str();
        let behind_name = "${".len() + variable.name.len();
        let inside = source.get(behind_name..source.len().checked_sub(1)?)?;
        let operators = [
            ("%%", Place::End),
            ("%", Place::End),
            ("##", Place::Start),
            ("#", Place::Start),
            ("//", Place::Everywhere),
            ("/#", Place::Start),
            ("/%", Place::End),
            ("/", Place::First),
        ];
        let (operator, place) = operators.into_iter().find(|(operator, _)| inside.starts_with(operator))?;
        let rest = inside.get(operator.len()..)?;
        let end = if operator.starts_with('/') { rest.find('/').unwrap_or(rest.len()) } else { rest.len() };
        let pattern = rest.get(..end).filter(|pattern| !pattern.is_empty() && !pattern.contains(SPECIAL))?;
        let replacement = behind_name + operator.len() + (end + 1).min(rest.len());
        let replacement = variable.source.slice(replacement..source.len() - 1);
        if replacement.as_str().contains(['\\', '\'', '"', '&']) {
            return None;
        }
        Some(Self { place, pattern: pattern.to_owned(), replacement })
    }

    /// How long the value becomes at most.
    pub(super) fn length(&self, value: &[Piece], replacement: usize) -> usize {
        let length =
            |piece: &Piece| piece.text.len() + self.matches(piece.text.as_str()).len().saturating_mul(replacement);
        value.iter().map(length).fold(0, usize::saturating_add)
    }

    /// The value with the change made; expressions in it stay what they are. `None`: the first match may be in one.
    pub(super) fn apply(&self, value: Vec<Piece>, replacement: &[Piece]) -> Option<Vec<Piece>> {
        let count = value.len();
        let mut edited = Vec::new();
        let mut is_done = false;
        for (index, piece) in value.into_iter().enumerate() {
            let is_here = match self.place {
                Place::Start => index == 0,
                Place::End => index + 1 == count,
                Place::First => !is_done,
                Place::Everywhere => true,
            };
            if piece.opaque && is_here && self.place == Place::First {
                return None;
            }
            if !is_here || piece.opaque {
                edited.push(piece);
                continue;
            }
            let mut from = 0;
            for at in self.matches(piece.text.as_str()) {
                edited.push(Piece { text: piece.text.slice(from..at), opaque: false });
                edited.extend_from_slice(replacement);
                from = at + self.pattern.len();
                is_done = true;
            }
            edited.push(Piece { text: piece.text.slice(from..piece.text.len()), opaque: false });
        }
        Some(edited)
    }

    fn matches(&self, text: &str) -> Vec<usize> {
        let pattern = self.pattern.as_str();
        match self.place {
            Place::Start => text.starts_with(pattern).then_some(0).into_iter().collect(),
            Place::End => text.strip_suffix(pattern).map(str::len).into_iter().collect(),
            Place::First => text.find(pattern).into_iter().collect(),
            Place::Everywhere => text.match_indices(pattern).map(|(at, _)| at).collect(),
        }
    }
}
