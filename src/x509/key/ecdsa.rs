//! EC private keys: SEC 1 and RFC 5915.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use zeroize::Zeroizing;

use crate::x509::der::{BitString, Reader, dotted, tag};
use crate::x509::public_key::{Curve, PublicKey};

/// The public half of ECPrivateKey. `curve` stands for the curve named in the key, which may be missing.
pub(super) fn public_half(curve: Option<&str>, der: &[u8]) -> Option<PublicKey> {
    let mut key = Reader::new(der).nested(tag::SEQUENCE)?;
    if key.small_integer()? != 1 {
        return None;
    }
    let scalar = key.contents(tag::OCTET_STRING)?;
    let named_curve = key.optional_explicit(0, tag::OBJECT_IDENTIFIER)?.map(dotted);
    let named_curve = if let Some(curve) = named_curve { Some(curve?) } else { None };
    let written = key.optional_explicit(1, tag::BIT_STRING)?;
    let written = if let Some(point) = written { Some(BitString::new(point)?) } else { None };
    let curve = Curve::from_object_identifier(curve.or(named_curve.as_deref())?)?;
    let scalar = fixed_size(scalar, curve.size())?;
    let written = written.map(|point| point.right_aligned()).filter(|point| is_public_point(curve, &scalar, point));
    let point = if let Some(point) = written { point } else { public_point(curve, &scalar)? };
    Some(PublicKey::Ecdsa { curve, point })
}

/// Whether a point, uncompressed, is the public half. Most keys have it written in them, and ring computes it with a
/// tenth of the work of [`public_point`]; what ring does not know is not said to be it.
fn is_public_point(curve: Curve, scalar: &[u8], point: &[u8]) -> bool {
    let algorithm = match curve {
        Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        Curve::P224 | Curve::P521 => return false,
    };
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, &SystemRandom::new()).is_ok()
}

/// The number with as many bytes as it should have: both missing and superfluous zeros are found in the wild.
fn fixed_size(scalar: &[u8], size: usize) -> Option<Zeroizing<Vec<u8>>> {
    let superfluous = scalar.len().saturating_sub(size);
    let (zeros, scalar) = scalar.split_at(superfluous);
    if zeros.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(size));
    bytes.resize(size - scalar.len(), 0);
    bytes.extend_from_slice(scalar);
    Some(bytes)
}

fn public_point(curve: Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    macro_rules! public_point {
        ($curve:ident) => {{
            use $curve::elliptic_curve::sec1::ToSec1Point;
            let key = $curve::SecretKey::from_slice(scalar).ok()?;
            Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
        }};
    }
    match curve {
        Curve::P224 => public_point!(p224),
        Curve::P256 => public_point!(p256),
        Curve::P384 => public_point!(p384),
        Curve::P521 => public_point!(p521),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData};

    use crate::x509::PrivateKey;

    /// Go takes the public half from the scalar, whatever stands beside it (crypto/x509, `parseECPrivateKey`).
    #[test]
    fn a_point_of_another_key_that_is_written_in_a_key_does_not_count() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384] {
            let [own, other] = [(); 2].map(|()| KeyPair::generate_for(algorithm).unwrap());
            let der = own.serialize_der();
            let at = der.windows(own.der_bytes().len()).position(|bytes| bytes == own.der_bytes()).unwrap();
            let mut with_other = der.clone();
            with_other[at..at + other.der_bytes().len()].copy_from_slice(other.der_bytes());
            let read = |der: &[u8]| PrivateKey::from_pem(pem::encode(&pem::Pem::new("PRIVATE KEY", der)).as_bytes());
            assert_eq!(read(&with_other).unwrap(), read(&der).unwrap());
            assert_ne!(read(&with_other).unwrap(), read(&other.serialize_der()).unwrap());
        }
    }
}
