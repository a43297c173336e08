//! The lines of a unit file: sections, keys and values over several lines (systemd's `src/shared/conf-parser.c`).

use std::collections::HashSet;

use crate::source::environment_file::Variable;
use crate::source::expression::{Kind, expression};
use crate::source::file_system::FileSystem;
use crate::source::shell::{Note, NoteKind};
use crate::text::{Located, Origin, Text};

use super::entry::Entry;
use super::{quadlet, specifiers, words};

/// Settings that show processes another file system (systemd.exec(5)).
const SANDBOX: [&str; 11] = [
    "RootDirectory",
    "RootImage",
    "BindPaths",
    "BindReadOnlyPaths",
    "TemporaryFileSystem",
    "InaccessiblePaths",
    "MountImages",
    "ExtensionImages",
    "ExtensionDirectories",
    "PrivateTmp",
    "ProtectHome",
];

/// What matters to us of a unit and its drop-ins.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// `k3s.service`; empty where nothing tells.
    pub(super) name: String,
    pub(super) exec_start: Vec<Entry>,
    environment_files: Vec<Entry>,
    working_directory: Vec<Entry>,
    environment: Vec<Entry>,
    /// What changes the file system that its processes see.
    sandbox: Vec<Entry>,
    /// The values that an empty one has taken back.
    superseded: Vec<Origin>,
    /// What Quadlet makes a command of.
    pub(super) container: Vec<Entry>,
    /// A drop-in that was not to be read.
    unread: Option<String>,
    /// A line that looks like an argument of `ExecStart=` and is none.
    pub(super) stray: Option<Located<String>>,
}

impl Unit {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The paths of the environment files, with what specifiers make of the unit's name (systemd.unit(5), SPECIFIERS).
    pub(super) fn environment_paths(&self) -> impl Iterator<Item = (&Entry, String)> {
        self.environment_files.iter().map(move |entry| {
            // `systemctl show` puts the option behind the path.
            let path = entry.value.as_str().trim().split(" (ignore_errors=").next().unwrap_or_default();
            let path = path.trim_start_matches('-').trim_matches(['"', '\'']);
            (entry, specifiers::expanded(path, &self.name))
        })
    }

    /// A drop-in of it is not known.
    pub(super) fn lacks(&mut self, drop_in: &str) {
        self.unread.get_or_insert_with(|| drop_in.to_owned());
    }

    /// Why each of a command's arguments may be another one.
    pub(super) fn open(&self, command: &Entry) -> Option<Located<String>> {
        let drop_in = self.unread.as_ref()?;
        let why = format!("the drop-in {drop_in} cannot be read, and it may change this command");
        Some(Located::new(why, command.key.origin()))
    }

    /// Adds the lines of a file. An empty value forgets what was set before.
    pub(super) fn add(&mut self, text: &Text) {
        let mut lines = Lines { section: None, open: None, unit: self };
        let all: Vec<Text> = text.lines().collect();
        for (index, line) in all.iter().enumerate() {
            lines.line(line, all.get(index + 1));
        }
        lines.close();
    }

    fn entry(&mut self, entry: Entry) {
        let entry = shown(entry);
        let list = match entry.key.as_str() {
            "ExecStart" => &mut self.exec_start,
            "EnvironmentFile" | "EnvironmentFiles" => &mut self.environment_files,
            "Environment" => &mut self.environment,
            "WorkingDirectory" => &mut self.working_directory,
            name if SANDBOX.contains(&name) => &mut self.sandbox,
            name if quadlet::is_key(name) => &mut self.container,
            _ => return,
        };
        if !entry.value.trim().is_empty() {
            return list.push(entry);
        }
        let is_forgotten = |earlier: &mut Entry| earlier.key.as_str() == entry.key.as_str();
        self.superseded.extend(list.extract_if(.., is_forgotten).map(|earlier| earlier.value.origin()));
    }

    /// The variables of `Environment=`.
    pub(super) fn environment_variables(&self) -> Vec<Variable> {
        self.environment
            .iter()
            .flat_map(|entry| words::split_value(&entry.value, words::Specifiers::Of(&self.name)))
            .filter_map(|field| field.text.split_once('='))
            .map(|(name, value)| Variable { name, value, exported: false })
            .collect()
    }

    /// What counts for nothing: values that were taken back, and variables that are set again.
    pub(super) fn superseded(&self) -> Vec<Origin> {
        let mut variables = self.environment_variables();
        let mut later = HashSet::new();
        // From the last to the first.
        variables.reverse();
        variables.retain(|variable| !later.insert(variable.name.as_str().to_owned()));
        self.superseded.iter().cloned().chain(variables.iter().map(|variable| variable.value.origin())).collect()
    }

    /// The directory that the process starts in. A `-` before it means that it may be absent, `~` is the user's own.
    pub(super) fn working_directory(&self) -> Option<&str> {
        let value = self.working_directory.last()?.value.as_str().trim();
        let directory = value.strip_prefix('-').unwrap_or(value);
        (directory.starts_with('/') && !directory.contains('%')).then_some(directory)
    }

