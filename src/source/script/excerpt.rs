//! Flags without a program before them: the excerpt of a document, or what `kubectl describe` prints.

use super::prose::{is_about_flags, is_prose};
use crate::source::arguments::Arguments;
use crate::source::program;
use crate::source::shell::{Command, Field, Script};
use crate::source::{Completeness, InputFormat, Invocation};

/// Commands one after the other that are nothing but flags.
#[derive(Default)]
pub(super) struct Excerpt<'a> {
    header: Option<&'a Command>,
    commands: Vec<&'a Command>,
}

impl<'a> Excerpt<'a> {
    /// `kube-apiserver` alone on its line, as `kubectl describe` prints it above the flags.
    pub(super) fn begins_with(&mut self, command: &'a Command) -> bool {
        let lone = matches!(command.fields.as_slice(), [field] if program::component(field.text.as_str()).is_some())
            && command.ends_its_line;
        if lone {
            self.header = Some(command);
        }
        lone
    }

    /// Takes a command that is nothing but flags.
    pub(super) fn takes(&mut self, command: &'a Command) -> bool {
        let fields = flags_of(command);
        let source_code = fields.iter().filter(|field| field.text.as_str().ends_with(',')).count() * 2 > fields.len();
        let takes = is_flags(command) && !is_prose(fields, false) && !source_code;
        if takes {
            self.commands.push(command);
        }
        takes
    }

    pub(super) fn finish(&mut self, script: &Script, format: InputFormat) -> Option<Invocation> {
        let header = self.header.take();
        let commands = std::mem::take(&mut self.commands);
        let first = commands.first()?;
        let fields = commands.iter().flat_map(|command| flags_of(command)).cloned();
        // The last line of an excerpt goes on like the ones before it, to nowhere; or a blank stands behind its end.
        let fields: Vec<Field> =
            fields.filter(|field| !matches!(field.text.as_str().trim(), "\\" | "`" | "^" | "")).collect();
        if is_about_flags(&fields) {
            return None;
        }
        let program = header.and_then(|header| header.fields.first());
        let component = match program {
            Some(field) => program::component(field.text.as_str())?,
            None => {
                let words = || fields.iter().map(|field| field.text.as_str());
                words().any(program::matters).then(|| program::component_of_flags(words()))??
            }
        };
        let origin = program.unwrap_or(fields.first()?).text.origin();
        let range = first.range.start..commands.last()?.range.end;
        let arguments = Arguments::of(&fields);
        let mut invocation =
            arguments.invocation(component, component.name(), origin, format).with_notes(script.notes_within(&range));
        if program.is_none() {
            invocation.completeness = Completeness::Fragment;
        }
        Some(invocation)
    }
}

/// Whether a command begins with a flag.
pub(super) fn is_flags(command: &Command) -> bool {
    flags_of(command).first().is_some_and(|field| program::flag_name(field.text.as_str()).is_some())
}

/// The fields of a command without the dash of a list's item: `- --flag=value`.
pub(super) fn flags_of(command: &Command) -> &[Field] {
    match command.fields.split_first() {
        Some((first, rest)) if first.text.as_str() == "-" && !rest.is_empty() => rest,
        _ => &command.fields,
    }
}
