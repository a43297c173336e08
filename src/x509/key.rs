//! Private keys, as far as a certificate must be matched with one.

mod ecdsa;
mod rsa;

use zeroize::Zeroizing;

use super::Certificate;
use super::algorithm::{AlgorithmIdentifier, algorithm_identifier};
use super::der::{Reader, tag};
use super::pem::{self, Block};
use super::public_key::{EC_PUBLIC_KEY, ED25519, PublicKey, PublicKeyAlgorithm, RSA_ENCRYPTION, X25519};

/// A private key that was read. It shows its public half only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKey {
    /// SubjectPublicKeyInfo of the public half, DER: equal to the certificate's when they belong together, if that one
    /// is written as it should be. [`Self::matches`] compares the keys themselves.
    pub subject_public_key_info: Vec<u8>,
    public_key: PublicKey,
}

/// Why Go's `tls.X509KeyPair` would not take the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    #[error("tls: failed to find any PEM data in key input")]
    NoPem,
    #[error("tls: found a certificate rather than a key in the PEM for the private key")]
    Certificate,
    /// There are other blocks, with these labels.
    #[error(
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of \
         the following types: [{}]", .0.join(" ")
    )]
    NoKey(Vec<String>),
    /// Go reads no encrypted keys, and says of them the first half of this.
    #[error("tls: failed to parse private key (it is encrypted)")]
    Encrypted,
    /// A key for key agreement.
    #[error("tls: found unknown private key type in PKCS#8 wrapping")]
    UnknownType,
    #[error("tls: failed to parse private key")]
    Unparsable,
}

impl PrivateKey {
    /// Reads the first private key of a PEM file (PKCS#8, PKCS#1 or SEC 1), as Go's `tls.X509KeyPair`.
    ///
    /// # Errors
    /// When there is none, or none that Go can read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let blocks: Vec<Block> = pem::blocks(pem).collect();
        let key = Self::from_blocks(&blocks);
        blocks.into_iter().for_each(|block| drop(Zeroizing::new(block.contents)));
        key
    }

    /// The same of a file whose blocks are decoded already.
    pub(crate) fn from_blocks(blocks: &[Block]) -> Result<Self, KeyError> {
        if let Some(key) = blocks.iter().find(|block| block.is_private_key()) {
            return Self::from_block(key);
        }
        Err(match blocks {
            [] => KeyError::NoPem,
            [only] if only.label == "CERTIFICATE" => KeyError::Certificate,
            _ => KeyError::NoKey(blocks.iter().map(|block| block.label.clone()).collect()),
        })
    }

    fn from_block(block: &Block) -> Result<Self, KeyError> {
        let is_encrypted = block.label == "ENCRYPTED PRIVATE KEY"
            || block.headers.iter().any(|(name, value)| name == "Proc-Type" && value.contains("ENCRYPTED"));
        Self::from_der(&block.contents).map_err(|error| if is_encrypted { KeyError::Encrypted } else { error })
    }

    /// What is in the block of such a file.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let public_key = public_half(der)?;
        Ok(Self { subject_public_key_info: public_key.to_der().ok_or(KeyError::Unparsable)?, public_key })
    }

    pub fn algorithm(&self) -> PublicKeyAlgorithm {
        self.public_key.algorithm("")
    }

    /// Whether the certificate holds the public half of this key.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        self.public_key == certificate.public_key
    }

    /// Why Go's `tls.X509KeyPair` does not take the two for a pair; `None` when it does.
    pub fn mismatch(&self, certificate: &Certificate) -> Option<&'static str> {
        match (&certificate.public_key, &self.public_key) {
            (PublicKey::Dsa | PublicKey::Unknown, _) => Some("tls: unknown public key algorithm"),
            (public, private) if std::mem::discriminant(public) != std::mem::discriminant(private) => {
                Some("tls: private key type does not match public key type")
            }
            _ if self.matches(certificate) => None,
            _ => Some("tls: private key does not match public key"),
        }
    }
}

/// The public half of a key in any of the three formats.
fn public_half(der: &[u8]) -> Result<PublicKey, KeyError> {
    if let Some(key) = rsa::public_half(der) {
        return Ok(PublicKey::Rsa(key));
    }
    match pkcs8(der) {
        Some(PublicKey::Unknown) => Err(KeyError::UnknownType),
        Some(key) => Ok(key),
        None => ecdsa::public_half(None, der).ok_or(KeyError::Unparsable),
    }
}

/// PrivateKeyInfo, RFC 5208 section 5. What follows the key (attributes) is not looked at, nor the version.
fn pkcs8(der: &[u8]) -> Option<PublicKey> {
    let mut info = Reader::new(der).nested(tag::SEQUENCE)?;
    info.small_integer()?;
    let AlgorithmIdentifier { algorithm, parameters } = algorithm_identifier(info.nested(tag::SEQUENCE)?).ok()?;
    let key = info.contents(tag::OCTET_STRING)?;
    match algorithm.as_str() {
        RSA_ENCRYPTION => rsa::public_half(key).map(PublicKey::Rsa),
        EC_PUBLIC_KEY => ecdsa::public_half(Reader::new(parameters).object_identifier().as_deref(), key),
        // RFC 8410, sections 3 and 7.
        ED25519 | X25519 if parameters.is_empty() => {
            let seed = Reader::new(key).contents(tag::OCTET_STRING).filter(|seed| seed.len() == 32)?;
            if algorithm == X25519 {
                return Some(PublicKey::Unknown);
            }
            let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
            Some(PublicKey::Ed25519(ring::signature::KeyPair::public_key(&pair).as_ref().to_vec()))
        }
        _ => None,
    }
}