    /// What the processes of a command see of the host. With `+` before it, none of the namespaces are made, but the root
    /// directory is changed (systemd.service(5), "Command lines").
    pub(super) fn file_system(&self, command: &Entry) -> FileSystem {
        let prefix = command.value.as_str().trim_start().split('/').next().unwrap_or_default();
        let privileged = prefix.contains('+') && prefix.chars().all(|character| "@-:+!|".contains(character));
        let mut seen = FileSystem::default();
        for entry in &self.sandbox {
            let key = entry.key.as_str();
            if !privileged || key == "RootDirectory" {
                seen.set(key, entry.value.trim().as_str());
            }
        }
        seen
    }
}

struct Lines<'u> {
    section: Option<String>,
    /// The entry whose last line ended with a backslash.
    open: Option<Entry>,
    unit: &'u mut Unit,
}

impl Lines<'_> {
    fn line(&mut self, line: &Text, next: Option<&Text>) {
        let trimmed = line.as_str().trim_start_matches([' ', '\t', '\u{feff}']);
        if trimmed.starts_with(['#', ';']) && expression(trimmed).is_none() {
            return;
        }
        if let Some(found) = expression(trimmed)
            && found.kind == Kind::Control
            && trimmed.get(found.length..).is_some_and(|rest| rest.trim().is_empty() || rest.trim() == "\\")
        {
            if let Some(open) = &mut self.open {
                let start = line.len() - trimmed.len();
                let origin = line.origin_of(start..start + found.length);
                open.notes.push(Note { kind: NoteKind::TemplateControl, at: start, origin });
            }
            return;
        }
        let (content, continues, note) = continuation(line, next);
        if let Some(open) = &mut self.open {
            open.value.append(&content);
            open.notes.extend(note);
        } else if let Some(entry) = self.start(&content) {
            self.open = Some(Entry { notes: note.into_iter().collect(), ..entry });
        }
        match &mut self.open {
            Some(open) if continues => {
                let end = open.value.len();
                let place = open.value.origin_of(end..end);
                open.value.append(&Text::synthetic(" ", &place));
            }
            _ => self.close(),
        }
    }

    /// A line that does not go on from the one before.
    fn start(&mut self, line: &Text) -> Option<Entry> {
        let trimmed = line.trim();
        if let Some(name) = trimmed.as_str().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.section = Some(name.to_owned());
            return None;
        }
        if trimmed.as_str().starts_with("--") && !self.unit.exec_start.is_empty() {
            let message = "ExecStart= has ended above, so systemd does not pass this flag: the line before it does not \
                           end with a backslash, or a blank stands behind that";
            // The first says it for all.
            self.unit.stray.get_or_insert(Located::new(message.to_owned(), trimmed.origin()));
            return None;
        }
        let (key, value) = trimmed.split_once('=')?;
        // `[Service]` may be left out of an excerpt.
        let service = self.section.as_deref().is_none_or(|section| section == "Service" || section == "Manager");
        let container = self.section.as_deref() == Some("Container") && quadlet::is_key(key.as_str().trim());
        (service || container).then(|| Entry { key: key.trim(), value, notes: Vec::new() })
    }

    fn close(&mut self) {
        if let Some(entry) = self.open.take() {
            self.unit.entry(entry);
        }
    }
}

/// How `systemctl show` begins the value of `ExecStart=`.
pub(super) const SHOWN: &str = "{ path=";

/// The argument vector of `{ path=/usr/bin/x ; argv[]=/usr/bin/x --a=b ; ignore_errors=no ; … }`.
fn shown(entry: Entry) -> Entry {
    const ARGUMENTS: &str = "argv[]=";
    let value = entry.value.as_str();
    if !value.trim_start().starts_with(SHOWN) {
        return entry;
    }
    let Some(start) = value.find(ARGUMENTS).map(|at| at + ARGUMENTS.len()) else { return entry };
    let end = value.rfind(" ; ignore_errors=").filter(|end| *end >= start).unwrap_or(value.len());
    Entry { value: entry.value.slice(start..end), ..entry }
}

/// A line without its final backslash, whether it has one, and what is wrong with it.
fn continuation(line: &Text, next: Option<&Text>) -> (Text, bool, Option<Note>) {
    let string = line.as_str();
    let content = string.trim_end_matches([' ', '\t', '\u{a0}']);
    let backslashes = content.len() - content.trim_end_matches('\\').len();
    let at = content.len() - backslashes;
    let note = |kind| Some(Note { kind, at, origin: line.origin_of(at..string.len()) });
    if backslashes % 2 == 1 {
        if content.len() < string.len() {
            // systemd looks at the very last character of the line, and passes the backslash on as an argument.
            return (line.slice(0..content.len()), false, note(NoteKind::BlankAfterBackslash));
        }
        return (line.slice(0..content.len() - 1), true, None);
    }
    // Cut out of a script that writes it through a here-document.
    let goes_on = next.is_some_and(|next| next.as_str().trim_start_matches([' ', '\t']).starts_with('-'));
    if backslashes == 2 && goes_on {
        return (line.slice(0..content.len() - 2), true, note(NoteKind::DoubledBackslash));
    }
    (line.clone(), false, None)
}
