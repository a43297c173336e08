//! Kubernetes objects with a pod in them: which container runs what, with which arguments, and what is mounted where.

use crate::kubernetes::Component;
use crate::kubernetes::flags::is_kube_apiservers_own;
use crate::source::arguments::{holds_more_flags, is_elision, not_told};
use crate::source::expression::has_expression;
use crate::source::extra_arguments;
use crate::source::file_system::FileSystem;
use crate::source::formats::command;
use crate::source::formats::environment::Environment;
use crate::source::formats::pod_volumes;
use crate::source::place::Owner;
use crate::source::program::{self, Certainty};
use crate::source::script::handed_on;
use crate::source::shell::{Braces, Field, Preset};
use crate::source::template;
use crate::source::working_directory::is_path;
use crate::source::wrapper;
use crate::source::yaml::Node;
use crate::source::{Argument, Beneath, Completeness, InputFormat, Invocation, Mount};
use crate::text::{Located, Origin, Text};

/// What one container of a pod runs of ours.
pub(in crate::source) fn container(container: &Node, pod: &Node, owner: &Owner) -> Vec<Invocation> {
    let words = Words::of(container);
    let mut invocations = match words.script() {
        Some(script) => words.run(&script, container),
        None => words.invocation(container).into_iter().collect(),
    };
    if invocations.is_empty() {
        invocations = handed_on(&words.fields(), InputFormat::Manifest);
    }
    let mounts = pod_volumes::mounts(container, pod);
    let version = image_version(container);
    for invocation in &mut invocations {
        invocation.node = node_name(pod, owner, invocation.component);
        invocation.version = version.clone().or(invocation.version.take());
        words.finish(invocation, container, &mounts, owner);
        // OpenShift's own file holds most of the flags.
        let elsewhere = |argument: &Argument| argument.text.as_str().starts_with("--openshift-config");
        if invocation.arguments.iter().any(elsewhere) {
            invocation.completeness = Completeness::Fragment;
        }
    }
    invocations
}

/// All parameters of a script.
const ALL_PARAMETERS: [&str; 4] = ["$@", "${@}", "$*", "${*}"];

/// What a shell runs in a container.
pub(super) struct Script<'a> {
    pub(super) text: &'a Text,
    /// The words behind it: `$1` and so on.
    parameters: &'a [Argument],
}

/// The argument vector: `command` and `args`, with the container's environment in it.
#[derive(Default)]
pub(super) struct Words {
    words: Vec<Argument>,
    /// Somebody left something out: `- ...`.
    cut: bool,
    /// A template decides whether some of them are there.
    steered: bool,
    /// What a template puts there.
    hidden: Vec<Text>,
    unresolved: Vec<Located<String>>,
}

impl Words {
    pub(super) fn of(container: &Node) -> Self {
        let environment = Environment::of(container);
        let mut words = Self::default();
        for key in ["command", "args"] {
            words.hidden.extend(container.hidden_in(key));
            let Some(list) = container.get(key) else { continue };
            words.steered |= !list.gaps.is_empty();
            // A string where a list belongs is no valid object, but what people write before a tool turns it into one.
            let items = if list.text().is_some() { std::slice::from_ref(list) } else { list.items() };
            for item in items {
                // `- ...` stands for what somebody left out; `- [...]` is a list to YAML.
                let Some(text) = item.text().or_else(|| item.items().first()?.text()) else { continue };
                let is_list = item.text().is_none();
                if is_elision(text.as_str()) {
                    words.cut = true;
                    continue;
                }
                if is_list {
                    continue;
                }
                let text = words.without_no_break_spaces(text);
                let length = text.len();
                let text = template::without_control(text);
                words.steered |= text.len() != length;
                let mut unresolved = Vec::new();
                let (text, unknown) = environment.expand(text, &mut unresolved);
                let mut word = Argument::written(text);
                // Addresses come from the pod's status in most manifests; nobody needs to be told.
                if extra_arguments::name(&word).is_none_or(|name| is_about_identities(&name)) {
                    words.unresolved.append(&mut unresolved);
                }
                word.opaque |= unknown || item.tagged;
                if word.opaque && holds_more_flags(word.text.as_str()) {
                    words.cut = true;
                    words.unresolved.push(not_told(&word.text));
                }
                words.words.push(word);
            }
        }
        words
    }

