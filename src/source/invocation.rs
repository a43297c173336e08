//! A component and the arguments that somebody gives it.

use crate::kubernetes::{Component, KubernetesVersion};
use crate::text::{Located, Origin, Text};
use crate::x509::PrivateKey;

use super::CertificateText;
use super::InputFormat;
use super::MountedVolume;
use super::base::{below, joined};

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
    /// The namespace of the Pod that it runs in.
    pub namespace: Option<String>,
    /// The node that it runs on, where that is written: `spec.nodeName` of a pod, or the end of a mirror pod's name.
    pub node: Option<String>,
    /// From an image's tag or a `kubernetesVersion:`.
    pub version: Option<Located<KubernetesVersion>>,
    /// Where paths of the process lie on the host, longest container path first.
    pub mounts: Vec<Mount>,
    /// What the process sees where nothing is mounted.
    pub beneath: Beneath,
    /// What could not be resolved, for the summary: `EnvironmentFile=/etc/kubernetes/apiserver is not there`.
    pub unresolved: Vec<Located<String>>,
    /// Further arguments follow that are not here, and why: each flag may have another value.
    pub open: Option<Located<String>>,
    /// It is open, and what is here may be gone there: nothing of it is wrong for certain.
    pub may_be_replaced: bool,
    /// What was read and does not count, because something else took its place.
    pub superseded: Vec<Origin>,
    /// The same as other branches of a template give it; they have no alternatives themselves.
    pub alternatives: Vec<Invocation>,
    /// Files of the host whose contents are written beside it.
    pub files: Vec<WrittenFile>,
    /// Private keys of the host that are written beside it.
    pub keys: Vec<WrittenKey>,
    /// Private keys in the ConfigMap or Pod that it is read from, or gets its files from.
    pub published_keys: Vec<PublishedKey>,
    /// Where the same command stands again in its file: what is run once, or shown once more.
    pub again: Vec<Origin>,
    /// What the tool that starts it does not load.
    pub not_loaded: Vec<NotLoaded>,
}

/// A value that a tool wants to be a string, and that YAML makes something else of.
#[derive(Debug, Clone)]
pub struct NotLoaded {
    /// In Go's words: `bool`, `number`.
    pub kind: &'static str,
    /// The string that is meant, and where it is written.
    pub value: Located<String>,
}

/// A file of the host, with certificates, whose contents are written in a document.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// On the host, as flags name it.
    pub path: String,
    pub contents: CertificateText,
}

/// A private key of the host that is written in a document, of which the public half alone is kept.
#[derive(Debug, Clone)]
pub struct WrittenKey {
    /// On the host, as flags name it.
    pub path: String,
    /// That of its name, so that no report shows the key.
    pub origin: Origin,
    /// What Go makes of it; `None`: a template fills it in.
    pub key: Option<Result<PrivateKey, String>>,
}

/// A private key in an object that hides nothing, of which the public half alone is kept.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    /// `ConfigMap pki`.
    pub object: String,
    /// Which of the object's keys holds it; its place, so that no report shows more.
    pub entry: Located<String>,
    /// `None`: it is encrypted, or Go makes nothing of it.
    pub key: Option<PrivateKey>,
}

impl Invocation {
    /// The private key of a path, where a document holds it.
    pub fn written_key(&self, path: &str) -> Option<&WrittenKey> {
        self.keys.iter().find(|key| key.path == path)
    }

