//! What certificates, bundles and keys say, and path validation as Go's `crypto/x509` does it.
//!
//! kube-apiserver judges certificates with Go's standard library, so this module accepts what Go 1.26 accepts and
//! refuses what it refuses, with the same words where they are deterministic. There is no Kubernetes in here.

mod algorithm;
mod ca_misfit;
pub mod certificate;
mod constraints;
pub(crate) mod der;
mod domain;
mod error;
mod hex;
pub mod host_name;
pub mod key;
mod mailbox;
mod name;
pub mod name_constraints;
mod parse;
pub mod path;
pub mod pem;
mod policies;
mod policy;
mod pool;
mod public_key;
pub(crate) mod quote;
pub mod second_reader;
pub mod signature;
mod uri;

pub use ca_misfit::CaMisfit;
pub(crate) use certificate::sha256;
pub use certificate::{BasicConstraints, Certificate, ExtendedKeyUsage, Extension, KeyUsage, SigningBar};
pub use error::CertificateError;
pub(crate) use hex::hex;
pub use key::{KeyError, PrivateKey};
pub use name::Name;
pub use path::{CertificatePool, Chain, VerificationError};
pub use public_key::PublicKeyAlgorithm;
pub use signature::{SignatureAlgorithm, SignatureError};
