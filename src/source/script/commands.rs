//! From the commands of a script to invocations.

use super::excerpt::{Excerpt, flags_of, is_flags};
use super::handed_on::{handed_on, hands_on};
use super::prose::{is_help, is_prose};
use crate::source::arguments::{Arguments, program_of};
use crate::source::file_system::FileSystem;
use crate::source::program::{self, Certainty};
use crate::source::shell::{self, Braces, Command, Field, Note, NoteKind, Preset, Script};
use crate::source::wrapper;
use crate::source::{InputFormat, Invocation};
use crate::text::Text;

/// Scripts in strings in scripts: deeper than people write.
const MAXIMUM_DEPTH: usize = 6;

/// What a command is.
#[derive(Debug)]
pub(in crate::source) enum Found {
    /// Boxed: it is many times the size of the other.
    Invocation(Box<Invocation>),
    Text(Nested),
}

/// A word that is a text of its own: `sh -c '…'`, `echo "[Unit] …" > x.service`.
#[derive(Debug)]
pub(in crate::source) struct Nested {
    pub(in crate::source) text: Text,
    pub(in crate::source) preset: Preset,
    /// What a command in it sees.
    seen: FileSystem,
}

impl Nested {
    /// The invocations in it.
    pub(in crate::source) fn invocations(&self, preset: &Preset, format: InputFormat) -> Vec<Invocation> {
        let mut found = invocations(&self.text, preset, format);
        found.iter_mut().for_each(|invocation| self.surround(invocation));
        found
    }

    /// Shows an invocation in it what the command around it sees.
    pub(in crate::source) fn surround(&self, invocation: &mut Invocation) {
        invocation.see(&self.seen);
    }
}

/// The invocations in shell text, and in the scripts that its words hold.
pub(in crate::source) fn invocations(text: &Text, preset: &Preset, format: InputFormat) -> Vec<Invocation> {
    let mut found = Vec::new();
    collect(text, preset, format, 0, &mut found);
    found
}

fn collect(text: &Text, preset: &Preset, format: InputFormat, depth: usize, found: &mut Vec<Invocation>) {
    if depth > MAXIMUM_DEPTH || !names_us(text.as_str()) {
        return;
    }
    for one in commands(&shell::read_with(text, preset), format) {
        match one {
            Found::Invocation(invocation) => found.push(*invocation),
            Found::Text(nested) => {
                let before = found.len();
                collect(&nested.text, &nested.preset, format, depth + 1, found);
                found.iter_mut().skip(before).for_each(|invocation| nested.surround(invocation));
            }
        }
    }
}

/// What the commands of a script are, in their order.
pub(in crate::source) fn commands(script: &Script, format: InputFormat) -> Vec<Found> {
    let mut found = Vec::new();
    let mut excerpt = Excerpt::default();
    // Of a help text's lines some begin with a flag and are no excerpt all the same.
    let help = script.commands.iter().any(|command| is_help(flags_of(command)));
    let mut cut_off = false;
    let mut directory = None;
    for command in &script.commands {
        directory = after(command, directory);
        if cut_off && is_flags(command) {
            continue;
        }
        cut_off = false;
        if command.behind_gap {
            found.extend(excerpt.finish(script, format).map(boxed));
        }
        if !help && !hands_on(&command.fields) && excerpt.takes(command) {
            continue;
        }
        found.extend(excerpt.finish(script, format).map(boxed));
        if let Some(mut invocation) = invocation(command, script, format) {
            directory.iter().for_each(|directory: &String| invocation.start_in(directory));
            // The lines below would have been its flags, and are not.
            let mut notes = script.notes_within(&command.range);
            cut_off = notes.any(|note| note.kind == NoteKind::BlankAfterBackslash);
            found.push(boxed(invocation));
            continue;
        }
        let handed_on = handed_on(&command.fields, format);
        if !handed_on.is_empty() {
            found.extend(handed_on.into_iter().map(boxed));
        } else if !excerpt.begins_with(command) && !is_edit(command) {
            found.extend(nested(&command.fields).into_iter().map(Found::Text));
        }
    }
    found.extend(excerpt.finish(script, format).map(boxed));
    found
}

/// The directory that a command leaves the script in, where that is told: `cd /etc/kubernetes`.
pub(in crate::source) fn after(command: &Command, before: Option<String>) -> Option<String> {
    let mut words = command.fields.iter();
    if !words.next().is_some_and(|word| ["cd", "pushd"].contains(&word.text.as_str())) {
        return before;
    }
    let target = words.find(|word| !word.text.as_str().starts_with('-')).filter(|word| !word.opaque)?;
    match target.text.as_str() {
        absolute if absolute.starts_with('/') => Some(absolute.to_owned()),
        // `cd $DIR || exit`, `cd ~`, and where nobody knows where it began.
        relative if relative.starts_with(['~', '$']) => None,
        relative => before.map(|before| format!("{}/{relative}", before.trim_end_matches('/'))),
    }
}

/// `sed` changes what stands elsewhere; its words are no commands.
fn is_edit(command: &Command) -> bool {
    let mut words = command.fields.iter().map(|field| field.text.as_str()).filter(|word| !program::is_wrapper(word));
    words.next().is_some_and(|word| word == "sed" || word.ends_with("/sed"))
}

fn boxed(invocation: Invocation) -> Found {
    Found::Invocation(Box::new(invocation))
}

fn invocation(command: &Command, script: &Script, format: InputFormat) -> Option<Invocation> {
    let program = program_of(&command.fields, Certainty::Guess)?;
    let fields = command.fields.get(program.arguments..)?;
    let first =
        program.word == 0 || command.fields.first().is_some_and(|field| program::is_wrapper(field.text.as_str()));
    if is_prose(fields, !first) {
        return None;
    }
    let word = command.fields.get(program.word)?;
    let name = program.component.name();
    let mut invocation = Arguments::of(fields).invocation(program.component, name, word.text.origin(), format);
    invocation.run_by(&command.fields, &program);
    let condition = Note { kind: NoteKind::Condition, at: command.range.start, origin: word.text.origin() };
    let notes = script.notes_within(&command.range).chain(command.steered.then_some(&condition));
    Some(invocation.with_notes(notes))
}

/// The words of a command that are texts of their own.
pub(in crate::source) fn nested(fields: &[Field]) -> Vec<Nested> {
    // `sh -c SCRIPT NAME ARGUMENT…`: what follows the first script are its arguments.
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let script = program::script(&words);
    let nested = |(index, field): (usize, &Field)| {
        let parameters = (script == Some(index)).then(|| fields.iter().skip(index + 2).cloned().collect());
        let seen = wrapper::file_system(fields.get(..index).unwrap_or_default());
        let shell = words.iter().take(index).rfind(|word| program::is_shell(word));
        let braces = shell.map_or(Braces::default(), |shell| Braces::of(shell));
        Nested { text: field.text.clone(), preset: Preset { parameters, braces, ..Preset::default() }, seen }
    };
    fields.iter().enumerate().filter(|(_, field)| may_hold_a_command(field)).map(nested).collect()
}

/// Whether a word is long enough to be a command of its own: `sh -c "kube-apiserver --a=b"`.
pub(in crate::source) fn may_hold_a_command(field: &Field) -> bool {
    let text = field.text.as_str();
    text.contains([' ', '\n', '\t']) && names_us(text)
}

pub(in crate::source) fn names_us(text: &str) -> bool {
    ["apiserver", "kube-controller-manager", "kube-scheduler", "requestheader", "hyperkube", "kube-controller-arg"]
        .iter()
        .any(|name| text.contains(name))
}
