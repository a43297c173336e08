//! Where installers keep the files of the aggregation layer, under which names, and the flags that they give for them.
//!
//! One table: what reads settings of a tool lays them over these flags, what finds a directory of PKI files knows whose it
//! is, and `aggcert export` writes files under these names.

use std::path::{Path, PathBuf};

use crate::kubernetes::{Component, usual_headers};

/// A default: its value as it is, or below the directory of certificates.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Plain(&'static str),
    File(&'static str),
}

use Value::{File, Plain};

/// Flags without dashes, in the order of their names.
pub type Defaults = &'static [(&'static str, Value)];

/// A tool, and what it gives the components.
#[derive(Debug)]
pub struct Layout {
    pub tool: &'static str,
    /// On a node.
    pub directory: &'static str,
    pub apiserver: Defaults,
    pub controller_manager: Defaults,
    /// What kube-apiserver gets only where the files are there: etcd is somewhere else as often.
    pub where_there: Defaults,
}

/// All of them. Of two with the same files, the first one counts.
pub const LAYOUTS: [&Layout; 9] = [&KUBEADM, &K3S, &RKE2, &RKE, &TALOS, &K0S, &KOPS, &OPENSHIFT, &CFSSL];

/// Below one of these a node keeps its files, also where somebody has built it by hand.
const OF_NODES: [&str; 5] =
    ["etc/kubernetes", "srv/kubernetes", "var/lib/k0s", "var/lib/kubernetes", "var/lib/rancher"];

/// Where a node has what lies in a directory of its own, or in a copy of the node; `None`: it does not tell.
pub fn on_node(directory: &Path) -> Option<PathBuf> {
    let below = directory.strip_prefix(root_of_host(directory, &OF_NODES)?).ok()?;
    Some(Path::new("/").join(below))
}

/// The root of the host, or of the copy of one, that a path lies in: above one of these directories of a host, of which
/// the longer ones stand first.
pub fn root_of_host<'a>(path: &'a Path, homes: &[&str]) -> Option<&'a Path> {
    path.ancestors().find_map(|place| {
        let name = place.file_name()?.to_str()?;
        let home = homes.iter().find(|home| home.ends_with(name) && place.ends_with(home))?;
        place.ancestors().nth(Path::new(home).components().count())
    })
}

/// The flags whose files are the front proxy's own: by one of them a layout is known.
const MARKS: [&str; 2] = ["requestheader-client-ca-file", "proxy-client-cert-file"];

/// Without the files of one of these, what is there is a part of a directory.
const NEEDED: [&str; 4] =
    ["client-ca-file", "requestheader-client-ca-file", "proxy-client-cert-file", "proxy-client-key-file"];

impl Layout {
    /// The layout that these files are of: the one that most of the front proxy's names are of.
    pub fn of_files(has: &dyn Fn(&str) -> bool) -> Option<&'static Self> {
        let mut best: Option<(usize, &'static Self)> = None;
        for layout in LAYOUTS {
            let found = MARKS.iter().filter_map(|flag| layout.file(flag)).filter(|file| has(file)).count();
            if found > best.map_or(0, |(most, _)| most) {
                best = Some((found, layout));
            }
        }
        best.map(|(_, layout)| layout)
    }

    /// Whether all files are there that the front proxy needs.
    pub fn is_complete(&self, has: &dyn Fn(&str) -> bool) -> bool {
        NEEDED.iter().all(|flag| self.file(flag).is_some_and(has))
    }

    /// What a component gets, in the order of the flags' names. All tools give kube-apiserver the usual headers.
    pub fn defaults(&self, component: Component) -> Vec<(&'static str, Value)> {
        match component {
            Component::KubeApiserver => {
                let headers = usual_headers().map(|(flag, header)| (flag, Plain(header)));
                let mut defaults: Vec<_> = self.apiserver.iter().copied().chain(headers).collect();
                defaults.sort_by_key(|(flag, _)| *flag);
                defaults
            }
            Component::KubeControllerManager => self.controller_manager.to_vec(),
            Component::KubeScheduler | Component::ExtensionApiServer => Vec::new(),
        }
    }

    /// The file of one of kube-apiserver's flags, below the directory.
    pub fn file(&self, flag: &str) -> Option<&'static str> {
        self.apiserver.iter().find_map(|(name, value)| match value {
            File(file) if *name == flag => Some(*file),
            _ => None,
        })
    }

    /// The value of one of kube-apiserver's flags that names no file.
    pub fn plain(&self, flag: &str) -> Option<&'static str> {
        self.apiserver.iter().find_map(|(name, value)| match value {
            Plain(value) if *name == flag => Some(*value),
            _ => None,
        })
    }
}

/// How the names of private keys end beside certificates that end with `.crt` and `.pem` (cfssljson).
pub const KEY_ENDINGS: [&str; 2] = [".key", "-key.pem"];

