//! Shell text as a POSIX shell reads it, without running anything.
//!
//! [`lexer`] cuts the text into commands and [`word`] reads their words, [`expand`] puts in the variables that the text
//! itself sets. What a shell would have to run for (`$(…)`, variables from elsewhere) stays as it is written and is
//! marked opaque.

mod expand;
mod fields;
mod here_document;
mod lexer;
#[cfg(test)]
mod tests;
mod value;
mod word;

use std::ops::Range;

use crate::text::{Origin, Text};

pub(super) use expand::{read, words};

/// All that a text says when it is read as a shell script.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// The variables that are set, with the words of what they hold in the end.
    pub(super) assignments: Vec<Assignment>,
    pub(super) here_documents: Vec<HereDocument>,
    /// Scripts that variables hold under a condition: `if …; then command="cat > x.service <<EOF …"`. Nobody knows
    /// which of them runs, so they do not appear among the commands.
    pub(super) kept: Vec<Text>,
    /// In the order of the text.
    pub(super) notes: Vec<Note>,
}

impl Script {
    /// What was noticed within a range.
    pub(super) fn notes_within(&self, range: &Range<usize>) -> impl Iterator<Item = &Note> {
        let first = self.notes.partition_point(|note| note.at < range.start);
        self.notes.iter().skip(first).take_while(move |note| note.at < range.end)
    }
}

/// A simple command after expansion.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) fields: Vec<Field>,
    /// In bytes of the script.
    pub(super) range: Range<usize>,
    /// A variable in it holds what was added under a condition.
    pub(super) steered: bool,
    /// A line break ended it, not `;`, `|` or `&&`.
    pub(super) ends_its_line: bool,
}

/// A word after expansion: one argument.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) text: Text,
    /// Part of it is an expression that could not be resolved.
    pub(super) opaque: bool,
    /// Nothing but unresolved expressions: it may stand for any argument, and when it is not quoted for any number.
    pub(super) unknown: bool,
    pub(super) quoted: bool,
}

#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: Text,
    pub(super) fields: Vec<Field>,
}

/// `<<EOF`, with the file that it is written to when that is told.
#[derive(Debug)]
pub(super) struct HereDocument {
    pub(super) target: Option<String>,
    pub(super) body: Text,
    /// The delimiter is not quoted: what is left of `$NAME` in the body came from the shell.
    pub(super) expanded: bool,
}

/// Something that a shell would read otherwise than it is meant, or that a template decides.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) kind: NoteKind,
    /// In bytes of the text that was read.
    pub(super) at: usize,
    pub(super) origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoteKind {
    /// U+00A0 where a blank is meant.
    NoBreakSpace,
    /// A blank between a backslash and the end of the line.
    BlankAfterBackslash,
    /// `\\` at the end of a line whose next line goes on with flags.
    DoubledBackslash,
    /// `{% if … %}` and the like.
    TemplateControl,
    /// A variable to which flags are added in an `if`.
    Condition,
}

impl NoteKind {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NoBreakSpace => "U+00A0 (no-break space) is no blank to a shell or systemd; it is read here as one",
            Self::BlankAfterBackslash => {
                "a blank behind the backslash ends the command here; the next line is read as its rest all the same"
            }
            Self::DoubledBackslash => {
                "`\\\\` ends the command here; the next line is read as its rest, as in a here-document"
            }
            Self::Condition => "some of these flags are given under a condition; all that is written was read",
            Self::TemplateControl => "a template decides here what is given; all that is written was read",
        }
    }
}
