//! Shell text as a POSIX shell reads it, without running anything.
//!
//! [`lexer`] cuts the text into commands and [`word`] reads their words, [`expand`] puts in the variables that the text
//! itself sets. What a shell would have to run for (`$(…)`, variables from elsewhere) stays as it is written and is
//! marked opaque.

mod braces;
mod changes;
mod cursor;
mod edit;
mod ending;
mod expand;
mod fields;
mod lexer;
mod part;
mod script;
mod subshell;
#[cfg(test)]
pub(in crate::source) mod testing;
#[cfg(test)]
mod tests;
mod value;
mod variables;
mod word;

pub(in crate::source) use expand::{read, read_with, words};
pub(in crate::source) use script::{
    Assignment, Braces, Command, Field, HereDocument, Note, NoteKind, Preset, Redirection, Script,
};
