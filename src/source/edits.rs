//! What a script does to the file of a server after it was written: `sed -i` on its manifest or unit, or a line behind it.

mod ansible;
mod command;
mod place;
mod readers;
mod touched;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::ops::Range;
use std::sync::Arc;

use super::detect::begins_as_a_tree;
use super::formats::command::{is_document, is_source_code};
use super::makefile;
use super::program::base_name;
use super::shell::{self, Preset, Script};
use super::{Argument, Document, Invocation};
use crate::kubernetes::Component;
use crate::text::{Located, Origin, SourceFile, Text, matches_wildcards};
use command::{Changed, Word};
use place::{Agreement, Path};

/// Scripts in strings in scripts: deeper than people write.
const MAXIMUM_DEPTH: usize = 6;

/// More of one file are not compared with each of its servers.
const MOST_EDITS: usize = 1000;

/// How many bytes of here-documents are compared with each server, unless the script is longer: a pipeline may hand one on and on.
const MOST_HELD: usize = 1 << 20;

const TOO_MANY: &str = "more files are changed afterwards than are followed here";

/// Values of loops that are put into the name of one file.
const MOST_VALUES: usize = 64;

/// One file that a script changes, in a way that is not followed here.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    what: String,
    origin: Origin,
    /// As far as the script tells it.
    path: Path,
    file: Edited,
    changed: Changed,
    /// What the same script writes to that file.
    bodies: Arc<[Range<usize>]>,
}

/// Which file that is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Edited {
    /// By the last part of its path.
    Named(String),
    /// What a pattern matches, by the last part of its path: `*.yaml`.
    Matched(String),
    /// Any of the kubelet's: `manifests/*.yaml`.
    AnyManifest,
    /// Only the script knows when it runs.
    Unknown,
    /// More than is followed.
    Any,
}

/// The files that a script, a makefile or a list of Ansible's tasks changes.
pub(crate) fn of_script(file: &Arc<SourceFile>) -> Vec<Edit> {
    if file.text().starts_with("#!") || is_called_a_script(file.name()) {
        return of(file);
    }
    let mut found = Vec::new();
    if ansible::may_be_tasks(file.text()) {
        ansible::collect_tasks(&Text::of(file), &mut found);
    } else if names_what_servers_have(file.text()) && !is_document(file.text()) && !is_source_code(file.text()) {
        // A cloud-config, a workflow or a Dockerfile has commands among other things.
        of_lines(&Text::of(file), &mut found);
        found.retain(Edit::is_told_by_its_path);
    }
    settled(found, file)
}

/// What the beginning of a file has to be for [`of_script`] to be asked; `None`: by its name it is nothing of that kind.
pub(crate) fn test_of_script(path: &std::path::Path) -> Option<fn(&str) -> bool> {
    if path.to_str().is_some_and(is_called_a_script) {
        return Some(|_| true);
    }
    match path.extension().map(OsStr::as_encoded_bytes) {
        None => Some(|text| text.starts_with("#!") || names_what_servers_have(text)),
        Some(b"yml" | b"yaml") => Some(|text| ansible::may_be_tasks(text) || names_what_servers_have(text)),
        Some(b"tf" | b"hcl" | b"bu" | b"cfg") => Some(names_what_servers_have),
        Some(_) => None,
    }
}

/// Whether a text that is no script may change the file of a server: a path of a manifest, or of certificates.
fn names_what_servers_have(text: &str) -> bool {
    text.contains("manifests/kube-") || text.contains("/pki/")
}

/// By the name alone.
fn is_called_a_script(name: &str) -> bool {
    [".sh", ".bash"].iter().any(|end| name.ends_with(end)) || makefile::is_makefile(name)
}

/// Leaves open the servers of a text in which such a command stands: what it makes of the file is not known here.
pub(super) fn leave_open(file: &Arc<SourceFile>, documents: &mut [Document]) {
    if !documents.iter().any(|document| matches!(document, Document::Invocation(_))) {
        return;
    }
    for edit in of(file) {
        for document in documents.iter_mut() {
            if let Document::Invocation(server) = document {
                edit.leave_open(server);
            }
        }
    }
}

fn of(file: &Arc<SourceFile>) -> Vec<Edit> {
    let mut found = Vec::new();
    if may_change(file.text()) {
        let text = Text::of(file);
        let texts = makefile::texts(&text).unwrap_or_else(|| vec![text]);
        texts.iter().for_each(|text| collect(text, 0, &mut found));
    }
    settled(found, file)
}

