//! Options of other tools that hand flags on to our components: `k3s server --kube-apiserver-arg=flag=value`,
//! `minikube start --extra-config=apiserver.flag=value`. What is not named there is the tool's own.

use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::formats::{kubeadm, tools};
use crate::source::shell::Field;
use crate::source::{Argument, Completeness, InputFormat, Invocation};
use crate::text::Text;

/// k3s and RKE2 (`pkg/cli/cmds/server.go`).
const ARGUMENT_OPTIONS: [(&str, Component); 4] = [
    ("--kube-apiserver-arg", Component::KubeApiserver),
    ("--kube-controller-manager-arg", Component::KubeControllerManager),
    ("--kube-controller-arg", Component::KubeControllerManager),
    ("--kube-scheduler-arg", Component::KubeScheduler),
];

/// k3d's options for an option of k3s (`cmd/cluster/clusterCreate.go`).
const K3D: [&str; 3] = ["--k3s-arg=", "--k3s-server-arg=", "--server-arg="];

/// minikube runs kubeadm with this `certificatesDir` (kubernetes/minikube, pkg/minikube/vmpath).
const MINIKUBE_CERTIFICATES: &str = "/var/lib/minikube/certs";

const MINIKUBE: &str = "--extra-config";

/// The flags that a command's words hand on, by component.
pub(in crate::source) fn handed_on(fields: &[Field], format: InputFormat) -> Vec<Invocation> {
    let mut found: Vec<Invocation> = Vec::new();
    let mut fields = fields.iter();
    while let Some(field) = fields.next() {
        let Some((option, inline)) = option(field) else { continue };
        let Some(value) = inline.or_else(|| fields.next().map(|next| next.text.clone())) else { break };
        let (name, flag) = match option {
            Handing::Argument(name, component) => (name, Some((component, value))),
            Handing::Minikube => ("minikube --extra-config", of_minikube(&value)),
        };
        let Some((component, flag)) = flag else { continue };
        let flag = without_node_filter(&flag);
        let mut text = flag.slice(0..0);
        if !flag.as_str().starts_with("--") {
            text.append(&Text::synthetic("--", &flag.slice(0..0).origin()));
        }
        text.append(&flag);
        let argument =
            Argument { opaque: field.opaque || Argument::written(text.clone()).opaque, ..Argument::written(text) };
        match found.iter_mut().find(|invocation| invocation.component == component) {
            Some(invocation) => invocation.arguments.push(argument),
            None => {
                let arguments = Arguments { list: vec![argument], unresolved: Vec::new() };
                let invocation = arguments.invocation(component, name, field.text.origin(), format);
                found.push(Invocation { completeness: Completeness::Fragment, ..invocation });
            }
        }
    }
    for invocation in found.iter_mut().filter(|invocation| invocation.name.starts_with("minikube")) {
        let defaults = kubeadm::default_arguments(invocation.component, MINIKUBE_CERTIFICATES, &invocation.origin);
        invocation.arguments = tools::lay_over(defaults, std::mem::take(&mut invocation.arguments));
    }
    found
}

#[derive(Clone, Copy)]
enum Handing {
    Argument(&'static str, Component),
    Minikube,
}

/// The option that a word is, and its value when it stands in the same word.
fn option(field: &Field) -> Option<(Handing, Option<Text>)> {
    let word = field.text.as_str();
    let start = K3D.iter().find(|prefix| word.starts_with(**prefix)).map_or(0, |prefix| prefix.len());
    let rest = word.get(start..)?;
    let all = ARGUMENT_OPTIONS.iter().map(|(name, component)| (*name, Handing::Argument(name, *component)));
    all.chain([(MINIKUBE, Handing::Minikube)]).find_map(|(name, option)| match rest.strip_prefix(name)? {
        "" => Some((option, None)),
        value if value.starts_with('=') => Some((option, Some(field.text.slice(start + name.len() + 1..word.len())))),
        _ => None,
    })
}

fn of_minikube(value: &Text) -> Option<(Component, Text)> {
    let (component, flag) = value.split_once('.')?;
    let component = match component.as_str() {
        "apiserver" => Component::KubeApiserver,
        "controller-manager" => Component::KubeControllerManager,
        "scheduler" => Component::KubeScheduler,
        _ => return None,
    };
    Some((component, flag))
}

/// k3d says behind the argument which nodes get it: `@server:0`, `@all`.
fn without_node_filter(flag: &Text) -> Text {
    const NODES: [&str; 4] = ["server", "agent", "all", "loadbalancer"];
    match flag.as_str().rsplit_once('@') {
        Some((before, filter)) if NODES.iter().any(|node| filter.starts_with(node)) => flag.slice(0..before.len()),
        _ => flag.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::shell;
    use crate::text::SourceFile;

    fn handed(line: &str) -> Vec<(Component, Vec<String>)> {
        let (fields, _) = shell::words(&Text::of(&SourceFile::new("x", line)));
        let flags = |found: &Invocation| found.arguments.iter().map(|argument| argument.text.to_string()).collect();
        handed_on(&fields, InputFormat::Command).iter().map(|found| (found.component, flags(found))).collect()
    }

    #[test]
    fn every_tools_way_to_hand_a_flag_on_is_read() {
        for line in [
            "k3s server --kube-apiserver-arg=client-ca-file=/p",
            "rke2 server --kube-apiserver-arg client-ca-file=/p",
            "server '--kube-apiserver-arg' '--client-ca-file=/p'",
            "k3d cluster create --k3s-arg '--kube-apiserver-arg=client-ca-file=/p@server:*'",
            "k3d cluster create --k3s-arg=--kube-apiserver-arg=client-ca-file=/p@server:0",
            "k3d create --k3s-server-arg --kube-apiserver-arg=client-ca-file=/p",
        ] {
            assert_eq!(handed(line), [(Component::KubeApiserver, vec!["--client-ca-file=/p".to_owned()])], "{line}");
        }
        let two = handed("k3s server --kube-controller-manager-arg=v=2 --kube-scheduler-arg=v=3 --kube-proxy-arg=v=4");
        let expected = [(Component::KubeControllerManager, "--v=2"), (Component::KubeScheduler, "--v=3")];
        assert_eq!(two, expected.map(|(component, flag)| (component, vec![flag.to_owned()])));
        assert!(handed("k3s server --extra-config=kubelet.v=2 --kube-apiserver-args=x").is_empty());
    }
}
