//! systemd units: the arguments of `ExecStart=` as the service manager would pass them, drop-ins and environment files
//! included.

#[cfg(test)]
mod tests;
mod unit;
mod words;

use std::collections::HashMap;

use crate::source::arguments::{Arguments, program_of};
use crate::source::environment_file;
use crate::source::formats::command;
use crate::source::program::Certainty;
use crate::source::shell::{Field, HereDocument, Note};
use crate::source::{Document, InputFormat, ReadError, Surroundings};
use crate::text::{Located, Text};
use unit::{Entry, Unit};

/// The directories that systemd looks for units and drop-ins in; a unit below one of them has drop-ins in the others.
const UNIT_DIRECTORIES: [&str; 4] =
    ["/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system"];

/// More than the files that one script writes.
const MAXIMUM_HERE_DOCUMENTS: usize = 256;

/// What stands around a unit: the host, and the here-documents of the script that it is written in.
#[derive(Clone, Copy)]
pub(in crate::source) struct Around<'a> {
    pub(in crate::source) surroundings: &'a dyn Surroundings,
    pub(in crate::source) here_documents: &'a [HereDocument],
}

/// Whether a variable that is set nowhere is empty (a unit on a host) or may have been a shell's (a here-document).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Undefined {
    Empty,
    Opaque,
}

pub(in crate::source) fn read(
    text: &Text,
    surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    if !is_unit(text) {
        return Ok(None);
    }
    let name = file_name(text.file().name());
    if is_read_with_its_unit(text, surroundings) {
        return Ok(Some(Vec::new()));
    }
    let around = Around { surroundings, here_documents: &[] };
    let documents = documents(text, name, around, Undefined::Empty);
    Ok((!documents.is_empty()).then_some(documents))
}

