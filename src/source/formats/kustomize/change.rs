//! One change that a kustomization makes, and which objects it is for.

use std::path::Path;
use std::sync::Arc;

use regex::RegexBuilder;

use super::moved::{self, IsFor};
use crate::source::kustomized::{Change, Selected, Target, Wanted, What, patches};
use crate::source::label_selector::LabelSelector;
use crate::source::program::flag_name;
use crate::source::yaml::{self, Brought, Left, Node, Refused};
use crate::source::{Completeness, Document, InputFormat, Invocation, NotRead, Resource, Surroundings};
use crate::text::{Located, Origin, SourceFile, Text, operand, shell_word};

/// What a target's expressions may grow to; they are names.
const MOST_OF_AN_EXPRESSION: usize = 1 << 16;

/// All of a kustomization but its components', in the order of `configureBuiltinTransformers` (kubernetes-sigs/kustomize,
/// api/internal/target/kusttarget_configplugin.go).
pub(super) fn of_kustomization(
    node: &Node,
    file: &Arc<SourceFile>,
    surroundings: &dyn Surroundings,
) -> Vec<Arc<Change>> {
    let parts = node.get("patchesStrategicMerge").map(Node::items).unwrap_or_default();
    let parts = parts.iter().filter_map(Node::text).flat_map(|part| of_part(part, file, surroundings));
    let patches = patches(node).flat_map(|patch| of_patch(patch, file, surroundings));
    let replacements = node.get("replacements").map(Node::items).unwrap_or_default();
    let replacements = replacements.iter().flat_map(|one| of_replacement(one, file, surroundings));
    let transformers = node.get("transformers").filter(|list| !list.items().is_empty());
    let transformers = transformers.map(|list| unseen("transformers, which are not run here", file, &list.origin));
    let made = namespace(node).into_iter().chain(labels(node, file)).map(Arc::new);
    parts.chain(patches).chain(made).chain(replacements).chain(transformers).collect()
}

fn namespace(node: &Node) -> Option<Change> {
    let given = node.get("namespace").filter(|given| given.text().is_some_and(|text| !text.as_str().is_empty()))?;
    Some(Change { target: None, what: What::Namespace(given.clone()), origin: given.origin.clone() })
}

/// `commonLabels` are those of selectors and templates too (api/internal/target/kusttarget_configplugin.go,
/// `LabelTransformer`).
fn labels(node: &Node, file: &SourceFile) -> Vec<Change> {
    let change = |pairs: &Node, is_of_selectors: bool, is_of_templates: bool| Change {
        target: None,
        what: What::Labels { pairs: pairs.clone(), is_of_selectors, is_of_templates },
        origin: pairs.origin.clone(),
    };
    let says = |one: &Node, key: &str| one.boolean(key).is_some_and(|says| says.value);
    let listed = node.get("labels").map(Node::items).unwrap_or_default().iter().filter_map(|one| {
        let (pairs, of_selectors) = (one.get("pairs")?, says(one, "includeSelectors"));
        match one.get("fields") {
            Some(fields) => {
                let why = why("labels in fields of its own", file);
                Some(Change { target: None, what: What::Unseen(why), origin: fields.origin.clone() })
            }
            None => Some(change(pairs, of_selectors, of_selectors || says(one, "includeTemplates"))),
        }
    });
    let common = node.get("commonLabels").map(|pairs| change(pairs, true, true));
    listed.chain(common).collect()
}

/// What is said to be laid over everything, and of which nothing is known.
pub(super) fn unseen(what: &str, by: &SourceFile, origin: &Origin) -> Arc<Change> {
    unseen_for(None, what, by, origin)
}

/// A file or directory that is not here, or that the input does not reach.
pub(super) fn not_here(entry: &Text, by: &SourceFile) -> Arc<Change> {
    unseen(&of_which_nothing_was_seen(entry), by, &entry.origin())
}

fn of_which_nothing_was_seen(entry: &Text) -> String {
    format!("{}, of which nothing was seen", entry.as_str().trim())
}

