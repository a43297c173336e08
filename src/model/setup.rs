//! A component with what its files hold.

use std::path::PathBuf;

use crate::source::{AuthenticationConfiguration, InputFormat, Invocation};
use crate::text::{Located, Origin};
use crate::x509::{Certificate, CertificatePool, PrivateKey};

use crate::kubernetes::KubernetesVersion;

use super::Options;
use super::reason::{Cause, Reason};

/// One component's view: its options and what its files hold. Rules and the model look at nothing else.
#[derive(Debug, Clone)]
pub struct Setup {
    pub invocation: Invocation,
    pub options: Options,
    pub client_ca: FileState<TrustBundle>,
    pub requestheader_client_ca: FileState<TrustBundle>,
    pub proxy_client: FileState<CertificateFile>,
    pub proxy_client_key: FileState<KeyFile>,
    /// The apiserver's serving pair, kubelet client, etcd client and the like, by flag (without dashes).
    pub neighbours: Vec<(&'static str, FileState<CertificateFile>)>,
    pub authentication_config: FileState<AuthenticationConfiguration>,
    /// kube-controller-manager's signing CAs, by flag (without dashes).
    pub signing_cas: Vec<(&'static str, FileState<CertificateFile>)>,
    /// Their private keys, by flag.
    pub signing_keys: Vec<(&'static str, FileState<KeyFile>)>,
    /// kube-controller-manager's key for service account tokens.
    pub service_account_private_key: FileState<KeyFile>,
    /// Private keys that lie beside the CA files and need not be there, such as `front-proxy-ca.key`, and all other
    /// private keys that were seen, with their permissions.
    pub keys_on_host: Vec<KeyFile>,
    /// Private keys beside the CA files that could not be read, and why.
    pub keys_not_read: Vec<Reason>,
    /// What decides whether the server notices that a file of the front proxy is replaced; empty where the files are not
    /// seen as the server has them.
    pub watched: Vec<WatchedFile>,
    /// The set-up as other branches of a template make it.
    pub alternatives: Vec<Setup>,
    /// Of a ConfigMap that was read from a cluster.
    pub resource_version: Option<String>,
}

/// What became of a file that a flag names.
#[derive(Debug, Clone)]
pub enum FileState<T> {
    /// The flag is absent or empty.
    NotGiven,
    Loaded(T),
    /// It was looked at and the server could not use it either.
    Unusable(Unusable),
    /// It could not be looked at from here: opaque path, not on this host, no permission, not in this input.
    NotLooked(Reason),
}

/// Why a file is of no use to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Where the path is written.
    pub origin: Origin,
    /// The path as the server has it, and where it was looked for when that differs.
    pub path: String,
    pub looked_at: Option<PathBuf>,
    /// As the server would say it: `open /x: no such file or directory`.
    pub message: String,
    pub kind: UnusableKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableKind {
    Missing,
    Empty,
    /// There is no block of the kind that is needed.
    NoContent,
    /// A block is there and does not parse.
    Malformed,
}

/// A CA file as the server loads it.
#[derive(Debug, Clone)]
pub struct TrustBundle {
    /// The path as the server has it, or the ConfigMap's key.
    pub path: String,
    /// Where the path (or the PEM in a ConfigMap) is written.
    pub origin: Origin,
    /// In the file's order, duplicates included; each with its place in the PEM.
    pub anchors: Vec<Located<Certificate>>,
    /// Private keys in the same file; `None`: one that cannot be read, because it is encrypted for example.
    pub private_keys: Vec<Located<Option<PrivateKey>>>,
}

/// A certificate file: the leaf first, then what is sent with it.
#[derive(Debug, Clone)]
pub struct CertificateFile {
    pub path: String,
    pub origin: Origin,
    pub leaf: Located<Certificate>,
    pub rest: Vec<Located<Certificate>>,
    /// Certificates behind the leaf that do not parse, and Go's reasons. They are sent all the same, and the other side
    /// ends the TLS handshake.
    pub broken: Vec<Located<String>>,
}

/// A private key's file. The key itself is not kept.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// As the flag has it; of a key that no flag names, where it was found.
    pub path: String,
    /// Where it was found.
    pub looked_at: PathBuf,
    pub origin: Origin,
    pub key: PrivateKey,
    /// Unix permission bits (`0o600`); `None` where they could not be seen.
    pub mode: Option<u32>,
    /// The permission bits of the directory that it is in.
    pub directory_mode: Option<u32>,
}

/// A file that the server loads again when it changes. It watches the inode, not the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedFile {
    pub path: String,
    pub origin: Origin,
    /// How many names the inode has.
    pub hard_links: u64,
    /// The directory in its path that is a symbolic link.
    pub linked_directory: Option<PathBuf>,
}

impl Setup {
    /// The version that the input names, or the newest one that is modelled.
    pub fn version(&self) -> KubernetesVersion {
        self.invocation.version.as_ref().map_or(KubernetesVersion::NEWEST, |version| version.value)
    }

