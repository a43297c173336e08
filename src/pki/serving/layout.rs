//! The files of a directory for an extension API server.

use std::fmt;

use crate::pki::Layout;

/// One of them: certificates and keys, and the objects that are made of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServingFile {
    CaCertificate,
    CaKey,
    /// The new CA's key, until it takes the place of the old one.
    NextCaKey,
    /// As a Secret of type kubernetes.io/tls calls it.
    Certificate,
    Key,
    /// The Secret, and in it the key.
    Secret,
    ApiService,
    Service,
    /// The ServiceAccount with its bindings.
    Access,
    Deployment,
    /// Issuers and Certificates, in place of all certificates and keys.
    CertManager,
}

impl ServingFile {
    /// Those of certificates and keys, as a person reads them.
    pub const PKI: [Self; 5] = [Self::CaCertificate, Self::CaKey, Self::NextCaKey, Self::Certificate, Self::Key];

    /// Those of objects.
    pub const OBJECTS: [Self; 6] =
        [Self::CertManager, Self::Secret, Self::Access, Self::Service, Self::Deployment, Self::ApiService];
}

impl Layout for ServingFile {
    const PLACING: &'static [Self] = &[
        Self::CaKey,
        Self::NextCaKey,
        Self::CaCertificate,
        Self::Key,
        Self::Certificate,
        Self::Secret,
        Self::Access,
        Self::Service,
        Self::Deployment,
        Self::CertManager,
        Self::ApiService,
    ];

    // Nobody but kubectl reads them.
    const KEYS_KEEP_MODE: bool = false;

    fn name(self) -> &'static str {
        match self {
            Self::CaCertificate => "serving-ca.crt",
            Self::CaKey => "serving-ca.key",
            Self::NextCaKey => "serving-ca.next.key",
            Self::Certificate => "tls.crt",
            Self::Key => "tls.key",
            Self::Secret => "secret.yaml",
            Self::ApiService => "apiservice.yaml",
            Self::Service => "service.yaml",
            Self::Access => "rbac.yaml",
            Self::Deployment => "deployment.yaml",
            Self::CertManager => "cert-manager.yaml",
        }
    }

    fn is_key(self) -> bool {
        matches!(self, Self::CaKey | Self::NextCaKey | Self::Key | Self::Secret)
    }
}

impl fmt::Display for ServingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