fn unseen_for(target: Option<Target>, what: &str, by: &SourceFile, origin: &Origin) -> Arc<Change> {
    Arc::new(Change { target, what: What::Unseen(why(what, by)), origin: origin.clone() })
}

fn why(what: &str, by: &SourceFile) -> String {
    let directory = Path::new(by.name()).parent().filter(|directory| *directory != Path::new(""));
    let directory = shell_word(&operand(&directory.map_or(".".into(), Path::to_string_lossy)));
    format!("kustomize changes it by {what}; give what `kubectl kustomize {directory}` prints")
}

/// An entry of `patchesStrategicMerge`: a file's name, or the patch itself.
fn of_part(part: &Text, by: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
    let is_path = !part.as_str().trim().contains('\n');
    match surroundings.file(part.as_str()).filter(|_| is_path) {
        Some(file) => of_text(&Text::of(&file), None, by),
        None if is_path && !part.as_str().contains(": ") => vec![not_here(part, by)],
        None => of_text(part, None, by),
    }
}

fn of_patch(patch: &Node, by: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
    let target = patch.get("target");
    match (patch.text_at(&["patch"]), patch.text_at(&["path"])) {
        (Some(text), _) => of_text(text, target, by),
        (None, Some(path)) => match surroundings.file(path.as_str().trim_start_matches("./")) {
            Some(file) => of_text(&Text::of(&file), target, by),
            None => {
                let target = target.map(Target::of);
                vec![unseen_for(target, &of_which_nothing_was_seen(path), by, &path.origin())]
            }
        },
        (None, None) => Vec::new(),
    }
}

/// The patches in a text; JSON or YAML, and of parts there may be several.
fn of_text(text: &Text, target: Option<&Node>, by: &Arc<SourceFile>) -> Vec<Arc<Change>> {
    let target = || target.map(Target::of);
    let mut changes = Vec::new();
    for piece in yaml::pieces(text) {
        let Ok(nodes) = piece.documents else {
            changes.push(unseen_for(target(), "a patch that is no YAML", by, &text.origin()));
            continue;
        };
        for node in nodes {
            let origin = node.origin.clone();
            let change = match node.is_mapping() {
                true => Change {
                    target: target().or_else(|| Target::of_part(&node)),
                    what: What::Part(Box::new(node)),
                    origin,
                },
                false => Change { target: target(), what: What::Operations(node.items().to_vec()), origin },
            };
            changes.push(Arc::new(change));
        }
    }
    changes
}

/// What `replacements:` writes into the words and volumes of containers.
fn of_replacement(replacement: &Node, by: &Arc<SourceFile>, surroundings: &dyn Surroundings) -> Vec<Arc<Change>> {
    if let Some(path) = replacement.text_at(&["path"]) {
        return match surroundings.file(path.as_str()) {
            Some(file) => {
                let found = yaml::nodes(&Text::of(&file));
                let all = found
                    .iter()
                    .flat_map(|node| if node.is_mapping() { std::slice::from_ref(node) } else { node.items() });
                // One that names a file again is none.
                all.filter(|one| one.get("path").is_none())
                    .flat_map(|one| of_replacement(one, by, surroundings))
                    .collect()
            }
            None => vec![not_here(path, by)],
        };
    }
    let targets = replacement.get("targets").map(Node::items).unwrap_or_default().iter();
    let is_of_servers =
        |target: &&Node| target.strings("fieldPaths").iter().any(|path| is_of_servers(path.split(['.', '/'])));
    let changes = targets.filter(is_of_servers).map(|target| {
        let select = target.get("select").map(Target::of);
        unseen_for(select, "replacements, which are not made here", by, &target.origin)
    });
    changes.collect()
}

/// Whether a path leads to what decides about flags and their files.
fn is_of_servers<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
    parts.any(|part| KEYS.contains(&part) || matches!(part, "containers" | "initContainers" | "volumes" | "data"))
}

/// What of a container decides about its flags and their files.
const KEYS: [&str; 4] = ["command", "args", "volumeMounts", "workingDir"];

