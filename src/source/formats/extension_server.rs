//! The arguments of a container as those of an extension API server, and whether it is one.
//!
//! Such a server can be any program. What an APIService leads to is one whatever its flags are; this knows the others,
//! by flags that k8s.io/apiserver alone brings, or by their names.

use super::manifest::Words;
use super::pod_volumes;
use super::server_command::{self, Started};
use super::tools::normalized;
use crate::kubernetes::Component;
use crate::kubernetes::flags::is_kube_apiservers_own;
use crate::kubernetes::names::is_service_account_ca;
use crate::source::file_system::FileSystem;
use crate::source::place::{Owner, Place};
use crate::source::program::flag_name;
use crate::source::resource::{Container, ObjectName, Resource, Workload};
use crate::source::yaml::Node;
use crate::source::{Argument, Completeness, Document, InputFormat, Invocation};
use crate::text::{Located, Origin, Text};

/// Flags of k8s.io/apiserver's `DelegatingAuthenticationOptions` and `DelegatingAuthorizationOptions` that nobody else
/// has.
const DISTINCTIVE: [&str; 4] = [
    "authentication-skip-lookup",
    "authentication-tolerate-lookup-failure",
    "authentication-kubeconfig",
    "authorization-kubeconfig",
];

/// Flags of its `SecureServingOptions`.
const SERVING: [&str; 4] = ["secure-port", "cert-dir", "tls-cert-file", "tls-private-key-file"];

/// Parts of the names of well-known ones.
const NAMES: [&str; 6] =
    ["metrics-server", "prometheus-adapter", "metrics-adapter", "keda-adapter", "kube-aggregator", "service-catalog"];

/// These have the flags for a port of their own, which no APIService leads to.
const OTHERS: [&str; 3] = ["controller-manager", "scheduler", "controller"];

/// Of k8s.io/cloud-provider (`options.CloudControllerManagerOptions`), whose programs are named after the cloud.
const CLOUD: [&str; 1] = ["cloud-provider"];

/// Those that leave the default of `--secure-port` as k8s.io/apiserver has it.
const UNCHANGED: [&str; 3] = ["metrics-server", "sample-apiserver", "kube-sample-apiserver"];

/// `BindPort` of `NewSecureServingOptions` (k8s.io/apiserver, pkg/server/options/serving.go).
const DEFAULT_PORT: u16 = 443;

/// What the flags and names of a container say.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) is_extension_server: bool,
    pub(super) is_well_known: bool,
    pub(super) has_known_defaults: bool,
    pub(super) default_port: Option<u16>,
}

/// The container's arguments, and what they and its names say. `None`: it runs something else that is known.
pub(super) fn read(container: &Node, pod: &Node, owner: &Owner) -> Option<(Started, Kind)> {
    let words = Words::of(container);
    if !words.runs_nothing_known(container) {
        return None;
    }
    let origin = container.text_at(&["name"]).map_or_else(|| container.origin.clone(), Text::origin);
    let is_server = |words: &[&str]| {
        let program = words.first().and_then(|program| base_name(program));
        kind_of(None, program.into_iter().collect(), &flag_names(words)).has_known_defaults
    };
    let mut started = server_command::started(&words, container, &origin, is_server);
    // A patch is laid over something else.
    if container.get("image").is_none() {
        started.invocation.completeness = Completeness::Fragment;
    }
    let arguments: Vec<&str> = started.invocation.arguments.iter().map(|argument| argument.text.as_str()).collect();
    let name = |key: &str| container.text_at(&[key]).and_then(|text| base_name(text.as_str()));
    let programs = started.program.iter().filter_map(|word| base_name(word));
    let kind = kind_of(name("name"), name("image").into_iter().chain(programs).collect(), &flag_names(&arguments));
    words.finish(&mut started.invocation, container, &pod_volumes::mounts(container, pod), owner);
    Some((started, kind))
}

/// Whether flags among settings are such a server's: what stands above them is called like one, or a file is that of a
/// ServiceAccount, which kube-apiserver has not.
pub(super) fn is_of_settings(place: Place<'_>, arguments: &[Argument]) -> bool {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let flags = flag_names(&words);
    let called = |parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| normalized(part)).collect();
        place.names().map(normalized).any(|name| parts.iter().any(|part| name.contains(part)))
    };
    let is_of_another = || called(&OTHERS) || is_of_cloud(&flags);
    let is_in_pod = words.iter().any(|word| names_service_account_ca(word));
    let is_one = called(&NAMES) || is_in_pod && !is_of_another();
    is_one && extends(&flags) && !flags.iter().any(|flag| is_kube_apiservers_own(flag))
}

/// Whose the arguments are that stand below `names`, which name a component, by what they say themselves: many charts call
/// an extension API server `apiserver`. `None`: another program's.
pub(super) fn component_of_settings<'a>(
    component: Component,
    mut names: impl Iterator<Item = &'a str>,
    arguments: &[Argument],
    image: Option<&str>,
) -> Option<Component> {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let flags = flag_names(&words);
    let is_spelt_out = names.any(|name| normalized(name).contains("kubeapi"));
    if component != Component::KubeApiserver || is_spelt_out || flags.iter().any(|flag| is_kube_apiservers_own(flag)) {
        return Some(component);
    }
    // What stands among extra arguments was given the dashes of a flag.
    let program = words.first().map(|word| word.trim_start_matches('-')).filter(|word| word.starts_with('/'));
    let of_another = |name: &str| !(name.ends_with("apiserver") || name == "hyperkube");
    let well_known = |image: &str| NAMES.iter().any(|name| image.contains(name));
    let is_other = flags.iter().any(|flag| DISTINCTIVE.contains(&flag.as_str()))
        || (takes_service_account_ca(&words) && !is_of_cloud(&flags))
        || program.and_then(base_name).is_some_and(of_another)
        || image.and_then(base_name).is_some_and(well_known);
    match is_other {
        true => extends(&flags).then_some(Component::ExtensionApiServer),
        false => Some(component),
    }
}