fn settled(mut found: Vec<Edit>, file: &Arc<SourceFile>) -> Vec<Edit> {
    let mut copies = HashSet::new();
    found.retain(|edit| !edit.is_certainly_of_none() && !edit.is_put_back(&mut copies));
    let is_anything = |edit: &Edit| edit.file == Edited::Unknown && edit.changed.is_anything;
    if found.iter().any(is_anything) && !command::names_a_flag(file.text()) {
        found.retain(|edit| !is_anything(edit));
    }
    if found.len() > MOST_EDITS {
        found.truncate(MOST_EDITS);
        found.push(Edit::of_any(TOO_MANY, Origin::start_of(file)));
    }
    found
}

impl Edit {
    /// Leaves a server open where the file may be its own. The script lies beside it.
    pub(crate) fn leave_open(&self, server: &mut Invocation) {
        self.leave_open_if(server, Self::may_be_of);
    }

    /// The same of a script that lies elsewhere: the path that it names is the server's.
    pub(crate) fn leave_open_elsewhere(&self, server: &mut Invocation) {
        self.leave_open_if(server, Self::names_a_file_of);
    }

    /// Whether it is where nodes have a manifest, or replaces a file in a directory that is told.
    fn is_told_by_its_path(&self) -> bool {
        let Edited::Named(name) = &self.file else { return false };
        let is_manifest = self.path.is_of_a_node() && component_of(name).is_some();
        is_manifest || self.changed.is_copy && !self.path.is_a_name()
    }

    /// Whether it changes the manifest or unit of a component where nodes have it, and that of the server, which is called
    /// otherwise, lies in such a directory.
    pub(crate) fn leave_open_by_component(&self, server: &mut Invocation) {
        self.leave_open_if(server, |edit, server| {
            let file = server.origin.file().name();
            let is_named = edit.component() == Some(server.component) && edit.path.is_of_a_node();
            let is_edit = !edit.changed.is_copy && !edit.changed.is_loose;
            is_named && is_edit && component_of(base_name(file)).is_none() && Path::of(file).is_of_a_node()
        });
    }

    /// That after which the file is called.
    pub(crate) fn component(&self) -> Option<Component> {
        let Edited::Named(name) = &self.file else { return None };
        component_of(name)
    }

    /// Whether no server has such a file: more of them than are followed leave nothing open.
    fn is_certainly_of_none(&self) -> bool {
        const ENDINGS: [&str; 9] = [".log", ".h", ".c", ".o", ".md", ".html", ".pid", ".lock", ".out"];
        matches!(&self.file, Edited::Named(name) if ENDINGS.iter().any(|ending| name.ends_with(ending)))
    }

    /// Whether a copy comes back to where the script has it from.
    fn is_put_back(&self, copies: &mut HashSet<(Path, Path)>) -> bool {
        let Some(source) = self.changed.source().map(Path::of) else { return false };
        let is_back = copies.contains(&(self.path.clone(), source.clone()));
        copies.insert((source, self.path.clone()));
        is_back
    }

    /// The script.
    pub(crate) fn script(&self) -> &str {
        self.origin.file().name()
    }

    /// Whether a file is the script, which is read once for its servers and once for those of other files.
    fn is_of(&self, file: &SourceFile) -> bool {
        file.name() == self.script()
    }

    /// It, and others that are not followed.
    pub(crate) fn and_more(self) -> Self {
        Self::of_any(TOO_MANY, self.origin)
    }

    fn leave_open_if(&self, server: &mut Invocation, is_meant: impl Fn(&Self, &Invocation) -> bool) {
        if server.open.is_some() {
            return;
        }
        // What is read from the very line is what is added.
        let is_own = |argument: &Argument| {
            let place = argument.text.origin();
            self.is_of(place.file()) && self.origin.range().contains(&place.range().start)
        };
        if is_meant(self, server) && !server.arguments.iter().any(is_own) {
            server.open = Some(Located::new(self.what.clone(), self.origin.clone()));
        }
    }

