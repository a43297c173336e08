//! EC private keys: SEC 1 and RFC 5915.

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
    if let Some(public_key) = key.optional_explicit(1, tag::BIT_STRING)? {
        BitString::new(public_key)?;
    }
    let curve = Curve::from_object_identifier(curve.or(named_curve.as_deref())?)?;
    let point = public_point(curve, &fixed_size(scalar, curve.size())?)?;
    Some(PublicKey::Ecdsa { curve, point })
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
