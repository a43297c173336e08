//! Flags in the settings of distributions and other tools: k3s, RKE, RKE2, Talos, k0s, kops, BOSH, Ansible, compose.
//!
//! Each lays what is written over defaults of its own, so all of these are fragments. The tools are many and alike: a
//! key names the component, and it or a key below it holds flags as a map, a list or a string.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use crate::kubernetes::{Component, flags};
use crate::source::arguments::{Arguments, program_of};
use crate::source::container_run::image_version;
use crate::source::extra_arguments;
use crate::source::file_system::FileSystem;
use crate::source::formats::command;
use crate::source::formats::extension_server;
use crate::source::formats::tools::{self, normalized};
use crate::source::place::Place;
use crate::source::program::{self, Certainty};
use crate::source::script::{self, handed_on};
use crate::source::shell::{self, Field, Preset};
use crate::source::template::settle_branches;
use crate::source::wrapper;
use crate::source::yaml::{Entry, Node};
use crate::source::{Argument, Completeness, Document, InputFormat, Invocation};
use crate::text::{Origin, Text};

/// Fields of kops' KubeAPIServerConfig that matter here (pkg/apis/kops/componentconfig.go). Lists are one flag with
/// commas, except where kops repeats the flag.
const KOPS: [(&str, &str); 19] = [
    ("anonymousAuth", "anonymous-auth"),
    ("clientCAFile", "client-ca-file"),
    ("enableAggregatorRouting", "enable-aggregator-routing"),
    ("etcdCaFile", "etcd-cafile"),
    ("etcdCertFile", "etcd-certfile"),
    ("etcdKeyFile", "etcd-keyfile"),
    ("kubeletClientCertificate", "kubelet-client-certificate"),
    ("kubeletClientKey", "kubelet-client-key"),
    ("proxyClientCertFile", "proxy-client-cert-file"),
    ("proxyClientKeyFile", "proxy-client-key-file"),
    ("requestheaderAllowedNames", "requestheader-allowed-names"),
    ("requestheaderClientCAFile", "requestheader-client-ca-file"),
    ("requestheaderExtraHeaderPrefixes", "requestheader-extra-headers-prefix"),
    ("requestheaderGroupHeaders", "requestheader-group-headers"),
    ("requestheaderUsernameHeaders", "requestheader-username-headers"),
    ("serviceAccountIssuer", "service-account-issuer"),
    ("serviceAccountKeyFile", "service-account-key-file"),
    ("tlsCertFile", "tls-cert-file"),
    ("tlsPrivateKeyFile", "tls-private-key-file"),
];

const KOPS_REPEATED: &str = "service-account-key-file";

/// Words in a key that hold flags of the component that it or a key above it names.
const FLAG_WORDS: [&str; 5] = ["args", "arg", "flags", "arguments", "extraargsarray"];

/// The component that the keys above name, the nearest first.
fn component_above(place: Place<'_>) -> Option<Component> {
    place.path.iter().rev().find_map(|key| component_of(key))
}

/// What a mapping of a tool's settings gives to our components, and the keys whose values were read for it.
pub(in crate::source) fn read(node: &Node, place: Place<'_>) -> (Vec<Document>, Vec<String>) {
    let mut found = Found::default();
    let name = node.text_at(&["name"]).map(Text::as_str);
    let around = Around { name, named: component_by_name(node), image: image_of(node) };
    for entry in node.effective_entries() {
        found.add_entry(entry, &around, place);
    }
    if found.is_empty() {
        found.add_bare_flags(node, place);
    }
    let read = std::mem::take(&mut found.read);
    (found.into_documents(node, place), read)
}

/// What a mapping says beside its flags about whose they are.
struct Around<'a> {
    name: Option<&'a str>,
    named: Option<Component>,
    image: Option<&'a str>,
}

/// `image: REPOSITORY`, or the same in the parts of Helm's charts.
fn image_of(node: &Node) -> Option<&str> {
    let parts: [&[&str]; 3] = [&["image"], &["image", "repository"], &["image", "name"]];
    parts.into_iter().find_map(|path| node.text_at(path)).map(Text::as_str)
}

