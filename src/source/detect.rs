//! Which shape a file has, told by what stands in it and never by its name.

use std::sync::Arc;

use crate::source::branches;
use crate::source::expression::expression;
use crate::source::formats::{arguments_file, command, flag_dump, pki_document, proc_cmdline, systemd};
use crate::source::objects::Walk;
use crate::source::report_marks::is_report;
use crate::source::yaml::{self, YamlError};
use crate::source::{
    Document, InputFormat, NoSurroundings, NotRead, ReadError, Resource, Surroundings, Unread, mention, unread,
};
use crate::text::{Located, SourceFile, Text};

/// Values that are no sentences have at most so many words.
const MOST_WORDS: usize = 3;

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
    // Most files of a directory are something else, and told so without being parsed.
    if forced.is_none() && !mentions_ours(file.text()) {
        return Err(not_read(file, NotRead::UnknownShape));
    }
    if forced.is_none() && is_report(file.text()) {
        return Err(not_read(file, NotRead::Report));
    }
    match read_alternatives(&Text::of(file), forced, surroundings) {
        Ok(documents) if documents.iter().all(is_beside) => Err(not_read(file, NotRead::UnknownShape)),
        // With a format forced, what has another is left out on purpose.
        Ok(documents) if forced.is_some() => Ok(documents),
        Ok(mut documents) => {
            if let Some(unread) = only_unread(&documents) {
                return Err(ReadError::NotASetup(unread));
            }
            unread::tell(file, &mut documents);
            Ok(documents)
        }
        Err(error) => Err(error),
    }
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
    let documents = read_alternatives(&Text::of(file), Some(InputFormat::Manifest), &NoSurroundings);
    let resource = |document: Document| match document {
        Document::Resource(resource) => Some(resource),
        _ => None,
    };
    documents.unwrap_or_default().into_iter().filter_map(resource).collect()
}

