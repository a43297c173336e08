//! Which shape a file has, told by what stands in it and never by its name.

mod claims;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::source::formats::kustomize::{Changed, Object, Overlaid};
use crate::source::formats::{
    arguments_file, command, extension_server, flag_dump, k3s, kubeadm, kustomize, pki_document, proc_cmdline, systemd,
};
use crate::source::input;
use crate::source::invocation::Identity;
use crate::source::objects::Walk;
use crate::source::place::Place;
use crate::source::report_marks::is_report;
use crate::source::shell::Preset;
use crate::source::yaml::{self, YamlError};
use crate::source::{
    Document, InputFormat, NoSurroundings, NotRead, ReadError, Resource, Surroundings, Unread, unread,
};
use crate::source::{branches, edits, encoded};
use crate::text::{Located, Origin, SourceFile, Text};
pub(in crate::source) use claims::begins_as_a_tree;
use claims::{announces_a_command, claims_to_be_a_setup, looks_like_yaml, mentions_ours};

/// How deep files lie in strings of other files: a unit in a cloud-config in a Secret in a cluster template.
const DEPTH_LIMIT: usize = 5;

type Reader = fn(&Text, &dyn Surroundings) -> Result<Option<Vec<Document>>, ReadError>;

/// Formats that YAML might take for its own.
const MARKED_READERS: [(InputFormat, Reader); 2] =
    [(InputFormat::ProcCmdline, proc_cmdline::read), (InputFormat::FlagDump, flag_dump::read)];

/// Formats of lines, from the shapes that nothing else looks like to the one that anything may hold.
const LINE_READERS: [(InputFormat, Reader); 3] = [
    (InputFormat::Systemd, systemd::read),
    (InputFormat::ArgumentsFile, arguments_file::read),
    (InputFormat::Command, command::read),
];

/// How a text is read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    /// The one reader that is allowed.
    forced: Option<InputFormat>,
    surroundings: &'a dyn Surroundings,
    depth: usize,
    /// Where the string stands that the text is.
    place: Place<'a>,
}

impl<'a> Reading<'a> {
    fn of_file(forced: Option<InputFormat>, surroundings: &'a dyn Surroundings) -> Self {
        Self { forced, surroundings, depth: 0, place: Place::TOP }
    }

    fn inside(self, place: Place<'a>) -> Self {
        Self { depth: self.depth + 1, place, ..self }
    }
}

/// Everything of ours in a file, in the order in which it stands there. `forced` allows one reader only.
///
/// # Errors
///
/// [`ReadError::Unrecognised`] where there is nothing of ours, [`ReadError::NotASetup`] where our flags are named and
/// nothing was read, [`ReadError::Malformed`] where there is a set-up, but broken.
pub fn read(
    file: &Arc<SourceFile>,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
) -> Result<Vec<Document>, ReadError> {
    if forced.is_none_or(|forced| forced == InputFormat::Systemd)
        && let Some(reason) = systemd::hidden(file, surroundings)
    {
        return Err(not_read(file, reason));
    }
    if forced.is_none_or(|forced| matches!(forced, InputFormat::Distribution | InputFormat::Systemd))
        && let Some(documents) = k3s::read(file, surroundings)
    {
        return Ok(documents);
    }
    let outside = kustomize::outside(file, surroundings).filter(|_| forced.is_none());
    let nothing =
        |outside: Option<Unread>| outside.map_or_else(|| not_read(file, NotRead::UnknownShape), ReadError::NotASetup);
    let kustomized = Kustomized::of(file, surroundings).filter(|_| forced.is_none());
    // The files that it names may say something of ours.
    if forced.is_none() && kustomized.is_none() && !is_ours(file, surroundings) {
        return Err(nothing(outside));
    }
    if forced.is_none() && is_report(file.text()) {
        return Err(not_read(file, NotRead::Report));
    }
    if is_told_with_another(file, forced, surroundings) {
        return Ok(Vec::new());
    }
    let whole = Text::of(file);
    let (text, rest) = as_the_kubelet_reads(file, whole);
    let reading = Reading::of_file(forced, surroundings);
    let changes_others = matches!(kustomized, Some(Kustomized::Overlaid(_)));
    let (documents, superseded) = match kustomized {
        Some(kustomized) => kustomized.read(file, &text, reading),
        None => (read_alternatives(&text, reading), Vec::new()),
    };
    match documents {
        // What it changes is told where that stands.
        Ok(documents) if documents.is_empty() && changes_others => {
            outside.map_or(Ok(documents), |outside| Err(ReadError::NotASetup(outside)))
        }
        Ok(documents) if documents.iter().all(is_beside) => Err(nothing(outside)),
        // With a format forced, what has another is left out on purpose.
        Ok(documents) if forced.is_some() => Ok(documents),
        Ok(documents) => match only_unread(&documents) {
            Some(unread) => Err(ReadError::NotASetup(unread)),
            None => {
                let mut documents = settled(file, documents, (rest, &superseded), surroundings);
                documents.extend(outside.map(Document::Unread));
                Ok(documents)
            }
        },
        Err(error) => Err(error),
    }
}

