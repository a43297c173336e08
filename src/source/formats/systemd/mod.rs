//! systemd units: the arguments of `ExecStart=` as the service manager would pass them, drop-ins and environment files
//! included.

mod entry;
mod environment;
mod load_path;
mod quadlet;
mod specifiers;
#[cfg(test)]
mod tests;
mod unit;
mod words;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::source::arguments::{Arguments, program_of};
use crate::source::environment_file::{self, Variable};
use crate::source::program::Certainty;
use crate::source::script::{self, Assigned, handed_on};
use crate::source::shell::{Field, Note, Preset};
use crate::source::{Document, InputFormat, Invocation, NotRead, ReadError, Surroundings};
use crate::text::{Located, SourceFile, Text};
use entry::Entry;
use environment::Environment;
pub(in crate::source) use environment::{Around, EnvironmentFiles, ScriptVariables, Undefined, file_name};
use load_path::{DropIn, Fragment, LoadPath};
use unit::{SHOWN, Unit};

pub(in crate::source) fn read(
    text: &Text,
    surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    if !is_unit(text) {
        return Ok(None);
    }
    let name = file_name(text.file().name());
    let files = EnvironmentFiles::new(surroundings);
    let variables = ScriptVariables::default();
    let around = Around { files: &files, here_documents: &[], variables: &variables };
    let documents = documents(text, name, around, Undefined::Empty);
    Ok((!documents.is_empty()).then_some(documents))
}

