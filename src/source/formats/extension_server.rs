//! The arguments of a container as those of an extension API server, and whether it is one.
//!
//! Such a server can be any program. What an APIService leads to is one whatever its flags are; this knows the others,
//! by flags that k8s.io/apiserver alone brings, or by their names.

use super::manifest::Words;
use super::pod_volumes;
use super::server_command::{self, Started};
use crate::kubernetes::flags::is_kube_apiservers_own;
use crate::source::Completeness;
use crate::source::place::Owner;
use crate::source::program::flag_name;
use crate::source::yaml::Node;
use crate::text::Text;

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
    if is_kube_apiserver || named(&OTHERS) || has(&CLOUD) {
        return Kind::default();
    }
    let extends = has(&DISTINCTIVE) || flags.iter().any(|flag| flag.starts_with("requestheader-"));
    let is_api_server = names.iter().any(|name| name.ends_with("apiserver") || name.ends_with("api-server"));
    let is_named = named(&NAMES);
    Kind {
        default_port: of_apiserver.then_some(DEFAULT_PORT),
        is_extension_server: extends || has(&SERVING) && (is_named || is_api_server && has(&["secure-port"])),
        has_known_defaults: extends || has(&SERVING) || is_named || is_api_server,
    }
}

/// The last part of a path or an image's name, without its tag.
fn base_name(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.split([':', '@']).next()
}