    fn may_be_of(&self, server: &Invocation) -> bool {
        if self.changed.is_loose {
            return self.names_a_file_of(server);
        }
        let place = &server.origin;
        let is_same = self.is_of(place.file());
        if is_same && self.bodies.iter().any(|body| body.contains(&place.range().start)) {
            return true;
        }
        let own = base_name(place.file().name());
        if self.changed.is_copy {
            return self.replaces(server);
        }
        match &self.file {
            Edited::Named(name) if !is_same && name == own => true,
            Edited::Named(name) => {
                component_of(name) == Some(server.component) && component_of(own).is_none() || self.is_of_flags(server)
            }
            Edited::Matched(pattern) if !is_same && matches(pattern, own) => true,
            Edited::AnyManifest | Edited::Any => true,
            Edited::Matched(_) | Edited::Unknown => self.changed.concerns(server),
        }
    }

    /// By its path alone, and no file that was merely called the same.
    fn names_a_file_of(&self, server: &Invocation) -> bool {
        if self.file == Edited::Any {
            return true;
        }
        if self.changed.is_loose && self.is_of(server.origin.file()) {
            return false;
        }
        if self.changed.is_copy {
            return self.replaces(server);
        }
        self.is_of_flags(server) || self.adds_to(server) || files_of(server).any(|file| self.is_at(file, server))
    }

    /// Whether it makes a drop-in of the server's unit that is not here.
    fn adds_to(&self, server: &Invocation) -> bool {
        let unit = base_name(server.origin.file().name());
        let is_new = || !files_of(server).any(|file| self.path.agreement(file) == Agreement::Directory);
        matches!(&self.file, Edited::Named(name) if name.ends_with(".conf")) && self.path.is_in(unit, ".d") && is_new()
    }

    fn is_at(&self, file: &str, server: &Invocation) -> bool {
        let is_told = || {
            let is_named = matches!(self.file, Edited::Named(_)) || self.changed.concerns(server);
            is_named || self.path.is_of_a_node() && place::values(server).any(|value| self.changed.has_part_of(value))
        };
        let is_called = || component_of(base_name(file)) == Some(server.component);
        match self.path.agreement(file) {
            Agreement::None => false,
            Agreement::Directory => is_told(),
            Agreement::Name if self.path.is_of_a_node() => is_called() && is_told(),
            Agreement::Name => self.path.is_a_name() && (is_called() && is_told() || self.changed.is_of_flags),
        }
    }

    fn is_of_flags(&self, server: &Invocation) -> bool {
        let is_same = self.is_of(server.origin.file());
        place::is_of_flags(&self.path, &self.changed, is_same, server)
    }

    /// Whether a copy of something else comes to lie where the server has its manifest, or a file that a flag names. What
    /// keeps its name and comes from nowhere that is told is the same: it is put there.
    fn replaces(&self, server: &Invocation) -> bool {
        let source = self.changed.source().map(Path::of).unwrap_or_default();
        let is_another = |file: &str| {
            let is_elsewhere = || !source.is_a_name() && source.agreement(file) != Agreement::Directory;
            !self.changed.names(base_name(file)) || is_elsewhere()
        };
        let is_told =
            |file: &str| matches!(&self.file, Edited::Named(name) if name == base_name(file) && is_another(file));
        files_of(server).any(|file| is_told(file) && self.is_at(file, server))
            || self.is_of_flags(server)
            || self.adds_to(server)
    }

    /// What an edit of a file with this name is, if it may be a server's.
    fn of_path(path: &str, editor: &str, changed: &Changed, origin: &Origin) -> Self {
        let own = changed.source().filter(|_| changed.is_directory).map(base_name);
        let path = &own.map_or_else(|| path.to_owned(), |name| format!("{}/{name}", path.trim_end_matches('/')));
        let what = match editor {
            "" => format!("lines are put behind {path} afterwards, which are not read as its part here"),
            editor if changed.is_copy => {
                format!("{editor} puts another file in the place of {path}, which is not done here")
            }
            editor if changed.is_loose => format!("{editor} may change {path} afterwards, which is not done here"),
            editor => format!("{editor} changes {path} afterwards, which is not done here"),
        };
        let file = Edited::of_path(path);
        Self {
            what,
            origin: origin.clone(),
            path: Path::of(path),
            file,
            changed: changed.clone(),
            bodies: Arc::default(),
        }
    }

    fn of_any(what: &str, origin: Origin) -> Self {
        let (path, changed) = (Path::default(), Changed::default());
        Self { what: what.to_owned(), origin, path, file: Edited::Any, changed, bodies: Arc::default() }
    }
}

