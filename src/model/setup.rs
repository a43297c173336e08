//! A component with what its files hold.

use std::path::PathBuf;

use std::path::Path;

use crate::source::{AuthenticationConfiguration, Invocation};
use crate::text::{Located, Origin};
use crate::x509::{Certificate, CertificatePool, PrivateKey};

use crate::kubernetes::KubernetesVersion;

use super::reason::Reason;
use super::{FileFlag, Options, PassedOver, PathFlag, header_lists};

/// One component's view: its options and what its files hold. Rules and the model look at nothing else.
#[derive(Debug, Clone)]
pub struct Setup {
    pub invocation: Invocation,
    pub options: Options,
    pub client_ca: FileFlag<TrustBundle>,
    pub requestheader_client_ca: FileFlag<TrustBundle>,
    pub proxy_client: FileFlag<CertificateFile>,
    pub proxy_client_key: FileFlag<KeyFile>,
    /// The apiserver's serving pair, kubelet client, etcd client and the like, those that are given.
    pub(super) neighbours: Vec<FileFlag<CertificateFile>>,
    pub tls_private_key: FileFlag<KeyFile>,
    /// Most often a bare public key, which is not looked at.
    pub service_account_key: FileFlag<CertificateFile>,
    pub authentication_config: FileFlag<AuthenticationConfiguration>,
    /// kube-controller-manager's signing CAs: `--cluster-signing-cert-file` and its variants for one signer.
    pub signing_cas: Vec<FileFlag<CertificateFile>>,
    /// Their private keys.
    pub signing_keys: Vec<FileFlag<KeyFile>>,
    /// kube-controller-manager's key for service account tokens.
    pub service_account_private_key: FileFlag<KeyFile>,
    /// Private keys that lie beside the CA files and need not be there, such as `front-proxy-ca.key`, and all other
    /// private keys that were seen, with their permissions.
    pub keys_on_host: Vec<KeyFile>,
    /// Private keys beside the CA files that could not be read, and why.
    pub keys_not_read: Vec<Reason>,
    /// The CA certificates that lie in the directories of the set-up's certificates, whether a flag names their files or
    /// not: a client can send them along.
    pub(super) cas_beside: Vec<Located<Certificate>>,
    /// Other files that hold one of these, by its place among them.
    pub(super) cas_again: Vec<(PathBuf, usize)>,
    /// The files of certificates that decide who is believed, with who may write them.
    pub public_files: Vec<PublicFile>,
    /// The directories in the paths of the front proxy's files, each once.
    pub directories_above: Vec<DirectoryAbove>,
    /// What of these files and directories belongs to strangers.
    pub foreign_owners: Vec<ForeignOwner>,
    /// What decides whether the server notices that a file of the front proxy is replaced; empty where the files are not
    /// seen as the server has them.
    pub watched: Vec<WatchedFile>,
    /// The set-up as other branches of a template make it.
    pub alternatives: Vec<Setup>,
}

/// A CA file as the server loads it.
#[derive(Debug, Clone)]
pub struct TrustBundle {
    /// The path as the server has it, or the ConfigMap's key.
    pub path: String,
    /// Where the path (or the PEM in a ConfigMap) is written.
    pub origin: Origin,
    anchors: Vec<Located<Certificate>>,
    /// Private keys in the same file; `None`: one that cannot be read, because it is encrypted for example.
    pub private_keys: Vec<Located<Option<PrivateKey>>>,
    /// Further certificates that Go's `pem.Decode` passes over.
    pub passed_over: PassedOver,
    /// Kept, since most rules look for parents in it.
    pool: CertificatePool,
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
    /// Where it leads, if it is a link.
    pub link_target: Option<String>,
    pub origin: Origin,
    pub key: PrivateKey,
    /// A flag names it, or something in its directory has the same public key: a certificate, or the public key itself.
    pub is_explained: bool,
    /// Unix permission bits (`0o600`); `None` where they could not be seen.
    pub mode: Option<u32>,
    /// The permission bits of the directory that it is in.
    pub directory_mode: Option<u32>,
}