/// The component that a mapping says that it is for: `- name: kube-apiserver`.
pub(in crate::source) fn component_by_name(node: &Node) -> Option<Component> {
    component_of(node.text_at(&["name"])?.as_str())
}

/// What a list gives to one component in several parts, such as kwok's `componentsPatches`, is given to one process; its
/// documents are those from `start`.
pub(in crate::source) fn join(documents: &mut Vec<Document>, start: usize) {
    let is_part =
        |one: &Invocation| one.format == InputFormat::Distribution && one.completeness == Completeness::Fragment;
    // Where the first part of each stands.
    let mut first: HashMap<(Component, String), usize> = HashMap::new();
    for document in documents.split_off(start) {
        let key = match &document {
            Document::Invocation(part) if is_part(part) => Some((part.component, part.name.clone())),
            _ => None,
        };
        let known = key.and_then(|key| match first.entry(key) {
            Slot::Occupied(known) => documents.get_mut(*known.get()),
            Slot::Vacant(slot) => {
                slot.insert(documents.len());
                None
            }
        });
        match (known, document) {
            (Some(Document::Invocation(known)), Document::Invocation(part)) => {
                known.arguments.extend(part.arguments);
                known.unresolved.extend(part.unresolved);
                known.superseded.extend(part.superseded);
            }
            (_, document) => documents.push(document),
        }
    }
}

/// A list somewhere in a file that is a command line, or the flags of one; or options that hand flags on, such as k3OS'
/// `k3s_args`, k3d's `extraArgs` and minikube's `ExtraOptions`.
pub(in crate::source) fn read_list(list: &Node, place: Place<'_>) -> Vec<Document> {
    if let Some(document) = command_in(list, place) {
        return vec![document];
    }
    let fields: Vec<Field> = list.items().iter().filter_map(option).map(Field::known).collect();
    handed_on(&fields, InputFormat::Distribution).into_iter().map(Document::Invocation).collect()
}

/// An option that hands a flag on, as a word: a string, `{arg: --kube-apiserver-arg=…, nodeFilters: […]}` (k3d, pkg/config,
/// `K3sArgWithNodeFilters`) or `{Component: apiserver, Key: …, Value: …}` (minikube, pkg/minikube/config, `ExtraOption`).
fn option(item: &Node) -> Option<Text> {
    let text = |key: &str| item.text_at(&[key]);
    if let Some(word) = item.text().or_else(|| text("arg")) {
        return Some(word.clone());
    }
    let (component, key, value) = (text("Component")?, text("Key")?, text("Value")?);
    let start = component.slice(0..0).origin();
    let mut word = Text::synthetic("--extra-config=", &start);
    for part in [component, &Text::synthetic(".", &start), key, &Text::synthetic("=", &start), value] {
        word.append(part);
    }
    Some(word)
}

