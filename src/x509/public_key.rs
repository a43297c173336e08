//! The keys in certificates.

use super::algorithm::AlgorithmIdentifier;
use super::der::{Reader, encode, encode_unsigned, tag};
use super::error::CertificateError;

/// What kind of key a certificate holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyAlgorithm {
    /// The size of the modulus in bits.
    Rsa(usize),
    EcdsaP224,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Ed25519,
    /// For key agreement only: Go parses the certificate but not the key.
    X25519,
    /// Go parses the key, but verifies no signature with it.
    Dsa,
    /// Go parses the certificate but not the key.
    Unknown,
}

/// A key as Go's parser fills `Certificate.PublicKey`. Two keys are equal when they are the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaKey),
    Ecdsa {
        curve: Curve,
        /// Uncompressed, and on the curve.
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
    Dsa,
    /// Go does not look into it.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RsaKey {
    /// Big-endian, without leading zeros.
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: u64,
}

impl RsaKey {
    /// The size of the modulus.
    pub(super) fn bits(&self) -> usize {
        let leading = self.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        self.modulus.len() * 8 - leading
    }
}

/// The curves of RFC 5480 that Go knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

pub(super) const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
pub(super) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub(super) const ED25519: &str = "1.3.101.112";
pub(super) const X25519: &str = "1.3.101.110";
const DSA: &str = "1.2.840.10040.4.1";

/// Object identifiers and fixed parameters, DER.
const RSA_IDENTIFIER: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const EC_IDENTIFIER: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
const ED25519_IDENTIFIER: &[u8] = b"\x06\x03\x2b\x65\x70";

impl Curve {
    /// The object identifier, DER.
    fn identifier(self) -> &'static [u8] {
        match self {
            Self::P224 => b"\x06\x05\x2b\x81\x04\x00\x21",
            Self::P256 => b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
            Self::P384 => b"\x06\x05\x2b\x81\x04\x00\x22",
            Self::P521 => b"\x06\x05\x2b\x81\x04\x00\x23",
        }
    }

    pub(super) fn from_object_identifier(id: &str) -> Option<Self> {
        match id {
            "1.3.132.0.33" => Some(Self::P224),
            "1.2.840.10045.3.1.7" => Some(Self::P256),
            "1.3.132.0.34" => Some(Self::P384),
            "1.3.132.0.35" => Some(Self::P521),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::P224 => "P224",
            Self::P256 => "P256",
            Self::P384 => "P384",
            Self::P521 => "P521",
        }
    }

    /// The length of a coordinate, and of a scalar, in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The prime of the field, big-endian (SP 800-186, section 3.2.1).
    fn prime(self) -> Vec<u8> {
        let ones = |count: usize| vec![0xff; count];
        let zeros = |count: usize| vec![0; count];
        match self {
            Self::P224 => [ones(16), zeros(11), vec![1]].concat(),
            Self::P256 => [ones(4), zeros(3), vec![1], zeros(12), ones(12)].concat(),
            Self::P384 => [ones(31), vec![0xfe], ones(4), zeros(8), ones(4)].concat(),
            Self::P521 => [vec![1], ones(65)].concat(),
        }
    }

    /// Whether the uncompressed point is on the curve.
    fn contains(self, point: &[u8]) -> bool {
        match self {
            Self::P224 => p224::PublicKey::from_sec1_bytes(point).is_ok(),
            Self::P256 => p256::PublicKey::from_sec1_bytes(point).is_ok(),
            Self::P384 => p384::PublicKey::from_sec1_bytes(point).is_ok(),
            Self::P521 => p521::PublicKey::from_sec1_bytes(point).is_ok(),
        }
    }
}

impl PublicKey {
    /// Reads the contents of subjectPublicKey.
    pub(super) fn parse(identifier: &AlgorithmIdentifier<'_>, contents: &[u8]) -> Result<Self, CertificateError> {
        match identifier.algorithm.as_str() {
            RSA_ENCRYPTION => rsa_key(identifier.parameters, contents).map(Self::Rsa),
            EC_PUBLIC_KEY => ecdsa_key(identifier.parameters, contents),
            ED25519 if !identifier.parameters.is_empty() => {
                Err("x509: Ed25519 key encoded with illegal parameters".into())
            }
            ED25519 if contents.len() != 32 => Err("x509: wrong Ed25519 public key size".into()),
            ED25519 => Ok(Self::Ed25519(contents.to_vec())),
            DSA => dsa_key(identifier.parameters, contents),
            _ => Ok(Self::Unknown),
        }
    }