/// The files of a server: its manifest or unit, and those of drop-ins and of variables.
fn files_of(server: &Invocation) -> impl Iterator<Item = &str> {
    let arguments = server.arguments.iter().map(|argument| argument.text.file());
    let mut last: Option<&Arc<SourceFile>> = None;
    let files = std::iter::once(server.origin.file()).chain(arguments);
    let files = files.filter(move |file| !last.replace(file).is_some_and(|last| Arc::ptr_eq(last, file)));
    files.map(|file| file.name())
}

impl Edited {
    fn of_path(path: &str) -> Self {
        let name = base_name(path);
        let is_open = |name: &str| name.contains(['$', '`', '*', '?', '{', '<']);
        match path.split('/').any(|part| part == "manifests") {
            _ if !is_open(name) => Self::Named(name.to_owned()),
            true => Self::AnyManifest,
            _ if path == command::SOME_FILE => Self::Matched("*".to_owned()),
            _ if !path.contains(['$', '`', '{', '<']) => Self::Matched(name.to_owned()),
            false => Self::Unknown,
        }
    }
}

/// Whether a name is one of a pattern's; `[` and `{` and what follows are taken for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once(['[', '{']) {
        Some((before, _)) => matches_wildcards(&format!("{before}?*"), name),
        None => matches_wildcards(pattern, name),
    }
}

/// Of a file that is called after one: `kube-apiserver.yaml`.
pub(crate) fn component_of(name: &str) -> Option<Component> {
    const ENDINGS: [&str; 6] = ["yaml", "yml", "json", "service", "conf", "env"];
    let (name, ending) = name.rsplit_once('.')?;
    Component::ALL.into_iter().find(|component| name == component.name() && ENDINGS.contains(&ending))
}

fn may_change(text: &str) -> bool {
    command::may_edit(text) || touched::may_touch(text)
}

/// A script is read as a shell does it; of other texts, which may quote one, each line is.
fn collect(text: &Text, depth: usize, found: &mut Vec<Edit>) {
    let string = text.as_str();
    if depth > MAXIMUM_DEPTH || !may_change(string) {
        return;
    }
    let is_script = string.starts_with("#!") || !is_document(string) && !begins_as_a_tree(string);
    if !is_script || is_source_code(string) {
        return of_lines(text, found);
    }
    let script = shell::read_with(text, &Preset::default());
    let written = by_name(&script);
    let before = found.len();
    let mut held = 0;
    for command in script.commands.iter().chain(&script.compound) {
        if found.len() > MOST_EDITS || held > MOST_HELD.max(2 * string.len()) {
            let origin = text.origin_of(command.range.clone());
            found.push(Edit::of_any("more is changed afterwards than is followed here", origin));
            return;
        }
        let words: Vec<Word<'_>> = command.fields.iter().map(Word::of).collect();
        let origin = text.origin_of(command.range.clone());
        let body = body_of(&script, command);
        held += body.len();
        let mut edits = command::edits(&words, &command.redirections, &body);
        if edits.is_empty() {
            edits = touched::touched(&words);
        }
        let is_edit = !edits.is_empty();
        for (path, editor, changed) in edits {
            let paths = with_values(&script, path.text);
            // What the script has written itself was read there.
            let is_read = changed.source().is_some_and(|source| is_written(&script, source));
            let paths = paths.iter().filter(|_| !is_read);
            found.extend(paths.map(|path| Edit::of_path(path, editor, &changed, &origin)));
        }
        if !is_edit {
            // What is printed is text for people, unless something gets it.
            let is_text = readers::prints(words.iter().map(|word| word.text)) && !is_handed_on(string, command);
            let fields = command.fields.iter().filter(|field| !is_text || has_command(field.text.as_str()));
            fields.for_each(|field| collect_nested(&field.text, depth, found));
        }
    }
    script.assignments.iter().flat_map(|one| &one.fields).for_each(|field| collect_nested(&field.text, depth, found));
    add_bodies(found.get_mut(before..).unwrap_or_default(), &written);
    let printed = printed(&script, string);
    let documents = script.here_documents.iter().enumerate().filter(|(at, _)| !printed.contains(at));
    documents.for_each(|(_, document)| collect(&document.body, depth + 1, found));
    script.kept.iter().for_each(|kept| collect(kept, depth + 1, found));
}

