//! Path validation as Go's `Certificate.Verify` does it, for the key usage clientAuth.

use time::OffsetDateTime;

use super::Certificate;

/// A set of certificates to look for parents in, as Go's `x509.CertPool`: without duplicates, in order of addition,
/// found by subject.
#[derive(Debug, Clone, Default)]
pub struct CertificatePool {
    certificates: Vec<Certificate>,
}

/// Leaf first, trust anchor last.
pub type Chain = Vec<Certificate>;

/// Why no chain was accepted; `Display` gives Go's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    #[error("todo")]
    Todo,
}

impl CertificatePool {
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        Self { certificates: certificates.into_iter().collect() }
    }

    /// In order of addition.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

/// All chains from `leaf` to a certificate of `roots`, through `intermediates`, that are acceptable for clientAuth at
/// `now`; Go's `Certificate.Verify` with `KeyUsages: clientAuth` and no hostname.
///
/// # Errors
/// The reason that Go would give.
pub fn verify(
    leaf: &Certificate,
    roots: &CertificatePool,
    intermediates: &CertificatePool,
    now: OffsetDateTime,
) -> Result<Vec<Chain>, VerificationError> {
    let _ = (leaf, roots, intermediates, now);
    todo!()
}
