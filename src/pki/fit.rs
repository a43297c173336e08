//! Whether a client certificate works as the front proxy's.

use time::OffsetDateTime;

use crate::x509::{Certificate, CertificatePool, PrivateKey, VerificationError, path};

/// Why it does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    #[error("the private key belongs to another certificate")]
    OtherKey,
    #[error("it is not valid before {}", .0.date())]
    NotYetValid(OffsetDateTime),
    #[error("it expired on {}", .0.date())]
    Expired(OffsetDateTime),
    /// Extension API servers would not accept it from this CA.
    #[error("the CA does not verify it: {0}")]
    Untrusted(VerificationError),
}

/// Whether the first of `client` belongs to `key` and verifies against `ca` now, with the rest as intermediates: what
/// kube-apiserver needs to load it, and extension API servers to believe it.
///
/// # Errors
/// With the first reason why not.
pub fn client_fits(
    client: &[Certificate],
    key: &PrivateKey,
    ca: &[Certificate],
    now: OffsetDateTime,
) -> Result<(), Misfit> {
    let Some((leaf, intermediates)) = client.split_first() else { return Err(Misfit::OtherKey) };
    if !key.matches(leaf) {
        return Err(Misfit::OtherKey);
    }
    if now > leaf.not_after {
        return Err(Misfit::Expired(leaf.not_after));
    }
    if now < leaf.not_before {
        return Err(Misfit::NotYetValid(leaf.not_before));
    }
    let roots = CertificatePool::new(ca.iter().cloned());
    let intermediates = CertificatePool::new(intermediates.iter().cloned());
    path::verify(leaf, &roots, &intermediates, now).map_err(Misfit::Untrusted)?;
    Ok(())
}

/// Whether one of `others` has the key of `ca`, be it under another certificate.
pub fn shares_key(ca: &Certificate, others: &[Certificate]) -> bool {
    others.iter().any(|other| other.has_same_key(ca))
}
