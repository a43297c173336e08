//! From the words of a command line to an invocation.

use crate::kubernetes::Component;
use crate::source::expression::has_expression;
use crate::source::program::{self, Program};
use crate::source::shell::{Field, Note, NoteKind};
use crate::source::template::settle_branches;
use crate::source::{Argument, Completeness, InputFormat, Invocation, Provenance};
use crate::text::{Located, Origin, Text};

impl Argument {
    /// An argument that somebody wrote, opaque when it holds an expression.
    pub(super) fn written(text: Text) -> Self {
        let opaque = has_expression(text.as_str());
        Self { text, opaque, provenance: Provenance::Written }
    }
}

impl Field {
    /// A word that is known to the last character.
    pub(super) fn known(text: Text) -> Self {
        Self { text, opaque: false, unknown: false, quoted: true }
    }
}

/// The words behind a program, as arguments.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) list: Vec<Argument>,
    /// Words that may stand for further flags.
    pub(super) unresolved: Vec<Located<String>>,
}

impl Arguments {
    pub(super) fn of(fields: &[Field]) -> Self {
        let mut arguments = Self::default();
        let mut value_follows = false;
        for field in fields {
            let mut argument = Argument::written(field.text.clone());
            argument.opaque |= field.opaque;
            if field.unknown && !value_follows {
                let message = format!("what {} stands for is not told here", field.text.as_str());
                arguments.unresolved.push(Located::new(message, field.text.origin()));
            }
            let word = field.text.as_str();
            value_follows = !field.unknown && word.starts_with("--") && !program::is_switch(word);
            arguments.list.push(argument);
        }
        arguments
    }

    /// The invocation that they are, complete unless a word may stand for more or a template decides something.
    pub(super) fn invocation(
        self,
        component: Component,
        name: impl Into<String>,
        origin: Origin,
        format: InputFormat,
    ) -> Invocation {
        let completeness = if self.unresolved.is_empty() { Completeness::Complete } else { Completeness::Fragment };
        let unresolved = self.unresolved;
        Invocation { completeness, unresolved, ..Invocation::new(component, name, origin, format, self.list) }
    }
}

impl Invocation {
    /// One whose arguments are all here.
    pub(super) fn new(
        component: Component,
        name: impl Into<String>,
        origin: Origin,
        format: InputFormat,
        arguments: Vec<Argument>,
    ) -> Self {
        Self {
            component,
            name: name.into(),
            origin,
            format,
            arguments,
            completeness: Completeness::Complete,
            version: None,
            mounts: Vec::new(),
            unresolved: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    /// Takes in expressions that stand for flags which nobody knows.
    pub(super) fn hide(&mut self, hidden: impl IntoIterator<Item = Text>) {
        let argument = |text| Argument { text, opaque: true, provenance: Provenance::Written };
        self.arguments.extend(hidden.into_iter().map(argument));
    }

    /// Takes in what was noticed on the way.
    pub(super) fn with_notes<'a>(mut self, notes: impl Iterator<Item = &'a Note>) -> Self {
        let mut told = Vec::new();
        for note in notes {
            // The first of a kind says it for all.
            if !told.contains(&note.kind) {
                told.push(note.kind);
                self.unresolved.push(Located::new(note.kind.message().to_owned(), note.origin.clone()));
            }
        }
        if told.contains(&NoteKind::TemplateControl) || told.contains(&NoteKind::Condition) {
            self.completeness = Completeness::Fragment;
            settle_branches(&mut self.arguments);
        }
        self
    }
}

/// The program that some fields run.
pub(super) fn program_of(fields: &[Field], certainty: program::Certainty) -> Option<Program> {
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    program::find(&words, certainty, |index| fields.get(index).is_some_and(|field| field.unknown))
}
