//! systemd units: the arguments of `ExecStart=` as the service manager would pass them, drop-ins and environment files
//! included.

mod entry;
mod environment;
mod quadlet;
#[cfg(test)]
mod tests;
mod unit;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::source::arguments::{Arguments, program_of};
use crate::source::environment_file::{self, Variable};
use crate::source::program::Certainty;
use crate::source::script::{self, Assigned, handed_on};
use crate::source::shell::{Field, Note, Preset};
use crate::source::{Document, InputFormat, Invocation, ReadError, Surroundings};
use crate::text::{SourceFile, Text};
use entry::Entry;
use environment::Environment;
pub(in crate::source) use environment::{Around, EnvironmentFiles, ScriptVariables, Undefined, file_name};
use unit::{SHOWN, Unit};

/// The directories that systemd looks for units and drop-ins in; a unit below one of them has drop-ins in the others.
const UNIT_DIRECTORIES: [&str; 5] = [
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/local/lib/systemd/system",
    "/run/systemd/system",
    "/etc/systemd/system",
];

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

/// A drop-in whose unit lies beside its directory, or in another directory of units, is part of that unit, where the unit
/// runs something of ours with it.
pub(in crate::source) fn is_read_with_its_unit(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    let path = file.name();
    if surroundings.is_named() {
        return false;
    }
    if !path.ends_with(".conf") {
        return is_environment_of_a_unit(file, surroundings);
    }
    let directory = path.rsplit(['/', '\\']).nth(1).unwrap_or_default();
    if !SUFFIXES.iter().any(|suffix| directory.ends_with(&format!("{}.d", suffix.trim_start_matches('.')))) {
        return false;
    }
    let elsewhere = if is_of_host(path) { &UNIT_DIRECTORIES[..] } else { &[] };
    let files = EnvironmentFiles::new(surroundings);
    elsewhere.iter().chain(&[".."]).any(|place| {
        let names = surroundings.directory(place).into_iter();
        let mut units = names.filter(|name| drop_in_directories(name).iter().any(|known| known == directory));
        units.any(|name| {
            let unit = surroundings.file(&format!("{place}/{name}"));
            unit.is_some_and(|unit| runs_ours_with(&Text::of(&unit), &Text::of(file), &files))
        })
    })
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
        let unit = unit(&Text::of(text), name, &files);
        let names_it = |path: &str| {
            let found = surroundings.file(path);
            found.is_some_and(|found| found.name() == file.name())
        };
        unit.environment_paths().any(|(_, path)| names_it(&path))
            && !runs(&unit, name, around, Undefined::Empty).is_empty()
    })
}

/// Whether a unit runs something of ours with this drop-in.
fn runs_ours_with(text: &Text, drop_in: &Text, files: &EnvironmentFiles<'_>) -> bool {
    let mut unit = Unit::default();
    unit.add(text);
    unit.add(drop_in);
    let variables = ScriptVariables::default();
    let around = Around { files, here_documents: &[], variables: &variables };
    !runs(&unit, "", around, Undefined::Empty).is_empty()
}

