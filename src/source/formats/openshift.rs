//! OpenShift's KubeAPIServerConfig (4.x) and MasterConfig (3.x).
//!
//! `apiServerArguments` are flags with lists of values. What the other fields say becomes a flag where none is given
//! (openshift/origin, pkg/cmd/openshift-kube-apiserver/openshiftkubeapiserver, `ConfigToFlags`, `SetIfUnset`).

use crate::kubernetes::Component;
use crate::source::extra_arguments;
use crate::source::place::Place;
use crate::source::program::starts_with;
use crate::source::yaml::Node;
use crate::source::{Argument, Completeness, Document, InputFormat, Invocation};
use crate::text::Text;

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

pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    let kind = node.text_at(&["kind"]);
    let is = |name: &str| kind.is_some_and(|kind| kind.as_str() == name);
    let arguments = node
        .get("apiServerArguments")
        .or_else(|| node.at(&["kubernetesMasterConfig", "apiServerArguments"]))
        .filter(|arguments| arguments.is_mapping());
    // The operator of 4.x lays several of these over each other (openshift/cluster-kube-apiserver-operator, bindata): only its
    // defaults have the authorization modes, and only what is laid over them has etcd.
    let states = |flag: &str| arguments.is_some_and(|arguments| arguments.get(flag).is_some());
    let is_laid = is("KubeAPIServerConfig") && states("authorization-mode");
    let whole = is_laid && starts_with(Component::KubeApiserver, states);
    let complete = is("MasterConfig") || whole;
    let ours = complete || is("KubeAPIServerConfig");
    if !ours && arguments.is_none() {
        return None;
    }
    // OpenShift has other servers, with configurations of their own kinds: known, and not ours.
    if !ours && kind.is_some() {
        return Some(Vec::new());
    }
    let name = kind.map_or("apiServerArguments", Text::as_str).to_owned();
    let origin = kind.map_or_else(|| node.origin.clone(), Text::origin);
    let invocation = |component: Component, arguments: Vec<Argument>| {
        let whole = Invocation::new(component, name.as_str(), origin.clone(), InputFormat::OpenShift, arguments);
        let completeness = if complete { Completeness::Complete } else { Completeness::Fragment };
        Document::Invocation(Invocation { completeness, ..whole })
    };
    let mut server = arguments.map(extra_arguments::of).unwrap_or_default();
    let given: Vec<Option<String>> = server.iter().map(extra_arguments::name).collect();
    for (path, flag) in FIELDS {
        let Some(value) = node.at(path).filter(|_| !given.contains(&Some(flag.to_owned()))) else { continue };
        server.extend(extra_arguments::of_entry(&Text::synthetic(flag, &value.origin), value));
    }
    let mut documents = vec![invocation(Component::KubeApiserver, server)];
    let manager = node.at(&["kubernetesMasterConfig", "controllerArguments"]);
    if let Some(manager) = manager.filter(|arguments| arguments.is_mapping()) {
        documents.push(invocation(Component::KubeControllerManager, extra_arguments::of(manager)));
    }
    Some(documents)
}