/// Whether it begins as a unit file does.
pub(in crate::source) fn is_unit(text: &Text) -> bool {
    let first = text.as_str().lines().map(str::trim).find(|line| {
        let template = crate::source::expression::expression(line).is_some_and(|found| found.length == line.len());
        !(line.is_empty() || line.starts_with(['#', ';']) || template)
    });
    first.is_some_and(|line| {
        ["[Unit]", "[Service]", "[Install]", "[Manager]"].contains(&line) || is_key(line, "ExecStart")
    }) && text.as_str().lines().any(|line| is_key(line.trim(), "ExecStart") || line.trim() == "[Service]")
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// A drop-in whose unit lies beside its directory is part of that unit.
fn is_read_with_its_unit(text: &Text, surroundings: &dyn Surroundings) -> bool {
    let directory = text.file().name().rsplit(['/', '\\']).nth(1).unwrap_or_default();
    directory
        .strip_suffix(".d")
        .filter(|unit| unit.ends_with(".service"))
        .is_some_and(|unit| surroundings.file(&format!("../{unit}")).is_some())
}

/// What the unit runs, after its drop-ins.
pub(in crate::source) fn documents(text: &Text, name: &str, around: Around<'_>, undefined: Undefined) -> Vec<Document> {
    let mut unit = Unit::default();
    unit.add(text);
    if name.ends_with(".service") {
        for drop_in in drop_ins(name, text, around.surroundings) {
            unit.add(&Text::of(&drop_in));
        }
    }
    let environment = Environment::of(&unit, around, undefined);
    let mut documents = Vec::new();
    for entry in &unit.exec_start {
        documents.extend(invocations(entry, &unit, name, &environment));
    }
    if documents.is_empty() && unit.exec_start.is_empty() {
        documents.extend(command::variable_fragments(&unit.environment_variables(), InputFormat::Systemd));
    }
    documents
}

/// Drop-ins by their names: one in /etc hides one of the same name in /lib.
fn drop_ins(name: &str, text: &Text, surroundings: &dyn Surroundings) -> Vec<std::sync::Arc<crate::text::SourceFile>> {
    let mut directories = Vec::new();
    let path = text.file().name();
    if let Some(place) = path.rfind("/systemd/system/") {
        let own = path.get(..place).unwrap_or_default();
        let host = ["/usr/lib", "/lib", "/run", "/etc"].iter().any(|directory| own.ends_with(directory));
        if host {
            directories.extend(UNIT_DIRECTORIES.iter().map(|directory| format!("{directory}/{name}.d")));
        }
    }
    directories.push(format!("{name}.d"));
    let mut by_name = std::collections::BTreeMap::new();
    for directory in directories {
        for file in surroundings.directory(&directory) {
            if file.ends_with(".conf")
                && let Some(source) = surroundings.file(&format!("{directory}/{file}"))
            {
                by_name.insert(file, source);
            }
        }
    }
    by_name.into_values().collect()
}

/// The commands of one `ExecStart=`.
fn invocations(entry: &Entry, unit: &Unit, name: &str, environment: &Environment) -> Vec<Document> {
    let mut documents = Vec::new();
    for fields in words::commands(&entry.value, environment) {
        let Some(program) = program_of(&fields, Certainty::Sure) else {
            // `/bin/sh -c "exec kube-apiserver …"`.
            for field in fields.iter().filter(|field| command::may_hold_a_command(field)) {
                let nested = command::invocations(&field.text, InputFormat::Systemd);
                documents.extend(nested.into_iter().map(Document::Invocation));
            }
            continue;
        };
        let arguments = Arguments::of(fields.get(program.arguments..).unwrap_or_default());
        let shown = if name.ends_with(".service") { name } else { program.component.name() };
        let mut invocation = arguments.invocation(program.component, shown, entry.key.origin(), InputFormat::Systemd);
        invocation.version = command::image_version(&fields);
        // One file that is missing says more than each variable that would have been in it.
        if !invocation.unresolved.is_empty() && !environment.missing.is_empty() {
            invocation.unresolved.clone_from(&environment.missing);
        }
        let notes: Vec<Note> = unit.notes_of(entry).chain(words::notes(&entry.value)).collect();
        let mut invocation = invocation.with_notes(notes.iter());
        invocation.unresolved.extend(unit.stray.clone());
        documents.push(Document::Invocation(invocation));
    }
    documents
}

/// The variables of a unit's processes.
pub(in crate::source) struct Environment {
    values: HashMap<String, Text>,
    /// Environment files that were not found.
    missing: Vec<Located<String>>,
    undefined: Undefined,
}

/// What a variable is.
pub(in crate::source) enum Lookup<'a> {
    Value(&'a Text),
    Empty,
    Unknown,
}

impl Environment {
    fn of(unit: &Unit, around: Around<'_>, undefined: Undefined) -> Self {
        let mut values = HashMap::new();
        for variable in unit.environment_variables() {
            values.insert(variable.name.as_str().to_owned(), variable.value);
        }
        let mut missing = Vec::new();
        for entry in &unit.environment_files {
            let path = entry.value.trim();
            let path = path.as_str().trim_start_matches('-').trim_matches(['"', '\'']);
            match environment_file(path, around) {
                Some(text) => {
                    for variable in environment_file::parse(&text) {
                        values.insert(variable.name.as_str().to_owned(), variable.value);
                    }
                }
                None => {
                    let message = format!("EnvironmentFile={path} is not there");
                    missing.push(Located::new(message, entry.value.trim().origin()));
                }
            }
        }
        // Without an environment file the variable may be the service manager's own.
        let all_read = !unit.environment_files.is_empty() && missing.is_empty();
        let undefined = if all_read { undefined } else { Undefined::Opaque };
        Self { values, missing, undefined }
    }

    pub(in crate::source) fn lookup(&self, name: &str) -> Lookup<'_> {
        match (self.values.get(name), self.undefined) {
            (Some(value), _) => Lookup::Value(value),
            (None, Undefined::Empty) => Lookup::Empty,
            (None, Undefined::Opaque) => Lookup::Unknown,
        }
    }
}

fn environment_file(path: &str, around: Around<'_>) -> Option<Text> {
    let base = file_name(path);
    let written = around.here_documents.iter().rev().take(MAXIMUM_HERE_DOCUMENTS);
    let same = |document: &&HereDocument| document.target.as_deref() == Some(path);
    // A script often writes `kube-apiserver.conf` here and copies it to its place later.
    let same_name = |document: &&HereDocument| document.target.as_deref().map(file_name) == Some(base);
    let here = written.clone().find(same).or_else(|| written.clone().find(same_name));
    here.map(|document| document.body.clone()).or_else(|| around.surroundings.file(path).map(|file| Text::of(&file)))
}

pub(in crate::source) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Arguments as systemd splits the value of a variable: for environment files that stand alone.
pub(in crate::source) fn split_value(value: &Text) -> Vec<Field> {
    words::split_value(value, words::Specifiers::Literal)
}
