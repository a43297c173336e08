//! Signatures: the algorithms that Go accepts, and what it says of the others.

pub(super) mod algorithm;
pub(super) mod checks;
mod error;
mod verify;

use super::Certificate;
use super::public_key::PublicKey;
pub use algorithm::{Hash, InsecureAlgorithm, SignatureAlgorithm};
pub use error::SignatureError;

impl Certificate {
    /// Whether `parent` has this certificate's issuer as its subject, may sign, and did sign it: Go's
    /// `CheckSignatureFrom` after the comparison of names that path validation begins with. Says nothing about validity.
    pub fn is_signed_by(&self, parent: &Self) -> bool {
        self.raw_issuer == parent.raw_subject && check_signature_from(self, parent).is_ok()
    }

    /// Whether a client comes from this CA, be it by an intermediate among the certificates that it sends along.
    pub fn has_issued<'a>(&self, client: impl IntoIterator<Item = &'a Self>) -> bool {
        client.into_iter().any(|certificate| certificate.is_signed_by(self))
    }
}

/// Whether `parent` signed `child` and may do so: Go's `CheckSignatureFrom`. Names are not compared.
///
/// # Errors
/// The reason that Go would give.
pub(super) fn check_signature_from(child: &Certificate, parent: &Certificate) -> Result<(), SignatureError> {
    parent.may_sign().map_err(|_| SignatureError::ConstraintViolation)?;
    check_signature_by_key_of(child, parent)
}

/// Whether the key of `parent` made the signature on `child`, no matter whether it may sign.
pub fn is_signed_by_key_of(child: &Certificate, parent: &Certificate) -> bool {
    check_signature_by_key_of(child, parent).is_ok()
}

fn check_signature_by_key_of(child: &Certificate, parent: &Certificate) -> Result<(), SignatureError> {
    let algorithm = child.signature_algorithm;
    check_algorithm(algorithm, &parent.public_key)?;
    child.signature_checks.recall(&parent.raw_subject_public_key_info, &child.raw, || {
        verify::verify(algorithm, &parent.public_key, &child.raw_tbs_certificate, &child.signature)
    })
}

/// Whether a certificate that `issuer`'s key signs would count as signed by `parent`: as [`check_signature_from`] for
/// a certificate that is not there yet, with an algorithm that suits the key.
///
/// # Errors
/// As there.
pub(super) fn check_signature_of_issuer(issuer: &Certificate, parent: &Certificate) -> Result<(), SignatureError> {
    parent.may_sign().map_err(|_| SignatureError::ConstraintViolation)?;
    let algorithm = match issuer.public_key {
        PublicKey::Rsa(_) => SignatureAlgorithm::Rsa(Hash::Sha256),
        PublicKey::Ecdsa { .. } => SignatureAlgorithm::Ecdsa(Hash::Sha256),
        PublicKey::Ed25519(_) => SignatureAlgorithm::Ed25519,
        PublicKey::Dsa => SignatureAlgorithm::Dsa,
        PublicKey::Unknown => SignatureAlgorithm::Unknown,
    };
    check_algorithm(algorithm, &parent.public_key)?;
    if let PublicKey::Rsa(key) = &parent.public_key {
        verify::check_rsa_key(key)?;
    }
    if issuer.public_key == parent.public_key { Ok(()) } else { Err(SignatureError::Mismatch { key: algorithm.key() }) }
}

/// Whether Go verifies signatures of this algorithm at all, and with a key of this kind.
fn check_algorithm(algorithm: SignatureAlgorithm, key: &PublicKey) -> Result<(), SignatureError> {
    if *key == PublicKey::Unknown || algorithm == SignatureAlgorithm::Unknown {
        return Err(SignatureError::UnsupportedAlgorithm);
    }
    if let SignatureAlgorithm::Insecure(_) = algorithm {
        return Err(SignatureError::Insecure(algorithm));
    }
    let key = match key {
        PublicKey::Rsa(_) => "RSA",
        PublicKey::Ecdsa { .. } => "ECDSA",
        PublicKey::Ed25519(_) => "Ed25519",
        PublicKey::Dsa | PublicKey::Unknown => return Err(SignatureError::UnsupportedAlgorithm),
    };
    if key == algorithm.key() { Ok(()) } else { Err(SignatureError::WrongKeyType { algorithm: algorithm.key(), key }) }
}
