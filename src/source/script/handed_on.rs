//! Options of other tools that hand flags on to our components: `k3s server --kube-apiserver-arg=flag=value`,
//! `minikube start --extra-config=apiserver.flag=value`, `kubeadm … --apiserver-extra-args=flag=value,flag=value`, `helm install
//! --set apiServer.extraArgs.flag=value`. What is not named there is the tool's own.

use std::ops::Range;

use super::strvals::{self, Setting};
use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::formats::{kubeadm, tools};
use crate::source::program;
use crate::source::shell::{self, Field};
use crate::source::wrapper;
use crate::source::{Argument, Completeness, InputFormat, Invocation};
use crate::text::Text;

/// k3s and RKE2 (`pkg/cli/cmds/server.go`); kubeadm (`cmd/options/constant.go`); minikube.
const OPTIONS: [(&str, Handing); 8] = [
    ("--kube-apiserver-arg", Handing::K3s(Component::KubeApiserver)),
    ("--kube-controller-manager-arg", Handing::K3s(Component::KubeControllerManager)),
    ("--kube-controller-arg", Handing::K3s(Component::KubeControllerManager)),
    ("--kube-scheduler-arg", Handing::K3s(Component::KubeScheduler)),
    ("--apiserver-extra-args", Handing::Kubeadm(Component::KubeApiserver)),
    ("--controller-manager-extra-args", Handing::Kubeadm(Component::KubeControllerManager)),
    ("--scheduler-extra-args", Handing::Kubeadm(Component::KubeScheduler)),
    ("--extra-config", Handing::Minikube),
];

/// Helm's (`pkg/cmd/install.go`). Other tools have options of these names.
const OF_HELM: [(&str, Handing); 2] = [("--set", Handing::Helm), ("--set-string", Handing::Helm)];

/// k3d's options for an option of k3s (`cmd/cluster/clusterCreate.go`).
const K3D: [&str; 3] = ["--k3s-arg=", "--k3s-server-arg=", "--server-arg="];

/// minikube runs kubeadm with this `certificatesDir` (kubernetes/minikube, pkg/minikube/vmpath).
const MINIKUBE_CERTIFICATES: &str = "/var/lib/minikube/certs";

/// How a tool takes the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handing {
    /// One, with or without its dashes.
    K3s(Component),
    /// Several with commas between them (k8s.io/component-base, `MapStringString`).
    Kubeadm(Component),
    /// One behind the component's name.
    Minikube,
    /// Several values of a chart with commas between them: a flag by the path of its value, or all of it in a list.
    Helm,
}

/// The flags that a command's words hand on, by component.
pub(in crate::source) fn handed_on(fields: &[Field], format: InputFormat) -> Vec<Invocation> {
    // An agent has no flags for a server's components.
    if tools::k3s_command(fields, "agent").is_some() {
        return Vec::new();
    }
    let mut found: Vec<(Handing, Invocation)> = Vec::new();
    let words: Vec<Field> = fields.iter().flat_map(split).collect();
    let mut rest = words.iter();
    let mut is_helm = false;
    while let Some(word) = rest.next() {
        is_helm |= ["helm", "helm3"].contains(&program::base_name(word.text.as_str()));
        let of_helm = || option_of(&OF_HELM, word).filter(|_| is_helm);
        let Some((name, handing, inline)) = option(word).or_else(of_helm) else { continue };
        let Some(value) = inline.or_else(|| rest.next().map(|next| next.text.clone())) else { break };
        let whole = without_open_quote(&value);
        for (component, argument) in handing.flags(whole.as_ref().unwrap_or(&value), &words) {
            let is_known = whole.is_none() && argument.text.as_str().starts_with("--");
            let argument = Argument { opaque: word.opaque || argument.opaque || !is_known, ..argument };
            match found.iter_mut().find(|(_, invocation)| invocation.component == component) {
                Some((_, invocation)) => invocation.arguments.push(argument),
                None => {
                    let arguments = Arguments { list: vec![argument], unresolved: Vec::new() };
                    let name = if handing == Handing::Minikube { "minikube --extra-config" } else { name };
                    let invocation = arguments.invocation(component, name, word.text.origin(), format);
                    found.push((handing, Invocation { completeness: Completeness::Fragment, ..invocation }));
                }
            }
        }
    }
    let options = words.iter().position(|word| option(word).is_some()).unwrap_or_default();
    let seen = wrapper::file_system(words.get(..options).unwrap_or_default());
    let whole = |(handing, invocation): (Handing, Invocation)| {
        let mut invocation = handing.with_defaults(invocation, &words);
        invocation.see(&seen);
        invocation
    };
    found.into_iter().map(whole).collect()
}

/// Whether a command's words are such options, and not flags of one of our components.
pub(super) fn hands_on(fields: &[Field]) -> bool {
    fields.iter().any(|field| option(field).is_some())
}