impl Wanted {
    fn of(written: String) -> Self {
        let expression = RegexBuilder::new(&format!("^(?:{written})$")).size_limit(MOST_OF_AN_EXPRESSION).build().ok();
        Self { written, expression }
    }

    /// `otherwise`: where it does not match.
    fn is_for(&self, own: &str, otherwise: IsFor) -> IsFor {
        match &self.expression {
            _ if self.written == own => IsFor::Yes,
            Some(expression) if expression.is_match(own) => IsFor::Yes,
            Some(_) => otherwise,
            None => IsFor::Perhaps,
        }
    }
}

impl Target {
    fn of(target: &Node) -> Self {
        let text = |key: &str| Some(target.text_at(&[key])?.as_str().to_owned()).filter(|text| !text.is_empty());
        let wanted = |key: &str| text(key).map(Wanted::of);
        let labels = match (text("labelSelector"), text("annotationSelector")) {
            (None, None) => Selected::Any,
            (Some(labels), None) => LabelSelector::parse(&labels).map_or(Selected::Unknown, Selected::By),
            _ => Selected::Unknown,
        };
        let (group, version, kind) = (wanted("group"), wanted("version"), wanted("kind"));
        Self { group, version, kind, name: wanted("name"), namespace: wanted("namespace"), labels }
    }

    /// A part says itself which object it is laid over.
    fn of_part(part: &Node) -> Option<Self> {
        let wanted = |path: &[&str]| Some(Wanted::of(regex::escape(part.text_at(path)?.as_str())));
        let (kind, name) = (wanted(&["kind"])?, wanted(&["metadata", "name"])?);
        let (group, version, namespace) = (None, None, wanted(&["metadata", "namespace"]));
        Some(Self { group, version, kind: Some(kind), name: Some(name), namespace, labels: Selected::Any })
    }

    /// `earlier`: what was changed before, as bases give labels that an overlay asks for.
    fn is_for(&self, object: &Node, earlier: &[Arc<Change>]) -> IsFor {
        let text = |path: &[&str]| object.text_at(path).map_or("", Text::as_str);
        let (group, version) = text(&["apiVersion"]).split_once('/').unwrap_or(("", text(&["apiVersion"])));
        let name = text(&["metadata", "name"]);
        // A kustomization may have given it another name or namespace, and either of the two is asked for.
        let may_be_renamed = self.name.as_ref().is_some_and(|wanted| !name.is_empty() && wanted.written.contains(name));
        let of_name = if may_be_renamed { IsFor::Perhaps } else { IsFor::No };
        let asked = [
            (&self.group, group, IsFor::No),
            (&self.version, version, IsFor::No),
            (&self.kind, text(&["kind"]), IsFor::No),
            (&self.name, name, of_name),
            (&self.namespace, text(&["metadata", "namespace"]), IsFor::Perhaps),
        ];
        let asked =
            asked.into_iter().filter_map(|(wanted, own, otherwise)| Some(wanted.as_ref()?.is_for(own, otherwise)));
        let gives = |change: &Arc<Change>, selector: &LabelSelector| match &change.what {
            What::Labels { pairs, .. } => selector.keys().any(|key| pairs.entry(key).is_some()),
            What::Unseen(_) => true,
            What::Operations(_) | What::Part(_) | What::Namespace(_) => false,
        };
        let label = |key: &str| object.text_at(&["metadata", "labels", key]).map(Text::as_str);
        let selected = match &self.labels {
            Selected::Any => IsFor::Yes,
            Selected::By(selector) if !earlier.iter().any(|change| gives(change, selector)) => {
                if selector.matches(label) { IsFor::Yes } else { IsFor::No }
            }
            Selected::By(_) | Selected::Unknown => IsFor::Perhaps,
        };
        asked.chain([selected]).max().unwrap_or(selected)
    }
}