/// Of a static Pod's file the kubelet reads the first document. A directory of its name in a repository (`deploy/kubernetes/
/// manifests`) holds other objects as well, which it does not run.
fn as_the_kubelet_reads(file: &SourceFile, whole: Text) -> (Text, Option<Text>) {
    let path = Path::new(file.name());
    if !input::is_static_pod(path) {
        return (whole, None);
    }
    let is_of_a_node = path.ancestors().any(|above| above.ends_with("etc/kubernetes") || above.ends_with("agent"));
    let (first, rest) = yaml::first_document(&whole);
    let are_pods = || yaml::nodes(&first).iter().all(|node| node.get("kind").is_none() || node.is("kind", "Pod"));
    if is_of_a_node || are_pods() { (first, rest) } else { (whole, None) }
}

/// Whether what a file says is told with another one, of which it is a part.
fn is_told_with_another(file: &Arc<SourceFile>, forced: Option<InputFormat>, surroundings: &dyn Surroundings) -> bool {
    match forced {
        None => systemd::is_read_with_its_unit(file, surroundings) || kustomize::is_patch(file, surroundings),
        Some(forced) => forced == InputFormat::Systemd && systemd::is_read_with_its_unit(file, surroundings),
    }
}

/// Whether anything of it may be ours. Most files of a directory are something else, and told so without being parsed.
fn is_ours(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> bool {
    mentions_ours(file.text())
        || encoded::any_decoded(file.text(), mentions_ours)
        || systemd::drop_ins_of(file, surroundings).iter().any(|drop_in| mentions_ours(drop_in.as_str()))
}

/// What kustomize makes of a file.
enum Kustomized {
    /// Its objects, as the kustomization beside it leaves them.
    Changed(Changed),
    /// It is a kustomization itself, and changes others.
    Overlaid(Overlaid),
}

impl Kustomized {
    fn of(file: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Option<Self> {
        let changed = || kustomize::changed(file, surroundings).map(Self::Changed);
        kustomize::overlaid(file, surroundings).map(Self::Overlaid).or_else(changed)
    }

    /// What is read with it, and what of the files was superseded.
    fn read(
        self,
        file: &SourceFile,
        text: &Text,
        reading: Reading<'_>,
    ) -> (Result<Vec<Document>, ReadError>, Vec<Origin>) {
        match self {
            Self::Changed(Changed { objects, superseded, .. }) => (Ok(read_objects(&objects, reading)), superseded),
            Self::Overlaid(Overlaid { files, reached, merged }) => {
                let own = read_alternatives(text, reading);
                let changed: Vec<Document> =
                    files.iter().flat_map(|(_, objects)| overlaid_documents(objects, file, reading)).collect();
                // What it changes beside it is told there.
                let is_told = |one: &Document| {
                    kustomize::is_merged(one, &merged)
                        || matches!(one, Document::Unread(one) if kustomize::is_reached(one, &reached))
                };
                let own = match own {
                    Err(error) if changed.is_empty() => Err(error),
                    own => Ok(own.unwrap_or_default().into_iter().filter(|one| !is_told(one)).chain(changed).collect()),
                };
                (own, reached)
            }
        }
    }
}

/// What a kustomization makes of objects that stand elsewhere, but for what is only beside servers: there it is read too.
fn overlaid_documents(objects: &[Object], by: &SourceFile, reading: Reading<'_>) -> Vec<Document> {
    let mut documents = read_objects(objects, reading);
    documents.retain(|document| match document {
        Document::Invocation(server) => server.format == InputFormat::Manifest,
        document => holds_any(std::slice::from_ref(document)),
    });
    for document in &mut documents {
        if let Document::Invocation(server) = document {
            server.name = format!("{} by {}", server.name, by.name());
        }
    }
    documents
}

/// What trees say that a kustomization has changed.
fn read_objects(objects: &[Object], reading: Reading<'_>) -> Vec<Document> {
    let (mut documents, mut kept) = (Vec::new(), Vec::new());
    for object in objects {
        let inside = |text: &Text, place: Place<'_>| read_inside(text, reading.inside(place));
        let mut walk = Walk::new(reading.forced, reading.place, &inside);
        walk.document(&object.node);
        object.leave_open(&mut walk.documents);
        documents.append(&mut walk.documents);
        kept.append(&mut walk.kept);
    }
    pki_document::settle(kept, &mut documents);
    documents
}

/// What was read of a file, with what of it was not; `rest` is behind what is read, and what is superseded counts no more.
fn settled(
    file: &Arc<SourceFile>,
    mut documents: Vec<Document>,
    (rest, superseded): (Option<Text>, &[Origin]),
    surroundings: &dyn Surroundings,
) -> Vec<Document> {
    if let (Some(rest), Some(Document::Invocation(first))) = (&rest, documents.first_mut()) {
        first.superseded.push(rest.origin());
    }
    documents = documents.into_iter().map(extension_server::of_fragment).collect();
    // A comment accepts the findings of the one that it stands beside.
    if !file.text().contains("aggcert: ignore") {
        documents = told_once(documents);
    }
    unread::tell(file, &mut documents, superseded);
    kubeadm::leave_open(file, &mut documents, surroundings);
    edits::leave_open(file, &mut documents);
    let behind = rest.and_then(|rest| Unread::in_text(&rest, NotRead::BehindFirst));
    documents.extend(behind.map(Document::Unread));
    if !documents.iter().any(|document| matches!(document, Document::ApiService(_))) {
        documents.extend(verification_elsewhere(&Text::of(file)).map(Document::Unread));
    }
    documents
}

/// The same command line in a file many times, as the results of kube-bench hold one of `ps`, is one set-up.
fn told_once(documents: Vec<Document>) -> Vec<Document> {
    let first_of_each = first_of_each(&documents);
    let mut told: Vec<Document> = Vec::new();
    // Where the document at a place went.
    let mut went = Vec::new();
    for (document, first) in documents.into_iter().zip(first_of_each) {
        let first = first.and_then(|at| went.get(at).copied()).unwrap_or(told.len());
        went.push(first);
        match (told.get_mut(first), document) {
            (Some(Document::Invocation(first)), Document::Invocation(again)) => {
                first.again.push(again.origin);
                first.superseded.extend(again.arguments.iter().map(|argument| argument.text.origin()));
            }
            (_, document) => told.push(document),
        }
    }
    told
}

/// The place of the first document that says the same as each one, where another one does before it.
fn first_of_each(documents: &[Document]) -> Vec<Option<usize>> {
    let mut seen: HashMap<Identity<'_>, usize> = HashMap::new();
    let mut first_of_each = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        let identity = match document {
            Document::Invocation(invocation) if invocation.format == InputFormat::Command => invocation.identity(),
            _ => None,
        };
        let first = identity.map(|identity| *seen.entry(identity).or_insert(at));
        first_of_each.push(first.filter(|first| *first < at));
    }
    first_of_each
}

/// Of documents that are all unread, the first.
fn only_unread(documents: &[Document]) -> Option<Unread> {
    match documents {
        _ if holds_any(documents) => None,
        documents => documents.iter().find_map(|document| match document {
            Document::Unread(unread) => Some(unread.clone()),
            _ => None,
        }),
    }
}

/// Whether anything was read that can be judged.
fn holds_any(documents: &[Document]) -> bool {
    documents.iter().any(|document| !matches!(document, Document::Unread(_)) && !is_beside(document))
}

/// Whether it is not judged by itself.
fn is_beside(document: &Document) -> bool {
    matches!(document, Document::Resource(resource) if !resource.is_extension_server())
}

/// The objects of a file in which nothing can be judged by itself, for what is judged in the files beside it.
pub fn read_resources(file: &Arc<SourceFile>) -> Vec<Resource> {
    let reading = Reading::of_file(Some(InputFormat::Manifest), &NoSurroundings);
    let documents = read_alternatives(&Text::of(file), reading);
    let resource = |document: Document| match document {
        Document::Resource(resource) => Some(resource),
        _ => None,
    };
    documents.unwrap_or_default().into_iter().filter_map(resource).collect()
}

/// What each way through a template's choices gives; the failure of one is no reason to leave out the others.
fn read_alternatives(text: &Text, reading: Reading<'_>) -> Result<Vec<Document>, ReadError> {
    let mut documents = Vec::new();
    let mut failure = None;
    for alternative in branches::definitions(text).iter().flat_map(branches::alternatives) {
        match read_text(&alternative, reading) {
            Ok(found) if documents.is_empty() => documents = found,
            Ok(found) => branches::merge(&mut documents, found),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.filter(|_| documents.is_empty()).map_or(Ok(documents), Err)
}

/// What says how the server of an APIService is verified, outside of such an object.
fn verification_elsewhere(text: &Text) -> Option<Unread> {
    unread::of_api_service(text).or_else(|| unread::of_chart(text))
}

fn not_read(file: &Arc<SourceFile>, reason: NotRead) -> ReadError {
    let text = Text::of(file);
    match Unread::in_text(&text, reason).or_else(|| verification_elsewhere(&text)) {
        Some(unread) => ReadError::NotASetup(unread),
        None => ReadError::Unrecognised { file: file.name().to_owned() },
    }
}

/// The same for a string inside of a file, where nothing needs to be found, and what is broken may be anything.
fn read_inside(text: &Text, reading: Reading<'_>) -> Vec<Document> {
    let decoded = match encoded::decoded(text) {
        None => return read_part(text, reading),
        Some(Err(unread)) => return vec![Document::Unread(unread)],
        Some(Ok(decoded)) => decoded,
    };
    let found = read_part(&decoded, reading);
    // Nobody else sees what it holds.
    if found.is_empty() { unread_string(&decoded, NotRead::UnknownShape) } else { found }
}

fn read_part(text: &Text, reading: Reading<'_>) -> Vec<Document> {
    if !mentions_ours(text.as_str()) {
        return Vec::new();
    }
    if reading.depth > DEPTH_LIMIT {
        return unread_string(text, NotRead::TooDeep);
    }
    if !text.as_str().trim_end().contains('\n') {
        let found = match reading.forced {
            None | Some(InputFormat::Command) if text.as_str().contains(" -") => {
                command::invocations(text, &Preset::default(), InputFormat::Command)
                    .into_iter()
                    .map(Document::Invocation)
                    .collect()
            }
            _ if text.as_str().starts_with('{') => read_string(text, reading),
            _ => Vec::new(),
        };
        // A block of one line is a file too: values of a chart.
        let is_file = text.as_str().ends_with('\n') && text.as_str().contains(": ");
        return if found.is_empty() && is_file { read_string(text, reading) } else { found };
    }
    read_string(text, reading)
}

fn read_string(text: &Text, reading: Reading<'_>) -> Vec<Document> {
    match read_text(text, reading) {
        Ok(documents) => documents,
        Err(ReadError::Malformed { message, .. }) => unread_string(text, NotRead::Broken(message)),
        // It wants to be nothing of ours, but a part of it may.
        Err(_) => {
            let unread = Unread::in_text(text, NotRead::UnknownShape).filter(|unread| unread.gives);
            unread.map(Document::Unread).into_iter().collect()
        }
    }
}

/// A string that was not read, where it names our flags.
fn unread_string(text: &Text, reason: NotRead) -> Vec<Document> {
    Unread::in_text(text, reason).map(Document::Unread).into_iter().collect()
}

fn read_text(text: &Text, reading: Reading<'_>) -> Result<Vec<Document>, ReadError> {
    if let Some(documents) = read_with(&MARKED_READERS, text, reading)? {
        return Ok(documents);
    }
    let quotes = command::is_document(text.as_str()) || command::is_source_code(text.as_str());
    let documents = Vec::new();
    let mut objects = Objects { reading, documents, broken: None, claims: false, quotes, only_trees: true };
    let lines_only = LINE_READERS.iter().any(|(format, _)| reading.forced == Some(*format));
    // `---` within a quoted manifest divides that, and not the text around it.
    let divided = if lines_only { Vec::new() } else { divided_manifests(text) };
    if !divided.is_empty() {
        objects.only_trees = false;
        divided.iter().try_for_each(|manifest| objects.read(manifest))?;
        objects.documents.extend(read_with(&LINE_READERS, text, reading)?.unwrap_or_default());
    } else if !lines_only {
        objects.read(text)?;
    }
    if !holds_any(&objects.documents) && (lines_only || !objects.only_trees) {
        objects.documents.extend(read_with(&LINE_READERS, text, reading)?.unwrap_or_default());
        let inside = if lines_only || !divided.is_empty() { Vec::new() } else { command::embedded_manifests(text) };
        // What is recognised as something else is no broken tree.
        if holds_any(&objects.documents) || !inside.is_empty() {
            objects.broken = None;
        }
        let of_lines = std::mem::take(&mut objects.documents);
        inside.iter().try_for_each(|manifest| objects.read(manifest))?;
        let of_trees = std::mem::take(&mut objects.documents);
        objects.documents = without_those_of(&of_trees, of_lines).collect();
        objects.documents.extend(of_trees);
    }
    objects.finish()
}

/// The manifests that a document's code blocks or a script's here-documents hold, where one of them is several documents.
fn divided_manifests(text: &Text) -> Vec<Text> {
    let may_be_divided = |text: &str| text.contains("\n---");
    let string = text.as_str();
    let has_any = command::is_document(string) || string.contains("<<") && !begins_as_a_tree(string);
    if !(may_be_divided(string) && has_any) {
        return Vec::new();
    }
    let inside = command::embedded_manifests(text);
    if inside.iter().any(|manifest| may_be_divided(manifest.as_str())) { inside } else { Vec::new() }
}

/// A list in a manifest of a script is one of strings, too: of two that begin with one word the manifest has the say.
fn without_those_of(of_trees: &[Document], of_lines: Vec<Document>) -> impl Iterator<Item = Document> {
    let word = |document: &Document| match document {
        Document::Invocation(invocation) => Some(invocation.origin.range()),
        _ => None,
    };
    let words: HashSet<Range<usize>> = of_trees.iter().filter_map(word).collect();
    of_lines.into_iter().filter(move |document| word(document).is_none_or(|word| !words.contains(&word)))
}

/// The first of the readers that knows the text.
fn read_with(
    readers: &[(InputFormat, Reader)],
    text: &Text,
    reading: Reading<'_>,
) -> Result<Option<Vec<Document>>, ReadError> {
    for (format, reader) in readers {
        if reading.forced.is_none_or(|forced| forced == *format)
            && let Some(documents) = reader(text, reading.surroundings)?
        {
            return Ok(Some(documents));
        }
    }
    Ok(None)
}

/// What is found in the trees of a text.
struct Objects<'a> {
    reading: Reading<'a>,
    documents: Vec<Document>,
    /// Why a document was not read that may be ours.
    broken: Option<YamlError>,
    /// It wants to be a set-up.
    claims: bool,
    /// It is a document or a program, which may quote parts of set-ups.
    quotes: bool,
    /// All of the text is YAML or JSON, and not one long scalar.
    only_trees: bool,
}

impl Objects<'_> {
    fn read(&mut self, text: &Text) -> Result<(), ReadError> {
        let pieces = yaml::pieces(text);
        let several = pieces.len() > 1;
        let mut kept = Vec::new();
        for piece in pieces {
            let error = match piece.documents {
                Ok(_) if self.reading.forced.is_none() && announces_a_command(piece.text.as_str()) => {
                    self.only_trees = false;
                    continue;
                }
                Ok(nodes) => {
                    self.only_trees &= nodes.iter().all(|node| node.text().is_none());
                    let inside = |text: &Text, place: Place<'_>| read_inside(text, self.reading.inside(place));
                    let mut walk = Walk::new(self.reading.forced, self.reading.place, &inside);
                    nodes.iter().for_each(|node| walk.document(node));
                    self.documents.extend(walk.documents);
                    kept.extend(walk.kept);
                    continue;
                }
                Err(error) => error,
            };
            self.only_trees = false;
            let ours = mentions_ours(piece.text.as_str()) && looks_like_yaml(piece.text.as_str());
            if matches!(error, YamlError::Syntax { .. }) && !ours {
                continue;
            }
            let lines = if several { read_with(&LINE_READERS, &piece.text, self.reading)? } else { None };
            match lines {
                Some(lines) => self.documents.extend(lines),
                None => {
                    // What goes over a limit may hold anything.
                    self.claims |= self.reading.forced.is_some()
                        || !matches!(error, YamlError::Syntax { .. })
                        || (!self.quotes && claims_to_be_a_setup(piece.text.as_str()));
                    self.broken.get_or_insert(error);
                }
            }
        }
        pki_document::settle(kept, &mut self.documents);
        Ok(())
    }

    /// Beside others, a broken document is no reason to read nothing; but whoever reads the result must know.
    fn finish(mut self) -> Result<Vec<Document>, ReadError> {
        let Some(broken) = self.broken else { return Ok(self.documents) };
        let message = format!("a document of this file was not read: {broken}");
        let mut told = false;
        for document in &mut self.documents {
            if let Document::Invocation(invocation) = document {
                invocation.unresolved.push(Located::new(message.clone(), broken.origin().clone()));
                told = true;
            }
        }
        match (told, self.claims) {
            (true, _) => Ok(self.documents),
            (false, true) => Err(broken.into()),
            (false, false) if holds_any(&self.documents) => {
                let file = Text::of(broken.origin().file());
                let unread = Unread::in_text(&file, NotRead::Broken(broken.to_string()));
                self.documents.extend(unread.filter(|unread| unread.gives).map(Document::Unread));
                Ok(self.documents)
            }
            (false, false) => Err(not_read(broken.origin().file(), NotRead::Broken(broken.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests;