impl Handing {
    /// What a value hands on, each with its dashes; what has none is no flag.
    fn flags(self, value: &Text, words: &[Field]) -> Vec<(Component, Argument)> {
        let written = |(component, flag)| (component, Argument::written(flag));
        match self {
            Self::K3s(component) => {
                let flag = without_node_filter(value);
                let is_flag = flag.as_str().starts_with("--") || flag.as_str().contains('=');
                is_flag.then(|| written((component, dashed(&flag)))).into_iter().collect()
            }
            Self::Kubeadm(component) => {
                pairs(value.as_str()).map(|range| written((component, dashed(&value.slice(range))))).collect()
            }
            Self::Minikube => {
                let given = of_minikube(value).map(|(component, flag)| {
                    // The fields of Go's structures, as minikube's localkube took them (docs/configuring_kubernetes.md, v0.25).
                    let is_field = flag.as_str().starts_with(|first: char| first.is_ascii_uppercase());
                    (component, if is_field { flag } else { dashed(&flag) })
                });
                given.map(written).into_iter().collect()
            }
            Self::Helm => strvals::read(value).iter().flat_map(|setting| of_helm(setting, words)).collect(),
        }
    }

    /// What the tool gives besides.
    fn with_defaults(self, mut invocation: Invocation, words: &[Field]) -> Invocation {
        let (component, origin) = (invocation.component, invocation.origin.clone());
        let written = std::mem::take(&mut invocation.arguments);
        let of_kubeadm = |directory: &str| kubeadm::default_arguments(component, directory, &origin);
        invocation.arguments = match self {
            Self::K3s(Component::KubeApiserver) => {
                let data = value_of(words, &["--data-dir", "-d"]);
                tools::with_k3s_defaults(written, data, &origin)
            }
            Self::K3s(_) | Self::Helm => written,
            Self::Kubeadm(_) => {
                let directory = value_of(words, &["--cert-dir"]).unwrap_or(kubeadm::CERTIFICATES_DIR);
                tools::lay_over(of_kubeadm(directory), written)
            }
            Self::Minikube => tools::lay_over(of_kubeadm(MINIKUBE_CERTIFICATES), written),
        };
        invocation
    }
}

/// A word that holds several options is as many words: `--k3s-extra-args '--kube-apiserver-arg=a=b --disable=c'`.
fn split(field: &Field) -> Vec<Field> {
    let mut words = field.text.as_str().split_whitespace();
    let is_option = |word: &str| OPTIONS.iter().find_map(|(name, _)| word.strip_prefix(name)).map(str::is_empty);
    let several = match words.next().and_then(is_option) {
        Some(true) => words.next().is_some(),
        Some(false) => words.any(|word| word.starts_with("--")),
        None => false,
    };
    if several { shell::words(&field.text).0 } else { vec![field.clone()] }
}

/// The option that a word is, and its value when it stands in the same word.
fn option(field: &Field) -> Option<(&'static str, Handing, Option<Text>)> {
    option_of(&OPTIONS, field)
}

fn option_of(
    options: &'static [(&'static str, Handing)],
    field: &Field,
) -> Option<(&'static str, Handing, Option<Text>)> {
    let word = field.text.as_str();
    let start = K3D.iter().find(|prefix| word.starts_with(**prefix)).map_or(0, |prefix| prefix.len());
    let rest = word.get(start..)?;
    options.iter().find_map(|(name, handing)| match rest.strip_prefix(name)? {
        "" => Some((*name, *handing, None)),
        value if value.starts_with('=') => {
            Some((*name, *handing, Some(field.text.slice(start + name.len() + 1..word.len()))))
        }
        _ => None,
    })
}

/// The value of an option of the tool's own.
fn value_of<'a>(words: &'a [Field], names: &[&str]) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(index, word)| {
        let (word, next) = (word.text.as_str(), words.get(index + 1));
        let value = |name: &&str| match word.strip_prefix(*name)? {
            "" => next.map(|next| next.text.as_str()),
            rest => rest.strip_prefix('='),
        };
        names.iter().find_map(value)
    })
}

/// A value without the quote that it begins with, where that does not end: no shell runs that, so it is prose, which may go on
/// with a full stop.
fn without_open_quote(value: &Text) -> Option<Text> {
    let quote = value.as_str().chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    (value.as_str().matches(quote).count() == 1).then(|| value.slice(1..value.len()))
}

fn dashed(flag: &Text) -> Text {
    let mut text = flag.slice(0..0);
    if !flag.as_str().starts_with("--") {
        text.append(&Text::synthetic("--", &flag.slice(0..0).origin()));
    }
    text.append(flag);
    text
}

