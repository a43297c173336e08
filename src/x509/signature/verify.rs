//! The mathematics of signatures: `ring` where it takes exactly what Go takes, else the RustCrypto crates.

use crypto_bigint::{NonZero, Odd};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use ring::digest;
use ring::signature::{self as fast, RsaPublicKeyComponents, UnparsedPublicKey};
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::{BoxedUint, PublicKey as RsaPublicKey};

use super::algorithm::{Hash, SignatureAlgorithm};
use super::error::SignatureError;
use crate::x509::der::{Reader, tag};
use crate::x509::public_key::{Curve, PublicKey, RsaKey};

/// Checks a signature with a key of the right kind.
pub(super) fn verify(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let (name, valid) = match (algorithm, key) {
        (SignatureAlgorithm::Rsa(hash), PublicKey::Rsa(key)) => {
            check_rsa_key(key)?;
            ("RSA", verify_pkcs1(key, hash, message, signature))
        }
        (SignatureAlgorithm::RsaPss(hash), PublicKey::Rsa(key)) => {
            check_rsa_key(key)?;
            ("RSA", verify_pss(key, hash, message, signature))
        }
        (SignatureAlgorithm::Ecdsa(hash), PublicKey::Ecdsa { curve, point }) => {
            ("ECDSA", verify_ecdsa(*curve, point, hash, message, signature))
        }
        (SignatureAlgorithm::Ed25519, PublicKey::Ed25519(key)) => {
            ("Ed25519", UnparsedPublicKey::new(&fast::ED25519, key).verify(message, signature).is_ok())
        }
        _ => return Err(SignatureError::UnsupportedAlgorithm),
    };
    if valid { Ok(()) } else { Err(SignatureError::Mismatch { key: name }) }
}

/// Keys that Go's `crypto/rsa` does not use.
pub(super) fn check_rsa_key(key: &RsaKey) -> Result<(), SignatureError> {
    /// Beyond it, verification takes long, and nobody has such keys.
    const LONGEST: usize = 16384;

    let bits = key.bits();
    let is_odd = |last: Option<&u8>| last.is_some_and(|byte| byte & 1 == 1);
    match key.exponent {
        _ if bits < 1024 => Err(SignatureError::ShortRsaKey { bits }),
        _ if bits > LONGEST => Err(SignatureError::LongRsaKey { bits }),
        _ if !is_odd(key.modulus.last()) => Err(SignatureError::BadRsaKey("public modulus is even")),
        0 | 1 => Err(SignatureError::BadRsaKey("public exponent too small or negative")),
        exponent if exponent % 2 == 0 => Err(SignatureError::BadRsaKey("public exponent is even")),
        0x8000_0000.. => Err(SignatureError::BadRsaKey("public exponent too large")),
        _ => Ok(()),
    }
}

/// `ring`'s limits, between which it is as strict as Go.
const FAST_RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

fn verify_fast_rsa(key: &RsaKey, parameters: &fast::RsaParameters, message: &[u8], signature: &[u8]) -> bool {
    let exponent = key.exponent.to_be_bytes();
    let leading_zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    let (_, exponent) = exponent.split_at(leading_zeros);
    RsaPublicKeyComponents { n: key.modulus.as_slice(), e: exponent }.verify(parameters, message, signature).is_ok()
}

/// RFC 8017, section 8.2.2.
fn verify_pkcs1(key: &RsaKey, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    if FAST_RSA_BITS.contains(&key.bits()) {
        let parameters = match hash {
            Hash::Sha256 => &fast::RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &fast::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &fast::RSA_PKCS1_2048_8192_SHA512,
        };
        return verify_fast_rsa(key, parameters, message, signature);
    }
    let scheme = match hash {
        Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    };
    slow_rsa_key(key).verify(scheme, digest_of(hash, message).as_ref(), signature).is_ok()
}

