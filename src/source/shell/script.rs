//! What a shell text says, in the words of its commands.

use std::ops::Range;

use crate::source::program;
use crate::text::{Origin, Text};

/// All that a text says when it is read as a shell script.
#[derive(Debug, Default)]
pub(in crate::source) struct Script {
    pub(in crate::source) commands: Vec<Command>,
    /// The variables that are set, with the words of what they hold in the end.
    pub(in crate::source) assignments: Vec<Assignment>,
    pub(in crate::source) here_documents: Vec<HereDocument>,
    /// Scripts that variables hold under a condition: `if …; then command="cat > x.service <<EOF …"`. Nobody knows
    /// which of them runs, so they do not appear among the commands.
    pub(in crate::source) kept: Vec<Text>,
    pub(in crate::source) loops: Vec<Loop>,
    /// The redirections of compound commands: `done >> FILE`. They have no words.
    pub(in crate::source) compound: Vec<Command>,
    /// In the order of the text.
    pub(in crate::source) notes: Vec<Note>,
}

impl Script {
    /// What was noticed within a range.
    pub(in crate::source) fn notes_within(&self, range: &Range<usize>) -> impl Iterator<Item = &Note> {
        let first = self.notes.partition_point(|note| note.at < range.start);
        self.notes.iter().skip(first).take_while(move |note| note.at < range.end)
    }
}

/// What is told of a script's surroundings.
#[derive(Debug, Clone, Default)]
pub(in crate::source) struct Preset {
    /// `$1` and so on.
    pub(in crate::source) parameters: Option<Vec<Field>>,
    /// The environment that it gets; `None`: a variable is set to what is not told here.
    pub(in crate::source) variables: Vec<(String, Option<Text>)>,
    /// Any other variable may be set as well.
    pub(in crate::source) anything: bool,
    /// Whether its shell has brace expansion, where the script does not name one itself.
    pub(in crate::source) braces: Braces,
}

/// What a shell makes of `{a,b}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::source) enum Braces {
    /// Two words: bash, zsh, ksh, and what people type into them.
    #[default]
    Expanded,
    /// `sh` is bash here and dash there.
    Unknown,
    /// Nothing: dash, BusyBox' ash.
    Literal,
}

impl Braces {
    /// Of the shell of a path.
    pub(in crate::source) fn of(shell: &str) -> Self {
        match program::base_name(shell) {
            "sh" => Self::Unknown,
            "dash" | "ash" => Self::Literal,
            _ => Self::Expanded,
        }
    }
}

/// A simple command after expansion.
#[derive(Debug)]
pub(in crate::source) struct Command {
    pub(in crate::source) fields: Vec<Field>,
    /// The files that it writes to.
    pub(in crate::source) redirections: Vec<Redirection>,
    /// Those of the script's here-documents that its pipeline has up to it.
    pub(in crate::source) here_documents: Range<usize>,
    /// In bytes of the script.
    pub(in crate::source) range: Range<usize>,
    /// A variable in it holds what was added under a condition.
    pub(in crate::source) steered: bool,
    /// A line break ended it, not `;`, `|` or `&&`.
    pub(in crate::source) ends_its_line: bool,
    /// Commands that say nothing were left out before it.
    pub(in crate::source) behind_gap: bool,
}

/// `for NAME in VALUES`: in its body the variable is none of them for certain.
#[derive(Debug)]
pub(in crate::source) struct Loop {
    pub(in crate::source) name: String,
    pub(in crate::source) values: Vec<Text>,
}

/// `> FILE` or `>> FILE`.
#[derive(Debug)]
pub(in crate::source) struct Redirection {
    pub(in crate::source) file: Field,
    pub(in crate::source) appends: bool,
}

/// A word after expansion: one argument.
#[derive(Debug, Clone)]
pub(in crate::source) struct Field {
    pub(in crate::source) text: Text,
    /// Part of it is an expression that could not be resolved.
    pub(in crate::source) opaque: bool,
    /// Nothing but unresolved expressions: it may stand for any argument, and when it is not quoted for any number.
    pub(in crate::source) unknown: bool,
    pub(in crate::source) quoted: bool,
}

#[derive(Debug)]
pub(in crate::source) struct Assignment {
    pub(in crate::source) name: Text,
    pub(in crate::source) fields: Vec<Field>,
    /// What is not read may have set it to something else afterwards: `. /etc/environment`.
    pub(in crate::source) may_be_other: bool,
}

/// `<<EOF`, with the file that it is written to when that is told.
#[derive(Debug)]
pub(in crate::source) struct HereDocument {
    pub(in crate::source) target: Option<String>,
    pub(in crate::source) body: Text,
    /// The delimiter is not quoted: what is left of `$NAME` in the body came from the shell.
    pub(in crate::source) expanded: bool,
}

/// Something that a shell would read otherwise than it is meant, or that a template decides.
#[derive(Debug, Clone)]
pub(in crate::source) struct Note {
    pub(in crate::source) kind: NoteKind,
    /// In bytes of the text that was read.
    pub(in crate::source) at: usize,
    pub(in crate::source) origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum NoteKind {
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
    /// `export NAME=value` in the file of an `EnvironmentFile=`.
    Export,
}

impl NoteKind {
    pub(in crate::source) fn message(self) -> &'static str {
        match self {
            Self::NoBreakSpace => "U+00A0 (no-break space) is no blank to a shell or systemd; it is read here as one",
            Self::BlankAfterBackslash => {
                "a blank behind the backslash ends the command here: the flags on the lines below are not given; remove \
                 the blank"
            }
            Self::DoubledBackslash => {
                "`\\\\` ends the command here; the next line is read as its rest, as in a here-document"
            }
            Self::Export => {
                "systemd ignores this line, for EnvironmentFile= takes NAME=value alone, so the variable is not set by it; \
                 remove `export`"
            }
            Self::Condition => "some of these flags are given under a condition; all that is written was read",
            Self::TemplateControl => "a template decides here what is given; all that is written was read",
        }
    }
}
