//! OpenShift's KubeAPIServerConfig (4.x) and MasterConfig (3.x).
//!
//! `apiServerArguments` are flags with lists of values. What the other fields say becomes a flag where none is given
//! (openshift/origin, pkg/cmd/openshift-kube-apiserver/openshiftkubeapiserver, `ConfigToFlags`, `SetIfUnset`).

use std::collections::HashSet;

use crate::kubernetes::Component;
use crate::source::extra_arguments;
use crate::source::place::Place;
use crate::source::program::starts_with;
use crate::source::yaml::{Content, Node};
use crate::source::{Argument, Completeness, Document, InputFormat, Invocation, NotRead, Unread};
use crate::text::{Located, Origin, Text};

/// Fields of the configuration and the flags that they become.
const FIELDS: [(&[&str], &str); 10] = [
    (&["servingInfo", "clientCA"], "client-ca-file"),
    (&["authConfig", "requestHeader", "clientCA"], "requestheader-client-ca-file"),
    (&["authConfig", "requestHeader", "clientCommonNames"], "requestheader-allowed-names"),
    (&["authConfig", "requestHeader", "usernameHeaders"], "requestheader-username-headers"),
    (&["authConfig", "requestHeader", "groupHeaders"], "requestheader-group-headers"),
    (&["authConfig", "requestHeader", "extraHeaderPrefixes"], "requestheader-extra-headers-prefix"),
    (&["aggregatorConfig", "proxyClientInfo", "certFile"], "proxy-client-cert-file"),
    (&["aggregatorConfig", "proxyClientInfo", "keyFile"], "proxy-client-key-file"),
    (&["servingInfo", "certFile"], "tls-cert-file"),
    (&["servingInfo", "keyFile"], "tls-private-key-file"),
];

/// What the operator of 4.x lays over its defaults, in this order (openshift/cluster-kube-apiserver-operator,
/// pkg/operator/targetconfigcontroller, `manageKubeAPIServerConfig`).
const LAYERS: [&str; 2] = ["observedConfig", "unsupportedConfigOverrides"];

pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    let kind = node.text_at(&["kind"]);
    let is = |name: &str| kind.is_some_and(|kind| kind.as_str() == name);
    let of_operator = node.get("spec").filter(|_| is("KubeAPIServer"));
    if let Some(unread) = kind.filter(|_| of_operator.is_none()).and_then(|kind| of_other_operator(node, kind)) {
        return Some(vec![Document::Unread(unread)]);
    }
    let layers: Vec<&Node> = match of_operator {
        Some(spec) => LAYERS.iter().filter_map(|layer| spec.get(layer)).collect(),
        None => vec![node],
    };
    let is_given = layers.iter().any(|layer| arguments_of(layer).is_some());
    // The operator of 4.x lays several of these over each other (openshift/cluster-kube-apiserver-operator, bindata): only its
    // defaults have the authorization modes, and only what is laid over them has etcd.
    let states = |flag: &str| arguments_of(node).is_some_and(|arguments| arguments.get(flag).is_some());
    let is_laid = is("KubeAPIServerConfig") && states("authorization-mode");
    let whole = is_laid && starts_with(Component::KubeApiserver, states);
    let complete = is("MasterConfig") || whole;
    let ours = complete || is("KubeAPIServerConfig");
    if !ours && !is_given {
        return None;
    }
    // OpenShift has other servers, with configurations of their own kinds: known, and not ours.
    if !ours && kind.is_some() && of_operator.is_none() {
        return Some(Vec::new());
    }
    let name = kind.map_or("apiServerArguments", Text::as_str).to_owned();
    let origin = kind.map_or_else(|| node.origin.clone(), Text::origin);
    let invocation = |component: Component, arguments: Vec<Argument>| {
        let whole = Invocation::new(component, name.as_str(), origin.clone(), InputFormat::OpenShift, arguments);
        let completeness = if complete { Completeness::Complete } else { Completeness::Fragment };
        Invocation { completeness, ..whole }
    };
    let (arguments, superseded) = laid_over(&layers);
    let server = Invocation { superseded, ..invocation(Component::KubeApiserver, arguments) };
    let manager = node.at(&["kubernetesMasterConfig", "controllerArguments"]).filter(|manager| manager.is_mapping());
    let manager = manager.map(|arguments| invocation(Component::KubeControllerManager, extra_arguments::of(arguments)));
    Some(std::iter::once(server).chain(manager).map(Document::Invocation).collect())
}

/// Leaves open what the operator lays over each other where several of its parts are here, each an object of its own: which
/// comes last, and whether they are of one cluster, they do not say. A configuration that is whole has them all.
pub(crate) fn leave_layers_open(servers: &mut [&mut Invocation]) {
    let is_layer = |server: &Invocation| {
        let of_server = server.component == Component::KubeApiserver && server.completeness == Completeness::Fragment;
        server.format == InputFormat::OpenShift && of_server
    };
    let places: Vec<Origin> = servers.iter().filter(|one| is_layer(one)).map(|one| one.origin.clone()).collect();
    for server in servers.iter_mut().filter(|one| is_layer(one)) {
        if let Some(other) = places.iter().find(|place| **place != server.origin) {
            let why = "OpenShift's operator lays the other configurations that are here over it or under it, which is not done \
                       here";
            server.open.get_or_insert_with(|| Located::new(why.to_owned(), other.clone()));
        }
    }
}

