//! Command lines wherever people write them: shell scripts, Markdown, what `ps` prints, logs, lists in other languages.

mod list;
mod markdown;
mod raw;
#[cfg(test)]
mod tests;
mod variables;

use crate::kubernetes::Component;
use crate::kubernetes::KubernetesVersion;
use crate::source::arguments::{Arguments, program_of};
use crate::source::expression::expression;
use crate::source::formats::systemd::{self, Around, Undefined};
use crate::source::formats::{flag_dump, kubeadm, tools};
use crate::source::program::{self, Certainty};
use crate::source::shell::{self, Command, Field, HereDocument, Note, NoteKind, Script};
use crate::source::{
    Argument, Completeness, Document, InputFormat, Invocation, NoSurroundings, ReadError, Surroundings,
    environment_file,
};
use crate::text::{Located, Text};

pub(in crate::source) use variables::variable_fragments;

/// minikube runs kubeadm with this `certificatesDir` (kubernetes/minikube, pkg/minikube/vmpath).
const MINIKUBE_CERTIFICATES: &str = "/var/lib/minikube/certs";

/// Scripts in strings in scripts: deeper than people write.
const MAXIMUM_DEPTH: usize = 6;

pub(in crate::source) fn read(
    text: &Text,
    surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    let reader = Reader { format: InputFormat::Command, surroundings };
    let documents = match markdown::code_blocks(text) {
        Some(blocks) => blocks.iter().flat_map(|block| reader.text(block, 0)).collect(),
        None => reader.text(text, 0),
    };
    Ok((!documents.is_empty()).then(|| in_order(documents)))
}

/// The invocations in shell text, such as the script behind `sh -c`.
pub fn invocations(text: &Text, format: InputFormat) -> Vec<Invocation> {
    let reader = Reader { format, surroundings: &NoSurroundings };
    let invocation = |document| match document {
        Document::Invocation(invocation) => Some(invocation),
        _ => None,
    };
    in_order(reader.shell(text, 0)).into_iter().filter_map(invocation).collect()
}

/// Texts of other formats inside this one: here-documents and Markdown's code blocks that hold Kubernetes objects.
pub(in crate::source) fn embedded_manifests(text: &Text) -> Vec<Text> {
    let blocks = markdown::code_blocks(text).unwrap_or_else(|| vec![text.clone()]);
    let mut found = Vec::new();
    for block in blocks {
        if is_manifest(&block) && block.len() < text.len() && !block.as_str().contains("<<") {
            found.push(block);
            continue;
        }
        if block.as_str().contains("<<") {
            let bodies = shell::read(&block).here_documents.into_iter().map(|document| document.body);
            found.extend(bodies.filter(is_manifest));
        }
    }
    found
}

/// Kubernetes objects, YAML or JSON, and nothing before them.
fn is_manifest(text: &Text) -> bool {
    let mut lines = text.as_str().lines().map(str::trim);
    let first = lines.find(|line| !(line.is_empty() || line.starts_with(['#', '-']) || expression(line).is_some()));
    let starts = ["apiVersion:", "kind:", "metadata:", "{"];
    first.is_some_and(|first| starts.iter().any(|start| first.starts_with(start)))
        && ["apiVersion", "kind"].iter().all(|key| text.as_str().contains(key))
}

/// Whether a word is long enough to be a command of its own: `sh -c "kube-apiserver --a=b"`.
pub(in crate::source) fn may_hold_a_command(field: &Field) -> bool {
    let text = field.text.as_str();
    text.contains([' ', '\n', '\t']) && names_us(text)
}

/// The version in an image's tag among the words: `docker run … hyperkube:v1.8.4 /hyperkube apiserver`.
pub(in crate::source) fn image_version(fields: &[Field]) -> Option<Located<KubernetesVersion>> {
    fields.iter().find_map(|field| {
        let text = field.text.as_str();
        let tag = text.rfind(':')?;
        let image = text.get(..tag)?.rsplit('/').next()?;
        let ours = program::component(image).is_some() || image.starts_with("hyperkube");
        let version = text.get(tag + 1..)?.split('_').next()?.parse().ok()?;
        ours.then(|| Located::new(version, field.text.slice(tag + 1..text.len()).origin()))
    })
}

fn names_us(text: &str) -> bool {
    ["apiserver", "kube-controller-manager", "kube-scheduler", "requestheader", "hyperkube"]
        .iter()
        .any(|name| text.contains(name))
}

/// Anything at all that could be ours; reading what has nothing of it would only cost time.
fn is_of_interest(text: &str) -> bool {
    names_us(text) || text.contains("--proxy-client-") || text.contains("--etcd-servers")
}

struct Reader<'a> {
    format: InputFormat,
    surroundings: &'a dyn Surroundings,
}