/// A file of certificates: everybody may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicFile {
    /// As the flag has it.
    pub path: String,
    pub origin: Origin,
    /// A CA file, and not the proxy client's.
    pub is_bundle: bool,
    /// `None` where they could not be seen.
    pub permissions: Option<Permissions>,
    /// Those of the directory that it is in.
    pub directory: Option<Permissions>,
}

/// A directory above the one that a file of the front proxy is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryAbove {
    /// Where it was found.
    pub path: String,
    /// The file, as its flag has it.
    pub file: String,
    pub origin: Origin,
    pub permissions: Permissions,
}

/// A file of the front proxy, or a directory in its path, that belongs neither to root nor to the server's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOwner {
    /// Where it was found.
    pub path: String,
    /// The flag's.
    pub origin: Origin,
    /// The user's number.
    pub owner: u32,
    pub mode: u32,
}

impl ForeignOwner {
    /// Whether others may read it, and go through it, as its owner may: what runs as that user still can when it is root's.
    pub fn is_open_to_others(&self) -> bool {
        let of_owner = self.mode >> 6 & 0o005;
        self.mode & of_owner == of_owner
    }
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// Unix permission bits (`0o644`).
    pub mode: u32,
    /// Nobody is in its group but the owner and root: it is root's, or the owner's own.
    pub has_own_group: bool,
}

/// A file that the server loads again when it changes. It watches the inode, not the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedFile {
    pub path: String,
    pub origin: Origin,
    /// How many names the inode has.
    pub hard_links: u64,
    /// The directory in its path, or the file itself, that is a symbolic link.
    pub link: Option<PathBuf>,
}

