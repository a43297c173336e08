//! Where the arguments of a server come from: what people wrote down, one file a format.
//!
//! Every reader takes a [`Text`] and gives [`Document`]s. No reader judges: it says what is there, what stands for
//! something that is not there (opaque values), and what could not be read.

mod arguments;
pub(crate) mod authentication_configuration;
mod base;
mod branches;
mod detect;
mod environment_file;
mod expression;
mod extra_arguments;
pub mod formats;
pub mod input;
mod log;
mod mention;
mod objects;
mod place;
mod program;
pub(crate) mod report_marks;
pub mod resource;
mod script;
mod shell;
mod template;
mod unread;
mod values;
mod working_directory;
mod yaml;

pub use authentication_configuration::{AnonymousConfiguration, AuthenticationConfiguration};
pub use base::{BaseDirectory, FileLocation};
pub use detect::{read, read_resources};
pub use log::looks_like_a_log;
pub use mention::mention;
pub use resource::Resource;
pub use values::values;

use crate::kubernetes::{Component, KubernetesVersion};
use crate::text::{Located, Origin, SourceFile, Text};
use resource::CertificateText;

/// One thing that was found in a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Document {
    Invocation(Invocation),
    /// Boxed: it is three times the size of the others.
    AuthenticationConfigMap(Box<AuthenticationConfigMap>),
    ApiService(ApiService),
    /// What `aggcert collect` says of a cluster as a whole.
    Collection(Box<Collection>),
    /// What a server of it showed when it was asked itself.
    Handshake(Box<Handshake>),
    /// An object around them, which is not judged by itself.
    Resource(Resource),
    /// A place beside these that gives our flags, and could not be read.
    Unread(Unread),
}

/// A place that names our flags and was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{mention}: {} stands here, but {reason}", mention.source())]
pub struct Unread {
    pub mention: Origin,
    /// It gives a flag, and does not only speak of it.
    pub gives: bool,
    pub reason: NotRead,
}

/// A component and the arguments that somebody gives it.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub component: Component,
    /// What tells it from others of the same file, for people: `Pod kube-system/kube-apiserver`, `kube-apiserver.service`.
    pub name: String,
    /// The place that stands for all of it: the binary's name, the unit's `ExecStart=`, the object's `kind:`.
    pub origin: Origin,
    /// Which reader found it, as `--input-format` names it.
    pub format: InputFormat,
    /// In the order in which the process gets them, without the program's own name.
    pub arguments: Vec<Argument>,
    pub completeness: Completeness,
    /// The node that it runs on, where that is written: `spec.nodeName` of a pod, or the end of a mirror pod's name.
    pub node: Option<String>,
    /// From an image's tag or a `kubernetesVersion:`.
    pub version: Option<Located<KubernetesVersion>>,
    /// Where paths of the process lie on the host, longest container path first.
    pub mounts: Vec<Mount>,
    /// What could not be resolved, for the summary: `EnvironmentFile=/etc/kubernetes/apiserver is not there`.
    pub unresolved: Vec<Located<String>>,
    /// The same as other branches of a template give it; they have no alternatives themselves.
    pub alternatives: Vec<Invocation>,
    /// Files of the host whose contents are written beside it.
    pub files: Vec<WrittenFile>,
}

/// A file of the host, with certificates, whose contents are written in a document.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// On the host, as flags name it.
    pub path: String,
    pub contents: CertificateText,
}

impl Invocation {
    /// Takes it for this version, unless it names one itself.
    pub fn assume_version(&mut self, version: Option<KubernetesVersion>) {
        if self.version.is_none() {
            self.version = version.map(|version| Located::new(version, self.origin.clone()));
        }
    }
}

/// One element of the argument vector, after its format's quoting and before pflag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    pub text: Text,
    /// Part of it is a template's or a shell's expression, kept as written (`{{ ca }}`, `${CA}`): what the process gets
    /// is unknown, but two equal expressions are equal values.
    pub opaque: bool,
    pub provenance: Provenance,
}

/// Who gave an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    Written,
    /// A tool adds it where nothing is written; the tool's name, such as `kubeadm`.
    DefaultOf(&'static str),
}

/// How much of the process's arguments an invocation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All: what is absent is not given.
    Complete,
    /// Some: an extra-arguments map, a document's excerpt, a template with parts that were not rendered. What is absent
    /// here may be given elsewhere.
    Fragment,
}

/// A path inside the process and what it is outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The path that the flags use.
    pub container_path: String,
    /// `None`: the volume is no part of the host's file system (a Secret, a ConfigMap, an emptyDir).
    pub host_path: Option<String>,
}