/// What the script itself writes to the files that it changes.
fn add_bodies(found: &mut [Edit], written: &HashMap<&str, Arc<[Range<usize>]>>) {
    for edit in found {
        match &edit.file {
            Edited::Named(name) => edit.bodies = written.get(name.as_str()).cloned().unwrap_or_default(),
            Edited::Matched(pattern) => {
                let matched = written.iter().filter(|(name, _)| matches(pattern, name));
                edit.bodies = matched.flat_map(|(_, bodies)| bodies.iter().cloned()).collect();
            }
            _ => {}
        }
    }
}

/// Whether a file gets what a command prints, or another command.
fn is_handed_on(script: &str, command: &shell::Command) -> bool {
    let behind = script.get(command.range.end..).unwrap_or_default().trim_start_matches([' ', '\t']);
    !command.redirections.is_empty() || behind.starts_with('|') && !behind.starts_with("||")
}

/// The here-documents that are shown to people.
fn printed(script: &Script, string: &str) -> HashSet<usize> {
    let shows = |command: &&shell::Command| {
        let words: Vec<Word<'_>> = command.fields.iter().map(Word::of).collect();
        readers::prints(words.iter().map(|word| word.text)) && !is_handed_on(string, command)
    };
    let of_commands = script.commands.iter().filter(|command| !command.here_documents.is_empty()).filter(shows);
    let found = of_commands.flat_map(|command| command.here_documents.clone());
    found.filter(|at| script.here_documents.get(*at).is_some_and(|document| document.target.is_none())).collect()
}

/// Whether a here-document of the script writes a file that is read as a server's there.
fn is_written(script: &Script, source: &str) -> bool {
    let is_server = |body: &str| Component::ALL.iter().any(|component| body.contains(component.name()));
    let is_same = |target: &str| target.trim_start_matches("./") == source.trim_start_matches("./");
    let mut documents = script.here_documents.iter();
    documents.any(|one| one.target.as_deref().is_some_and(is_same) && is_server(one.body.as_str()))
}

fn has_command(word: &str) -> bool {
    word.contains("$(") || word.contains('`')
}

/// A word that is a command: `bash -c 'sed -i ...'`, or has one in it: `$(sed -i ...)`.
fn collect_nested(word: &Text, depth: usize, found: &mut Vec<Edit>) {
    let string = word.as_str();
    if !string.contains([' ', '\n']) {
        return;
    }
    let inside = [("$(", ")"), ("`", "`")].into_iter().find_map(|(begin, end)| {
        let start = string.find(begin)? + begin.len();
        let end = string.rfind(end).filter(|end| *end > start)?;
        Some(word.slice(start..end))
    });
    match inside {
        Some(inside) => collect(&inside, depth + 1, found),
        None => collect(word, depth + 1, found),
    }
}

/// The here-documents of a script by the names of the files that get them.
fn by_name(script: &Script) -> HashMap<&str, Arc<[Range<usize>]>> {
    let mut found: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
    for document in &script.here_documents {
        if let Some(target) = &document.target {
            found.entry(base_name(target)).or_default().push(document.body.origin().range());
        }
    }
    found.into_iter().map(|(name, bodies)| (name, bodies.into())).collect()
}

/// What the pipeline of a command gets.
fn body_of(script: &Script, command: &shell::Command) -> String {
    let own = script.here_documents.get(command.here_documents.clone()).unwrap_or_default();
    own.iter().map(|document| document.body.as_str()).collect()
}

/// A path with each of the values that a loop gives to the variable in it.
fn with_values(script: &Script, path: &str) -> Vec<String> {
    let Some(at) = path.find('$') else { return vec![path.to_owned()] };
    let rest = path.get(at..).unwrap_or_default();
    let of_name = |name: &str| {
        let written = [format!("${{{name}}}"), format!("${name}")].into_iter().find(|one| rest.starts_with(one))?;
        let behind = rest.get(written.len()..)?;
        let goes_on = !written.ends_with('}') && behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        (!goes_on).then_some(behind)
    };
    let found = script.loops.iter().find_map(|one| Some((one, of_name(&one.name)?)));
    match found {
        Some((one, behind)) if !one.values.is_empty() && one.values.len() <= MOST_VALUES => {
            let before = path.get(..at).unwrap_or_default();
            one.values.iter().map(|value| format!("{before}{value}{behind}")).collect()
        }
        _ => vec![path.to_owned()],
    }
}