/// RFC 8017, section 8.1.2, with a salt as long as the hash.
fn verify_pss(key: &RsaKey, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    if FAST_RSA_BITS.contains(&key.bits()) {
        let parameters = match hash {
            Hash::Sha256 => &fast::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &fast::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &fast::RSA_PSS_2048_8192_SHA512,
        };
        return verify_fast_rsa(key, parameters, message, signature);
    }
    let digest = digest_of(hash, message);
    let Ok(parsed) = rsa::pss::Signature::try_from(signature) else { return false };
    let key = slow_rsa_key(key);
    let valid = match hash {
        Hash::Sha256 => rsa::pss::VerifyingKey::<Sha256>::new(key.clone()).verify_prehash(digest.as_ref(), &parsed),
        Hash::Sha384 => rsa::pss::VerifyingKey::<Sha384>::new(key.clone()).verify_prehash(digest.as_ref(), &parsed),
        Hash::Sha512 => rsa::pss::VerifyingKey::<Sha512>::new(key.clone()).verify_prehash(digest.as_ref(), &parsed),
    };
    valid.is_ok() && fits_pss_encoding(&key, signature)
}

/// Whether the encoded message is no longer than section 8.1.2, step 2 (c) lets it be: the crate does not look at the
/// byte that is left over when the modulus is one bit longer than whole bytes.
fn fits_pss_encoding(key: &RsaPublicKey, signature: &[u8]) -> bool {
    use rsa::traits::PublicKeyParts;

    let n: &NonZero<BoxedUint> = key.n();
    let bits = n.bit_width_vartime();
    bits % 8 != 1
        || Odd::new(n.as_ref().clone()).into_option().is_some_and(|odd| {
            let signature = BoxedUint::from_be_slice_vartime(signature).rem_vartime(n);
            signature.pow_mod(key.e(), &odd).bit_width_vartime() < bits
        })
}

/// The key without the crate's limits: [`check_rsa_key`] has Go's.
fn slow_rsa_key(key: &RsaKey) -> RsaPublicKey {
    RsaPublicKey::new_unchecked(BoxedUint::from_be_slice_vartime(&key.modulus), BoxedUint::from(key.exponent))
}

fn digest_of(hash: Hash, message: &[u8]) -> digest::Digest {
    let algorithm = match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, message)
}

/// FIPS 186-5, section 6.4.2, with any hash on any curve.
fn verify_ecdsa(curve: Curve, point: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let fast = match (curve, hash) {
        (Curve::P256, Hash::Sha256) => Some(&fast::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Hash::Sha384) => Some(&fast::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Hash::Sha256) => Some(&fast::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, Hash::Sha384) => Some(&fast::ECDSA_P384_SHA384_ASN1),
        _ => None,
    };
    if let Some(algorithm) = fast {
        return UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok();
    }
    let Some(signature) = fixed_size_signature(curve, signature) else { return false };
    // The crates refuse hashes shorter than half the curve, but zeros in front do not change the number.
    let digest = digest_of(hash, message);
    let mut padded = vec![0; curve.size().saturating_sub(digest.as_ref().len())];
    padded.extend(digest.as_ref());
    macro_rules! verify {
        ($curve:ident) => {
            $curve::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .and_then(|key| key.verify_prehash(&padded, &$curve::ecdsa::Signature::from_slice(&signature)?))
                .is_ok()
        };
    }
    match curve {
        Curve::P224 => verify!(p224),
        Curve::P256 => verify!(p256),
        Curve::P384 => verify!(p384),
        Curve::P521 => verify!(p521),
    }
}

/// The two numbers of ECDSA-Sig-Value (RFC 3279, section 2.2.3), each as long as the curve's scalars.
fn fixed_size_signature(curve: Curve, signature: &[u8]) -> Option<Vec<u8>> {
    let mut input = Reader::new(signature);
    let mut sequence = input.nested(tag::SEQUENCE).filter(|_| input.is_empty())?;
    let numbers = [sequence.unsigned()?, sequence.unsigned()?];
    let mut bytes = Vec::new();
    for number in numbers {
        bytes.resize(bytes.len() + curve.size().checked_sub(number.len())?, 0);
        bytes.extend(number);
    }
    sequence.is_empty().then_some(bytes)
}