/// What each way through a template's choices gives; the failure of one is no reason to leave out the others.
fn read_alternatives(
    text: &Text,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
) -> Result<Vec<Document>, ReadError> {
    let mut documents = Vec::new();
    let mut failure = None;
    for alternative in branches::alternatives(text) {
        match read_text(&alternative, forced, surroundings, 0) {
            Ok(found) if documents.is_empty() => documents = found,
            Ok(found) => branches::merge(&mut documents, found),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.filter(|_| documents.is_empty()).map_or(Ok(documents), Err)
}

fn not_read(file: &Arc<SourceFile>, reason: NotRead) -> ReadError {
    match Unread::in_text(&Text::of(file), reason) {
        Some(unread) => ReadError::NotASetup(unread),
        None => ReadError::Unrecognised { file: file.name().to_owned() },
    }
}

/// The same for a string inside of a file, where nothing needs to be found, and what is broken may be anything.
fn read_inside(
    text: &Text,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
    depth: usize,
) -> Vec<Document> {
    if !mentions_ours(text.as_str()) {
        return Vec::new();
    }
    if depth > DEPTH_LIMIT {
        return unread_string(text, NotRead::TooDeep);
    }
    if !text.as_str().trim_end().contains('\n') {
        return match forced {
            None | Some(InputFormat::Command) if text.as_str().contains(" -") => {
                command::invocations(text, InputFormat::Command).into_iter().map(Document::Invocation).collect()
            }
            _ if text.as_str().starts_with('{') => read_string(text, forced, surroundings, depth),
            _ => Vec::new(),
        };
    }
    read_string(text, forced, surroundings, depth)
}

fn read_string(
    text: &Text,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
    depth: usize,
) -> Vec<Document> {
    match read_text(text, forced, surroundings, depth) {
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

/// Whether there can be anything of ours in a text at all.
fn mentions_ours(text: &str) -> bool {
    const WORDS: [&str; 32] = [
        "aggcert/v1",
        "apiserver",
        "api-server",
        "api_server",
        "kube-api",
        "kube_api",
        "controller-manager",
        "controller_manager",
        "controllermanager",
        "kube-scheduler",
        "kube_scheduler",
        "requestheader",
        "proxy-client",
        "proxy_client",
        "client-ca",
        "client_ca",
        "apiservice",
        "clusterconfiguration",
        "masterconfig",
        "hyperkube",
        "metrics-server",
        "prometheus-adapter",
        "metrics-adapter",
        "service-catalog",
        "authentication-",
        "authorization-kubeconfig",
        "front_proxy",
        "front-proxy-ca",
        "request-header-ca",
        "aggregatorca",
        "cluster.x-k8s.io/secret",
        "aggregator-c",
    ];
    const SHORTEST: usize = "kube-api".len();
    if text.len() < SHORTEST {
        return false;
    }
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

fn read_text(
    text: &Text,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
    depth: usize,
) -> Result<Vec<Document>, ReadError> {
    if let Some(documents) = read_with(&MARKED_READERS, text, forced, surroundings)? {
        return Ok(documents);
    }
    let quotes = command::is_document(text.as_str()) || command::is_source_code(text.as_str());
    let documents = Vec::new();
    let mut objects =
        Objects { forced, surroundings, depth, documents, broken: None, claims: false, quotes, only_trees: true };
    let lines_only = LINE_READERS.iter().any(|(format, _)| forced == Some(*format));
    if !lines_only {
        objects.read(text)?;
    }
    if !holds_any(&objects.documents) && (lines_only || !objects.only_trees) {
        objects.documents.extend(read_with(&LINE_READERS, text, forced, surroundings)?.unwrap_or_default());
        let inside = if lines_only { Vec::new() } else { command::embedded_manifests(text) };
        // What is recognised as something else is no broken tree.
        if holds_any(&objects.documents) || !inside.is_empty() {
            objects.broken = None;
        }
        inside.iter().try_for_each(|manifest| objects.read(manifest))?;
    }
    objects.finish()
}

/// The first of the readers that knows the text.
fn read_with(
    readers: &[(InputFormat, Reader)],
    text: &Text,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    for (format, reader) in readers {
        if forced.is_none_or(|forced| forced == *format)
            && let Some(documents) = reader(text, surroundings)?
        {
            return Ok(Some(documents));
        }
    }
    Ok(None)
}

/// What is found in the trees of a text.
struct Objects<'a> {
    forced: Option<InputFormat>,
    surroundings: &'a dyn Surroundings,
    depth: usize,
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
                Ok(nodes) => {
                    self.only_trees &= nodes.iter().all(|node| node.text().is_none());
                    let inside = |text: &Text| read_inside(text, self.forced, self.surroundings, self.depth + 1);
                    let mut walk = Walk::new(self.forced, &inside);
                    nodes.iter().for_each(|node| walk.visit(node));
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
            let lines =
                if several { read_with(&LINE_READERS, &piece.text, self.forced, self.surroundings)? } else { None };
            match lines {
                Some(lines) => self.documents.extend(lines),
                None => {
                    // What goes over a limit may hold anything.
                    self.claims |= self.forced.is_some()
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
            (false, false) => Err(not_read(broken.origin().file(), NotRead::Broken(broken.to_string()))),
        }
    }
}

/// Whether most lines are keys, items or JSON: what does not parse then may be a broken tree, and no other format.
fn looks_like_yaml(text: &str) -> bool {
    let (mut like, mut unlike) = (0, 0);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if is_tree_line(line) { like += 1 } else { unlike += 1 }
    }
    like > unlike
}

/// A key with its value, an item, or brackets; but no sentence, whatever it begins with.
fn is_tree_line(line: &str) -> bool {
    if line.starts_with(['{', '}', '[', ']', '"']) || line == "-" {
        return true;
    }
    let item = line.strip_prefix("- ").map(str::trim_start);
    let content = item.unwrap_or(line);
    let key = content.split_once(':').filter(|(key, value)| {
        !key.is_empty() && !key.contains(char::is_whitespace) && (value.is_empty() || value.starts_with(' '))
    });
    let value = key.map_or(content, |(_, value)| value.trim_start());
    let quoted = value.starts_with(['"', '\'', '{', '[', '|', '>', '-']);
    (item.is_some() || key.is_some()) && (quoted || value.split_whitespace().count() <= MOST_WORDS)
}

/// Whether the first line is a tree's: a program that holds YAML in its strings begins otherwise.
fn begins_as_a_tree(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !(line.is_empty() || line.starts_with('#') || expression(line).is_some()));
    first.is_some_and(|line| {
        let json_key = line.starts_with('"') && line.contains("\":");
        ["---", "%YAML", "%TAG"].iter().any(|mark| line.starts_with(mark))
            || if line.starts_with('"') { json_key } else { is_tree_line(line) }
    })
}

/// Whether a broken text wants to be a set-up: it is nearly all keys and items, and either names itself as Kubernetes'
/// objects do, with something of ours outside of comments, or names our flags.
fn claims_to_be_a_setup(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut object = || ["apiVersion", "kind"].iter().all(|key| text.contains(key)) && lines.any(mentions_ours);
    begins_as_a_tree(text) && looks_like_yaml(text) && (object() || mention(text.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::NoSurroundings;

    fn found(text: &str, forced: Option<InputFormat>) -> Result<Vec<InputFormat>, ReadError> {
        let documents = read(&SourceFile::new("f", text), forced, &NoSurroundings)?;
        let format = |document: &Document| match document {
            Document::Invocation(invocation) => invocation.format,
            Document::AuthenticationConfigMap(_) => InputFormat::ConfigMap,
            Document::ApiService(_) => InputFormat::ApiService,
            Document::Collection(_) | Document::Handshake(_) => InputFormat::Collection,
            Document::Unread(unread) => panic!("{unread}"),
            Document::Resource(_) => unreachable!("left out"),
        };
        Ok(documents.iter().filter(|document| !matches!(document, Document::Resource(_))).map(format).collect())
    }

    #[test]
    fn a_forced_format_leaves_out_all_others() {
        let text = "kind: ClusterConfiguration\n---\nspec: {containers: [{command: [kube-apiserver, --v=2]}]}\n";
        let all = [InputFormat::Kubeadm, InputFormat::Kubeadm, InputFormat::Manifest];
        assert_eq!(found(text, None).unwrap(), all);
        assert_eq!(found(text, Some(InputFormat::Manifest)).unwrap(), [InputFormat::Manifest]);
        let nothing = found(text, Some(InputFormat::ApiService));
        assert!(matches!(nothing, Err(ReadError::Unrecognised { .. })), "{nothing:?}");
    }

    #[test]
    fn what_is_not_ours_is_unrecognised_and_not_broken() {
        for text in ["", "\n", "a: [", "key: value\n", "#!/bin/sh\nexit 0\n", "{\"a\": }", "\u{0}", "---\n---\n"] {
            let result = found(text, None);
            assert!(matches!(result, Err(ReadError::Unrecognised { .. })), "{text:?}: {result:?}");
        }
    }

    /// What stands at the place that a file's reader is told of.
    fn mentioned(text: &str) -> Result<String, String> {
        match read(&SourceFile::new("f", text), None, &NoSurroundings) {
            Err(ReadError::NotASetup(Unread { mention, .. })) => Ok(mention.source().to_owned()),
            other => Err(format!("{text:?}: {other:?}")),
        }
    }

    #[test]
    fn what_speaks_of_our_flags_and_is_not_read_is_told() {
        for (text, flag) in [
            ("The flag requestheader-client-ca-file of kube-apiserver names a CA.\n", "requestheader-client-ca"),
            (
                "# Changes\n\n- kube-apiserver: `--proxy-client-key-file` may be a pipe\n- say: no\n",
                "proxy-client-key-file",
            ),
            (
                "#: cmd/kube-apiserver.go:1\nmsgid \"requestheader-allowed-names: %s\"\nmsgstr \"\"\n",
                "requestheader-allowed-names",
            ),
            ("s.RequestHeader.AllowedNames = []string{\"kube-apiserver\"}\n", "RequestHeader.AllowedNames"),
        ] {
            assert_eq!(mentioned(text).as_deref(), Ok(flag));
        }
    }

    #[test]
    fn only_a_broken_setup_is_a_failure() {
        let broken =
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n   - --v=2\n";
        for (text, malformed) in [
            (broken, true),
            ("apiServer:\n  extraArgs:\n  - name: requestheader-client-ca-file\n   value: \"x\n", true),
            ("apiVersion: v1\nkind: x\n# such as kube-apiserver\nspec:\n  <See the other file>\n", false),
            ("package x\n\nconst pod = `\napiVersion: v1\nkind: Pod\na:\n  - b: c: d\n# kube-apiserver\n`\n", false),
            ("\"\"\"Text.\"\"\"\napiVersion: v1\nkind: kube-apiserver\na: b: c\n", false),
            ("# Changes\n\n- kube-apiserver: raise the `v` level\n- `kubelet`: nothing\n", false),
            (
                "# Notes\n\n- kube-apiserver: fixed, apiVersion and kind: of objects [#12]\n- `x`: the same again\n",
                false,
            ),
        ] {
            let result = found(text, None);
            assert_eq!(matches!(result, Err(ReadError::Malformed { .. })), malformed, "{text}: {result:?}");
        }
    }

    #[test]
    fn a_string_is_read_only_so_deep() {
        let nest = |levels: usize| {
            let flag = "spec: {containers: [{command: [kube-apiserver, --v=2]}]}\n".to_owned();
            (0..levels).fold(flag, |inner, _| serde_json::json!({"inside": format!("#\n{inner}")}).to_string())
        };
        assert_eq!(found(&nest(DEPTH_LIMIT), None).unwrap(), [InputFormat::Manifest]);
        assert!(found(&nest(DEPTH_LIMIT + 1), None).is_err());
    }

    proptest! {
        #[test]
        fn any_heap_of_parts_is_survived(
            parts in proptest::collection::vec(prop_oneof![
                Just("spec: {containers: [{command: [kube-apiserver, --client-ca-file=/x]}]}"),
                Just("kube-apiserver \\\n  --a=b"), Just("ExecStart="), Just("[Service]\n"), Just("- --requestheader-"),
                Just("\n"), Just("\n  "), Just("{{ if x }}"), Just("{{ x }}"), Just("|\n  "), Just(": "), Just("<<EOF\n"),
                Just("EOF\n"), Just("```\n"), Just("FLAG: --a=\"b\"\n"), Just("kube-apiserver-arg: "), Just("ä\u{a0}"),
                Just("\0"), Just("---\n"), Just("$(X)"), Just("kind: ClusterConfiguration\n"), Just("\""), Just("'"),
            ], 0..30),
        ) {
            let file = SourceFile::new("f", parts.concat());
            for document in read(&file, None, &NoSurroundings).unwrap_or_default() {
                let Document::Invocation(invocation) = document else { continue };
                for argument in invocation.arguments {
                    let range = argument.text.origin().range();
                    prop_assert!(file.text().get(range).is_some());
                }
            }
        }
    }
}
