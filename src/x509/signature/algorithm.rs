//! How a certificate is signed.

use std::fmt;

use crate::x509::algorithm::{AlgorithmIdentifier, algorithm_identifier};
use crate::x509::der::{Reader, small_integer, tag};

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
    pub(in crate::x509) fn from_identifier(identifier: &AlgorithmIdentifier<'_>) -> Self {
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
    pub(super) fn key(self) -> &'static str {
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
