//! A certificate as Go's `x509.Certificate` shows it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use time::OffsetDateTime;

use super::hex::hex;
use super::name::Name;
use super::name_constraints::NameConstraints;
use super::policies::Policies;
use super::public_key::{PublicKey, PublicKeyAlgorithm};
use super::signature::algorithm::SignatureAlgorithm;
use super::signature::checks::SignatureChecks;
use super::uri::Uri;

/// A parsed certificate (RFC 5280, section 4.1). Two certificates are equal when their DER bytes are.
///
/// Cheap to clone: the parsed form is shared.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

/// The parsed fields; reachable through `Deref`, so that `certificate.subject` reads like Go's.
#[non_exhaustive]
pub struct Fields {
    /// The whole certificate, DER.
    pub raw: Vec<u8>,
    /// The subject as encoded. Go compares names by these bytes.
    pub raw_subject: Vec<u8>,
    /// The issuer as encoded.
    pub raw_issuer: Vec<u8>,
    /// SubjectPublicKeyInfo as encoded: the identity of the key.
    pub raw_subject_public_key_info: Vec<u8>,
    /// The signed part (TBSCertificate) as encoded.
    pub raw_tbs_certificate: Vec<u8>,
    /// 1, 2 or 3.
    pub version: u8,
    /// Big-endian magnitude of the serial number, without leading zeros; zero is empty.
    pub serial_number: Vec<u8>,
    pub signature_algorithm: SignatureAlgorithm,
    pub(super) signature: Vec<u8>,
    pub(super) signature_checks: SignatureChecks,
    pub subject: Name,
    pub issuer: Name,
    /// In the zone that the certificate names, which need not be UTC.
    pub not_before: OffsetDateTime,
    /// Likewise.
    pub not_after: OffsetDateTime,
    pub public_key_algorithm: PublicKeyAlgorithm,
    pub(super) public_key: PublicKey,
    /// `None`: there is no basicConstraints extension.
    pub basic_constraints: Option<BasicConstraints>,
    /// `None`: there is no keyUsage extension (Go cannot tell this from an empty one).
    pub key_usage: Option<KeyUsage>,
    /// Empty: there is no extendedKeyUsage extension.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Empty: there is none.
    pub subject_key_identifier: Vec<u8>,
    /// Empty: there is none, or it has no keyIdentifier.
    pub authority_key_identifier: Vec<u8>,
    pub dns_names: Vec<String>,
    pub email_addresses: Vec<String>,
    pub ip_addresses: Vec<std::net::IpAddr>,
    pub uris: Vec<String>,
    pub(super) parsed_uris: Vec<Uri>,
    /// `None`: there is no nameConstraints extension.
    pub name_constraints: Option<NameConstraints>,
    pub(super) policies: Policies,
    /// All extensions, in order; each occurs once.
    pub extensions: Vec<Extension>,
    /// Object identifiers, dotted, of critical extensions that Go does not process.
    pub unhandled_critical_extensions: Vec<String>,
}

/// One extension, RFC 5280 section 4.1.2.9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Object identifier, dotted.
    pub id: String,
    pub critical: bool,
    /// The contents of extnValue, DER.
    pub value: Vec<u8>,
}

pub(super) const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";

/// basicConstraints, RFC 5280 section 4.2.1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    pub ca: bool,
    /// How many intermediates may stand between this certificate and the leaf; `None`: any number.
    pub path_length: Option<u32>,
}

/// The bits of keyUsage, RFC 5280 section 4.2.1.3: bit `n` of the RFC is `1 << n` here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    pub const DIGITAL_SIGNATURE: Self = Self(1 << 0);
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);

    /// Whether every bit of `other` is set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One purpose of extendedKeyUsage, RFC 5280 section 4.2.1.12.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    Any,
    ServerAuth,
    ClientAuth,
    /// Every other purpose, as a dotted object identifier.
    Other(String),
}

/// What keeps a certificate from being the issuer of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningBar {
    /// It is version 3, which needs basicConstraints.
    NoBasicConstraints,
    /// basicConstraints says CA:FALSE.
    NotACa,
    /// keyUsage is there and lacks keyCertSign.
    NoKeyCertSign,
}

impl Certificate {
    pub(super) fn new(fields: Fields) -> Self {
        Self(Arc::new(fields))
    }

    /// The SHA-256 of the DER bytes, in lower-case hex: the usual fingerprint, and Kubernetes' credential id.
    pub fn fingerprint(&self) -> String {
        sha256(&self.raw)
    }

    /// The SHA-256 of SubjectPublicKeyInfo, in lower-case hex: equal for certificates with the same key.
    pub fn key_fingerprint(&self) -> String {
        sha256(&self.raw_subject_public_key_info)
    }

    /// Whether it calls itself a CA (RFC 5280, section 4.2.1.9).
    pub fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Whether Go takes the certificate as anyone's issuer: the first half of its `CheckSignatureFrom` (RFC 5280, sections
    /// 4.2.1.9 and 4.2.1.3). Says nothing about validity, nor about the purposes of what it issues.
    ///
    /// # Errors
    /// What keeps it from signing.
    pub fn may_sign(&self) -> Result<(), SigningBar> {
        match self.basic_constraints {
            None if self.version >= 3 => return Err(SigningBar::NoBasicConstraints),
            Some(constraints) if !constraints.ca => return Err(SigningBar::NotACa),
            _ => {}
        }
        // Go cannot tell an empty keyUsage from a missing one.
        match self.key_usage.filter(|usage| *usage != KeyUsage(0)) {
            Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => Err(SigningBar::NoKeyCertSign),
            _ => Ok(()),
        }
    }

    /// Whether extendedKeyUsage leaves room for clientAuth (RFC 5280, section 4.2.1.12): of the certificate itself, and
    /// of what is below it, because purposes nest.
    pub fn allows_client_auth(&self) -> bool {
        self.allows(&ExtendedKeyUsage::ClientAuth)
    }

    /// The same for any purpose.
    pub fn allows(&self, purpose: &ExtendedKeyUsage) -> bool {
        let allows = |usage: &ExtendedKeyUsage| *usage == ExtendedKeyUsage::Any || usage == purpose;
        self.extended_key_usage.is_empty() || self.extended_key_usage.iter().any(allows)
    }

    /// Whether certificates that the one signs are certificates that the other signs, as far as names and keys tell.
    pub fn is_same_issuer(&self, other: &Self) -> bool {
        self.name_and_key() == other.name_and_key()
    }

    /// What tells one issuer from another, to look it up among many: the subject and the public key as encoded.
    pub fn name_and_key(&self) -> (&[u8], &[u8]) {
        (&self.raw_subject, &self.raw_subject_public_key_info)
    }

    pub fn has_same_key(&self, other: &Self) -> bool {
        self.raw_subject_public_key_info == other.raw_subject_public_key_info
    }

    /// The same, however the key is encoded.
    pub(crate) fn has_equal_key(&self, other: &Self) -> bool {
        self.public_key == other.public_key
    }

    /// Whether subject and issuer are the same bytes. Says nothing about the signature.
    pub fn is_self_issued(&self) -> bool {
        self.raw_subject == self.raw_issuer
    }
}

impl Fields {
    /// The extension with this dotted object identifier.
    pub fn extension(&self, id: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.id == id)
    }
}

impl std::ops::Deref for Certificate {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The end of its signature tells it from others; whole certificates are long, and are hashed all the time.
        self.raw.last_chunk::<32>().hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {:.16})", self.subject, sha256(&self.raw))
    }
}

/// In lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}