fn command_in(list: &Node, place: Place<'_>) -> Option<Document> {
    // A template's control line may stand where an item does: `- <% if x %>`.
    let items = list.items().iter().filter(|item| !item.is_null());
    let texts: Vec<&Text> = items.map(Node::text).collect::<Option<_>>()?;
    let words: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
    let arguments = |from: usize| {
        let mut arguments = texts.iter().skip(from).map(|text| Argument::written((*text).clone())).collect::<Vec<_>>();
        if !list.gaps.is_empty() {
            settle_branches(&mut arguments);
        }
        arguments
    };
    if let Some(program) = program::find(&words, Certainty::Guess, |_| false) {
        let origin = texts.get(program.word)?.origin();
        // Under other keys it is a part from which something makes a command.
        let whole = place.path.last().is_some_and(|key| ["command", "cmd", "args"].contains(&normalized(key).as_str()));
        let completeness = if !whole { Completeness::Fragment } else { Completeness::Complete };
        let mut found = empty(program.component, origin);
        found = Invocation { name: place.title(None), arguments: arguments(program.arguments), completeness, ..found };
        let before = texts.iter().take(program.word).map(|text| Field::known((*text).clone()));
        found.see(&wrapper::file_system(&before.collect::<Vec<_>>()));
        found.hide(list.gaps.hidden().cloned());
        return Some(Document::Invocation(found));
    }
    let words_as_arguments = arguments(0);
    if component_above(place).is_none() && extension_server::is_of_settings(place, &words_as_arguments) {
        let origin = texts.first()?.origin();
        let server = extension_server::of_settings(&place.title(None), &origin, words_as_arguments);
        return Some(Document::Resource(server));
    }
    let ours = |word: &&str| is_distinctive(word.trim_start_matches('-').split('=').next().unwrap_or_default());
    if !words.iter().any(ours) || words.iter().any(|word| !word.contains('=') && !word.starts_with('-')) {
        return None;
    }
    let component = match component_above(place) {
        Some(named) => extension_server::component_of_settings(named, place.names(), &words_as_arguments, None)?,
        None => program::component_of_flags(words.iter().copied())?,
    };
    let origin = texts.first()?.origin();
    if component == Component::ExtensionApiServer {
        let server = extension_server::of_settings(&place.title(None), &origin, words_as_arguments);
        return Some(Document::Resource(server));
    }
    // kwok's, which are all of a component's arguments (kwok.x-k8s.io, KwokctlConfiguration, `components`).
    let is_of_components = matches!(place.path, [.., above, _, key] if above == "components" && key == "args");
    let has = |name: &str| words.iter().any(|word| program::flag_name(word).as_deref() == Some(name));
    let whole = is_of_components && program::starts_with(component, has);
    let completeness = if whole { Completeness::Complete } else { Completeness::Fragment };
    Some(invocation(component, place.title(None), origin, extra_arguments::of(list), completeness))
}

/// A service of docker-compose, or anything else with an image and a command; nothing where it runs none of ours.
pub(in crate::source) fn read_service(service: &Node, place: Place<'_>) -> Option<Vec<Document>> {
    service.get("image")?;
    let parts: Vec<&Node> = ["entrypoint", "command"].into_iter().filter_map(|key| service.get(key)).collect();
    let mut found = match parts.as_slice() {
        [] => return None,
        [only] => only.text().map(|only| command::invocations(only, &Preset::default(), InputFormat::Distribution)),
        _ => None,
    }
    .unwrap_or_default();
    if found.iter().all(Invocation::is_excerpt) {
        let run = run_by_image(service.text_at(&["image"])?, &parts);
        found = if run.is_empty() { found } else { run };
    }
    for invocation in &mut found {
        invocation.name = place.title(None);
        invocation.format = InputFormat::Distribution;
        invocation.see(&service_volumes(service));
        invocation.hide(parts.iter().flat_map(|part| part.gaps.hidden().cloned()));
    }
    (!found.is_empty()).then(|| found.into_iter().map(Document::Invocation).collect())
}

/// What an image runs with an entry point and a command. Strings are split as a shell does, without one (compose-spec,
/// services.command and services.entrypoint).
fn run_by_image(image: &Text, parts: &[&Node]) -> Vec<Invocation> {
    let words = |part: &&Node| match part.text() {
        Some(text) => shell::words(text).0,
        None => part.items().iter().filter_map(Node::text).map(|text| Field::known(text.clone())).collect(),
    };
    let own: Vec<Field> = parts.iter().flat_map(words).collect();
    let start = image.slice(0..0).origin();
    let run = ["podman", "run"].map(|word| Field::known(Text::synthetic(word, &start)));
    let fields: Vec<Field> = run.into_iter().chain([Field::known(image.clone())]).chain(own.iter().cloned()).collect();
    let program = program_of(&fields, Certainty::Guess);
    let Some((program, word)) = program.and_then(|found| Some((found, fields.get(found.word)?))) else {
        let nested = script::nested(&own);
        return nested.iter().flat_map(|one| one.invocations(&one.preset, InputFormat::Distribution)).collect();
    };
    let arguments = Arguments::of(fields.get(program.arguments..).unwrap_or_default());
    let mut invocation = arguments.invocation(program.component, "", word.text.origin(), InputFormat::Distribution);
    invocation.version = image_version(&fields);
    // The image's own volumes are told beside it.
    let before = program.word.saturating_sub(fields.len() - own.len());
    invocation.see(&wrapper::file_system(own.get(..before).unwrap_or_default()));
    vec![invocation]
}