impl Change {
    pub(super) fn is_for(&self, object: &Node, earlier: &[Arc<Change>]) -> IsFor {
        match (&self.target, &self.what) {
            (Some(target), _) => target.is_for(object, earlier),
            // kustomize asks for a target of operations, and for a name of parts.
            (None, What::Part(_)) => IsFor::No,
            (None, What::Namespace(namespace)) => moved::by_namespace(object, namespace),
            (None, What::Labels { is_of_selectors, is_of_templates, .. }) => {
                let is_any = !moved::label_paths(object, *is_of_selectors, *is_of_templates).is_empty();
                if is_any { IsFor::Yes } else { IsFor::No }
            }
            (None, What::Operations(_) | What::Unseen(_)) => IsFor::Perhaps,
        }
    }

    /// Makes the change in an object that it is for.
    ///
    /// # Errors
    ///
    /// Where it is not followed; the object is something between then.
    pub(super) fn make(
        &self,
        object: &mut Node,
        replaced: &mut Vec<Origin>,
        brought: &mut Brought,
    ) -> Result<Left, Refused> {
        match &self.what {
            What::Operations(operations) if moved::renames(operations, object) => Err(Refused),
            What::Operations(operations) => object.patch(operations, replaced, brought).map(|()| Left::Changed),
            What::Part(part) => object.merge(part, replaced, brought),
            What::Namespace(namespace) => {
                object.set(&["metadata", "namespace"], namespace.clone()).map(|()| Left::Changed)
            }
            What::Labels { pairs, is_of_selectors, is_of_templates } => {
                for path in moved::label_paths(object, *is_of_selectors, *is_of_templates) {
                    for entry in pairs.entries() {
                        let path: Vec<&str> = path.iter().copied().chain([entry.key.as_str()]).collect();
                        object.set(&path, entry.value.clone())?;
                    }
                }
                Ok(Left::Changed)
            }
            What::Unseen(_) => Err(Refused),
        }
    }

    /// Whether an overlay's objects are told again for it: a namespace where none was, and labels on both sides, change nothing
    /// that was judged.
    pub(super) fn is_told_again(&self, object: &Node) -> bool {
        match self.what {
            What::Namespace(_) => moved::has_namespace(object),
            What::Labels { .. } => false,
            _ => true,
        }
    }

    /// Leaves open what it may change in the servers of an object.
    pub(super) fn leave_open(&self, documents: &mut [Document]) {
        for document in documents {
            match document {
                Document::Invocation(server) if server.format == InputFormat::Manifest => self.leave_open_in(server),
                Document::Resource(resource) => {
                    if let Resource::Workload(workload) = &mut *resource {
                        workload
                            .containers
                            .iter_mut()
                            .for_each(|container| self.leave_open_in(&mut container.invocation));
                    }
                    if !self.is_of_words_alone() {
                        resource.object_mut().open.get_or_insert_with(|| self.why());
                    }
                }
                Document::ApiService(service) => {
                    service.open.get_or_insert_with(|| self.why());
                }
                _ => {}
            }
        }
    }

    fn leave_open_in(&self, server: &mut Invocation) {
        if let What::Operations(operations) = &self.what {
            let changes: Vec<WordChange> = operations.iter().flat_map(WordChange::of_operation).collect();
            changes.iter().for_each(|change| change.leave_open(server));
            // One tells where to look: a kustomization of many changes is not told once more for each server.
            if let Some(first) = changes.first() {
                server.completeness = Completeness::Fragment;
                server.unresolved.push(Located::new(first.message(), first.origin.clone()));
            }
        }
        if !self.is_of_words_alone() {
            server.open.get_or_insert_with(|| self.why());
            server.may_be_replaced = true;
        }
    }

    /// Whether all that it changes is flags, which are left open one by one.
    fn is_of_words_alone(&self) -> bool {
        let What::Operations(operations) = &self.what else { return false };
        let is_one = |operation: &Node| operation.text_at(&["path"]).is_some_and(|path| is_of_words(path.as_str()));
        operations.iter().filter(|operation| !operation.is("op", "test")).all(is_one)
    }

