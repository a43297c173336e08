//! The environment of a unit's processes: what the unit sets, environment files, and the script that the unit stands in.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::unit::Unit;
use super::words::{Lookup, Variables};
use crate::source::shell::{Assignment, HereDocument, Note, NoteKind};
use crate::source::{Surroundings, environment_file};
use crate::text::{Located, Text};

/// More than the files that one script writes.
const MAXIMUM_HERE_DOCUMENTS: usize = 256;
/// More than the environment files of one unit.
const MAXIMUM_FILES: usize = 64;
/// All files that the units of one text name, together: many units may name one large file.
const MAXIMUM_BYTES: usize = 32 << 20;
/// What variables may put into the commands of one unit.
const MAXIMUM_EXPANSION: usize = 4 << 20;
/// What one more argument takes beside its characters.
const FIELD_COST: usize = 32;
/// Variables that a script inside of a unit is told of.
const MAXIMUM_PRESETS: usize = 256;

/// What stands around a unit: the host, and the here-documents and variables of the script that it is written in.
#[derive(Clone, Copy)]
pub(in crate::source) struct Around<'a> {
    pub(in crate::source) files: &'a EnvironmentFiles<'a>,
    pub(in crate::source) here_documents: &'a [HereDocument],
    pub(in crate::source) variables: &'a ScriptVariables,
}

/// Whether a variable that is set nowhere is empty (a unit on a host) or may have been a shell's (a here-document).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Undefined {
    Empty,
    Opaque,
}

type Values = HashMap<String, Text>;

/// What systemd takes of an environment file, and the lines that it does not.
struct EnvironmentFile {
    values: Rc<Values>,
    ignored: Vec<Note>,
}

impl EnvironmentFile {
    fn of(text: &Text) -> Self {
        let mut ignored = Vec::new();
        let mut values = Values::new();
        for variable in environment_file::parse(text) {
            if variable.exported {
                ignored.push(Note { kind: NoteKind::Export, at: 0, origin: variable.name.origin() });
            } else {
                values.insert(variable.name.as_str().to_owned(), variable.value);
            }
        }
        Self { values: Rc::new(values), ignored }
    }
}

/// The files beside a unit and on its host, each read once.
pub(in crate::source) struct EnvironmentFiles<'a> {
    surroundings: &'a dyn Surroundings,
    parsed: RefCell<HashMap<String, Option<Rc<EnvironmentFile>>>>,
    budget: Cell<usize>,
}

impl<'a> EnvironmentFiles<'a> {
    pub(in crate::source) fn new(surroundings: &'a dyn Surroundings) -> Self {
        Self { surroundings, parsed: RefCell::default(), budget: Cell::new(MAXIMUM_BYTES) }
    }

    pub(super) fn directory(&self, path: &str) -> Vec<String> {
        self.surroundings.directory(path)
    }

    pub(super) fn links(&self, path: &str) -> Vec<(String, String)> {
        self.surroundings.links(path)
    }

    pub(super) fn text(&self, path: &str) -> Option<Text> {
        if self.budget.get() == 0 {
            return None;
        }
        let file = self.surroundings.file(path)?;
        self.pay(file.text().len()).then(|| Text::of(&file))
    }

    fn pay(&self, length: usize) -> bool {
        let rest = self.budget.get().checked_sub(length);
        self.budget.set(rest.unwrap_or_default());
        rest.is_some()
    }

    fn read(&self, path: &str) -> Option<Rc<EnvironmentFile>> {
        if let Some(parsed) = self.parsed.borrow().get(path) {
            return parsed.clone();
        }
        let parsed = self.text(path).map(|text| Rc::new(EnvironmentFile::of(&text)));
        self.parsed.borrow_mut().insert(path.to_owned(), parsed.clone());
        parsed
    }
}

/// The variables of a unit's processes.
pub(super) struct Environment {
    /// The unit's name.
    unit: String,
    /// The later ones count.
    layers: Vec<Rc<Values>>,
    /// How many of them a file may write over that was not found.
    open: usize,
    /// Environment files that were not found.
    pub(super) missing: Vec<Located<String>>,
    /// Lines of the others that systemd ignores.
    pub(super) ignored: Vec<Note>,
    undefined: Undefined,
    budget: Cell<usize>,
}

