//! Private keys: making them, reading a CA's, and signing with them.
//!
//! Bytes of a private key that we hold are wiped when they are dropped; ring does not wipe what it makes of them. Keys are
//! ring's, which has the tables of P-256 at hand that RustCrypto has to compute: a third of all that `init` does. RustCrypto
//! reads SEC 1, and P-521, which ring does not know. ring makes no RSA keys, so `rsa` makes them.

use std::fmt;
use std::panic::resume_unwind;
use std::thread;

use getrandom::SysRng as OsRng;
use p256::ecdsa::signature::RandomizedSigner as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rsa::PrivateKey as RsaPrivateKey;
use rsa::pkcs8::{
    self, AlgorithmIdentifierRef, AssociatedOid, DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding,
    ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
};
use zeroize::Zeroizing;

use crate::x509::{PublicKeyAlgorithm, pem};

/// RFC 5480, section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// RFC 8410, section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The header of SubjectPublicKeyInfo for Ed25519 (RFC 8410, section 4); the 32 bytes of the key follow.
const ED25519_PUBLIC_KEY_HEADER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What kind of key `init` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyAlgorithm {
    #[default]
    EcdsaP256,
    EcdsaP384,
    Ed25519,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl KeyAlgorithm {
    /// In the order of the help text.
    pub const ALL: [Self; 6] =
        [Self::EcdsaP256, Self::EcdsaP384, Self::Ed25519, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// As `--key-algorithm` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// That of a key; `None`: keys of this kind are not made here.
    pub const fn of(algorithm: &PublicKeyAlgorithm) -> Option<Self> {
        match algorithm {
            PublicKeyAlgorithm::EcdsaP256 => Some(Self::EcdsaP256),
            PublicKeyAlgorithm::EcdsaP384 => Some(Self::EcdsaP384),
            PublicKeyAlgorithm::Ed25519 => Some(Self::Ed25519),
            PublicKeyAlgorithm::Rsa(2048) => Some(Self::Rsa2048),
            PublicKeyAlgorithm::Rsa(3072) => Some(Self::Rsa3072),
            PublicKeyAlgorithm::Rsa(4096) => Some(Self::Rsa4096),
            _ => None,
        }
    }

    /// Whether keys of this kind can encipher, which RSA alone does.
    pub const fn can_encipher(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// Large primes are rare: a key of 4096 bits takes seconds, sometimes many.
    pub const fn takes_long(self) -> bool {
        self.can_encipher()
    }

    /// kubeadm's `TryLoadKeyFromDisk` takes `*rsa.PrivateKey` and `*ecdsa.PrivateKey` only
    /// (kubernetes/cmd/kubeadm/app/util/pkiutil).
    pub const fn loads_in_kubeadm(self) -> bool {
        !matches!(self, Self::Ed25519)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    #[error("the operating system gave no random numbers")]
    Random,
    #[error("the RSA key could not be made")]
    Rsa(#[from] rsa::Error),
    #[error("the key could not be encoded")]
    Encoding(#[from] pkcs8::Error),
    #[error("it holds no private key in PEM")]
    NoKey,
    #[error(
        "it is a key that cannot sign here: ECDSA on P-256, P-384, P-521, Ed25519 and RSA of 2048 to 4096 bits can"
    )]
    Unsupported,
    #[error("the key could not sign")]
    Signing,
}

/// A private key that can sign certificates.
pub struct SigningKey {
    signer: Signer,
    subject_public_key_info: Vec<u8>,
}

/// A key that was just made: what signs, and what goes to the disk.
pub struct NewKey {
    pub signing_key: SigningKey,
    /// PKCS#8 in PEM, with a line break at its end.
    pub pem: Zeroizing<String>,
}

enum Signer {
    Ecdsa(EcdsaCurve, EcdsaKeyPair),
    EcdsaP521(p521::ecdsa::SigningKey),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// The curves that ring signs on.
#[derive(Clone, Copy)]
enum EcdsaCurve {
    P256,
    P384,
}

impl EcdsaCurve {
    const fn algorithm(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    const fn object_identifier(self) -> ObjectIdentifier {
        match self {
            Self::P256 => p256::NistP256::OID,
            Self::P384 => p384::NistP384::OID,
        }
    }
}

/// AlgorithmIdentifiers of signatures, DER. RSA writes NULL (RFC 4055, section 5), the others nothing (RFC 5758, section
/// 3.2; RFC 8410, section 3).
mod algorithm {
    pub(super) const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    pub(super) const ECDSA_WITH_SHA384: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
    pub(super) const ECDSA_WITH_SHA512: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04";
    pub(super) const ED25519: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x70";
    pub(super) const SHA256_WITH_RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
}

impl NewKey {
    /// Makes two keys, at the same time where that is worth it.
    ///
    /// # Errors
    /// As [`NewKey::generate`].
    pub fn generate_pair(algorithm: KeyAlgorithm) -> Result<(Self, Self), SigningKeyError> {
        if !algorithm.takes_long() {
            return Ok((Self::generate(algorithm)?, Self::generate(algorithm)?));
        }
        thread::scope(|scope| {
            // The system may refuse another thread; then one makes both.
            let helper = thread::Builder::new().spawn_scoped(scope, || Self::generate(algorithm));
            let one = Self::generate(algorithm)?;
            let other = match helper {
                Ok(helper) => helper.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(_) => Self::generate(algorithm),
            };
            Ok((one, other?))
        })
    }

    /// Makes a key from the operating system's random numbers.
    ///
    /// # Errors
    /// When there are none, or the key cannot be encoded.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, SigningKeyError> {
        match algorithm {
            KeyAlgorithm::EcdsaP256 => Self::generate_ecdsa(EcdsaCurve::P256),
            KeyAlgorithm::EcdsaP384 => Self::generate_ecdsa(EcdsaCurve::P384),
            KeyAlgorithm::Ed25519 => Self::from_pkcs8(&generate_ed25519()?),
            KeyAlgorithm::Rsa2048 => Self::generate_rsa(2048),
            KeyAlgorithm::Rsa3072 => Self::generate_rsa(3072),
            KeyAlgorithm::Rsa4096 => Self::generate_rsa(4096),
        }
    }

    /// With the public key in it, as OpenSSL and Go write it.
    fn generate_ecdsa(curve: EcdsaCurve) -> Result<Self, SigningKeyError> {
        let key = EcdsaKeyPair::generate_pkcs8(curve.algorithm(), &SystemRandom::new());
        let key = SecretDocument::try_from(key.map_err(|_| SigningKeyError::Random)?.as_ref());
        Self::from_pkcs8(&key.map_err(pkcs8::Error::from)?)
    }

    fn generate_rsa(bits: usize) -> Result<Self, SigningKeyError> {
        Self::from_pkcs8(&RsaPrivateKey::new(&mut OsRng, bits)?.to_pkcs8_der()?)
    }

    fn from_pkcs8(document: &SecretDocument) -> Result<Self, SigningKeyError> {
        let pem = document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(pkcs8::Error::from)?;
        let signing_key = SigningKey::from_pkcs8(document.as_bytes()).ok_or(SigningKeyError::Unsupported)?;
        Ok(Self { signing_key, pem })
    }
}

/// PKCS#8 version 1, without the public key: OpenSSL does not read version 2, which ring would write.
fn generate_ed25519() -> Result<SecretDocument, SigningKeyError> {
    // CurvePrivateKey is an OCTET STRING of 32 bytes (RFC 8410, section 7).
    let mut curve_private_key = Zeroizing::new([0; 34]);
    let (header, seed) = curve_private_key.split_at_mut(2);
    header.copy_from_slice(&[0x04, 0x20]);
    SystemRandom::new().fill(seed).map_err(|_| SigningKeyError::Random)?;
    let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
    let key = pkcs8::der::asn1::OctetStringRef::new(curve_private_key.as_slice()).map_err(pkcs8::Error::from)?;
    Ok(SecretDocument::try_from(&PrivateKeyInfoRef::new(algorithm, key))?)
}

impl SigningKey {
    /// Reads the first private key of a PEM file: PKCS#8, PKCS#1 (which kubeadm writes for RSA) or SEC 1 (which it
    /// writes for ECDSA). As Go's `tls.X509KeyPair`, the contents count and not the label.
    ///
    /// # Errors
    /// When there is none, or none that can sign here.
    pub fn from_pem(input: &[u8]) -> Result<Self, SigningKeyError> {
        let der = pem::blocks(input)
            .map(|block| (block.is_private_key(), Zeroizing::new(block.contents)))
            .find_map(|(is_key, der)| is_key.then_some(der))
            .ok_or(SigningKeyError::NoKey)?;
        Self::from_pkcs8(&der)
            .or_else(|| Self::from_pkcs1(&der))
            .or_else(|| Self::from_sec1(&der))
            .ok_or(SigningKeyError::Unsupported)
    }

    /// `None`: keys of this kind are not made here.
    pub fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        match &self.signer {
            Signer::Ecdsa(EcdsaCurve::P256, _) => Some(KeyAlgorithm::EcdsaP256),
            Signer::Ecdsa(EcdsaCurve::P384, _) => Some(KeyAlgorithm::EcdsaP384),
            Signer::EcdsaP521(_) => None,
            Signer::Ed25519(_) => Some(KeyAlgorithm::Ed25519),
            Signer::Rsa(key) => KeyAlgorithm::of(&PublicKeyAlgorithm::Rsa(key.public().modulus_len() * 8)),
        }
    }

    /// SubjectPublicKeyInfo of the public half, DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
        Ok(match &self.signer {
            Signer::Ecdsa(_, key) => {
                key.sign(&SystemRandom::new(), message).map_err(|_| SigningKeyError::Signing)?.as_ref().to_vec()
            }
            Signer::EcdsaP521(key) => {
                let signature: p521::ecdsa::Signature =
                    key.try_sign_with_rng(&mut OsRng, message).map_err(|_| SigningKeyError::Signing)?;
                signature.to_der().as_bytes().to_vec()
            }
            Signer::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Signer::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SigningKeyError::Signing)?;
                signature
            }
        })
    }

    /// The AlgorithmIdentifier of its signatures, DER.
    pub(super) fn signature_algorithm(&self) -> &'static [u8] {
        match self.signer {
            Signer::Ecdsa(EcdsaCurve::P256, _) => algorithm::ECDSA_WITH_SHA256,
            Signer::Ecdsa(EcdsaCurve::P384, _) => algorithm::ECDSA_WITH_SHA384,
            Signer::EcdsaP521(_) => algorithm::ECDSA_WITH_SHA512,
            Signer::Ed25519(_) => algorithm::ED25519,
            Signer::Rsa(_) => algorithm::SHA256_WITH_RSA,
        }
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        // RustCrypto does not need the public key to be in it.
        None.or_else(|| Self::ecdsa_from_pkcs8(EcdsaCurve::P256, der))
            .or_else(|| Self::ecdsa_from_pkcs8(EcdsaCurve::P384, der))
            .or_else(|| p256::SecretKey::from_pkcs8_der(der).ok().as_ref().and_then(Self::p256))
            .or_else(|| p384::SecretKey::from_pkcs8_der(der).ok().as_ref().and_then(Self::p384))
            .or_else(|| p521::SecretKey::from_pkcs8_der(der).ok().as_ref().and_then(Self::p521))
            .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Self::ed25519))
            .or_else(|| RsaKeyPair::from_pkcs8(der).ok().and_then(Self::rsa))
    }

    fn from_pkcs1(der: &[u8]) -> Option<Self> {
        RsaKeyPair::from_der(der).ok().and_then(Self::rsa)
    }

    /// The curves differ in the length of the key, so that at most one takes it.
    fn from_sec1(der: &[u8]) -> Option<Self> {
        None.or_else(|| p256::SecretKey::from_sec1_der(der).ok().as_ref().and_then(Self::p256))
            .or_else(|| p384::SecretKey::from_sec1_der(der).ok().as_ref().and_then(Self::p384))
            .or_else(|| p521::SecretKey::from_sec1_der(der).ok().as_ref().and_then(Self::p521))
    }

    fn p256(key: &p256::SecretKey) -> Option<Self> {
        let point = key.public_key().to_sec1_point(false);
        Self::ecdsa_of_point(EcdsaCurve::P256, &Zeroizing::new(key.to_bytes()), point.as_bytes())
    }

    fn p384(key: &p384::SecretKey) -> Option<Self> {
        let point = key.public_key().to_sec1_point(false);
        Self::ecdsa_of_point(EcdsaCurve::P384, &Zeroizing::new(key.to_bytes()), point.as_bytes())
    }

    fn ecdsa_from_pkcs8(curve: EcdsaCurve, der: &[u8]) -> Option<Self> {
        Self::ecdsa(curve, EcdsaKeyPair::from_pkcs8(curve.algorithm(), der, &SystemRandom::new()).ok()?)
    }

    fn ecdsa_of_point(curve: EcdsaCurve, scalar: &[u8], point: &[u8]) -> Option<Self> {
        let (algorithm, random) = (curve.algorithm(), SystemRandom::new());
        Self::ecdsa(curve, EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, &random).ok()?)
    }

    fn ecdsa(curve: EcdsaCurve, key: EcdsaKeyPair) -> Option<Self> {
        let oid = curve.object_identifier();
        let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some((&oid).into()) };
        let subject_public_key_info = subject_public_key_info(algorithm, key.public_key().as_ref())?;
        Some(Self { signer: Signer::Ecdsa(curve, key), subject_public_key_info })
    }

    fn p521(key: &p521::SecretKey) -> Option<Self> {
        let subject_public_key_info = key.public_key().to_public_key_der().ok()?.into_vec();
        let signer = p521::ecdsa::SigningKey::from_bytes(&Zeroizing::new(key.to_bytes())).ok()?;
        Some(Self { signer: Signer::EcdsaP521(signer), subject_public_key_info })
    }

    fn ed25519(key: Ed25519KeyPair) -> Self {
        let subject_public_key_info = [&ED25519_PUBLIC_KEY_HEADER, key.public_key().as_ref()].concat();
        Self { signer: Signer::Ed25519(key), subject_public_key_info }
    }

    fn rsa(key: RsaKeyPair) -> Option<Self> {
        // ring gives RSAPublicKey of PKCS#1; rsaEncryption with NULL goes around it (RFC 3279, section 2.3.1).
        let subject_public_key_info = subject_public_key_info(rsa::pkcs1::ALGORITHM_ID, key.public_key().as_ref())?;
        Some(Self { signer: Signer::Rsa(Box::new(key)), subject_public_key_info })
    }
}

