//! Signatures: the algorithms that Go accepts, and what it says of the others.

mod verify;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Certificate;
use super::der::{Reader, small_integer, tag};
use super::parse::{AlgorithmIdentifier, algorithm_identifier};
use super::public_key::PublicKey;

/// How a certificate is signed; Go's `x509.SignatureAlgorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5.
    Rsa(Hash),
    RsaPss(Hash),
    Ecdsa(Hash),
    Ed25519,
    /// DSA with SHA-256, which Go knows but does not verify.
    Dsa,
    /// With a broken hash; Go refuses it.
    Insecure(InsecureAlgorithm),
    Unknown,
}

/// The hash functions in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// Algorithms with MD5 or SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsecureAlgorithm {
    Md5WithRsa,
    Sha1WithRsa,
    Sha1WithDsa,
    Sha1WithEcdsa,
}

/// Why a signature on a certificate does not count; Go's error of `CheckSignatureFrom`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No CA, by basicConstraints or keyUsage.
    #[error("x509: invalid signature: parent certificate cannot sign this kind of certificate")]
    ConstraintViolation,
    #[error("x509: cannot verify signature: algorithm unimplemented")]
    UnsupportedAlgorithm,
    #[error("x509: cannot verify signature: insecure algorithm {0}")]
    Insecure(SignatureAlgorithm),
    /// The signature is by another kind of key than the parent's.
    #[error(
        "x509: signature algorithm specifies an {algorithm} public key, but have public key of type {}",
        go_type(key)
    )]
    WrongKeyType { algorithm: &'static str, key: &'static str },
    #[error("crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")]
    ShortRsaKey { bits: usize },
    /// Go would take its time; this is the one place where we give up earlier.
    #[error("crypto/rsa: a key of {bits} bits is too long to look at")]
    LongRsaKey { bits: usize },
    #[error("crypto/rsa: {0}")]
    BadRsaKey(&'static str),
    /// The signature is not by the parent's key.
    #[error("{}", mismatch(key))]
    Mismatch { key: &'static str },
}

fn go_type(key: &str) -> &'static str {
    match key {
        "RSA" => "*rsa.PublicKey",
        "ECDSA" => "*ecdsa.PublicKey",
        _ => "ed25519.PublicKey",
    }
}

fn mismatch(key: &str) -> &'static str {
    match key {
        "RSA" => "crypto/rsa: verification error",
        "ECDSA" => "x509: ECDSA verification failure",
        _ => "x509: Ed25519 verification failure",
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(hash) => write!(f, "{hash}-RSA"),
            Self::RsaPss(hash) => write!(f, "{hash}-RSAPSS"),
            Self::Ecdsa(hash) => write!(f, "ECDSA-{hash}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Dsa => f.write_str("DSA-SHA256"),
            Self::Insecure(InsecureAlgorithm::Md5WithRsa) => f.write_str("MD5-RSA"),
            Self::Insecure(InsecureAlgorithm::Sha1WithRsa) => f.write_str("SHA1-RSA"),
            Self::Insecure(InsecureAlgorithm::Sha1WithDsa) => f.write_str("DSA-SHA1"),
            Self::Insecure(InsecureAlgorithm::Sha1WithEcdsa) => f.write_str("ECDSA-SHA1"),
            Self::Unknown => f.write_str("0"),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        })
    }
}

impl SignatureAlgorithm {
    /// Reads the algorithm by its object identifier; parameters matter for PSS and Ed25519 only.
    pub(super) fn from_identifier(identifier: &AlgorithmIdentifier<'_>) -> Self {
        match identifier.algorithm.as_str() {
            "1.2.840.113549.1.1.4" => Self::Insecure(InsecureAlgorithm::Md5WithRsa),
            // The second is ISO's name for it.
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::Insecure(InsecureAlgorithm::Sha1WithRsa),
            "1.2.840.113549.1.1.10" => pss_hash(identifier.parameters).map_or(Self::Unknown, Self::RsaPss),
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.10040.4.3" => Self::Insecure(InsecureAlgorithm::Sha1WithDsa),
            "2.16.840.1.101.3.4.3.2" => Self::Dsa,
            "1.2.840.10045.4.1" => Self::Insecure(InsecureAlgorithm::Sha1WithEcdsa),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" if identifier.parameters.is_empty() => Self::Ed25519,
            _ => Self::Unknown,
        }
    }