/// `volumes: ["/host:/container:ro"]`, or each a mapping.
fn service_volumes(service: &Node) -> FileSystem {
    let mut seen = FileSystem::of_image();
    for volume in service.get("volumes").map(Node::items).unwrap_or_default() {
        let text = |key: &str| volume.text_at(&[key]).map(Text::as_str);
        match (volume.as_str(), text("source"), text("target")) {
            (Some(short), ..) => seen.volume(short),
            (None, Some(source), Some(target)) => seen.volume(&format!("{source}:{target}")),
            (None, None, Some(target)) => seen.hide(target),
            (None, _, None) => {}
        }
    }
    seen
}

/// Flags of one mapping, by component.
#[derive(Default)]
struct Found {
    /// With the first key that names them.
    components: Vec<(Component, Text, Vec<Argument>)>,
    /// The keys are the flags themselves.
    bare: bool,
    /// The keys whose values hold flags.
    read: Vec<String>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    fn add(&mut self, component: Component, key: &Text, arguments: Vec<Argument>) {
        if arguments.is_empty() {
            return;
        }
        self.read.push(key.as_str().to_owned());
        // RKE's `extra_args` and `extra_args_array`, k3s' `kube-apiserver-arg` and `kube-apiserver-arg+` are one.
        let same_setting = |other: &Text| {
            let (one, other) = (normalized(key.as_str()), normalized(other.as_str()));
            self.bare || one.starts_with(&other) || other.starts_with(&one)
        };
        match self.components.iter_mut().find(|(other, key, _)| *other == component && same_setting(key)) {
            Some((_, _, all)) => all.extend(arguments),
            None => self.components.push((component, key.clone(), arguments)),
        }
    }

    fn add_entry(&mut self, Entry { key, value }: &Entry, around: &Around<'_>, place: Place<'_>) {
        if normalized(key.as_str()) == "kubeapiserver" && value.is_mapping() {
            self.add(Component::KubeApiserver, key, kops_arguments(&value.loaded_as_yaml_1_1()));
            return;
        }
        if !holds_flags(key.as_str()) {
            return;
        }
        let arguments = extra_arguments::of(&tools::loaded(value, key, place.path));
        // A list of words may be all of a command (`read_list`).
        let named = around.named.filter(|_| value.items().iter().all(Node::is_mapping));
        let near = component_of(key.as_str()).or(named).or_else(|| component_of(place.path.last()?));
        let of_components = |argument: &Argument| {
            program::flag_name(argument.text.as_str()).is_some_and(|name| program::is_known(&name))
        };
        // `scheduler.extender.extraArgs` may be another program's.
        let far = || component_above(place).filter(|_| arguments.iter().any(of_components));
        let of_extension = || {
            let is_one = component_above(place).is_none() && extension_server::is_of_settings(place, &arguments);
            is_one.then_some(Component::ExtensionApiServer)
        };
        let component = near.or_else(far).or_else(of_extension);
        let told = |component| {
            let names = place.names().chain([key.as_str()]).chain(around.name);
            extension_server::component_of_settings(component, names, &arguments, around.image)
        };
        if let Some(component) = component.and_then(told) {
            self.add(component, key, arguments);
        }
    }

    /// A mapping whose keys are flags, under whatever key: only what is sure to be a flag is taken. Where the key names the
    /// component (`k8s_apiserver_settings`), any flag that matters here is.
    fn add_bare_flags(&mut self, node: &Node, place: Place<'_>) {
        let name = |entry: &Entry| entry.key.as_str().trim_start_matches('-').replace('_', "-");
        let entries = node.effective_entries();
        let is_named = place.path.last().is_some_and(|key| component_of(key).is_some());
        let is_sure = |entry: &&Entry| {
            let written = entry.key.as_str();
            is_distinctive(&name(entry)) || (is_named && written.contains('-') && flags::is_ours(written))
        };
        if !entries.iter().any(is_sure) {
            return;
        }
        let names: Vec<String> = entries.iter().map(|entry| format!("--{}", name(entry))).collect();
        let by_flags = || program::component_of_flags(names.iter().map(String::as_str));
        let all: Vec<Argument> = entries.iter().flat_map(|entry| of_bare_entry(entry)).collect();
        let of_extension = || extension_server::is_of_settings(place, &all).then_some(Component::ExtensionApiServer);
        let Some(component) = component_above(place).or_else(of_extension).or_else(by_flags) else { return };
        self.bare = true;
        for entry in entries {
            let scalar = !entry.value.is_mapping();
            if scalar && program::is_known(&name(entry)) {
                self.add(component, &entry.key, of_bare_entry(entry));
            }
        }
    }