impl Environment {
    pub(super) fn of(unit: &Unit, around: Around<'_>, undefined: Undefined) -> Self {
        let set = unit.environment_variables().into_iter();
        let own: Values = set.map(|variable| (variable.name.as_str().to_owned(), variable.value)).collect();
        let mut layers = vec![Rc::clone(&around.variables.0), Rc::new(own)];
        let (mut missing, mut ignored) = (Vec::new(), Vec::new());
        let (mut seen, mut open) = (HashSet::new(), 0);
        for (entry, path) in unit.environment_paths().take(MAXIMUM_FILES) {
            if !seen.insert(path.clone()) {
                continue;
            }
            match environment_file(&path, around) {
                Some(file) => {
                    layers.push(Rc::clone(&file.values));
                    ignored.extend(file.ignored.iter().cloned());
                }
                None => {
                    if !around.files.surroundings.is_absent(&path) {
                        open = layers.len();
                    }
                    missing.push(Located::new(
                        format!("EnvironmentFile={path} is not there"),
                        entry.value.trim().origin(),
                    ));
                }
            }
        }
        // Without an environment file the variable may be the service manager's own.
        let all_read = !seen.is_empty() && missing.is_empty();
        let undefined = if all_read { undefined } else { Undefined::Opaque };
        let unit = unit.name.clone();
        Self { unit, layers, open, missing, ignored, undefined, budget: Cell::new(MAXIMUM_EXPANSION) }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Text> {
        self.layers.iter().rev().find_map(|layer| layer.get(name))
    }

    /// Whether a file that was not found may give it another value; what the script around a unit sets is often what it
    /// writes into that.
    fn may_be_other(&self, name: &str) -> bool {
        let last = self.layers.iter().rposition(|layer| layer.contains_key(name));
        last.is_some_and(|last| (1..self.open).contains(&last))
    }

    fn pay(&self, value: &Text) -> bool {
        // Counting the arguments that it becomes has to be paid for, too.
        let rest = self.budget.get().checked_sub(value.len());
        let blanks = |_: &usize| value.as_str().bytes().filter(|byte| *byte == b' ').count();
        let rest = rest.and_then(|rest| rest.checked_sub(blanks(&rest) * FIELD_COST));
        self.budget.set(rest.unwrap_or_default());
        rest.is_some()
    }

    /// The variables that a script may use.
    pub(super) fn named_in(&self, script: &str) -> Vec<(String, Option<Text>)> {
        let names: HashSet<&str> = script
            .split('$')
            .skip(1)
            .map(|rest| rest.trim_start_matches('{'))
            .map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default())
            .take(MAXIMUM_PRESETS)
            .collect();
        let value = |name: &str| self.value(name).map(|value| Some(value.clone()).filter(|_| !self.may_be_other(name)));
        names.into_iter().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
    }
}

impl Variables for Environment {
    fn unit(&self) -> &str {
        &self.unit
    }

    fn lookup(&self, name: &str) -> Lookup<'_> {
        match (self.value(name), self.undefined) {
            (Some(value), _) => {
                if !self.may_be_other(name) && self.pay(value) {
                    Lookup::Value(value)
                } else {
                    Lookup::Unknown
                }
            }
            (None, Undefined::Empty) => Lookup::Empty,
            (None, Undefined::Opaque) => Lookup::Unknown,
        }
    }
}

/// What the script around a unit sets: it often writes the same values into the file that the unit reads, with `sed` for
/// example.
#[derive(Default)]
pub(in crate::source) struct ScriptVariables(Rc<Values>);

impl ScriptVariables {
    pub(in crate::source) fn of(variables: &[Assignment]) -> Self {
        let mut values = Values::new();
        // What nobody knows is better called by its name.
        let known =
            |variable: &&Assignment| !(variable.may_be_other || variable.fields.iter().all(|field| field.unknown));
        for variable in variables.iter().filter(known) {
            let mut value = variable.name.slice(0..0);
            for (index, field) in variable.fields.iter().enumerate() {
                if index > 0 {
                    value.append(&Text::synthetic(" ", &field.text.slice(0..0).origin()));
                }
                value.append(&field.text);
            }
            values.insert(variable.name.as_str().to_owned(), value);
        }
        Self(Rc::new(values))
    }
}

fn environment_file(path: &str, around: Around<'_>) -> Option<Rc<EnvironmentFile>> {
    let base = file_name(path);
    let written = around.here_documents.iter().rev().take(MAXIMUM_HERE_DOCUMENTS);
    let same = |document: &&HereDocument| document.target.as_deref() == Some(path);
    // A script often writes `kube-apiserver.conf` here and copies it to its place later.
    let same_name = |document: &&HereDocument| document.target.as_deref().map(file_name) == Some(base);
    match written.clone().find(same).or_else(|| written.clone().find(same_name)) {
        Some(document) => around.files.pay(document.body.len()).then(|| Rc::new(EnvironmentFile::of(&document.body))),
        None => around.files.read(path),
    }
}

pub(in crate::source) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}