    /// Why it is not made, for people.
    fn why(&self) -> Located<String> {
        let by = self.origin.file();
        let why = match &self.what {
            _ if self.target.as_ref().is_some_and(|target| matches!(target.labels, Selected::Unknown)) => {
                why("a patch whose target selects by labels or annotations, which are not looked at here", by)
            }
            What::Operations(operations) if moved::names(operations) => {
                why("a JSON patch that renames what others name, which is not followed here", by)
            }
            What::Operations(_) => why("a JSON patch that is not applied here", by),
            What::Part(_) => why("a part of the object that is not merged into it here", by),
            What::Namespace(_) => why("`namespace`, with which references to what it moves change", by),
            What::Labels { .. } => why("labels that are not set here", by),
            What::Unseen(why) => why.clone(),
        };
        Located::new(why, self.origin.clone())
    }

    /// Whether it decides about flags and their files, where it is not applied.
    pub(super) fn matters(&self) -> bool {
        match &self.what {
            What::Operations(operations) => operations.iter().any(|operation| {
                operation.text_at(&["path"]).is_some_and(|path| !path.as_str().starts_with("/metadata/annotations"))
            }),
            What::Part(part) => says_how_servers_run(part),
            What::Namespace(_) | What::Labels { .. } | What::Unseen(_) => true,
        }
    }
}

/// What of the objects around servers decides whether they are reached, and what they may do.
const OF_OBJECTS: [&str; 19] = [
    "volumes",
    "ports",
    "selector",
    "labels",
    "serviceAccountName",
    "serviceAccount",
    "automountServiceAccountToken",
    "hostNetwork",
    "roleRef",
    "subjects",
    "rules",
    "caBundle",
    "insecureSkipTLSVerify",
    "service",
    "type",
    "clusterIP",
    "externalName",
    "data",
    "stringData",
];

fn says_how_servers_run(part: &Node) -> bool {
    let is_one = |key: &str| KEYS.contains(&key) || OF_OBJECTS.contains(&key) || key.starts_with('$');
    part.entries().iter().any(|entry| is_one(entry.key.as_str()) || says_how_servers_run(&entry.value))
        || part.items().iter().any(says_how_servers_run)
}

/// What an operation that is not applied does to the words of a server.
struct WordChange {
    /// The flag that it gives. `None`: it takes the place of a word, whatever that is.
    flag: Option<String>,
    origin: Origin,
}

impl WordChange {
    fn of_operation(operation: &Node) -> Vec<Self> {
        let Some(path) = operation.text_at(&["path"]).filter(|path| is_of_words(path.as_str())) else {
            return Vec::new();
        };
        let value = operation.get("value");
        let items = value.map(Node::items).unwrap_or_default().iter();
        let given = items.chain(value).filter_map(Node::text);
        let of_word = |word: &Text| Some(Self { flag: Some(flag_name(word.as_str())?), origin: word.origin() });
        let mut changes: Vec<Self> = given.filter_map(of_word).collect();
        // Nothing else leaves the words that are there as they are.
        let appends = operation.is("op", "add") && path.as_str().ends_with("/-");
        if !appends || changes.is_empty() {
            changes.push(Self { flag: None, origin: path.origin() });
        }
        changes
    }

    fn leave_open(&self, server: &mut Invocation) {
        let mut is_value = false;
        for argument in &mut server.arguments {
            let name = flag_name(argument.text.as_str());
            let is_flag = self.flag.is_none() || name.is_some() && name == self.flag;
            let is_its_value = is_value && name.is_none();
            is_value = is_flag && !argument.text.as_str().contains('=');
            argument.opaque |= is_flag || is_its_value;
        }
    }

    fn message(&self) -> String {
        let (what, line) =
            (self.flag.as_ref().map_or("a change".to_owned(), |flag| format!("--{flag}")), self.origin.start().0);
        format!("{what} stands on line {line} of {}, but {}", self.origin.file().name(), NotRead::Patch)
    }
}

/// `/spec/template/spec/containers/0/args/-`
fn is_of_words(path: &str) -> bool {
    let is_key = |key: &str| path.split('/').any(|part| part == key);
    is_key("containers") && (is_key("args") || is_key("command"))
}