impl Setup {
    /// A component without files.
    pub(super) fn without_files(invocation: Invocation, options: Options) -> Self {
        Self {
            invocation,
            options,
            client_ca: FileFlag::absent("client-ca-file"),
            requestheader_client_ca: FileFlag::absent("requestheader-client-ca-file"),
            proxy_client: FileFlag::absent("proxy-client-cert-file"),
            proxy_client_key: FileFlag::absent("proxy-client-key-file"),
            neighbours: Vec::new(),
            tls_private_key: FileFlag::absent("tls-private-key-file"),
            service_account_key: FileFlag::absent("service-account-key-file"),
            authentication_config: FileFlag::absent("authentication-config"),
            signing_cas: Vec::new(),
            signing_keys: Vec::new(),
            service_account_private_key: FileFlag::absent("service-account-private-key-file"),
            keys_on_host: Vec::new(),
            keys_not_read: Vec::new(),
            cas_beside: Vec::new(),
            cas_again: Vec::new(),
            public_files: Vec::new(),
            directories_above: Vec::new(),
            foreign_owners: Vec::new(),
            watched: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    /// The version that the input names, or the newest one that is modelled.
    pub fn version(&self) -> KubernetesVersion {
        self.invocation.version.as_ref().map_or(KubernetesVersion::NEWEST, |version| version.value)
    }

    /// Whether it has whom it believes about users from the ConfigMap, as extension API servers do, and not from flags.
    pub fn reads_config_map(&self) -> bool {
        self.requestheader_client_ca.flag.is_key()
    }

    /// Whether a flag of the front proxy is given: its CA, names, headers or client.
    pub fn configures_front_proxy(&self) -> bool {
        let paths = [&self.requestheader_client_ca.flag, &self.proxy_client.flag, &self.proxy_client_key.flag];
        let lists = header_lists(&self.options).map(|(_, list)| list);
        paths.into_iter().any(PathFlag::is_path_given)
            || lists
                .into_iter()
                .chain([&self.options.requestheader_allowed_names])
                .any(|list| list.entries().is_none_or(|entries| !entries.is_empty()))
    }

    /// Whether a flag is given that has a part in who can be whom.
    pub fn says_whom_it_trusts(&self) -> bool {
        // An empty list allows every name.
        let has_names = self.options.requestheader_allowed_names.given().is_some();
        self.client_ca.flag.is_path_given() || has_names || self.configures_front_proxy()
    }

    /// How a setting about request headers is called where it is written: a flag, or a key of the ConfigMap.
    pub fn called(&self, name: &str) -> String {
        if self.reads_config_map() { name.to_owned() } else { format!("--{name}") }
    }

    /// The bundle for users and the one for front proxies.
    ///
    /// # Errors
    /// Why one is not there to look at; that there is none says more than that the other is not known.
    pub fn bundles(&self) -> Result<(&TrustBundle, &TrustBundle), Reason> {
        match (self.client_ca.get(), self.requestheader_client_ca.get()) {
            (Ok(client), Ok(requestheader)) => Ok((client, requestheader)),
            (_, Err(why)) if why.cause().is_nothing_to_judge() => Err(why),
            (Err(why), _) | (_, Err(why)) => Err(why),
        }
    }

    /// The CAs in a file of this name that no flag names, beside those that flags do; none: it was not seen.
    pub fn cas_beside_in(&self, name: &str) -> Vec<&Certificate> {
        let is_there = |ca: &&Located<Certificate>| Path::new(ca.origin.file().name()).ends_with(name);
        let again = self.cas_again.iter().filter(|(file, _)| file.ends_with(name));
        let again = again.filter_map(|(_, at)| self.cas_beside.get(*at));
        self.cas_beside.iter().filter(is_there).chain(again).map(|ca| &ca.value).collect()
    }

    /// One of the neighbours, when it is given.
    pub fn neighbour(&self, name: &str) -> Option<&FileFlag<CertificateFile>> {
        self.neighbours.iter().find(|file| file.flag.name == name)
    }

    /// The neighbours, and the key of service accounts where it is a certificate.
    pub fn neighbours(&self) -> impl Iterator<Item = &FileFlag<CertificateFile>> {
        let service_account_key = Some(&self.service_account_key).filter(|file| file.loaded().is_some());
        self.neighbours.iter().chain(service_account_key)
    }
}

impl CertificateFile {
    /// What is sent with the leaf, to look for parents in.
    pub fn intermediates(&self) -> CertificatePool {
        CertificatePool::new(self.rest.iter().map(|located| located.value.clone()))
    }

    /// The leaf and what is sent with it.
    pub fn certificates(&self) -> impl Iterator<Item = &Located<Certificate>> {
        std::iter::once(&self.leaf).chain(&self.rest)
    }

    /// The same, as it is sent.
    pub fn sent(&self) -> Vec<Certificate> {
        self.certificates().map(|located| located.value.clone()).collect()
    }
}

impl TrustBundle {
    /// One certificate as a bundle of its own.
    pub fn of_one(certificate: &Located<Certificate>) -> Self {
        Self::new(String::new(), certificate.origin.clone(), vec![certificate.clone()], Vec::new())
    }

    pub fn new(
        path: String,
        origin: Origin,
        anchors: Vec<Located<Certificate>>,
        private_keys: Vec<Located<Option<PrivateKey>>>,
    ) -> Self {
        let pool = CertificatePool::new(anchors.iter().map(|anchor| anchor.value.clone()));
        Self { path, origin, anchors, private_keys, passed_over: PassedOver::default(), pool }
    }

    /// In the file's order, duplicates included; each with its place in the PEM.
    pub fn anchors(&self) -> &[Located<Certificate>] {
        &self.anchors
    }

    /// The same bundle without the anchors that are not kept.
    pub fn retaining(self, keep: impl FnMut(&Located<Certificate>) -> bool) -> Self {
        let mut anchors = self.anchors;
        anchors.retain(keep);
        Self { passed_over: self.passed_over, ..Self::new(self.path, self.origin, anchors, self.private_keys) }
    }

    /// The anchors, to look for parents in.
    pub fn pool(&self) -> &CertificatePool {
        &self.pool
    }

    /// The certificates without their places.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().map(|anchor| &anchor.value)
    }

    /// Whether it accepts what a CA signs, as far as names and keys tell.
    pub fn has_issuer(&self, ca: &Certificate) -> bool {
        self.certificates().any(|own| own.is_same_issuer(ca))
    }

    /// Whether both accept what one CA signs.
    pub fn shares_issuer(&self, other: &Self) -> bool {
        other.certificates().any(|ca| self.has_issuer(ca))
    }
}