fn of_lines(text: &Text, found: &mut Vec<Edit>) {
    for (start, line) in logical_lines(text.as_str()).filter(|(_, line)| command::may_edit(line)) {
        if ["#", "//", "/*"].iter().any(|comment| line.trim_start().starts_with(comment)) {
            continue;
        }
        let words: Vec<Word<'_>> = line.split_whitespace().flat_map(of_line).collect();
        let lead = line.len() - line.trim_start().len();
        let origin = text.origin_of(start + lead..start + line.trim_end().len());
        let body = if line.contains("<<") { "a here-document" } else { "" };
        let mut edits = command::edits(&words, &[], body);
        if edits.is_empty() {
            // An expression of yq's may have a `|` of its own, so the whole line comes first.
            let parts = words.split(|word| matches!(word.text, "|" | "||" | "&&" | "" | "&" | ";"));
            edits = parts.flat_map(|part| command::edits(part, &[], body)).collect();
        }
        found.extend(
            edits.into_iter().map(|(path, editor, changed)| Edit::of_path(path.text, editor, &changed, &origin)),
        );
    }
}

/// A word, and the `;` behind it.
fn of_line(word: &str) -> impl Iterator<Item = Word<'_>> {
    let ends = word.len() > 1 && word.ends_with(';');
    std::iter::once(word).chain(ends.then_some("; ")).map(Word::of_line)
}