    /// Documents that were copied from a web page have U+00A0 around their flags.
    fn without_no_break_spaces(&mut self, text: &Text) -> Text {
        const NO_BREAK_SPACE: char = '\u{a0}';
        let string = text.as_str();
        let start = string.len() - string.trim_start_matches(NO_BREAK_SPACE).len();
        let end = string.trim_end_matches(NO_BREAK_SPACE).len();
        if start == 0 && end == string.len() {
            return text.clone();
        }
        let message = "U+00A0 (no-break space) is part of this argument; it is read here as if it were not";
        self.unresolved.push(Located::new(message.to_owned(), text.origin()));
        text.slice(start..end.max(start))
    }

    fn fields(&self) -> Vec<Field> {
        self.words.iter().map(field).collect()
    }

    /// What holds for whatever the container runs.
    pub(super) fn finish(&self, invocation: &mut Invocation, container: &Node, mounts: &[Mount], owner: &Owner) {
        invocation.name.clone_from(&owner.name);
        invocation.namespace.clone_from(&owner.namespace);
        invocation.format = InputFormat::Manifest;
        // Without any it may be an excerpt; one with an image is a container, which sees no file of its host.
        let is_excerpt = mounts.is_empty() && container.get("image").is_none();
        let beneath = match container.hidden_in("volumeMounts").as_slice() {
            [] if is_excerpt => Beneath::Host,
            [] => Beneath::Image,
            _ => Beneath::Unknown("a template gives volumes of the container".to_owned()),
        };
        invocation.see(&FileSystem { mounts: mounts.to_vec(), beneath });
        invocation.unresolved.extend(self.unresolved.iter().cloned());
        if let Some(directory) = container.text_at(&["workingDir"]) {
            invocation.start_in(directory.as_str());
        }
        if self.cut {
            invocation.completeness = Completeness::Fragment;
        }
        if self.steered {
            template::settle_branches(&mut invocation.arguments);
        }
        invocation.hide(self.hidden.iter().cloned());
    }

    /// Whether neither a word nor the image names a component of the control plane.
    pub(super) fn runs_nothing_known(&self, container: &Node) -> bool {
        let strings = self.strings();
        let first = strings.first().and_then(|word| program::component(word));
        let handed_on = || !handed_on(&self.fields(), InputFormat::Manifest).is_empty();
        let known = first.is_some() || self.named_invocation().is_some() || handed_on();
        let script_runs = || self.script().is_some_and(|script| !self.run(&script, container).is_empty());
        !known && component_by_name(container, &strings).is_none() && !script_runs()
    }

    pub(super) fn arguments(&self, start: usize) -> Vec<Argument> {
        self.words.get(start..).unwrap_or_default().to_vec()
    }

    pub(super) fn strings(&self) -> Vec<&str> {
        self.words.iter().map(|word| word.text.as_str()).collect()
    }

    /// The word that is a shell.
    pub(super) fn shell(&self) -> Option<usize> {
        self.words.iter().position(|word| program::is_shell(word.text.as_str()))
    }

