//! What tools give a component where nothing is written, as far as certificates and identities are concerned.

use crate::kubernetes::Component;
use crate::source::expression::has_expression;
use crate::source::yaml::Node;
use crate::source::{Argument, Provenance};
use crate::text::{Origin, SourceFile, Text};

/// A default: its value as it is, or below the directory of certificates.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Plain(&'static str),
    File(&'static str),
}

use Value::{File, Plain};

pub(super) type Defaults = &'static [(&'static str, Value)];

/// A tool and what it gives kube-apiserver.
struct Tool {
    name: &'static str,
    directory: &'static str,
    apiserver: Defaults,
}

/// rancher/rke, cluster/plan.go, `BuildKubeAPIProcess`; pki/constants.go.
const RKE: Tool = Tool {
    name: "RKE",
    directory: "/etc/kubernetes/ssl",
    apiserver: &[
        ("anonymous-auth", Plain("false")),
        ("client-ca-file", File("kube-ca.pem")),
        ("kubelet-client-certificate", File("kube-apiserver.pem")),
        ("proxy-client-cert-file", File("kube-apiserver-proxy-client.pem")),
        ("proxy-client-key-file", File("kube-apiserver-proxy-client-key.pem")),
        ("requestheader-allowed-names", Plain("kube-apiserver-proxy-client")),
        ("requestheader-client-ca-file", File("kube-apiserver-requestheader-ca.pem")),
        ("requestheader-extra-headers-prefix", Plain("X-Remote-Extra-")),
        ("requestheader-group-headers", Plain("X-Remote-Group")),
        ("requestheader-username-headers", Plain("X-Remote-User")),
        ("tls-cert-file", File("kube-apiserver.pem")),
        ("tls-private-key-file", File("kube-apiserver-key.pem")),
    ],
};

/// k3s-io/k3s, pkg/daemons/control/server.go, `apiServer`; pkg/daemons/control/deps. RKE2 runs the same code.
const K3S_APISERVER: Defaults = &[
    ("client-ca-file", File("client-ca.crt")),
    ("kubelet-certificate-authority", File("server-ca.crt")),
    ("kubelet-client-certificate", File("client-kube-apiserver.crt")),
    ("proxy-client-cert-file", File("client-auth-proxy.crt")),
    ("proxy-client-key-file", File("client-auth-proxy.key")),
    ("requestheader-allowed-names", Plain("system:auth-proxy")),
    ("requestheader-client-ca-file", File("request-header-ca.crt")),
    ("requestheader-extra-headers-prefix", Plain("X-Remote-Extra-")),
    ("requestheader-group-headers", Plain("X-Remote-Group")),
    ("requestheader-username-headers", Plain("X-Remote-User")),
    ("tls-cert-file", File("serving-kube-apiserver.crt")),
    ("tls-private-key-file", File("serving-kube-apiserver.key")),
];

const K3S: Tool = Tool { name: "k3s", directory: "/var/lib/rancher/k3s/server/tls", apiserver: K3S_APISERVER };

const RKE2: Tool = Tool { name: "RKE2", directory: "/var/lib/rancher/rke2/server/tls", apiserver: K3S_APISERVER };

/// siderolabs/talos, internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go, `manageAPIServer`.
const TALOS: Tool = Tool {
    name: "Talos",
    directory: "/system/secrets/kubernetes/kube-apiserver",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("proxy-client-cert-file", File("front-proxy-client.crt")),
        ("proxy-client-key-file", File("front-proxy-client.key")),
        ("requestheader-allowed-names", Plain("front-proxy-client")),
        ("requestheader-client-ca-file", File("aggregator-ca.crt")),
        ("requestheader-extra-headers-prefix", Plain("X-Remote-Extra-")),
        ("requestheader-group-headers", Plain("X-Remote-Group")),
        ("requestheader-username-headers", Plain("X-Remote-User")),
    ],
};

/// k0sproject/k0s, pkg/component/controller/apiserver.go, `APIServer.Start`.
const K0S: Tool = Tool {
    name: "k0s",
    directory: "/var/lib/k0s/pki",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("kubelet-client-certificate", File("apiserver-kubelet-client.crt")),
        ("proxy-client-cert-file", File("front-proxy-client.crt")),
        ("proxy-client-key-file", File("front-proxy-client.key")),
        ("requestheader-allowed-names", Plain("front-proxy-client")),
        ("requestheader-client-ca-file", File("front-proxy-ca.crt")),
        ("requestheader-extra-headers-prefix", Plain("X-Remote-Extra-")),
        ("requestheader-group-headers", Plain("X-Remote-Group")),
        ("requestheader-username-headers", Plain("X-Remote-User")),
        ("tls-cert-file", File("server.crt")),
        ("tls-private-key-file", File("server.key")),
    ],
};