/// Whether it begins as a unit file does, or is what `systemctl show` prints.
pub(in crate::source) fn is_unit(text: &Text) -> bool {
    if text.as_str().lines().any(|line| line.strip_prefix("ExecStart=").is_some_and(|value| value.starts_with(SHOWN))) {
        return true;
    }
    let first = text.as_str().lines().map(str::trim).find(|line| {
        let template = crate::source::expression::expression(line).is_some_and(|found| found.length == line.len());
        !(line.is_empty() || line.starts_with(['#', ';']) || template)
    });
    first.is_some_and(|line| {
        ["[Unit]", "[Service]", "[Install]", "[Manager]", "[Container]"].contains(&line) || is_key(line, "ExecStart")
    }) && text
        .as_str()
        .lines()
        .map(str::trim)
        .any(|line| is_key(line, "ExecStart") || ["[Service]", "[Container]"].contains(&line))
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// Why systemd does not read this file.
pub(in crate::source) fn hidden(file: &SourceFile, surroundings: &dyn Surroundings) -> Option<NotRead> {
    load_path::hidden(file, &EnvironmentFiles::new(surroundings))
}

/// A drop-in of a unit that is there is part of that unit, where the unit runs something of ours.
pub(in crate::source) fn is_read_with_its_unit(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    if surroundings.is_named() {
        return false;
    }
    let Some(directory) = load_path::drop_in_directory(file.name()) else {
        return is_environment_of_a_unit(file, surroundings);
    };
    let files = EnvironmentFiles::new(surroundings);
    let units = LoadPath::of_drop_in(file.name(), &files);
    let around = Around { files: &files, here_documents: &[], variables: &ScriptVariables::default() };
    let runs_ours = |name: &String| {
        let Fragment::File(text) = units.fragment(name) else { return false };
        !read_unit(&text, name, &units, around, Undefined::Empty).is_empty()
    };
    units.names().iter().filter(|name| units.is_for(directory, name)).any(runs_ours)
}

/// Whether a unit of the same host runs something of ours with this environment file.
fn is_environment_of_a_unit(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    if !environment_file::is_environment_file(&Text::of(file)) {
        return false;
    }
    let files = EnvironmentFiles::new(surroundings);
    let variables = ScriptVariables::default();
    let around = Around { files: &files, here_documents: &[], variables: &variables };
    of_host("", surroundings).iter().filter(|unit| unit.text().contains("EnvironmentFile")).any(|text| {
        let name = file_name(text.name());
        let unit = unit(&Text::of(text), name, &LoadPath::of_services(&files));
        let names_it = |path: &str| {
            let found = surroundings.file(path);
            found.is_some_and(|found| load_path::is_same(found.name(), file.name()))
        };
        unit.environment_paths().any(|(_, path)| names_it(&path))
            && !runs(&unit, name, around, Undefined::Empty).is_empty()
    })
}

/// The drop-ins of a unit's file.
pub(in crate::source) fn drop_ins_of(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Text> {
    let name = file_name(file.name());
    if !load_path::has_drop_ins(name) {
        return Vec::new();
    }
    let files = EnvironmentFiles::new(surroundings);
    let path = LoadPath::of_unit(file.name(), &files);
    let names = std::iter::once(name.to_owned()).chain(path.instances(name));
    let texts = |drop_in| match drop_in {
        DropIn::Text(text) => Some(text),
        DropIn::Masked(_) | DropIn::Unread(_) => None,
    };
    names.flat_map(|name| path.drop_ins(&name)).filter_map(texts).collect()
}

/// What the unit runs, after its drop-ins.
pub(in crate::source) fn documents(text: &Text, name: &str, around: Around<'_>, undefined: Undefined) -> Vec<Document> {
    let place = text.file().name();
    let path = LoadPath::of_unit(place, around.files);
    let mut documents = read_unit(text, name, &path, around, undefined);
    if let Some(directory) = load_path::drop_in_directory(place) {
        let lacks = lacks_unit(directory.strip_suffix(".d").unwrap_or(directory));
        for document in &mut documents {
            if let Document::Invocation(invocation) = document {
                invocation.open = Some(Located::new(lacks.clone(), invocation.origin.clone()));
            }
        }
    }
    documents
}

fn lacks_unit(name: &str) -> String {
    format!(
        "the file of {name}, which this drop-in changes, was not found, and other drop-ins may change it as well; give what \
         `systemctl cat {name}` prints, or copy the directories of units in /etc, /run, /usr/lib and /usr/local/lib"
    )
}

/// What the unit runs; that of a template, what those made of it run.
fn read_unit(text: &Text, name: &str, path: &LoadPath<'_>, around: Around<'_>, undefined: Undefined) -> Vec<Document> {
    let instances = path.instances(name);
    if instances.is_empty() {
        return runs(&unit(text, name, path), name, around, undefined);
    }
    instances.iter().flat_map(|name| runs(&unit(text, name, path), name, around, undefined)).collect()
}

fn runs(unit: &Unit, name: &str, around: Around<'_>, undefined: Undefined) -> Vec<Document> {
    let environment = Environment::of(unit, around, undefined);
    let mut documents = Vec::new();
    for entry in unit.exec_start.iter().chain(&quadlet::command(&unit.container)) {
        documents.extend(invocations(entry, unit, name, &environment));
    }
    if documents.is_empty() && unit.exec_start.is_empty() {
        documents.extend(fragments(&unit.environment_variables(), InputFormat::Systemd));
    }
    documents
}

fn unit(text: &Text, name: &str, path: &LoadPath<'_>) -> Unit {
    let mut unit = Unit::named(name);
    unit.add(text);
    for drop_in in path.drop_ins(name) {
        match drop_in {
            DropIn::Text(text) => unit.add(&text),
            DropIn::Unread(path) => unit.lacks(&path),
            DropIn::Masked(_) => {}
        }
    }
    unit
}

/// What a unit of a host runs, whatever it is.
pub(in crate::source) struct Process {
    pub(in crate::source) words: Vec<Field>,
    environment: Rc<Environment>,
}

impl Process {
    /// A variable of its environment.
    pub(in crate::source) fn variable(&self, name: &str) -> Option<Text> {
        self.environment.value(name).cloned()
    }
}

/// The commands of a unit, after its drop-ins.
pub(in crate::source) fn processes(text: &Text, surroundings: &dyn Surroundings) -> Vec<Process> {
    let files = EnvironmentFiles::new(surroundings);
    let variables = ScriptVariables::default();
    let around = Around { files: &files, here_documents: &[], variables: &variables };
    let place = text.file().name();
    let unit = unit(text, file_name(place), &LoadPath::of_unit(place, &files));
    let environment = Rc::new(Environment::of(&unit, around, Undefined::Empty));
    let commands = unit.exec_start.iter().flat_map(|entry| words::commands(&entry.value, environment.as_ref()));
    commands.map(|words| Process { words, environment: Rc::clone(&environment) }).collect()
}

/// The units of a host whose names begin so, each from the directory that counts.
pub(in crate::source) fn of_host(begin: &str, surroundings: &dyn Surroundings) -> Vec<Arc<SourceFile>> {
    let files = EnvironmentFiles::new(surroundings);
    let path = LoadPath::of_services(&files);
    let names = path.names().iter().filter(|name| name.starts_with(begin) && name.ends_with(".service"));
    let file = |name: &String| match path.fragment(name) {
        Fragment::File(text) => Some(Arc::clone(text.file())),
        Fragment::Alias(_) | Fragment::Masked(_) | Fragment::Absent => None,
    };
    names.filter_map(file).collect()
}

/// The commands of one `ExecStart=`.
fn invocations(entry: &Entry, unit: &Unit, name: &str, environment: &Environment) -> Vec<Document> {
    let mut found = Vec::new();
    for fields in words::commands(&entry.value, environment) {
        match invocation(&fields, entry, name, environment) {
            Some(invocation) => {
                let notes: Vec<Note> = entry
                    .notes
                    .iter()
                    .cloned()
                    .chain(words::notes(&entry.value))
                    .chain(environment.ignored.iter().cloned())
                    .collect();
                let mut invocation = invocation.with_notes(notes.iter());
                invocation.unresolved.extend(unit.stray.clone());
                found.push(invocation);
            }
            // `/usr/local/bin/k3s server --kube-apiserver-arg=…`, `/bin/sh -c "exec kube-apiserver …"`.
            None => {
                found.extend(handed_on(&fields, InputFormat::Systemd));
                for nested in script::nested(&fields) {
                    let variables = environment.named_in(nested.text.as_str());
                    let preset = Preset { variables, ..nested.preset.clone() };
                    found.extend(nested.invocations(&preset, InputFormat::Systemd));
                }
            }
        }
    }
    for invocation in &mut found {
        invocation.open = invocation.open.take().or_else(|| unit.open(entry));
        invocation.superseded = unit.superseded();
    }
    let seen = unit.file_system(entry);
    found.iter_mut().for_each(|invocation| invocation.see(&seen));
    if let Some(directory) = unit.working_directory() {
        found.iter_mut().for_each(|invocation| invocation.start_in(directory));
    }
    found.into_iter().map(Document::Invocation).collect()
}

fn invocation(fields: &[Field], entry: &Entry, name: &str, environment: &Environment) -> Option<Invocation> {
    let program = program_of(fields, Certainty::Sure)?;
    let arguments = Arguments::of(fields.get(program.arguments..).unwrap_or_default());
    let shown = if load_path::has_drop_ins(name) { name } else { program.component.name() };
    let mut invocation = arguments.invocation(program.component, shown, entry.key.origin(), InputFormat::Systemd);
    invocation.run_by(fields, &program);
    // One file that is missing says more than each variable that would have been in it.
    if !invocation.unresolved.is_empty() && !environment.missing.is_empty() {
        invocation.unresolved.clone_from(&environment.missing);
    }
    Some(invocation)
}

/// What the variables of an environment file, the last of a name, give to each component.
pub(in crate::source) fn fragments(variables: &[Variable], format: InputFormat) -> Vec<Document> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut assigned: Vec<Assigned> = Vec::new();
    for variable in variables {
        let fields = words::split_value(&variable.value, words::Specifiers::Literal);
        let new = Assigned { name: variable.name.clone(), fields };
        let place = *places.entry(variable.name.as_str()).or_insert(assigned.len());
        match assigned.get_mut(place) {
            Some(old) => *old = new,
            None => assigned.push(new),
        }
    }
    script::fragments(&assigned, format)
}