impl Mount {
    /// The order in which a path is looked up: the first mount that holds it counts.
    fn longest_first(mounts: &mut [Self]) {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.container_path.trim_end_matches('/').len()));
    }
}

/// The ConfigMap `kube-system/extension-apiserver-authentication`: values as written, not yet decoded.
#[derive(Debug, Clone)]
pub struct AuthenticationConfigMap {
    /// Namespace and name, for people.
    pub name: String,
    pub origin: Origin,
    /// Of the object as it was read from a cluster.
    pub resource_version: Option<Text>,
    /// PEM.
    pub client_ca: Option<Text>,
    /// PEM.
    pub requestheader_client_ca: Option<Text>,
    /// The lists are JSON arrays of strings.
    pub requestheader_allowed_names: Option<Text>,
    pub requestheader_username_headers: Option<Text>,
    pub requestheader_uid_headers: Option<Text>,
    pub requestheader_group_headers: Option<Text>,
    pub requestheader_extra_headers_prefix: Option<Text>,
}

/// An `apiregistration.k8s.io` APIService.
#[derive(Debug, Clone)]
pub struct ApiService {
    /// `v1beta1.metrics.k8s.io`.
    pub name: Located<String>,
    /// Base64 of PEM.
    pub ca_bundle: Option<Text>,
    /// What stands there, or stands nowhere, says nothing: a template decides the bundle or whether it is needed, or an
    /// annotation tells cert-manager or OpenShift to fill it in.
    pub ca_bundle_unknown: bool,
    pub insecure_skip_tls_verify: Option<Located<bool>>,
    /// The Service behind it: without one, kube-apiserver answers it by itself and no certificate is involved.
    pub service: Option<ServiceReference>,
    /// The condition `Available`, as it was read from a cluster.
    pub available: Option<Condition>,
}

/// Which Service an APIService leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceReference {
    pub namespace: Option<Located<String>>,
    pub name: Option<Located<String>>,
    /// `None`: 443.
    pub port: Option<Located<u16>>,
    pub origin: Origin,
}

/// What a controller says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `True`, `False` or `Unknown`.
    pub status: Located<String>,
    pub reason: String,
    pub message: String,
}

/// A cluster that was read: what it says of itself, and what could not be read.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The context by which it was read.
    pub name: Located<String>,
    pub version: Option<Located<KubernetesVersion>>,
    /// Each API server that was asked, and the APIServices that it finds unavailable.
    pub api_servers: Vec<ApiServerView>,
    pub not_read: Vec<NotCollected>,
}

/// What one API server says of extension servers; the conditions of APIServices are those of all.
#[derive(Debug, Clone)]
pub struct ApiServerView {
    /// `https://10.0.0.1:6443`
    pub address: Located<String>,
    pub unavailable: Vec<Located<String>>,
}

/// Objects that were not read.
#[derive(Debug, Clone)]
pub struct NotCollected {
    /// The resource, with its group: `endpointslices.discovery.k8s.io`; or a path.
    pub what: Located<String>,
    /// The server's words.
    pub why: String,
    /// The right that lacks, as `kubectl auth can-i` takes it.
    pub needs: Option<String>,
}

/// What a server of a cluster showed in a TLS handshake.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// `Pod kube-system/metrics-server-5d`, or the address of what is no Pod.
    pub server: Located<String>,
    pub is_kube_apiserver: bool,
    /// Where it was asked: its address, or `through the API`.
    pub asked: String,
    /// `namespace/name` of the Services that lead to it.
    pub services: Vec<String>,
    pub shown: Result<Shown, NotAsked>,
}

/// What it showed.
#[derive(Debug, Clone)]
pub struct Shown {
    /// PEM, its own first.
    pub certificates: Text,
    /// The CAs whose clients it accepts; `None`: it asks for no certificate.
    pub accepts: Option<Vec<AcceptedCa>>,
    /// The place of these names.
    pub accepts_origin: Origin,
}

/// The name of a CA whose clients a server accepts, be it for users or for front proxies (RFC 8446, section 4.2.4).
#[derive(Debug, Clone)]
pub struct AcceptedCa {
    /// As it was sent: DER.
    pub subject: Vec<u8>,
    pub origin: Origin,
}

/// Why a server was not asked.
#[derive(Debug, Clone)]
pub struct NotAsked {
    pub why: String,
    /// The right that lacks, as `kubectl auth can-i` takes it.
    pub needs: Option<String>,
}

impl Collection {
    /// Why the objects of a resource, or a path, are not here.
    pub fn lacks(&self, what: &str) -> Option<&NotCollected> {
        self.not_read.iter().find(|lack| lack.what.value.split('/').next() == Some(what) || lack.what.value == what)
    }
}