/// The arguments that another operator keeps for its own server: openshift-apiserver (`OpenShiftAPIServer`), oauth-apiserver
/// (`Authentication`, openshift/cluster-authentication-operator, pkg/operator/workload).
fn of_other_operator(node: &Node, kind: &Text) -> Option<Unread> {
    let layers = || LAYERS.iter().filter_map(|layer| node.at(&["spec", layer]));
    let parts = layers().flat_map(|layer| layer.entries().iter().map(|entry| &entry.value));
    let found = layers().chain(parts).find_map(|part| part.entry("apiServerArguments"))?;
    let (name, mention) = (found.key.as_str().to_owned(), found.key.origin());
    let reason = NotRead::OfOtherServer(kind.as_str().to_owned());
    Some(Unread { name, mention, gives: false, reason })
}

fn arguments_of(configuration: &Node) -> Option<&Node> {
    let arguments = configuration.get("apiServerArguments");
    let arguments = arguments.or_else(|| configuration.at(&["kubernetesMasterConfig", "apiServerArguments"]));
    arguments.filter(|arguments| arguments.is_mapping())
}

/// The flags of configurations of which each takes the place of what those before it say of a flag (openshift/library-go,
/// pkg/operator/resource/resourcemerge, `MergeProcessConfig`), and where that stands.
fn laid_over(layers: &[&Node]) -> (Vec<Argument>, Vec<Origin>) {
    let (mut server, mut superseded): (Vec<Argument>, Vec<Origin>) = (Vec::new(), Vec::new());
    for arguments in layers.iter().filter_map(|layer| arguments_of(layer)) {
        let own = extra_arguments::of(arguments);
        let mut given = names(&own);
        // An empty list takes the flag away.
        let empty = arguments.effective_entries().into_iter().filter(|entry| {
            matches!(&entry.value.content, Content::Sequence(items) if items.is_empty()) && entry.value.gaps.is_empty()
        });
        for entry in empty {
            given.insert(entry.key.as_str().to_owned());
            superseded.push(entry.key.origin());
        }
        let (replaced, kept) =
            server.into_iter().partition(|one| extra_arguments::name(one).is_some_and(|name| given.contains(&name)));
        server = kept;
        superseded.extend(replaced.iter().map(|argument: &Argument| argument.text.origin()));
        server.extend(own);
    }
    let given = names(&server);
    for (path, flag) in FIELDS.iter().filter(|(_, flag)| !given.contains(*flag)) {
        let Some(value) = layers.iter().rev().find_map(|layer| layer.at(path)) else { continue };
        server.extend(extra_arguments::of_entry(&Text::synthetic(*flag, &value.origin), value));
    }
    (server, superseded)
}

fn names(arguments: &[Argument]) -> HashSet<String> {
    arguments.iter().filter_map(extra_arguments::name).collect()
}

#[cfg(test)]
mod tests {
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    #[test]
    fn an_empty_list_of_a_later_layer_takes_a_flag_away() {
        let with = |overrides: &str| {
            let object = format!(
                "kind: KubeAPIServer\nspec:\n  observedConfig:\n    apiServerArguments:\n      client-ca-file: [/a]\n      \
                 requestheader-client-ca-file: [/a]\n  unsupportedConfigOverrides:\n    apiServerArguments: {overrides}\n"
            );
            let found = read(&SourceFile::new("x", object), None, &NoSurroundings).unwrap();
            let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
            server.arguments.iter().map(|argument| argument.text.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(with("{requestheader-client-ca-file: []}"), ["--client-ca-file=/a"]);
        assert_eq!(
            with("{requestheader-client-ca-file: [/b]}"),
            ["--client-ca-file=/a", "--requestheader-client-ca-file=/b"]
        );
    }
    #[test]
    fn layers_that_stand_apart_are_open() {
        let layer = |flags: &str| format!("kind: KubeAPIServerConfig\napiServerArguments: {{{flags}}}\n");
        let operator =
            "kind: KubeAPIServer\nspec: {observedConfig: {apiServerArguments: {requestheader-client-ca-file: [/a]}}}\n";
        let is_open = |texts: &[&str]| {
            let read = |text: &&str| read(&SourceFile::new("x", *text), None, &NoSurroundings).unwrap();
            let mut found: Vec<Document> = texts.iter().flat_map(read).collect();
            let servers = found.iter_mut().filter_map(|document| match document {
                Document::Invocation(server) => Some(server),
                _ => None,
            });
            let mut servers: Vec<_> = servers.collect();
            super::leave_layers_open(&mut servers);
            servers.iter().map(|server| server.open.is_some()).collect::<Vec<_>>()
        };
        let defaults = layer("authorization-mode: [RBAC], client-ca-file: [/a], requestheader-client-ca-file: [/b]");
        let whole = layer("authorization-mode: [RBAC], client-ca-file: [/a], etcd-servers: [x]");
        assert_eq!(is_open(&[&defaults]), [false]);
        assert_eq!(is_open(&[&defaults, operator]), [true, true]);
        assert_eq!(is_open(&[&[defaults.as_str(), operator].join("---\n")]), [true, true]);
        assert_eq!(is_open(&[&whole, operator]), [false, false]);
    }
}
