//! What certificates, bundles and keys say, and path validation as Go's `crypto/x509` does it.
//!
//! kube-apiserver judges certificates with Go's standard library, so this module accepts what Go 1.26 accepts and
//! refuses what it refuses, with the same words where they are deterministic. There is no Kubernetes in here.

pub mod certificate;
mod constraints;
mod der;
pub mod key;
mod name;
mod parse;
pub mod path;
pub mod pem;
mod policy;
mod signature;

pub use certificate::{
    BasicConstraints, Certificate, CertificateError, ExtendedKeyUsage, KeyUsage, PublicKeyAlgorithm,
};
pub use key::{KeyError, PrivateKey};
pub use name::Name;
pub use path::{CertificatePool, Chain, VerificationError};