impl ApiService {
    pub fn is_local(&self) -> bool {
        self.service.is_none()
    }
}

/// The shapes that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InputFormat {
    /// Kubernetes objects with a pod in them, YAML or JSON.
    Manifest,
    /// systemd units and their drop-ins.
    Systemd,
    /// Command lines: shell scripts, `ps`, Markdown blocks, log lines.
    Command,
    /// `/proc/PID/cmdline`: arguments that end with NUL.
    ProcCmdline,
    /// kubeadm's ClusterConfiguration, also inside Cluster API and the ConfigMap `kubeadm-config`.
    Kubeadm,
    /// The ConfigMap `extension-apiserver-authentication`.
    ConfigMap,
    /// APIService objects.
    ApiService,
    /// What `aggcert collect` says of a cluster.
    Collection,
    /// One flag a line.
    ArgumentsFile,
    /// Maps and lists of distributions and other tools (k3s, RKE, Talos, kops, ...).
    Distribution,
    /// OpenShift's KubeAPIServerConfig.
    OpenShift,
    /// klog's `FLAG: --name="value"` lines.
    FlagDump,
    /// A directory of PKI files in an installer's layout.
    PkiDirectory,
    /// The same files inside of a document: a Secret, cloud-init, Ansible variables, Talos' machine configuration.
    PkiDocument,
    /// Flags after `--` on our own command line.
    Flags,
}

impl InputFormat {
    /// All of them, in the order in which help lists them.
    pub const ALL: [Self; 15] = [
        Self::Manifest,
        Self::Systemd,
        Self::Command,
        Self::ProcCmdline,
        Self::Kubeadm,
        Self::ConfigMap,
        Self::ApiService,
        Self::Collection,
        Self::ArgumentsFile,
        Self::Distribution,
        Self::OpenShift,
        Self::FlagDump,
        Self::PkiDirectory,
        Self::PkiDocument,
        Self::Flags,
    ];

    /// As `--input-format` takes it and reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Systemd => "systemd",
            Self::Command => "command",
            Self::ProcCmdline => "proc-cmdline",
            Self::Kubeadm => "kubeadm",
            Self::ConfigMap => "config-map",
            Self::ApiService => "api-service",
            Self::Collection => "collection",
            Self::ArgumentsFile => "arguments-file",
            Self::Distribution => "distribution",
            Self::OpenShift => "openshift",
            Self::FlagDump => "flag-dump",
            Self::PkiDirectory => "pki-directory",
            Self::PkiDocument => "pki-document",
            Self::Flags => "flags",
        }
    }
}

/// What a reader may look up besides its own text: files that the text names or that lie beside it.
pub trait Surroundings {
    /// The text of a file: an absolute path is looked up on the host (below `--root` when that is given), a relative
    /// one beside the file that is read. `None`: it is not there, not readable, too large, or not to be looked at.
    fn file(&self, path: &str) -> Option<std::sync::Arc<SourceFile>>;

    /// The names (not paths) of the files in a directory, sorted; empty when there is none.
    fn directory(&self, path: &str) -> Vec<String>;
}

/// Nothing around: for text from standard input, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSurroundings;

impl Surroundings for NoSurroundings {
    fn file(&self, _path: &str) -> Option<std::sync::Arc<SourceFile>> {
        None
    }

    fn directory(&self, _path: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Why a file was not read as anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing in it is of ours.
    #[error("{file}: nothing in it is a kube-apiserver's flags; see `aggcert check --help` for what is read")]
    Unrecognised { file: String },
    /// It speaks of the aggregation layer's flags and claims to be no set-up, or none that can be read: whoever wrote
    /// it may think of prose, of a program's source, or of a shape that is unknown here. Not a failure, and never
    /// passed over in silence.
    #[error("{0}; if this is a set-up, name its shape with --input-format")]
    NotASetup(Unread),
    /// It is the shape, but broken.
    #[error("{origin}: {message}")]
    Malformed { origin: Origin, message: String },
}

/// Why a file that speaks of our flags is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRead {
    #[error("nothing around it has a shape that is read here")]
    UnknownShape,
    /// Something else of the file was read.
    #[error("it went into nothing that was read of this file")]
    BesideRead,
    /// Files in strings of files in strings of files.
    #[error("it is in a string too deep within others")]
    TooDeep,
    /// Its excerpts are lines of set-ups, which are judged where they stand.
    #[error("this is a report of aggcert")]
    Report,
    /// Nearly YAML or JSON: why the parser ended.
    #[error("{0}")]
    Broken(String),
}