fn subject_public_key_info(algorithm: AlgorithmIdentifierRef<'_>, public_key: &[u8]) -> Option<Vec<u8>> {
    let subject_public_key = pkcs8::der::asn1::BitStringRef::from_bytes(public_key).ok()?;
    pkcs8::der::Encode::to_der(&pkcs8::SubjectPublicKeyInfoRef { algorithm, subject_public_key }).ok()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signing_key.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

    use super::*;
    use crate::x509::PrivateKey;
    use crate::x509::der::{encode, tag};

    /// The larger RSA keys are made in an integration test: they take seconds here.
    const QUICK: [KeyAlgorithm; 4] =
        [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Ed25519, KeyAlgorithm::Rsa2048];

    #[test]
    fn a_new_key_is_pkcs8_that_the_server_reads() {
        for algorithm in QUICK {
            let key = NewKey::generate(algorithm).unwrap();
            assert!(key.pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{algorithm}");
            assert!(key.pem.ends_with("-----END PRIVATE KEY-----\n"), "{algorithm}");
            let read = PrivateKey::from_pem(key.pem.as_bytes()).unwrap();
            assert_eq!(read.subject_public_key_info, key.signing_key.subject_public_key_info(), "{algorithm}");
        }
    }

    #[test]
    fn an_elliptic_curve_key_is_written_as_its_own_crate_would() {
        let p256 = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap().pem;
        assert_eq!(p256::SecretKey::from_pkcs8_pem(&p256).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap(), p256);
        let p384 = NewKey::generate(KeyAlgorithm::EcdsaP384).unwrap().pem;
        assert_eq!(p384::SecretKey::from_pkcs8_pem(&p384).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap(), p384);
    }

    #[test]
    fn a_key_in_sec_1_or_without_its_public_key_signs_as_well() {
        let made = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let key = p256::SecretKey::from_pkcs8_pem(&made.pem).unwrap();
        // ECPrivateKey without the public key (RFC 5915, section 3), in PKCS#8.
        let scalar = encode(tag::OCTET_STRING, &key.to_bytes());
        let alone = encode(tag::SEQUENCE, &[b"\x02\x01\x01", scalar.as_slice()].concat());
        let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some((&p256::NistP256::OID).into()) };
        let algorithm = pkcs8::der::Encode::to_der(&algorithm).unwrap();
        let parts = [b"\x02\x01\x00", algorithm.as_slice(), &encode(tag::OCTET_STRING, &alone)];
        for der in [key.to_sec1_der().unwrap().to_vec(), encode(tag::SEQUENCE, &parts.concat())] {
            let pem = ::pem::encode(&::pem::Pem::new("PRIVATE KEY", der));
            let read = SigningKey::from_pem(pem.as_bytes()).unwrap();
            assert_eq!(read.subject_public_key_info, made.signing_key.subject_public_key_info);
            let signature = read.sign(b"message").unwrap();
            let point = key.public_key().to_sec1_point(false);
            let public_key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point.as_bytes());
            assert!(public_key.verify(b"message", &signature).is_ok());
        }
    }

    #[test]
    fn a_key_never_shows_itself() {
        let key = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        assert_eq!(format!("{key:?} {:?}", key.signing_key), "SigningKey { .. } SigningKey { .. }");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(matches!(SigningKey::from_pem(b""), Err(SigningKeyError::NoKey)));
        let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(SigningKey::from_pem(certificate), Err(SigningKeyError::NoKey)));
        let garbage = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(matches!(SigningKey::from_pem(garbage), Err(SigningKeyError::Unsupported)));
    }
}