/// kubernetes/kops, nodeup/pkg/model/kube_apiserver.go, `KubeAPIServerBuilder.Build`.
const KOPS: Tool = Tool {
    name: "kops",
    directory: "/srv/kubernetes",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("proxy-client-cert-file", File("kube-apiserver/apiserver-aggregator.crt")),
        ("proxy-client-key-file", File("kube-apiserver/apiserver-aggregator.key")),
        ("requestheader-allowed-names", Plain("aggregator")),
        ("requestheader-client-ca-file", File("kube-apiserver/apiserver-aggregator-ca.crt")),
        ("requestheader-extra-headers-prefix", Plain("X-Remote-Extra-")),
        ("requestheader-group-headers", Plain("X-Remote-Group")),
        ("requestheader-username-headers", Plain("X-Remote-User")),
    ],
};

/// A tool's defaults. They stand where `origin` is.
pub(super) fn arguments(tool: &'static str, defaults: Defaults, directory: &str, origin: &Origin) -> Vec<Argument> {
    let directory = directory.trim_end_matches('/');
    let default = |(name, value): &(&str, Value)| {
        let text = match value {
            Plain(value) => format!("--{name}={value}"),
            File(file) => format!("--{name}={directory}/{file}"),
        };
        let opaque = has_expression(&text);
        Argument { opaque, text: Text::synthetic(text, origin), provenance: Provenance::DefaultOf(tool) }
    };
    defaults.iter().map(default).collect()
}

/// What is written replaces all defaults of its name, letter for letter.
pub(in crate::source) fn lay_over(mut defaults: Vec<Argument>, written: Vec<Argument>) -> Vec<Argument> {
    let name_of = |argument: &Argument| argument.text.as_str().split('=').next().unwrap_or_default().to_owned();
    let overridden: Vec<String> = written.iter().map(name_of).collect();
    defaults.retain(|default| !overridden.contains(&name_of(default)));
    defaults.extend(written);
    defaults
}

/// The written arguments over the defaults of the tool whose settings they are; as they are when it is none of these.
pub(super) fn with_defaults(
    written: Vec<Argument>,
    (component, key): (Component, &Text),
    settings: &Node,
    path: &[String],
) -> Vec<Argument> {
    let tool = (component == Component::KubeApiserver).then(|| tool(key, path)).flatten();
    let Some(tool) = tool else { return written };
    if tool.name == K3S.name {
        let data = settings.text_at(&["data-dir"]).map(Text::as_str);
        return with_k3s_defaults(written, data, &key.origin());
    }
    lay_over(arguments(tool.name, tool.apiserver, tool.directory, &key.origin()), written)
}

/// The written arguments over what k3s or RKE2 gives kube-apiserver, with its files below `data`.
pub(in crate::source) fn with_k3s_defaults(
    written: Vec<Argument>,
    data: Option<&str>,
    origin: &Origin,
) -> Vec<Argument> {
    let (tool, directory) = k3s_directory(&written, data, origin.file());
    lay_over(arguments(tool, K3S_APISERVER, &directory, origin), written)
}

fn tool(key: &Text, path: &[String]) -> Option<&'static Tool> {
    let key = normalized(key.as_str());
    let mut above = path.iter().rev().map(|key| normalized(key));
    let (parent, grandparent) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
    match (grandparent.as_str(), parent.as_str(), key.as_str()) {
        (_, _, "kubeapiserverarg") => Some(&K3S),
        ("serverconfig", "kubeapiserver", "extraargs") => Some(&RKE2),
        ("services", "kubeapi", "extraargs" | "extraargsarray") => Some(&RKE),
        ("cluster", "apiserver", "extraargs") => Some(&TALOS),
        ("spec", "api", "extraargs") => Some(&K0S),
        (_, "spec", "kubeapiserver") => Some(&KOPS),
        _ => None,
    }
}

/// k3s and RKE2 have the same settings and files; the directory tells which it is, where something names it.
fn k3s_directory(written: &[Argument], data: Option<&str>, file: &SourceFile) -> (&'static str, String) {
    const TLS: &str = "/server/tls";
    let is_rke2 = |path: &str| if path.contains("rke2") { RKE2.name } else { K3S.name };
    if let Some(data) = data {
        let directory = data.trim_end_matches('/');
        return (is_rke2(directory), format!("{directory}{TLS}"));
    }
    let named = written.iter().find_map(|argument| {
        let (_, value) = argument.text.as_str().split_once('=')?;
        value.get(..value.find(&format!("{TLS}/"))? + TLS.len())
    });
    match named {
        Some(directory) => (is_rke2(directory), directory.to_owned()),
        None if file.name().contains("rke2") || file.text().contains("rke2") => (RKE2.name, RKE2.directory.to_owned()),
        None => (K3S.name, K3S.directory.to_owned()),
    }
}

/// Letters and digits in lower case: `kube-apiserver-arg`, `kube_apiserver_arg` and `kubeAPIServerArg` are one.
pub(super) fn normalized(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
