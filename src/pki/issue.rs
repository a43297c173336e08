//! Certificates in DER (RFC 5280, section 4.1).
//!
//! Written field by field, because the issuer's name must be repeated byte for byte: Go compares names by their bytes,
//! and a name that is taken apart and put together again may lose repeated attributes or change a string's type.

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use rsa::pkcs8::{self, SubjectPublicKeyInfoRef};
use time::OffsetDateTime;
use yasna::models::ObjectIdentifier;
use yasna::tags::{TAG_GENERALIZEDTIME, TAG_UTCTIME};
use yasna::{DERWriter, DERWriterSeq, Tag, construct_der};

use super::key::{SignatureAlgorithm, SigningKey, SigningKeyError};
use super::profile::Profile;
use crate::x509::{Certificate, CertificateError, KeyUsage};

const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const CLIENT_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error("the certificate that was made cannot be read")]
    Unreadable(#[from] CertificateError),
}

/// Makes a certificate that is signed with its own key.
///
/// # Errors
/// When the key cannot sign.
pub fn self_signed(profile: &Profile, key: &SigningKey) -> Result<Certificate, IssueError> {
    let name = common_name(&profile.common_name);
    issue(profile, key.subject_public_key_info(), &name, &[], key)
}

/// Makes a certificate for a public key (SubjectPublicKeyInfo), signed by a CA.
///
/// # Errors
/// When the CA's key cannot sign.
pub fn issued_by(
    profile: &Profile,
    subject_public_key_info: &[u8],
    ca: &Certificate,
    ca_key: &SigningKey,
) -> Result<Certificate, IssueError> {
    issue(profile, subject_public_key_info, &ca.raw_subject, &ca.subject_key_identifier, ca_key)
}

/// `issuer_key_identifier` is left out when it is empty, as Go does.
fn issue(
    profile: &Profile,
    subject_public_key_info: &[u8],
    raw_issuer: &[u8],
    issuer_key_identifier: &[u8],
    signing_key: &SigningKey,
) -> Result<Certificate, IssueError> {
    let serial_number = serial_number()?;
    // A client needs none: nothing below it refers to it.
    let key_identifier =
        if profile.basic_constraints.ca { key_identifier(subject_public_key_info)? } else { Vec::new() };
    let algorithm = signing_key.signature_algorithm();
    let tbs_certificate = construct_der(|writer| {
        writer.write_sequence(|writer| {
            // Version 3.
            writer.next().write_tagged(Tag::context(0), |writer| writer.write_u8(2));
            writer.next().write_bigint_bytes(&serial_number, true);
            write_algorithm(writer.next(), algorithm);
            writer.next().write_der(raw_issuer);
            writer.next().write_sequence(|writer| {
                write_time(writer.next(), profile.not_before);
                write_time(writer.next(), profile.not_after);
            });
            writer.next().write_der(&common_name(&profile.common_name));
            writer.next().write_der(subject_public_key_info);
            writer.next().write_tagged(Tag::context(3), |writer| {
                writer.write_sequence(|writer| {
                    write_extensions(writer, profile, &key_identifier, issuer_key_identifier);
                });
            });
        });
    });
    let signature = signing_key.sign(&tbs_certificate)?;
    let certificate = construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(&tbs_certificate);
            write_algorithm(writer.next(), algorithm);
            writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
        });
    });
    Ok(Certificate::from_der(&certificate)?)
}

/// 16 random bytes with the two highest bits 01: positive, never shorter, and 126 bits that nobody can guess.
fn serial_number() -> Result<[u8; 16], SigningKeyError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SigningKeyError::Random)?;
    let [first, ..] = &mut bytes;
    *first = *first & 0x3f | 0x40;
    Ok(bytes)
}

fn common_name(name: &str) -> Vec<u8> {
    construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_set(|writer| {
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&ObjectIdentifier::from_slice(COMMON_NAME));
                    writer.next().write_utf8_string(name);
                });
            });
        });
    })
}