    /// Two that have this in common say the same of a component, wherever they stand. `None`: what is written beside it may
    /// be its own.
    pub(super) fn identity(&self) -> Option<Identity<'_>> {
        let is_alone = self.alternatives.is_empty()
            && self.files.is_empty()
            && self.keys.is_empty()
            && self.published_keys.is_empty()
            && self.not_loaded.is_empty()
            && self.mounts.iter().all(|mount| mount.volume.is_none());
        is_alone.then(|| Identity {
            component: self.component,
            pod: [Some(&self.name), self.namespace.as_ref(), self.node.as_ref()],
            arguments: self.arguments.iter().map(|one| (one.text.as_str(), one.opaque, one.provenance)).collect(),
            completeness: self.completeness,
            version: self.version.as_ref().map(|version| version.value),
            mounts: self.mounts.iter().map(|one| (one.container_path.as_str(), one.host_path.as_deref())).collect(),
            beneath: &self.beneath,
            unresolved: self.unresolved.iter().map(|part| part.value.as_str()).collect(),
            open: self.open.as_ref().map(|why| why.value.as_str()),
        })
    }

    /// Takes in those of an object that belongs to it, each once.
    pub(crate) fn add_published_keys(&mut self, keys: &[PublishedKey]) {
        for key in keys {
            if self.published_keys.iter().all(|known| known.entry.origin != key.entry.origin) {
                self.published_keys.push(key.clone());
            }
        }
    }

    /// Whether it mounts an object, by kind and name: `Secret pki`.
    pub fn mounts_object(&self, object: &str) -> bool {
        let volumes = self.mounts.iter().filter_map(|mount| mount.volume.as_ref());
        volumes.flat_map(|volume| volume.source.objects()).any(|one| object.split_once(' ') == Some(one))
    }

    pub fn is_extension(&self) -> bool {
        self.component == Component::ExtensionApiServer
    }

    /// Takes it for this version, unless it names one itself.
    pub fn assume_version(&mut self, version: Option<KubernetesVersion>) {
        if self.version.is_none() {
            self.version = version.map(|version| Located::new(version, self.origin.clone()));
        }
    }
}

/// What an invocation says, without where it stands.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Identity<'a> {
    component: Component,
    /// Name, namespace and node.
    pod: [Option<&'a String>; 3],
    arguments: Vec<(&'a str, bool, Provenance)>,
    completeness: Completeness,
    version: Option<KubernetesVersion>,
    mounts: Vec<(&'a str, Option<&'a str>)>,
    beneath: &'a Beneath,
    unresolved: Vec<&'a str>,
    open: Option<&'a str>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provenance {
    Written,
    /// A tool adds it where nothing is written; the tool's name, such as `kubeadm`.
    DefaultOf(&'static str),
}

/// How much of the process's arguments an invocation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// `None`: the volume is no part of the host's file system (a Secret, a ConfigMap, an emptyDir), or where it lies is
    /// not told.
    pub host_path: Option<String>,
    /// The volume, where it is told which one it is.
    pub volume: Option<MountedVolume>,
}

/// What a process sees where nothing is mounted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Beneath {
    /// What the host has there.
    #[default]
    Host,
    /// What is in the container's image.
    Image,
    /// Nobody knows, and why.
    Unknown(String),
}

impl Mount {
    /// The order in which a path is looked up: the first mount that holds it counts.
    pub(super) fn longest_first(mounts: &mut [Self]) {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.container_path.trim_end_matches('/').len()));
    }

    /// A directory or file of the host; `None`: where it lies there is not told.
    pub(super) fn of_host(container_path: impl Into<String>, host_path: Option<String>) -> Self {
        Self { container_path: container_path.into(), host_path, volume: None }
    }

    /// The mount that a path lies in, and the path behind it.
    pub(crate) fn of<'a, 'p>(mounts: &'a [Self], path: &'p str) -> Option<(&'a Self, &'p str)> {
        mounts.iter().find_map(|mount| Some((mount, below(path, &mount.container_path)?)))
    }

    /// Where the process sees a file of the host.
    pub(crate) fn seen_at(&self, on_host: &str) -> Option<String> {
        Some(joined(&self.container_path, below(on_host, self.host_path.as_deref()?)?))
    }

    /// Where the host has what is behind the mount, if it has.
    pub(crate) fn on_host(&self, rest: &str) -> Option<String> {
        self.host_path.as_ref().map(|host| joined(host, rest))
    }
}