    /// The kind of key that signs so.
    fn key(self) -> &'static str {
        match self {
            Self::Rsa(_) | Self::RsaPss(_) => "RSA",
            Self::Ecdsa(_) => "ECDSA",
            Self::Dsa => "DSA",
            Self::Ed25519 => "Ed25519",
            Self::Insecure(_) | Self::Unknown => "0",
        }
    }
}

/// AlgorithmIdentifier without its tag and length.
fn pss_identifier(contents: &[u8]) -> Option<AlgorithmIdentifier<'_>> {
    algorithm_identifier(Reader::new(contents)).ok()
}

/// The hash of RSASSA-PSS-params (RFC 4055, section 3.1), if all parameters are as Go wants them: the same hash for
/// MGF1, a salt as long as the hash, the usual trailer.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let mut sequence = Reader::new(parameters).nested(tag::SEQUENCE)?;
    let hash = pss_identifier(sequence.optional_explicit(0, tag::SEQUENCE)??)?;
    let generator = pss_identifier(sequence.optional_explicit(1, tag::SEQUENCE)??)?;
    let salt_length = small_integer(sequence.optional_explicit(2, tag::INTEGER)??)?;
    let trailer = sequence.optional_explicit(3, tag::INTEGER)?;
    let trailer = if let Some(trailer) = trailer { small_integer(trailer)? } else { 1 };
    let generator_hash = algorithm_identifier(Reader::new(generator.parameters).nested(tag::SEQUENCE)?).ok()?;
    let null_or_absent = |parameters: &[u8]| parameters.is_empty() || parameters == [tag::NULL, 0];
    let usual = generator.algorithm == "1.2.840.113549.1.1.8"
        && generator_hash.algorithm == hash.algorithm
        && null_or_absent(hash.parameters)
        && null_or_absent(generator_hash.parameters)
        && trailer == 1;
    match (hash.algorithm.as_str(), salt_length) {
        _ if !usual => None,
        ("2.16.840.1.101.3.4.2.1", 32) => Some(Hash::Sha256),
        ("2.16.840.1.101.3.4.2.2", 48) => Some(Hash::Sha384),
        ("2.16.840.1.101.3.4.2.3", 64) => Some(Hash::Sha512),
        _ => None,
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
    child.signature_checks.recall(&parent.raw_subject_public_key_info, || {
        verify::verify(algorithm, &parent.public_key, &child.raw_tbs_certificate, &child.signature)
    })
}

/// The keys that a signature was checked with, and the results. Many rules follow the same chain, and checking the
/// signatures is most of the work.
#[derive(Default)]
pub(super) struct SignatureChecks(Mutex<Vec<(SubjectPublicKeyInfo, Result<(), SignatureError>)>>);

/// As encoded.
type SubjectPublicKeyInfo = Vec<u8>;

impl SignatureChecks {
    /// More issuers of one name than anyone has; what comes after is checked each time.
    const MOST: usize = 4;

    /// The result for a key (SubjectPublicKeyInfo): of `check`, the first time.
    fn recall(&self, key: &[u8], check: impl FnOnce() -> Result<(), SignatureError>) -> Result<(), SignatureError> {
        // The lock is not held while a signature is checked: at worst two threads check the same one.
        let checks = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = checks().iter().find(|(of, _)| of == key).map(|(_, result)| result.clone());
        if let Some(result) = known {
            return result;
        }
        let result = check();
        let mut checks = checks();
        if checks.len() < Self::MOST {
            checks.push((key.to_owned(), result.clone()));
        }
        result
    }
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