fn write_algorithm(writer: DERWriter<'_>, algorithm: SignatureAlgorithm) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(algorithm.object_identifier));
        if algorithm.null_parameters {
            writer.next().write_null();
        }
    });
}

/// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5).
fn write_time(writer: DERWriter<'_>, time: OffsetDateTime) {
    let year = time.year();
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let (tag, text) = if (1950..2050).contains(&year) {
        (TAG_UTCTIME, format!("{:02}{rest}", year % 100))
    } else {
        (TAG_GENERALIZEDTIME, format!("{year:04}{rest}"))
    };
    writer.write_tagged_implicit(tag, |writer| writer.write_bytes(text.as_bytes()));
}

fn write_extensions(
    writer: &mut DERWriterSeq<'_>,
    profile: &Profile,
    key_identifier: &[u8],
    issuer_key_identifier: &[u8],
) {
    write_extension(writer, BASIC_CONSTRAINTS, true, |writer| {
        writer.write_sequence(|writer| {
            // FALSE is the default, and DER leaves defaults out.
            if profile.basic_constraints.ca {
                writer.next().write_bool(true);
            }
            if let Some(path_length) = profile.basic_constraints.path_length {
                writer.next().write_u32(path_length);
            }
        });
    });
    write_extension(writer, KEY_USAGE, true, |writer| write_key_usage(writer, profile.key_usage));
    if profile.client_auth {
        write_extension(writer, EXTENDED_KEY_USAGE, false, |writer| {
            writer.write_sequence(|writer| writer.next().write_oid(&ObjectIdentifier::from_slice(CLIENT_AUTH)));
        });
    }
    if !key_identifier.is_empty() {
        write_extension(writer, SUBJECT_KEY_IDENTIFIER, false, |writer| writer.write_bytes(key_identifier));
    }
    if !issuer_key_identifier.is_empty() {
        write_extension(writer, AUTHORITY_KEY_IDENTIFIER, false, |writer| {
            writer.write_sequence(|writer| {
                writer
                    .next()
                    .write_tagged_implicit(Tag::context(0), |writer| writer.write_bytes(issuer_key_identifier));
            });
        });
    }
}

fn write_extension(
    writer: &mut DERWriterSeq<'_>,
    object_identifier: &[u64],
    critical: bool,
    value: impl FnOnce(DERWriter<'_>),
) {
    writer.next().write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(object_identifier));
        if critical {
            writer.next().write_bool(true);
        }
        writer.next().write_bytes(&construct_der(value));
    });
}

/// A named bit list: bit 0 is the highest bit of the first byte, and trailing zeros are left out (X.690, section
/// 11.2.2).
fn write_key_usage(writer: DERWriter<'_>, key_usage: KeyUsage) {
    let bits = key_usage.0.reverse_bits();
    let length = 16 - bits.trailing_zeros() as usize;
    let bytes = bits.to_be_bytes();
    writer.write_bitvec_bytes(bytes.get(..length.div_ceil(8)).unwrap_or(&bytes), length);
}

