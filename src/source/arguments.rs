//! From the words of a command line to an invocation.

use crate::kubernetes::Component;
use crate::source::container_run;
use crate::source::expression::has_expression;
use crate::source::program::{self, Program};
use crate::source::shell::{Field, Note, NoteKind};
use crate::source::template::settle_branches;
use crate::source::wrapper;
use crate::source::{Argument, Beneath, Completeness, InputFormat, Invocation, Provenance};
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
            if is_elision(field.text.as_str()) {
                arguments.unresolved.push(not_told(&field.text));
                continue;
            }
            let mut argument = Argument::written(field.text.clone());
            argument.opaque |= field.opaque || has_verb(field.text.as_str());
            let anything = field.unknown && !value_follows;
            if anything || (argument.opaque && holds_more_flags(field.text.as_str())) {
                arguments.unresolved.push(not_told(&field.text));
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
    pub(crate) fn new(
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
            node: None,
            version: None,
            mounts: Vec::new(),
            beneath: Beneath::Host,
            unresolved: Vec::new(),
            open: None,
            may_be_replaced: false,
            namespace: None,
            superseded: Vec::new(),
            alternatives: Vec::new(),
            files: Vec::new(),
            keys: Vec::new(),
            published_keys: Vec::new(),
            again: Vec::new(),
            not_loaded: Vec::new(),
        }
    }

    /// Takes in what the words before its program tell of it: an image's version, a container's volumes.
    pub(super) fn run_by(&mut self, fields: &[Field], program: &Program) {
        self.version = container_run::image_version(fields);
        let before = fields.get(..program.arguments).unwrap_or_default();
        self.see(&wrapper::file_system(before));
        if let Some(word) = before.iter().find(|word| program::base_name(word.text.as_str()) == "xargs") {
            self.completeness = Completeness::Fragment;
            let message = "xargs adds words from its input, which are not told here".to_owned();
            self.unresolved.push(Located::new(message, word.text.origin()));
        }
    }

    /// Whether it is nothing but flags, which no program stands before.
    pub(super) fn is_excerpt(&self) -> bool {
        self.arguments.first().is_some_and(|first| first.text.origin() == self.origin)
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
    if let Some(program) = container_run::entry_point(fields) {
        return Some(program);
    }
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let found = program::find(&words, certainty, |index| fields.get(index).is_some_and(|field| field.unknown));
    found.or_else(|| container_run::image_program(&words))
}

/// A place for a value in a program's format string: `--client-ca-file=%s`.
fn has_verb(word: &str) -> bool {
    word.match_indices('%').any(|(at, _)| {
        let rest = word.get(at + 1..).unwrap_or_default();
        rest.starts_with(['s', 'd', 'q', 'v'])
            && !rest.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// What a writer puts where something is left out: `...`, `[...]`, `……`.
pub(super) fn is_elision(word: &str) -> bool {
    let dots = word.trim().trim_start_matches(['[', '(', '<']).trim_end_matches([']', ')', '>']);
    dots.contains('…') && dots.chars().all(|c| matches!(c, '…' | '.'))
        || dots.len() > 1 && dots.bytes().all(|b| b == b'.')
}

/// Why the arguments are not all here: one of them may stand for more.
pub(super) fn not_told(argument: &Text) -> Located<String> {
    Located::new(format!("what {} stands for is not told here", argument.as_str()), argument.origin())
}

/// `--a=x${extra_flags}`: by its name, the variable holds flags that go on behind the value.
pub(super) fn holds_more_flags(word: &str) -> bool {
    let Some((_, value)) = word.split_once('=').filter(|(name, _)| name.starts_with("--")) else { return false };
    value.match_indices(['$', '{']).any(|(at, _)| {
        let rest = value.get(at + 1..).unwrap_or_default().trim_start_matches(['{', '(', ' ', '.']);
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().to_ascii_lowercase();
        at > 0 && ["flags", "args", "arguments", "opts", "options"].iter().any(|word| name.ends_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell::testing::fields;

    #[test]
    fn what_is_left_out_is_no_argument() {
        let of = |line: &str| Arguments::of(&fields(line));
        for dots in ["...", "[...]", "......", "\u{2026}", ".."] {
            let arguments = of(&format!("--v=2 {dots} --profiling=false"));
            assert_eq!((arguments.list.len(), arguments.unresolved.len()), (2, 1), "{dots}");
        }
        assert!(of("--client-ca-file ./ca.crt --x=... .").unresolved.is_empty());
    }

    #[test]
    fn what_may_hold_more_flags_is_no_end() {
        let unresolved = |line: &str| !Arguments::of(&fields(line)).unresolved.is_empty();
        assert!(unresolved("--requestheader-allowed-names=x${extra_flags}"));
        assert!(unresolved("--requestheader-allowed-names=x$EXTRA_ARGS"));
        assert!(!unresolved("--requestheader-allowed-names=${name} --client-ca-file=$DIR/ca.crt"));
        let opaque = |line: &str| Arguments::of(&fields(line)).list[0].opaque;
        assert!(opaque("--client-ca-file=%s") && opaque("--client-ca-file=%v/ca.crt"));
        assert!(!opaque("--client-ca-file=/a%20b"));
    }
}