    /// Whether it is that of an extension API server which reads the ConfigMap.
    pub fn is_config_map(&self) -> bool {
        self.invocation.format == InputFormat::ConfigMap
    }

    /// How a setting is called where it is written: a flag, or a key of the ConfigMap.
    pub fn called(&self, name: &str) -> String {
        if self.is_config_map() { name.to_owned() } else { format!("--{name}") }
    }

    /// The bundle for users and the one for front proxies.
    ///
    /// # Errors
    /// Why one is not there to look at; that there is none says more than that the other is not known.
    pub fn bundles(&self) -> Result<(&TrustBundle, &TrustBundle), Reason> {
        let client = self.client_ca.get(&self.called("client-ca-file"));
        match (client, self.requestheader_bundle()) {
            (Ok(client), Ok(requestheader)) => Ok((client, requestheader)),
            (_, Err(why)) if why.cause().is_nothing_to_judge() => Err(why),
            (Err(why), _) | (_, Err(why)) => Err(why),
        }
    }

    /// # Errors
    /// Why it is not there to look at.
    pub fn requestheader_bundle(&self) -> Result<&TrustBundle, Reason> {
        self.requestheader_client_ca.get(&self.called("requestheader-client-ca-file"))
    }

    /// Takes the flags as another version would. The files stay as they are.
    pub fn assume_version(&mut self, version: KubernetesVersion) {
        self.invocation.version = Some(Located::new(version, self.invocation.origin.clone()));
        if !self.is_config_map() {
            self.options = Options::parse(&self.invocation);
        }
        self.alternatives.iter_mut().for_each(|alternative| alternative.assume_version(version));
    }
}

impl<T> FileState<T> {
    /// What the file holds. `flag` is how the setting is called where it is written.
    ///
    /// # Errors
    /// Why there is nothing to look at.
    pub fn get(&self, flag: &str) -> Result<&T, Reason> {
        match self {
            Self::Loaded(value) => Ok(value),
            Self::NotGiven => Err(Reason::not_given(flag)),
            Self::Unusable(unusable) => {
                Err(Reason::new(Cause::Unusable(unusable.message.clone())).about(flag).at(&unusable.origin))
            }
            Self::NotLooked(why) => Err(why.clone().about(flag)),
        }
    }

    /// Why it was not looked at, where it was not.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::NotLooked(why) => Some(why),
            _ => None,
        }
    }

    pub fn loaded(&self) -> Option<&T> {
        match self {
            Self::Loaded(value) => Some(value),
            _ => None,
        }
    }
}

impl TrustBundle {
    /// One certificate as a bundle of its own.
    pub fn of_one(certificate: &Located<Certificate>) -> Self {
        Self {
            path: String::new(),
            origin: certificate.origin.clone(),
            anchors: vec![certificate.clone()],
            private_keys: Vec::new(),
        }
    }

    pub fn pool(&self) -> CertificatePool {
        CertificatePool::new(self.certificates().cloned())
    }

    /// The certificates without their places.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().map(|anchor| &anchor.value)
    }
}