/// Lines with those that a backslash continues, and where each begins.
fn logical_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if !line.trim_end().ends_with('\\') {
                break;
            }
        }
        at += end;
        Some((start, rest.get(..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{NoSurroundings, read};

    #[test]
    fn what_a_script_changes_in_a_manifest_afterwards_is_open() {
        let is_open = |command: &str| {
            let script = format!(
                "#!/bin/bash\ncat > /m/kube-apiserver.yaml <<EOF\nkind: Pod\nspec:\n  containers:\n  - command:\n    - \
                 kube-apiserver\n    - --client-ca-file=/m/a\nEOF\n{command}\n"
            );
            let found = read(&SourceFile::new("x.sh", script), None, &NoSurroundings).unwrap();
            let Some(Document::Invocation(server)) = found.first() else { panic!("{found:?}") };
            server.open.as_ref().map(|why| why.origin.start().0)
        };
        for command in [
            "sed -i 's#/a#/b#' /m/kube-apiserver.yaml",
            "sudo /bin/sed -E -i.bak 's#/a#/b#' \"$DIR/kube-apiserver.yaml\"",
            "sed --in-place=.bak \\\n  -e 's#/a#/b#' /m/kube-apiserver.yaml",
            "yq -i '.spec' /m/kube-apiserver.yaml;",
            "cat more >> /m/kube-apiserver.yaml",
            "cat more | tee -a /m/kube-apiserver.yaml",
            "sed 's#/a#/b#' more >> /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' more; cat more >> /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/manifests/*.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/manifests/*",
            "perl -pe 's#/a#/b#' more | sudo tee -a /m/kube-apiserver.yaml",
            "sed 's#/a#/b#' more > /m/kube-apiserver.yaml",
            "for f in kube-apiserver kube-scheduler; do sed -i 's#/a#/b#' /m/$f.yaml; done",
            "for f in $(ls); do sed -i 's#--client-ca-file=.*#--client-ca-file=/b#' $f; done",
            "sed -i 's#/m/a#/m/b#' \"$1\"",
            "sed -i \"s#$OLD#$NEW#\" \"$1\"",
            "sed -i -f x.sed \"$1\"",
            "sed -i \"s#--requestheader-client-ca-file=.*#$NEW#\" \"$1\"",
            "sed -i 's#--proxy-client.*##' $(find . -name '*.yaml')",
            "ls | xargs sed -i 's#--client-ca-file=.*#--client-ca-file=/b#'",
            "echo '    - --client-ca-file=/b' >> \"$1\"",
            "tee -a \"$1\" <<EOF\n    - --client-ca-file=/b\nEOF",
            "yq -i '.spec.containers[0].command += [\"--v=2\"]' \"$1\"",
            "bash -c 'sed -i s#/a#/b# /m/kube-apiserver.yaml'",
            "cat > /x.sh <<EOF\nsed -i s#/a#/b# /m/kube-apiserver.yaml\nEOF",
            "patch /m/kube-apiserver.yaml < x",
            "for f in $EXTRA; do echo \"    - $f\"; done >> /m/kube-apiserver.yaml",
            "{ echo '    - --v=3'; } >> /m/kube-apiserver.yaml",
            "( echo x; echo y ) >> /m/kube-apiserver.yaml",
            "if a; then echo x; fi >> /m/kube-apiserver.yaml",
            "while read x; do echo $x; done < x > /m/kube-apiserver.yaml",
            "case x in a) echo x;; esac >> /m/kube-apiserver.yaml",
            "echo `sed -i 's#a#b#' /m/kube-apiserver.yaml`",
            "OUT=$(sed -i 's#a#b#' /m/kube-apiserver.yaml)",
            "cat x | tee /m/kube-apiserver.yaml",
            "kubectl kustomize . > /m/kube-apiserver.yaml",
            "kubectl kustomize . >| /m/kube-apiserver.yaml",
            "cat x | dd of=/m/kube-apiserver.yaml",
            "ls | xargs yq e -i '.x' ",
            "sed -i s/x/y/ /m/*.yaml",
            "find /m -name 'kube-*.yaml' -exec sed -i s/x/y/ {} +",
            "find /etc -name kube-apiserver.yaml -exec sed -i s/x/y/ {} \\;",
            "cd /n; sed -i 's#/m/a#b#' *.txt",
        ] {
            assert!(matches!(is_open(command), Some(10 | 11)), "{command}");
        }
        for other in [
            "sed 's#/a#/b#' /m/kube-apiserver.yaml",
            "# sed -i 's#/a#/b#' /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' /m/kube-scheduler.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/kubelet.conf",
            "sed -i 's#/a#/b#' /etc/kubernetes/*.conf",
            "sed -i 's#/manifests/.*#/b#' /etc/kubernetes/kubelet.conf",
            "echo done >> /var/log/x.log",
            "{ echo done; } >> /var/log/x.log",
            "cat x > /m/kube-scheduler.yaml",
            "sed -i s/x/y/ /m/*.conf",
            "find / -name '*.conf' -exec sed -i s/x/y/ {} +",
            "sed -i \"s#__IP__#$IP#\" \"$1\"",
            "sed -i 's#/x#/y#' \"$1\"",
            "for f in kubelet kube-scheduler; do sed -i 's#--client-ca-file=.*##' /m/$f.yaml; done",
            "echo done >> \"$LOG\"",
            "M=/m/kube-scheduler.yaml; sed -i 's#--client-ca-file=.*#--client-ca-file=/b#' \"$M\"",
        ] {
            assert_eq!(is_open(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_that_which_the_variable_holds_there() {
        let edited = |script: &str| {
            let found = of_script(&SourceFile::new("x.sh", script));
            found.into_iter().map(|edit| edit.file).collect::<Vec<_>>()
        };
        let named = |name: &str| Edited::Named(name.to_owned());
        assert_eq!(of_script(&SourceFile::new("x.bash", "sed -i s#/a#/b# $1")).len(), 1);
        let script = "M=/m/kube-apiserver.yaml\nsed -i s#/a#/b# \"$M\"\nM=/m/x.yaml\nsed -i s#/a#/b# $M\n";
        assert_eq!(edited(script), [named("kube-apiserver.yaml"), named("x.yaml")]);
        let script = "edit() { sed -i \"$2\" \"$1\"; }\nedit /m/kube-apiserver.yaml s#/a#/b#\n";
        assert_eq!(edited(script), [named("kube-apiserver.yaml")]);
        let script = "for f in a ${X}b; do sed -i s#/a#/b# /etc/kubernetes/manifests/$f.yaml; done\n";
        assert_eq!(edited(script), [named("a.yaml"), Edited::AnyManifest]);
    }

    #[test]
    fn what_a_script_writes_by_another_name_is_its_own() {
        let script = "#!/bin/bash\ncat > /m/a.yaml <<EOF\nkind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, \
                      --client-ca-file=/a]\nEOF\nsed -i s#/x#/y# /m/a.yaml\n";
        let found = read(&SourceFile::new("x.sh", script), None, &NoSurroundings).unwrap();
        let is_open = |one: &Document| matches!(one, Document::Invocation(server) if server.open.is_some());
        assert!(!found.is_empty() && found.iter().all(is_open), "{found:?}");
    }

    #[test]
    fn a_pattern_in_a_script_beside_is_that_of_the_name() {
        let found = |line: &str| {
            let manifest =
                "kind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, --client-ca-file=/m/p/ca.crt]\n";
            let mut found = read(&SourceFile::new("kube-apiserver.yaml", manifest), None, &NoSurroundings).unwrap();
            let Some(Document::Invocation(server)) = found.first_mut() else { panic!("{found:?}") };
            let script = SourceFile::new("x.sh", format!("#!/bin/sh\n{line}\n"));
            of_script(&script).iter().for_each(|edit| edit.leave_open(server));
            server.open.is_some()
        };
        for line in [
            "sed -i s/x/y/ *.yaml",
            "grep -l x *.yaml | xargs sed -i s/x/y/",
            "find . -name 'kube-api*' -exec sed -i s/x/y/ {} +",
            "sed s/x/y/ kube-apiserver.yaml | tee kube-apiserver.yaml",
            "cat x > kube-apiserver.yaml",
            "f() { cat; } >> kube-apiserver.yaml",
            "sed -i s#ca.crt#b.crt# \"$1\"",
        ] {
            assert!(found(line), "{line}");
        }
        for line in
            ["sed -i s/x/y/ *.conf", "cat x > other.yaml", "sed -i s/x/y/ kube-a?.yaml", "cat *.yaml > /dev/null"]
        {
            assert!(!found(line), "{line}");
        }
    }

    #[test]
    fn lines_of_a_text_that_is_no_script_are_commands() {
        let is_open = |line: &str| {
            let text = format!(
                "#cloud-config\nwrite_files:\n- path: /etc/kubernetes/manifests/kube-apiserver.yaml\n  content: |\n    kind: Pod\n    spec:\n      containers:\n      - command:\n        - kube-apiserver\n        - --client-ca-file=/m/a\nruncmd:\n- |\n  {line}\n"
            );
            let found = read(&SourceFile::new("x.yaml", text), None, &NoSurroundings).unwrap();
            found.iter().any(|one| matches!(one, Document::Invocation(server) if server.open.is_some()))
        };
        assert!(is_open("/bin/sed -i s#a#b# /etc/kubernetes/manifests/kube-apiserver.yaml"));
        assert!(is_open("sed s#a#b# x | sponge /etc/kubernetes/manifests/kube-apiserver.yaml"));
        assert!(is_open("yq -i '.a | .b' /etc/kubernetes/manifests/kube-apiserver.yaml"));
        assert!(!is_open("// sed -i s#a#b# /etc/kubernetes/manifests/kube-apiserver.yaml"));
        assert!(!is_open("cat /etc/kubernetes/manifests/kube-apiserver.yaml"));
    }

    #[test]
    fn edits_hold_no_more_than_their_own_here_documents() {
        let long = format!("#!/bin/sh\ncat <<EOF {}\n{}EOF\n", "| tee -a \"$F\" ".repeat(300), "a line\n".repeat(2000));
        let edits = of_script(&SourceFile::new("x.sh", long));
        assert_eq!(edits.last().map(|edit| edit.file.clone()), Some(Edited::Any));
        assert!((50..200).contains(&edits.len()), "{}", edits.len());
        let script = "#!/bin/sh\ncat >> \"$F\" <<EOF\none\nEOF\ncat >> \"$F\" <<EOF\n--client-ca-file=/a\nEOF\n";
        let edits = of_script(&SourceFile::new("x.sh", script));
        let of_flags = |edit: &Edit| edit.file == Edited::Unknown && edit.changed.is_of_flags;
        assert_eq!(edits.iter().map(of_flags).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn of_too_many_edits_all_is_open() {
        let edits = |times: usize| {
            let line = "cat >> /m/x.yaml <<EOF\na\nEOF\n";
            of_script(&SourceFile::new("x.sh", format!("#!/bin/sh\n{}", line.repeat(times))))
        };
        assert!(edits(MOST_EDITS).iter().all(|edit| edit.file == Edited::Named("x.yaml".to_owned())));
        assert_eq!(edits(MOST_EDITS + 1).last().map(|edit| edit.file.clone()), Some(Edited::Any));
    }
}
