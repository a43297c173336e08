//! What certificates, bundles and keys say, and path validation as Go's `crypto/x509` does it.
//!
//! kube-apiserver judges certificates with Go's standard library, so this module accepts what Go 1.26 accepts and
//! refuses what it refuses, with the same words where they are deterministic. There is no Kubernetes in here.

pub mod certificate;
pub mod constraints;
mod der;
mod domain;
pub mod key;
mod mailbox;
mod name;
mod parse;
pub mod path;
pub mod pem;
mod policy;
mod pool;
mod public_key;
pub(crate) mod quote;
pub mod signature;
mod uri;

pub use certificate::{
    BasicConstraints, Certificate, CertificateError, ExtendedKeyUsage, Extension, KeyUsage, PublicKeyAlgorithm,
    SigningBar,
};
pub use key::{KeyError, PrivateKey};
pub use name::Name;
pub use path::{CertificatePool, Chain, VerificationError};
pub use signature::{SignatureAlgorithm, SignatureError};