    /// What a shell runs, or the one string that holds a whole command line.
    pub(super) fn script(&self) -> Option<Script<'_>> {
        if let Some(shell) = self.shell() {
            let words = self.words.get(shell..)?;
            let strings: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let (script, rest) = words.get(program::script(&strings)?..)?.split_first()?;
            // The first of them is `$0`.
            return Some(Script { text: &script.text, parameters: rest.get(1..).unwrap_or_default() });
        }
        match self.words.as_slice() {
            [only] if only.text.as_str().trim().contains(char::is_whitespace) => {
                Some(Script { text: &only.text, parameters: &[] })
            }
            _ => None,
        }
    }

    /// What the container gives to a script.
    pub(super) fn preset(&self, script: &Script<'_>, container: &Node) -> Preset {
        // A patch may have the rest of the words elsewhere.
        let is_whole = !self.cut && self.hidden.is_empty() && container.get("image").is_some();
        let parameters = script.parameters.iter().map(field).collect();
        let parameters = (is_whole || !script.parameters.is_empty()).then_some(parameters);
        let anything = container.get("envFrom").is_some() || !container.hidden_in("env").is_empty();
        let shell = self.shell().and_then(|shell| self.words.get(shell));
        let braces = shell.map_or(Braces::default(), |shell| Braces::of(shell.text.as_str()));
        Preset { parameters, variables: Environment::of(container).variables(), anything, braces }
    }

    /// What a script runs, with the words behind it in the place of `"$@"`.
    pub(super) fn run(&self, script: &Script<'_>, container: &Node) -> Vec<Invocation> {
        let mut found = command::invocations(script.text, &self.preset(script, container), InputFormat::Manifest);
        // Flags alone, such as those of a here-document, start nothing.
        found.retain(|one| self.shell().is_none() || !one.is_excerpt());
        if found.is_empty() && ALL_PARAMETERS.iter().any(|all| script.text.as_str().contains(all)) {
            let words = Self { words: script.parameters.to_vec(), ..Self::default() };
            return words.named_invocation().into_iter().collect();
        }
        found
    }

    /// The program that the words name, with what is behind it.
    fn named_invocation(&self) -> Option<Invocation> {
        let strings = self.strings();
        let program = program::find(&strings, Certainty::Guess, |index| self.is_unknown(index))?;
        let origin = self.words.get(program.word)?.text.origin();
        let arguments = self.arguments(program.arguments);
        let mut invocation = Invocation::new(program.component, "", origin, InputFormat::Manifest, arguments);
        invocation.see(&wrapper::file_system(self.fields().get(..program.word).unwrap_or_default()));
        Some(invocation)
    }

    pub(super) fn is_unknown(&self, index: usize) -> bool {
        self.words.get(index).is_some_and(|word| word.opaque)
    }

    fn invocation(&self, container: &Node) -> Option<Invocation> {
        let strings = self.strings();
        if let Some(named) = self.named_invocation() {
            return Some(named);
        }
        let unknown = |index: usize| self.is_unknown(index);
        let first = strings.first().and_then(|word| program::component(word));
        let (component, origin, start, named) = match (first, self.words.first()) {
            (Some(component), Some(word)) => (component, word.text.origin(), 1, true),
            _ => {
                // Flags alone, for the entry point of an image.
                let (component, origin, image) = component_by_name(container, &strings)?;
                // A template that chooses between programs leaves both here.
                let start =
                    (0..strings.len()).find(|at| unknown(*at) || strings.get(*at).is_some_and(|w| w.starts_with('-')));
                (component, origin, start.unwrap_or(0), image)
            }
        };
        let arguments = self.arguments(start);
        // The container's owner gives the name.
        let mut invocation = Invocation::new(component, "", origin, InputFormat::Manifest, arguments);
        if !named {
            invocation.completeness = Completeness::Fragment;
        }
        Some(invocation)
    }
}

fn field(word: &Argument) -> Field {
    Field { opaque: word.opaque, ..Field::known(word.text.clone()) }
}

/// The component that a container without a program must be, where it stands, and whether its image says so. Without an
/// image it is a patch, which is laid over something else.
fn component_by_name(container: &Node, words: &[&str]) -> Option<(Component, Origin, bool)> {
    let has_flags = words.iter().any(|word| program::flag_name(word).is_some_and(|name| program::is_known(&name)));
    if !has_flags {
        return None;
    }
    let named = |key: &str| {
        let text = container.text_at(&[key])?;
        Some((program::component_of_image(text.as_str())?, text.origin()))
    };
    if let Some((component, origin)) = named("image") {
        return Some((component, origin, true));
    }
    if let Some((component, origin)) = named("name") {
        return Some((component, origin, false));
    }
    // `apiserver`, but not one that only extends the API.
    let name = container.text_at(&["name"])?;
    let own = words.iter().any(|word| program::flag_name(word).is_some_and(|flag| is_kube_apiservers_own(&flag)));
    (own && name.as_str().ends_with("apiserver")).then(|| (Component::KubeApiserver, name.origin(), false))
}

/// The node that a pod runs on. The kubelet gives the mirror of a static pod the node's name as a suffix
/// (`generatePodName` of pkg/kubelet/config/common.go).
fn node_name(pod: &Node, owner: &Owner, component: Component) -> Option<String> {
    let given = pod.text_at(&["nodeName"]).map(Text::as_str);
    let mirror = || {
        let name = owner.name.strip_prefix("Pod ")?.rsplit('/').next()?;
        name.strip_prefix(component.name())?.strip_prefix('-')
    };
    let name = given.or_else(mirror)?;
    (!name.is_empty() && !has_expression(name)).then(|| name.to_owned())
}

/// Flags that name files of keys and certificates, or identities.
fn is_about_identities(flag: &str) -> bool {
    is_path(flag) || flag.starts_with("requestheader-")
}

/// The tag of an image that has Kubernetes in its name.
fn image_version(container: &Node) -> Option<Located<crate::kubernetes::KubernetesVersion>> {
    let image = container.text_at(&["image"])?;
    let without_digest = image.as_str().split('@').next()?;
    let base_name = without_digest.rfind('/').map_or(0, |at| at + 1);
    let colon = base_name + without_digest.get(base_name..)?.find(':')?;
    let repository = without_digest.get(base_name..colon)?;
    if !repository.contains("kube") {
        return None;
    }
    let tag = image.slice(colon + 1..without_digest.len());
    tag.as_str().parse().ok().map(|version| Located::new(version, tag.origin()))
}