impl Reader<'_> {
    /// A script, or one of the other texts that scripts and documents hold.
    fn text(&self, text: &Text, depth: usize) -> Vec<Document> {
        if depth > MAXIMUM_DEPTH || !is_of_interest(text.as_str()) {
            return Vec::new();
        }
        if systemd::is_unit(text) {
            let around = Around { surroundings: self.surroundings, here_documents: &[] };
            return systemd::documents(text, "", around, Undefined::Opaque);
        }
        // Its items look like flags, but YAML reads quotes otherwise.
        if is_manifest(text) {
            return Vec::new();
        }
        if let Some(documents) = flag_dump::documents(text) {
            return documents;
        }
        if environment_file::is_environment_file(text) {
            return variable_fragments(&environment_file::parse(text), self.format);
        }
        self.shell(text, depth)
    }

    fn shell(&self, text: &Text, depth: usize) -> Vec<Document> {
        if depth > MAXIMUM_DEPTH || !is_of_interest(text.as_str()) {
            return Vec::new();
        }
        let raw = raw::invocations(text, self.format);
        if !raw.is_empty() {
            // Beside such lines stands a terminal's or a log's text, which is no shell text.
            return raw.into_iter().map(Document::Invocation).collect();
        }
        let lists = list::lists(text);
        let mut documents: Vec<Document> = Vec::new();
        for found in &lists {
            match list::invocation(found, text, &lists, self.format) {
                Some(invocation) => documents.push(Document::Invocation(invocation)),
                None => {
                    for item in found.items.iter().filter(|item| may_hold_a_command(item)) {
                        documents.extend(self.shell(&item.text, depth + 1));
                    }
                }
            }
        }
        let rest = list::without(text, &lists);
        let script = shell::read(&rest);
        documents.extend(self.commands(&script, depth));
        documents.extend(self.here_documents(&script.here_documents, depth));
        documents.extend(script.kept.iter().flat_map(|kept| self.text(kept, depth + 1)));
        if !documents.iter().any(|document| matches!(document, Document::Invocation(_))) {
            documents.extend(variables::assignment_fragments(&script, self.format));
        }
        documents
    }

    fn commands(&self, script: &Script, depth: usize) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut bare = Bare::default();
        for command in &script.commands {
            if bare.takes(command) {
                continue;
            }
            documents.extend(bare.finish(script, self.format));
            if let Some(invocation) = self.command(command, script) {
                documents.push(Document::Invocation(invocation));
            } else if let Some(found) = minikube(command, self.format) {
                documents.extend(found.into_iter().map(Document::Invocation));
            } else if is_lone_program(command) {
                bare.header = Some(command);
            } else {
                documents.extend(self.nested(command, depth));
            }
        }
        documents.extend(bare.finish(script, self.format));
        documents
    }

    fn command(&self, command: &Command, script: &Script) -> Option<Invocation> {
        let program = program_of(&command.fields, Certainty::Guess)?;
        let fields = command.fields.get(program.arguments..)?;
        if is_prose(fields) {
            return None;
        }
        let word = command.fields.get(program.word)?;
        let mut invocation = Arguments::of(fields).invocation(
            program.component,
            program.component.name(),
            word.text.origin(),
            self.format,
        );
        invocation.version = image_version(&command.fields);
        let condition = Note { kind: NoteKind::Condition, at: command.range.start, origin: word.text.origin() };
        let notes = script.notes_within(&command.range).chain(command.steered.then_some(&condition));
        Some(invocation.with_notes(notes))
    }

    /// Words that are texts: `sh -c '…'`, `echo "[Unit] …" > x.service`.
    fn nested(&self, command: &Command, depth: usize) -> Vec<Document> {
        command
            .fields
            .iter()
            .filter(|field| may_hold_a_command(field))
            .flat_map(|field| self.text(&field.text, depth + 1))
            .collect()
    }

    fn here_documents(&self, here_documents: &[HereDocument], depth: usize) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut environment_files = Vec::new();
        for document in here_documents {
            if systemd::is_unit(&document.body) {
                let name = document.target.as_deref().map(systemd::file_name).unwrap_or_default();
                let around = Around { surroundings: self.surroundings, here_documents };
                let undefined = if document.expanded { Undefined::Opaque } else { Undefined::Empty };
                documents.extend(systemd::documents(&document.body, name, around, undefined));
            } else if environment_file::is_environment_file(&document.body) {
                environment_files.push(document);
            } else {
                documents.extend(self.text(&document.body, depth + 1));
            }
        }
        // An environment file of the same script is judged as part of the unit that reads it.
        let found: Vec<Component> = documents.iter().filter_map(component_of).collect();
        for document in environment_files {
            let fragments = variable_fragments(&environment_file::parse(&document.body), self.format);
            documents.extend(
                fragments
                    .into_iter()
                    .filter(|fragment| component_of(fragment).is_none_or(|component| !found.contains(&component))),
            );
        }
        documents
    }
}

