//! The files of kubeadm's layout (kubernetes/cmd/kubeadm/app/constants, `FrontProxyCACertName` and its neighbours).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The cluster's own CA in the same directory: what `--client-ca-file` usually names.
pub const CLUSTER_CA: &str = "ca.crt";

/// One of the four files that `init` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PkiFile {
    #[serde(rename = "front-proxy-ca.crt")]
    CaCertificate,
    #[serde(rename = "front-proxy-ca.key")]
    CaKey,
    #[serde(rename = "front-proxy-client.crt")]
    ClientCertificate,
    #[serde(rename = "front-proxy-client.key")]
    ClientKey,
}

impl PkiFile {
    /// As a person reads them: the CA before its client, the certificate before its key.
    pub const ALL: [Self; 4] = [Self::CaCertificate, Self::CaKey, Self::ClientCertificate, Self::ClientKey];

    /// The name in the directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaCertificate => "front-proxy-ca.crt",
            Self::CaKey => "front-proxy-ca.key",
            Self::ClientCertificate => "front-proxy-client.crt",
            Self::ClientKey => "front-proxy-client.key",
        }
    }

    /// Whether the file holds a private key.
    pub const fn is_key(self) -> bool {
        matches!(self, Self::CaKey | Self::ClientKey)
    }
}

impl fmt::Display for PkiFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serialized_name_is_the_name() {
        for file in PkiFile::ALL {
            assert_eq!(serde_json::to_string(&file).unwrap(), format!("\"{file}\""));
        }
    }
}