/// `a=b,c=d`. What follows a comma and is no pair belongs to the value before it: kubeadm refuses it, and whoever wrote
/// it meant a list.
fn pairs(value: &str) -> impl Iterator<Item = Range<usize>> {
    let is_pair =
        |at: &usize| value.get(at + 1..).and_then(|rest| rest.split(',').next()).is_some_and(|pair| pair.contains('='));
    let commas: Vec<usize> = value.match_indices(',').map(|(at, _)| at).filter(is_pair).collect();
    let starts = std::iter::once(0).chain(commas.clone().into_iter().map(|comma| comma + 1));
    let ends = commas.into_iter().chain([value.len()]);
    starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty())
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

/// `args[0]=--flag=value`, `args={--flag=value}`, or `apiServer.extraArgs.flag=value`; none of a chart that need not be one of a
/// control plane: metrics-server has flags of these names too.
fn of_helm(setting: &Setting, words: &[Field]) -> Vec<(Component, Argument)> {
    let path = setting.path.as_str();
    let Some(component) = component_of(path).or_else(|| words.iter().find_map(component_of_chart)) else {
        return Vec::new();
    };
    let items: Vec<&Text> = setting.items.iter().collect();
    let is_flag = |item: &&Text| item.as_str().starts_with("--");
    let (flags, is_opaque) = if items.iter().any(is_flag) {
        // A value of its own belongs to the flag before it, or to none.
        let is_opaque = !items.iter().all(is_flag);
        (items.into_iter().filter(is_flag).cloned().collect(), is_opaque)
    } else {
        let name = path.rsplit('.').next().unwrap_or_default();
        let mut flag = setting.path.slice(path.len() - name.len()..path.len());
        flag.append(&Text::synthetic("=", &setting.whole.origin()));
        flag.append(if setting.is_list { &setting.whole } else { items.first().copied().unwrap_or(&setting.whole) });
        // A chart makes of a list what it likes, and drops what is null.
        let is_opaque = setting.is_list || setting.whole.as_str() == "null";
        (if path.contains('.') { vec![dashed(&flag)] } else { Vec::new() }, is_opaque)
    };
    let is_known = |flag: &Text| program::flag_name(flag.as_str()).is_some_and(|name| program::is_known(&name));
    let argument = |flag: Text| {
        let argument = Argument::written(flag);
        Argument { opaque: argument.opaque || is_opaque || setting.is_refused, ..argument }
    };
    flags.into_iter().filter(is_known).map(|flag| (component, argument(flag))).collect()
}

/// The component that a path among a chart's values, or a chart's name, speaks of.
fn component_of(path: &str) -> Option<Component> {
    let path: String = path.to_ascii_lowercase().chars().filter(|c| !matches!(c, '-' | '_')).collect();
    [
        ("controllermanager", Component::KubeControllerManager),
        ("scheduler", Component::KubeScheduler),
        ("apiserver", Component::KubeApiserver),
    ]
    .into_iter()
    .find_map(|(name, component)| path.contains(name).then_some(component))
}

