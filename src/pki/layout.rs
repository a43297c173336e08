//! The files of a directory that the store changes; those of kubeadm's layout (kubernetes/cmd/kubeadm/app/constants, `FrontProxyCACertName` and its neighbours).

use std::fmt;

/// The cluster's own CA in the same directory: what `--client-ca-file` usually names.
pub const CLUSTER_CA: &str = "ca.crt";

/// The files of one kind of directory. Their names are the words of the store's journal, too.
pub trait Layout: Copy + Eq + fmt::Debug + fmt::Display + 'static {
    /// All of them, in the order in which they are placed: keys before their certificates, each pair back to back, so that
    /// a server that reads in between keeps the pair that it has.
    const PLACING: &'static [Self];

    /// Whether a key that replaces another gets its mode: a server of another user may have to read it. Otherwise it is the
    /// owner's alone.
    const KEYS_KEEP_MODE: bool;

    /// The name in the directory.
    fn name(self) -> &'static str;

    /// Whether the file holds a private key.
    fn is_key(self) -> bool;
}

/// One of the files that are made here: the four of `init`, and what a rotation gets ready before its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PkiFile {
    CaCertificate,
    CaKey,
    ClientCertificate,
    ClientKey,
    /// The new CA's key, until it takes the place of the old one.
    NextCaKey,
    /// A client of the new CA, until it takes the place of the old one.
    NextClientCertificate,
    NextClientKey,
}

impl PkiFile {
    /// Those of kubeadm, as a person reads them: the CA before its client, the certificate before its key.
    pub const SERVED: [Self; 4] = [Self::CaCertificate, Self::CaKey, Self::ClientCertificate, Self::ClientKey];

    /// Those of kubeadm, and those of a rotation.
    pub const ALL: [Self; 7] = [
        Self::CaCertificate,
        Self::CaKey,
        Self::ClientCertificate,
        Self::ClientKey,
        Self::NextCaKey,
        Self::NextClientCertificate,
        Self::NextClientKey,
    ];

    /// The name in the directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaCertificate => "front-proxy-ca.crt",
            Self::CaKey => "front-proxy-ca.key",
            Self::ClientCertificate => "front-proxy-client.crt",
            Self::ClientKey => "front-proxy-client.key",
            Self::NextCaKey => "front-proxy-ca.next.key",
            Self::NextClientCertificate => "front-proxy-client.next.crt",
            Self::NextClientKey => "front-proxy-client.next.key",
        }
    }

    /// Whether the file holds a private key.
    pub const fn is_key(self) -> bool {
        matches!(self, Self::CaKey | Self::ClientKey | Self::NextCaKey | Self::NextClientKey)
    }
}

impl Layout for PkiFile {
    const PLACING: &'static [Self] = &[
        Self::CaKey,
        Self::CaCertificate,
        Self::ClientKey,
        Self::ClientCertificate,
        Self::NextCaKey,
        Self::NextClientKey,
        Self::NextClientCertificate,
    ];

    const KEYS_KEEP_MODE: bool = true;

    fn name(self) -> &'static str {
        self.name()
    }

    fn is_key(self) -> bool {
        self.is_key()
    }
}

impl fmt::Display for PkiFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