    fn into_documents(self, settings: &Node, place: Place<'_>) -> Vec<Document> {
        let bare = self.bare;
        let document = |(component, key, arguments): (Component, Text, Vec<Argument>)| {
            let name = place.title((!bare).then_some(key.as_str()));
            if component == Component::ExtensionApiServer {
                return Document::Resource(extension_server::of_settings(&name, &key.origin(), arguments));
            }
            let arguments = tools::with_defaults(arguments, (component, &key), settings, place.path);
            invocation(component, name, key.origin(), arguments, Completeness::Fragment)
        };
        self.components.into_iter().map(document).collect()
    }
}

fn of_bare_entry(Entry { key, value }: &Entry) -> Vec<Argument> {
    extra_arguments::of_entry(key, &value.loaded_as_yaml_1_1())
}

/// kops' fields as flags.
fn kops_arguments(fields: &Node) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for Entry { key, value } in fields.effective_entries() {
        let Some((_, flag)) = KOPS.iter().find(|(field, _)| *field == key.as_str()) else { continue };
        let name = Text::synthetic(*flag, &key.origin());
        if value.items().is_empty() || *flag == KOPS_REPEATED {
            arguments.extend(extra_arguments::of_entry(&name, value));
        } else {
            let mut joined = Text::synthetic("", &value.origin);
            for (index, item) in value.items().iter().filter_map(Node::text).enumerate() {
                if index > 0 {
                    joined.append(&Text::synthetic(",", &item.slice(0..0).origin()));
                }
                joined.append(item);
            }
            arguments.push(extra_arguments::flag(&name, &joined));
        }
    }
    arguments
}

/// A flag by which a map or list is known to be ours.
fn is_distinctive(name: &str) -> bool {
    flags::is_distinctive(&name.replace('_', "-"))
}

fn holds_flags(key: &str) -> bool {
    let key = normalized(key);
    FLAG_WORDS.iter().any(|word| key.ends_with(word))
}

/// The component that a key names.
pub(in crate::source) fn component_of(key: &str) -> Option<Component> {
    // Servers that are not kube-apiserver, but have its name in theirs.
    const OTHERS: [&str; 7] =
        ["metrics", "openshiftapi", "oauth", "extension", "aggregated", "sample", "cloudcontroller"];
    let key = normalized(key);
    if OTHERS.iter().any(|other| key.contains(other)) {
        return None;
    }
    if key.contains("apiserver") || key.contains("kubeapi") || key == "api" {
        Some(Component::KubeApiserver)
    } else if key.contains("controllermanager") || key.contains("kubecontroller") {
        Some(Component::KubeControllerManager)
    } else if key.contains("scheduler") {
        Some(Component::KubeScheduler)
    } else {
        None
    }
}

fn invocation(
    component: Component,
    name: String,
    origin: Origin,
    arguments: Vec<Argument>,
    completeness: Completeness,
) -> Document {
    Document::Invocation(Invocation { name, arguments, completeness, ..empty(component, origin) })
}

fn empty(component: Component, origin: Origin) -> Invocation {
    Invocation::new(component, "", origin, InputFormat::Distribution, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_kops_are_those_of_the_server() {
        use crate::kubernetes::KubernetesVersion;
        use crate::kubernetes::flags::FlagSet;

        let server = FlagSet::of(Component::KubeApiserver, KubernetesVersion::NEWEST);
        assert!(KOPS.iter().all(|(_, flag)| server.ever(flag)));
        assert!(KOPS.iter().any(|(_, flag)| *flag == KOPS_REPEATED));
    }
}