/// The first 160 bits of the SHA-256 of the public key's bits (RFC 7093, section 2, method 1), as Go since 1.25.
fn key_identifier(subject_public_key_info: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
    let public_key = SubjectPublicKeyInfoRef::try_from(subject_public_key_info).map_err(pkcs8::Error::from)?;
    Ok(digest(&SHA256, public_key.subject_public_key.raw_bytes()).as_ref().iter().take(20).copied().collect())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::pki::Validity;
    use crate::pki::key::{KeyAlgorithm, NewKey};
    use crate::x509::{BasicConstraints, ExtendedKeyUsage};

    const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03.5 UTC);

    fn ca(days: i64) -> (Certificate, SigningKey) {
        let profile = Profile::certificate_authority("front-proxy-ca", Validity::days(days), NOW).unwrap();
        let key = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap().signing_key;
        (self_signed(&profile, &key).unwrap(), key)
    }

    fn client(ca: &Certificate, ca_key: &SigningKey, key_can_encipher: bool) -> Certificate {
        let profile =
            Profile::front_proxy_client("client", Validity::days(365), NOW, ca.not_after, key_can_encipher).unwrap();
        let key = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap().signing_key;
        issued_by(&profile, key.subject_public_key_info(), ca, ca_key).unwrap()
    }

    #[test]
    fn the_ca_holds_what_its_profile_says() {
        let (ca, key) = ca(3650);
        assert_eq!(ca.version, 3);
        assert_eq!(ca.subject.to_string(), "CN=front-proxy-ca");
        assert_eq!(ca.raw_issuer, ca.raw_subject);
        assert_eq!(ca.raw_subject_public_key_info, key.subject_public_key_info());
        assert_eq!(ca.not_before, datetime!(2026-11-21 20:10:03 UTC));
        assert_eq!(ca.not_after, datetime!(2036-11-18 20:15:03 UTC));
        assert_eq!(ca.basic_constraints, Some(BasicConstraints { ca: true, path_length: Some(0) }));
        assert_eq!(ca.key_usage, Some(KeyUsage::KEY_CERT_SIGN));
        assert_eq!(ca.extended_key_usage, []);
        assert_eq!(ca.subject_key_identifier.len(), 20);
        assert_eq!(ca.unhandled_critical_extensions, [""; 0]);
    }

    #[test]
    fn the_client_holds_what_its_profile_says() {
        let (ca, key) = ca(3650);
        for (key_can_encipher, key_usage) in [(false, 0b001), (true, 0b101)] {
            let client = client(&ca, &key, key_can_encipher);
            assert_eq!(client.raw_issuer, ca.raw_subject);
            assert_eq!(client.basic_constraints, Some(BasicConstraints { ca: false, path_length: None }));
            assert_eq!(client.key_usage, Some(KeyUsage(key_usage)));
            assert_eq!(client.extended_key_usage, [ExtendedKeyUsage::ClientAuth]);
            assert_eq!(client.authority_key_identifier, ca.subject_key_identifier);
            assert_eq!(client.subject_key_identifier, [0; 0]);
            assert_eq!(client.dns_names, [""; 0]);
        }
    }

    #[test]
    fn serial_numbers_are_long_positive_and_never_the_same() {
        let serial_numbers = (0..100).map(|_| serial_number().unwrap()).collect::<std::collections::HashSet<_>>();
        assert_eq!(serial_numbers.len(), 100);
        assert!(serial_numbers.iter().all(|bytes| (0x40..0x80).contains(&bytes[0])));
    }

    #[test]
    fn times_after_2049_are_generalized() {
        let encoded = |time| construct_der(|writer| write_time(writer, time));
        assert_eq!(encoded(datetime!(2049-12-31 23:59:59 UTC)), b"\x17\x0d491231235959Z");
        assert_eq!(encoded(datetime!(2050-01-01 0:00 UTC)), b"\x18\x0f20500101000000Z");
        let (ca, _) = ca(36500);
        assert_eq!(ca.not_after, datetime!(2126-10-28 20:15:03 UTC));
    }

    #[test]
    fn key_usage_is_a_named_bit_list() {
        let encoded = |usage: KeyUsage| construct_der(|writer| write_key_usage(writer, usage));
        assert_eq!(encoded(KeyUsage::DIGITAL_SIGNATURE), [0x03, 0x02, 0x07, 0x80]);
        assert_eq!(encoded(KeyUsage(0b101)), [0x03, 0x02, 0x05, 0xa0]);
        assert_eq!(encoded(KeyUsage::KEY_CERT_SIGN), [0x03, 0x02, 0x02, 0x04]);
        assert_eq!(encoded(KeyUsage(1 << 8)), [0x03, 0x03, 0x07, 0x00, 0x80]);
    }
}