/// Whether the CA for its front proxies is that of a ServiceAccount, which no kube-apiserver takes.
fn takes_service_account_ca(words: &[&str]) -> bool {
    let is_flag = |word: &str| flag_name(word).is_some_and(|name| name == "requestheader-client-ca-file");
    let behind = words.iter().skip(1).chain([&""]);
    let mut pairs = words.iter().zip(behind).filter(|(word, _)| is_flag(word));
    pairs.any(|(word, next)| names_service_account_ca(if word.contains('=') { word } else { next }))
}

/// Whether a flag's value, or a word of its own, is the CA of a ServiceAccount.
fn names_service_account_ca(word: &str) -> bool {
    is_service_account_ca(word.split_once('=').map_or(word, |(_, value)| value))
}

/// Flags without a program, by whatever reader, where they are such a server's: the CA for its front proxies is that of a
/// ServiceAccount, which no kube-apiserver takes.
pub(in crate::source) fn of_fragment(document: Document) -> Document {
    let Document::Invocation(found) = document else { return document };
    let words: Vec<&str> = found.arguments.iter().map(|argument| argument.text.as_str()).collect();
    let takes_it = takes_service_account_ca(&words);
    let is_of_another = |flag: &String| is_kube_apiservers_own(flag) || CLOUD.contains(&flag.as_str());
    // What is around settings has said whose they are.
    let is_told = found.format != InputFormat::Command || flag_names(&words).iter().any(is_of_another);
    if found.component != Component::KubeApiserver || !found.is_excerpt() || !takes_it || is_told {
        return Document::Invocation(found);
    }
    Document::Resource(of_settings("server of these flags", &found.origin, found.arguments))
}

/// It as a chart or an operator makes it of settings, and of more that is not here.
pub(super) fn of_settings(title: &str, origin: &Origin, arguments: Vec<Argument>) -> Resource {
    let located = |value: &str| Located::new(value.to_owned(), origin.clone());
    let (kind, name) = title.split_once(' ').unwrap_or(("settings", title));
    let component = Component::ExtensionApiServer;
    let mut invocation = Invocation::new(component, title, origin.clone(), InputFormat::Distribution, arguments);
    invocation.completeness = Completeness::Fragment;
    invocation.see(&FileSystem::of_image());
    let container = Container {
        name: String::new(),
        ports: Vec::new(),
        has_opaque_ports: true,
        invocation,
        is_extension_server: true,
        is_well_known: true,
        has_known_defaults: true,
        default_port: None,
        not_told: None,
    };
    let (kind, name) = (located(kind), located(name));
    Resource::Workload(Box::new(Workload {
        object: ObjectName { kind, namespace: None, name, from_cluster: false, identity: None, open: None },
        labels: None,
        owner: None,
        runs_nothing: false,
        service_account: Some(located(NOT_HERE)),
        automounts_token: None,
        host_network: None,
        containers: vec![container],
    }))
}

/// A name that a chart gives; it is taken as what a template makes.
const NOT_HERE: &str = "{{ .Values.serviceAccount.name }}";

/// Whether they hold one that k8s.io/apiserver's delegation alone brings.
fn extends(flags: &[String]) -> bool {
    flags.iter().any(|flag| flag.starts_with("requestheader-") || DISTINCTIVE.contains(&flag.as_str()))
}

fn is_of_cloud(flags: &[String]) -> bool {
    flags.iter().any(|flag| CLOUD.contains(&flag.as_str()))
}

fn flag_names(words: &[&str]) -> Vec<String> {
    words.iter().filter_map(|word| flag_name(word)).collect()
}

/// What the name of a container, those of what runs in it, and flags say.
fn kind_of(container: Option<&str>, programs: Vec<&str>, flags: &[String]) -> Kind {
    let of_apiserver = programs.iter().any(|name| UNCHANGED.contains(name));
    let names: Vec<&str> = container.into_iter().chain(programs).collect();
    let has = |list: &[&str]| flags.iter().any(|flag| list.contains(&flag.as_str()));
    let named = |parts: &[&str]| names.iter().any(|name| parts.iter().any(|part| name.contains(part)));
    let aggregates = named(&["kube-aggregator"]);
    let is_kube_apiserver = flags.iter().any(|flag| is_kube_apiservers_own(flag)) && !aggregates;
    if is_kube_apiserver || named(&OTHERS) || is_of_cloud(flags) {
        return Kind::default();
    }
    let extends = extends(flags);
    let is_api_server = names.iter().any(|name| name.ends_with("apiserver") || name.ends_with("api-server"));
    let is_named = named(&NAMES);
    Kind {
        default_port: of_apiserver.then_some(DEFAULT_PORT),
        is_extension_server: extends || has(&SERVING) && (is_named || is_api_server && has(&["secure-port"])),
        is_well_known: is_named || of_apiserver,
        has_known_defaults: extends || has(&SERVING) || is_named || is_api_server,
    }
}

/// The last part of a path or an image's name, without its tag.
fn base_name(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.split([':', '@']).next()
}