fn component_of_chart(word: &Field) -> Option<Component> {
    let word = word.text.as_str();
    (word.contains("kube-") && !word.contains('=')).then(|| component_of(word)).flatten()
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
    use crate::source::Provenance;
    use crate::text::SourceFile;

    fn found(line: &str) -> Vec<Invocation> {
        let (fields, _) = shell::words(&Text::of(&SourceFile::new("x", line)));
        handed_on(&fields, InputFormat::Command)
    }

    /// What is written, without the tool's defaults.
    fn handed(line: &str) -> Vec<(Component, Vec<String>)> {
        let flags = |found: &Invocation| {
            let written = found.arguments.iter().filter(|argument| argument.provenance == Provenance::Written);
            written.map(|argument| argument.text.to_string()).collect()
        };
        found(line).iter().map(|found| (found.component, flags(found))).collect()
    }

    #[test]
    fn a_quote_without_its_end_is_no_part_of_a_flag() {
        let found = found("k3s server --kube-apiserver-arg='requestheader-allowed-names=a.");
        let argument = found[0].arguments.iter().find(|argument| argument.provenance == Provenance::Written).unwrap();
        assert_eq!((argument.text.as_str(), argument.opaque), ("--requestheader-allowed-names=a.", true));
        let whole = handed("k3s server --kube-apiserver-arg=\"'a=b'\"");
        assert_eq!(whole, [(Component::KubeApiserver, vec!["--'a=b'".to_owned()])]);
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
            "k3sup install --k3s-extra-args '--kube-apiserver-arg client-ca-file=/p --disable traefik'",
            "kubeadm init phase control-plane apiserver --apiserver-extra-args client-ca-file=/p",
            "minikube start --extra-config=apiserver.client-ca-file=/p",
        ] {
            assert_eq!(handed(line), [(Component::KubeApiserver, vec!["--client-ca-file=/p".to_owned()])], "{line}");
        }
        let two = handed("k3s server --kube-controller-manager-arg=v=2 --kube-scheduler-arg=v=3 --kube-proxy-arg=v=4");
        let expected = [(Component::KubeControllerManager, "--v=2"), (Component::KubeScheduler, "--v=3")];
        assert_eq!(two, expected.map(|(component, flag)| (component, vec![flag.to_owned()])));
        assert!(handed("k3s server --extra-config=kubelet.v=2 --kube-apiserver-args=x").is_empty());
        assert!(handed("--kube-apiserver-arg value  Customized flag for kube-apiserver process").is_empty());
    }

    #[test]
    fn helm_sets_values_one_by_one() {
        let flag = "--requestheader-client-ca-file=/a";
        for line in [
            "helm install x c --set apiServer.extraArgs.requestheader-client-ca-file=/a",
            "sudo helm upgrade x c --set-string=image.tag=v1,apiServer.extraArgs.requestheader-client-ca-file=/a",
            "helm install kube-apiserver c --set 'args[0]=--requestheader-client-ca-file=/a'",
            "helm install x c --set 'apiserver.args={--requestheader-client-ca-file=/a}' --set b=c",
        ] {
            assert_eq!(handed(line), [(Component::KubeApiserver, vec![flag.to_owned()])], "{line}");
        }
        let two = handed(
            "helm install x r/kube-apiserver --set 'args={--client-ca-file=/a,--requestheader-allowed-names=b}'",
        );
        assert_eq!(two[0].1, ["--client-ca-file=/a", "--requestheader-allowed-names=b"]);
        assert_eq!(
            handed("helm install x c --set controllerManager.extraArgs.cluster-signing-cert-file=/a")[0].0,
            Component::KubeControllerManager
        );
        for line in [
            "kops edit --set spec.client-ca-file=/a",
            "helm install x c --set image.tag=v1",
            "helm install metrics-server r/metrics-server --set 'args[0]=--requestheader-allowed-names=aggregator'",
            "helm install metrics-server r/metrics-server --set extraArgs.requestheader-allowed-names=aggregator",
            "helm --set client-ca-file=/a",
        ] {
            assert!(handed(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn what_a_chart_makes_of_a_list_is_not_known() {
        let of = |value: &str| {
            let path = "apiServer.extraArgs.requestheader-allowed-names";
            let found = found(&format!("helm install x c --set '{path}={value}'")).remove(0).arguments.remove(0);
            let value = found.text.as_str().strip_prefix("--requestheader-allowed-names=").unwrap().to_owned();
            (value, found.opaque)
        };
        assert_eq!(of("a"), ("a".to_owned(), false));
        assert_eq!(of(r"a\,b"), ("a,b".to_owned(), false));
        assert_eq!(of("{a}"), ("{a}".to_owned(), true));
        assert_eq!(of("{a,b}"), ("{a,b}".to_owned(), true));
        assert_eq!(of("a,b"), ("a".to_owned(), true));
        assert_eq!(of("null"), ("null".to_owned(), true));
    }

    #[test]
    fn a_field_of_old_minikube_is_no_flag() {
        let all = found("minikube start --extra-config=apiserver.Authorization.Mode=RBAC").remove(0).arguments;
        let written = all.iter().find(|argument| argument.provenance == Provenance::Written).unwrap();
        assert_eq!((written.text.as_str(), written.opaque), ("Authorization.Mode=RBAC", true));
    }

    #[test]
    fn kubeadm_takes_several_with_commas() {
        let flags = handed("kubeadm init --apiserver-extra-args=a=b,requestheader-allowed-names=x,y,c=d");
        let expected = ["--a=b", "--requestheader-allowed-names=x,y", "--c=d"].map(str::to_owned);
        assert_eq!(flags, [(Component::KubeApiserver, expected.to_vec())]);
    }

    #[test]
    fn a_tool_gives_what_is_not_written() {
        for (line, client_ca) in [
            ("k3s server --kube-apiserver-arg=v=2", "/var/lib/rancher/k3s/server/tls/client-ca.crt"),
            ("rke2 server --kube-apiserver-arg=v=2", "/var/lib/rancher/rke2/server/tls/client-ca.crt"),
            ("k3s server -d /data --kube-apiserver-arg=v=2", "/data/server/tls/client-ca.crt"),
            ("kubeadm init --apiserver-extra-args=v=2", "/etc/kubernetes/pki/ca.crt"),
            ("kubeadm init --cert-dir=/c --apiserver-extra-args=v=2", "/c/ca.crt"),
            ("minikube start --extra-config=apiserver.v=2", "/var/lib/minikube/certs/ca.crt"),
        ] {
            let wanted = format!("--client-ca-file={client_ca}");
            let all = found(line).remove(0).arguments;
            assert!(all.iter().any(|argument| argument.text.as_str() == wanted), "{line}: {all:?}");
        }
    }
}