/// What tools call the private key of a certificate's file: `ca.key` of `ca.crt`, `ca-key.pem` of `ca.pem`.
pub fn key_of(certificate: &str) -> Option<String> {
    let endings = [".crt", ".pem"].into_iter().zip(KEY_ENDINGS);
    endings.into_iter().find_map(|(of, key)| certificate.strip_suffix(of).map(|stem| format!("{stem}{key}")))
}

/// The Ansible variable that a file is kept in, `front_proxy_ca_crt`: its name may have letters, digits and `_`.
pub fn ansible_variable(file: &str) -> String {
    file.replace(['-', '.'], "_")
}

/// kubernetes/cmd/kubeadm/app/phases/controlplane/manifests.go, `getAPIServerCommand` and `getControllerManagerCommand`.
pub const KUBEADM: Layout = Layout {
    tool: "kubeadm",
    // kubeadmapiv1.DefaultCertificatesDir.
    directory: "/etc/kubernetes/pki",
    apiserver: KUBEADM_APISERVER,
    controller_manager: KUBEADM_CONTROLLER_MANAGER,
    where_there: &[],
};

const KUBEADM_APISERVER: Defaults = &[
    ("client-ca-file", Value::File("ca.crt")),
    ("etcd-cafile", Value::File("etcd/ca.crt")),
    ("etcd-certfile", Value::File("apiserver-etcd-client.crt")),
    ("etcd-keyfile", Value::File("apiserver-etcd-client.key")),
    ("kubelet-client-certificate", Value::File("apiserver-kubelet-client.crt")),
    ("kubelet-client-key", Value::File("apiserver-kubelet-client.key")),
    ("proxy-client-cert-file", Value::File("front-proxy-client.crt")),
    ("proxy-client-key-file", Value::File("front-proxy-client.key")),
    ("requestheader-allowed-names", Value::Plain("front-proxy-client")),
    ("requestheader-client-ca-file", Value::File("front-proxy-ca.crt")),
    ("service-account-issuer", Value::Plain("https://kubernetes.default.svc.cluster.local")),
    ("service-account-key-file", Value::File("sa.pub")),
    ("service-account-signing-key-file", Value::File("sa.key")),
    ("tls-cert-file", Value::File("apiserver.crt")),
    ("tls-private-key-file", Value::File("apiserver.key")),
];

const KUBEADM_CONTROLLER_MANAGER: Defaults = &[
    ("client-ca-file", Value::File("ca.crt")),
    ("cluster-signing-cert-file", Value::File("ca.crt")),
    ("cluster-signing-key-file", Value::File("ca.key")),
    ("requestheader-client-ca-file", Value::File("front-proxy-ca.crt")),
    ("root-ca-file", Value::File("ca.crt")),
    ("service-account-private-key-file", Value::File("sa.key")),
];

/// rancher/rke, cluster/plan.go, `BuildKubeAPIProcess`; pki/constants.go.
pub(super) const RKE: Layout = Layout {
    tool: "RKE",
    directory: "/etc/kubernetes/ssl",
    apiserver: &[
        ("anonymous-auth", Plain("false")),
        ("client-ca-file", File("kube-ca.pem")),
        ("kubelet-client-certificate", File("kube-apiserver.pem")),
        ("proxy-client-cert-file", File("kube-apiserver-proxy-client.pem")),
        ("proxy-client-key-file", File("kube-apiserver-proxy-client-key.pem")),
        ("requestheader-allowed-names", Plain("kube-apiserver-proxy-client")),
        ("requestheader-client-ca-file", File("kube-apiserver-requestheader-ca.pem")),
        ("tls-cert-file", File("kube-apiserver.pem")),
        ("tls-private-key-file", File("kube-apiserver-key.pem")),
    ],
    controller_manager: &[],
    where_there: &[],
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
    ("tls-cert-file", File("serving-kube-apiserver.crt")),
    ("tls-private-key-file", File("serving-kube-apiserver.key")),
];

/// k3s-io/k3s, pkg/etcd/etcd.go, `ETCD.Register`: of the etcd that k3s runs itself.
const K3S_ETCD: Defaults = &[
    ("etcd-cafile", File("etcd/server-ca.crt")),
    ("etcd-certfile", File("etcd/client.crt")),
    ("etcd-keyfile", File("etcd/client.key")),
];

pub const K3S: Layout = Layout {
    tool: "k3s",
    directory: "/var/lib/rancher/k3s/server/tls",
    apiserver: K3S_APISERVER,
    controller_manager: &[],
    where_there: K3S_ETCD,
};

pub(super) const RKE2: Layout = Layout {
    tool: "RKE2",
    directory: "/var/lib/rancher/rke2/server/tls",
    apiserver: K3S_APISERVER,
    controller_manager: &[],
    where_there: K3S_ETCD,
};