    /// SubjectPublicKeyInfo of the key, DER; `None` for keys that Go does not use.
    pub(super) fn to_der(&self) -> Option<Vec<u8>> {
        let (identifier, contents) = match self {
            Self::Rsa(key) => {
                let exponent = key.exponent.to_be_bytes();
                let numbers = [encode_unsigned(&key.modulus), encode_unsigned(&exponent)].concat();
                (RSA_IDENTIFIER.to_vec(), encode(tag::SEQUENCE, &numbers))
            }
            Self::Ecdsa { curve, point } => ([EC_IDENTIFIER, curve.identifier()].concat(), point.clone()),
            Self::Ed25519(key) => (ED25519_IDENTIFIER.to_vec(), key.clone()),
            Self::Dsa | Self::Unknown => return None,
        };
        let bits = encode(tag::BIT_STRING, &[&[0], contents.as_slice()].concat());
        Some(encode(tag::SEQUENCE, &[encode(tag::SEQUENCE, &identifier), bits].concat()))
    }

    /// What to call the key; the object identifier tells what [`Self::Unknown`] is.
    pub(super) fn algorithm(&self, object_identifier: &str) -> PublicKeyAlgorithm {
        match self {
            Self::Rsa(key) => PublicKeyAlgorithm::Rsa(key.bits()),
            Self::Ecdsa { curve: Curve::P224, .. } => PublicKeyAlgorithm::EcdsaP224,
            Self::Ecdsa { curve: Curve::P256, .. } => PublicKeyAlgorithm::EcdsaP256,
            Self::Ecdsa { curve: Curve::P384, .. } => PublicKeyAlgorithm::EcdsaP384,
            Self::Ecdsa { curve: Curve::P521, .. } => PublicKeyAlgorithm::EcdsaP521,
            Self::Ed25519(_) => PublicKeyAlgorithm::Ed25519,
            Self::Dsa => PublicKeyAlgorithm::Dsa,
            Self::Unknown if object_identifier == X25519 => PublicKeyAlgorithm::X25519,
            Self::Unknown => PublicKeyAlgorithm::Unknown,
        }
    }
}

/// RFC 3279, section 2.3.1.
fn rsa_key(parameters: &[u8], contents: &[u8]) -> Result<RsaKey, CertificateError> {
    if parameters != [tag::NULL, 0] {
        return Err("x509: RSA key missing NULL parameters".into());
    }
    let mut key = Reader::new(contents).nested(tag::SEQUENCE).ok_or("x509: invalid RSA public key")?;
    let modulus = key.integer().ok_or("x509: invalid RSA modulus")?;
    let exponent = key.small_integer().ok_or("x509: invalid RSA public exponent")?;
    let modulus = super::der::magnitude(modulus).filter(|modulus| !modulus.is_empty());
    let modulus = modulus.ok_or("x509: RSA modulus is not a positive number")?;
    let exponent = u64::try_from(exponent).ok().filter(|exponent| *exponent > 0);
    let exponent = exponent.ok_or("x509: RSA public exponent is not a positive number")?;
    Ok(RsaKey { modulus: modulus.to_vec(), exponent })
}

/// RFC 5480, section 2.
fn ecdsa_key(parameters: &[u8], contents: &[u8]) -> Result<PublicKey, CertificateError> {
    let curve = Reader::new(parameters).object_identifier().ok_or("x509: invalid ECDSA parameters")?;
    let curve = Curve::from_object_identifier(&curve).ok_or("x509: unsupported elliptic curve")?;
    check_point(curve, contents)?;
    Ok(PublicKey::Ecdsa { curve, point: contents.to_vec() })
}

/// SEC 1, section 2.3.4, for uncompressed points.
fn check_point(curve: Curve, point: &[u8]) -> Result<(), CertificateError> {
    let Some((4, coordinates)) = point.split_first() else {
        return Err("ecdsa: invalid uncompressed public key".into());
    };
    let name = curve.name();
    if coordinates.len() != 2 * curve.size() {
        return Err(format!("invalid {name} point encoding").into());
    }
    let prime = curve.prime();
    if coordinates.chunks_exact(curve.size()).any(|coordinate| coordinate >= prime.as_slice()) {
        // So it is called where Go has assembly for P-256, which is where it matters.
        let element = if curve == Curve::P256 { " e" } else { "E" };
        return Err(format!("invalid {name}{element}lement encoding").into());
    }
    if curve.contains(point) { Ok(()) } else { Err(format!("{name} point not on curve").into()) }
}

/// RFC 3279, section 2.3.2. Go only checks that there are numbers; no DSA signature is ever verified.
fn dsa_key(parameters: &[u8], contents: &[u8]) -> Result<PublicKey, CertificateError> {
    let key = Reader::new(contents).integer().ok_or("x509: invalid DSA public key")?;
    let invalid = "x509: invalid DSA parameters";
    let mut parameters = Reader::new(parameters).nested(tag::SEQUENCE).ok_or(invalid)?;
    let mut numbers = vec![key];
    for _ in 0..3 {
        numbers.push(parameters.integer().ok_or(invalid)?);
    }
    let is_positive = |number: &&[u8]| super::der::magnitude(number).is_some_and(|magnitude| !magnitude.is_empty());
    if numbers.iter().all(is_positive) {
        Ok(PublicKey::Dsa)
    } else {
        Err("x509: zero or negative DSA parameter".into())
    }
}