fn component_of(document: &Document) -> Option<Component> {
    match document {
        Document::Invocation(invocation) => Some(invocation.component),
        _ => None,
    }
}

/// In the order of the text.
fn in_order(mut documents: Vec<Document>) -> Vec<Document> {
    documents.sort_by_key(|document| match document {
        Document::Invocation(invocation) => invocation.origin.range().start,
        _ => 0,
    });
    documents
}

/// Sentences have more plain words than flags; a command has at most one behind each flag.
fn is_prose(fields: &[Field]) -> bool {
    let flags = fields.iter().filter(|field| field.text.as_str().starts_with('-')).count();
    let plain = |field: &&Field| !field.text.as_str().starts_with('-') && !field.opaque && !field.quoted;
    let words = fields.iter().filter(plain).filter(|field| !field.text.as_str().ends_with(','));
    words.count() > flags + 1
}

/// `kube-apiserver` alone on its line, as `kubectl describe` prints it above the flags.
fn is_lone_program(command: &Command) -> bool {
    matches!(command.fields.as_slice(), [field] if program::component(field.text.as_str()).is_some())
        && command.ends_its_line
}

/// Flags without a program before them: the excerpt of a document.
#[derive(Default)]
struct Bare<'a> {
    header: Option<&'a Command>,
    commands: Vec<&'a Command>,
}

impl<'a> Bare<'a> {
    /// Takes a command that is nothing but flags.
    fn takes(&mut self, command: &'a Command) -> bool {
        let fields = flags_of(command);
        let is_flag = |field: &&Field| program::flag_name(field.text.as_str()).is_some();
        let source_code = fields.iter().filter(|field| field.text.as_str().ends_with(',')).count() * 2 > fields.len();
        let bare = fields.first().as_ref().is_some_and(is_flag) && !is_prose(fields) && !source_code;
        if bare {
            self.commands.push(command);
        }
        bare
    }

    fn finish(&mut self, script: &Script, format: InputFormat) -> Option<Document> {
        let header = self.header.take();
        let commands = std::mem::take(&mut self.commands);
        let first = commands.first()?;
        let fields = commands.iter().flat_map(|command| flags_of(command)).cloned();
        // The last line of an excerpt goes on like the ones before it, to nowhere.
        let fields: Vec<Field> = fields.filter(|field| field.text.as_str() != "\\").collect();
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
        Some(Document::Invocation(invocation))
    }
}

/// The fields of a command without the dash of a list's item: `- --flag=value`.
fn flags_of(command: &Command) -> &[Field] {
    match command.fields.split_first() {
        Some((first, rest)) if first.text.as_str() == "-" && !rest.is_empty() => rest,
        _ => &command.fields,
    }
}

/// `minikube start --extra-config=apiserver.flag=value`: what is not named there is kubeadm's default.
fn minikube(command: &Command, format: InputFormat) -> Option<Vec<Invocation>> {
    const OPTION: &str = "--extra-config";
    let mut found: Vec<Invocation> = Vec::new();
    let mut fields = command.fields.iter();
    while let Some(field) = fields.next() {
        let value = match field.text.as_str().strip_prefix(OPTION) {
            Some("") => fields.next()?.text.clone(),
            Some(rest) if rest.starts_with('=') => field.text.slice(OPTION.len() + 1..field.text.len()),
            _ => continue,
        };
        let Some((component, flag)) = value.split_once('.') else { continue };
        let kind = match component.as_str() {
            "apiserver" => Component::KubeApiserver,
            "controller-manager" => Component::KubeControllerManager,
            "scheduler" => Component::KubeScheduler,
            _ => continue,
        };
        let mut text = Text::synthetic("--", &component.origin());
        text.append(&flag);
        let argument = Argument { opaque: field.opaque, ..Argument::written(text) };
        match found.iter_mut().find(|invocation| invocation.component == kind) {
            Some(invocation) => invocation.arguments.push(argument),
            None => {
                let arguments = Arguments { list: vec![argument], unresolved: Vec::new() };
                let invocation = arguments.invocation(kind, "minikube --extra-config", component.origin(), format);
                found.push(Invocation { completeness: Completeness::Fragment, ..invocation });
            }
        }
    }
    for invocation in &mut found {
        let defaults = kubeadm::default_arguments(invocation.component, MINIKUBE_CERTIFICATES, &invocation.origin);
        invocation.arguments = tools::lay_over(defaults, std::mem::take(&mut invocation.arguments));
    }
    (!found.is_empty()).then_some(found)
}