/// siderolabs/talos, internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go, `manageAPIServer`.
pub(super) const TALOS: Layout = Layout {
    tool: "Talos",
    directory: "/system/secrets/kubernetes/kube-apiserver",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("proxy-client-cert-file", File("front-proxy-client.crt")),
        ("proxy-client-key-file", File("front-proxy-client.key")),
        ("requestheader-allowed-names", Plain("front-proxy-client")),
        ("requestheader-client-ca-file", File("aggregator-ca.crt")),
    ],
    controller_manager: &[],
    where_there: &[],
};

/// k0sproject/k0s, pkg/component/controller/apiserver.go, `APIServer.Start`.
pub(super) const K0S: Layout = Layout {
    tool: "k0s",
    directory: "/var/lib/k0s/pki",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("kubelet-client-certificate", File("apiserver-kubelet-client.crt")),
        ("proxy-client-cert-file", File("front-proxy-client.crt")),
        ("proxy-client-key-file", File("front-proxy-client.key")),
        ("requestheader-allowed-names", Plain("front-proxy-client")),
        ("requestheader-client-ca-file", File("front-proxy-ca.crt")),
        ("tls-cert-file", File("server.crt")),
        ("tls-private-key-file", File("server.key")),
    ],
    controller_manager: &[],
    where_there: &[
        ("etcd-cafile", File("etcd/ca.crt")),
        ("etcd-certfile", File("apiserver-etcd-client.crt")),
        ("etcd-keyfile", File("apiserver-etcd-client.key")),
    ],
};

/// kubernetes/kops, nodeup/pkg/model/kube_apiserver.go, `KubeAPIServerBuilder.Build`.
pub(super) const KOPS: Layout = Layout {
    tool: "kops",
    directory: "/srv/kubernetes",
    apiserver: &[
        ("client-ca-file", File("ca.crt")),
        ("proxy-client-cert-file", File("kube-apiserver/apiserver-aggregator.crt")),
        ("proxy-client-key-file", File("kube-apiserver/apiserver-aggregator.key")),
        ("requestheader-allowed-names", Plain("aggregator")),
        ("requestheader-client-ca-file", File("kube-apiserver/apiserver-aggregator-ca.crt")),
    ],
    controller_manager: &[],
    where_there: &[],
};

/// openshift/cluster-kube-apiserver-operator, bindata/assets/config/defaultconfig.yaml. On a node, what the pod sees as
/// /etc/kubernetes/static-pod-certs.
pub(super) const OPENSHIFT: Layout = Layout {
    tool: "OpenShift",
    directory: "/etc/kubernetes/static-pod-resources/kube-apiserver-certs",
    apiserver: &[
        ("client-ca-file", File("configmaps/client-ca/ca-bundle.crt")),
        ("proxy-client-cert-file", File("secrets/aggregator-client/tls.crt")),
        ("proxy-client-key-file", File("secrets/aggregator-client/tls.key")),
        (
            "requestheader-allowed-names",
            Plain("kube-apiserver-proxy,system:kube-apiserver-proxy,system:openshift-aggregator"),
        ),
        ("requestheader-client-ca-file", File("configmaps/aggregator-client-ca/ca-bundle.crt")),
    ],
    controller_manager: &[],
    where_there: &[],
};

/// What `cfssljson -bare` calls the files of kubeadm's names; the flags are as kubeadm's.
pub(super) const CFSSL: Layout = Layout {
    tool: "cfssl",
    directory: "/etc/kubernetes/ssl",
    apiserver: &[
        ("client-ca-file", File("ca.pem")),
        ("proxy-client-cert-file", File("front-proxy-client.pem")),
        ("proxy-client-key-file", File("front-proxy-client-key.pem")),
        ("requestheader-allowed-names", Plain("front-proxy-client")),
        ("requestheader-client-ca-file", File("front-proxy-ca.pem")),
    ],
    controller_manager: &[],
    where_there: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_own_files() {
        for layout in LAYOUTS {
            let files: Vec<&str> = NEEDED.iter().filter_map(|flag| layout.file(flag)).collect();
            assert_eq!(files.len(), NEEDED.len(), "{layout:?}");
            let found = Layout::of_files(&|file| files.contains(&file)).unwrap();
            // k0s has kubeadm's names, and RKE2 those of k3s.
            let twins = [("k0s", "kubeadm"), ("RKE2", "k3s")];
            let expected = twins.iter().find(|(tool, _)| *tool == layout.tool).map_or(layout.tool, |(_, twin)| twin);
            assert_eq!(found.tool, expected);
            assert!(found.is_complete(&|file| files.contains(&file)));
        }
        assert!(Layout::of_files(&|file| file == "ca.crt" || file == "ca.pem").is_none());
    }
}