/// The drop-ins of a unit's file.
pub(in crate::source) fn drop_ins_of(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Text> {
    let name = file_name(file.name());
    if !has_drop_ins(name) {
        return Vec::new();
    }
    drop_ins(name, &Text::of(file), &EnvironmentFiles::new(surroundings))
}

/// What the unit runs, after its drop-ins.
pub(in crate::source) fn documents(text: &Text, name: &str, around: Around<'_>, undefined: Undefined) -> Vec<Document> {
    runs(&unit(text, name, around.files), name, around, undefined)
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

fn unit(text: &Text, name: &str, files: &EnvironmentFiles<'_>) -> Unit {
    let mut unit = Unit::named(name);
    unit.add(text);
    if has_drop_ins(name) {
        for drop_in in drop_ins(name, text, files) {
            unit.add(&drop_in);
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
    let unit = unit(text, file_name(text.file().name()), &files);
    let environment = Rc::new(Environment::of(&unit, around, Undefined::Empty));
    let commands = unit.exec_start.iter().flat_map(|entry| words::commands(&entry.value, environment.as_ref()));
    commands.map(|words| Process { words, environment: Rc::clone(&environment) }).collect()
}

/// The units of a host whose names begin so, each from the directory that counts.
pub(in crate::source) fn of_host(begin: &str, surroundings: &dyn Surroundings) -> Vec<Arc<SourceFile>> {
    let mut found: BTreeMap<String, Arc<SourceFile>> = BTreeMap::new();
    for directory in UNIT_DIRECTORIES {
        let names = surroundings.directory(directory).into_iter();
        for name in names.filter(|name| name.starts_with(begin) && name.ends_with(".service")) {
            if let Some(file) = surroundings.file(&format!("{directory}/{name}")) {
                found.insert(name, file);
            }
        }
    }
    found.into_values().collect()
}

/// The ends of units' names that run something: services, and containers of Quadlet (podman-systemd.unit(5)).
const SUFFIXES: [&str; 2] = [".service", ".container"];

fn has_drop_ins(name: &str) -> bool {
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether a file lies where systemd looks for units, on a host or in a copy of one.
fn is_of_host(path: &str) -> bool {
    let own = path.rfind("/systemd/system/").and_then(|place| path.get(..place));
    // A path from inside of the copy begins without a slash: `etc/systemd/system/x.service`.
    own.is_some_and(|own| ["lib", "run", "etc"].contains(&file_name(own)))
}

/// The names of the directories that a unit has drop-ins in (systemd.unit(5)): for all services, for those whose names
/// begin as its own does up to a dash, for its template, and its own. A file of a later one hides one of its name.
fn drop_in_directories(name: &str) -> Vec<String> {
    let split = SUFFIXES.iter().find_map(|suffix| Some((name.strip_suffix(suffix)?, suffix)));
    let Some((stem, suffix)) = split else { return Vec::new() };
    let template = stem.split_once('@').map(|(template, _)| template);
    let prefix = template.unwrap_or(stem);
    let mut directories = vec![format!("{}.d", suffix.trim_start_matches('.'))];
    let dashes = prefix.match_indices('-').map(|(at, _)| at + 1).filter(|end| *end < prefix.len());
    directories.extend(dashes.filter_map(|end| Some(format!("{}{suffix}.d", prefix.get(..end)?))));
    directories.extend(template.map(|template| format!("{template}@{suffix}.d")));
    directories.push(format!("{name}.d"));
    directories
}

/// Drop-ins by their names: one in /etc hides one of the same name in /lib.
fn drop_ins(name: &str, text: &Text, files: &EnvironmentFiles<'_>) -> Vec<Text> {
    let mut directories = Vec::new();
    let of_host = is_of_host(text.file().name());
    for directory in drop_in_directories(name) {
        if of_host {
            directories.extend(UNIT_DIRECTORIES.iter().map(|place| format!("{place}/{directory}")));
        }
        directories.push(directory);
    }
    let mut by_name = BTreeMap::new();
    for directory in directories {
        for file in files.directory(&directory) {
            if file.ends_with(".conf")
                && let Some(source) = files.text(&format!("{directory}/{file}"))
            {
                by_name.insert(file, source);
            }
        }
    }
    by_name.into_values().collect()
}

/// The commands of one `ExecStart=`.
fn invocations(entry: &Entry, unit: &Unit, name: &str, environment: &Environment) -> Vec<Document> {
    let mut found = Vec::new();
    for fields in words::commands(&entry.value, environment) {
        match invocation(&fields, entry, name, environment) {
            Some(invocation) => {
                let notes: Vec<Note> = unit
                    .notes_of(entry)
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
    let shown = if has_drop_ins(name) { name } else { program.component.name() };
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
