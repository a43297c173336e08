//! Certificates in DER (RFC 5280, section 4.1).
//!
//! rcgen writes what a profile says. The key, its signature algorithm and the issuer's name are put in as they are: Go
//! compares names by their bytes, and rcgen keeps a name in a map, which loses repeated attributes (rustls/rcgen#81).

use std::cell::RefCell;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

use super::key::{SigningKey, SigningKeyError};
use super::profile::Profile;
use crate::x509::der::{Reader, encode, tag};
use crate::x509::second_reader::{self, Difference, Refusal};
use crate::x509::{Certificate, CertificateError, ExtendedKeyUsage, KeyUsage};

/// basicConstraints without a CA: `IsCa::ExplicitNoCa` would add a subject key identifier, which nothing refers to.
const NO_CA: (&[u64], [u8; 2]) = (&[2, 5, 29, 19], [0x30, 0x00]);

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error("the certificate could not be written")]
    Writing(#[from] rcgen::Error),
    #[error("the certificate that was written cannot be taken apart")]
    Draft,
    #[error("the certificate that was made cannot be read")]
    Unreadable(#[from] CertificateError),
    #[error("the certificate that was made cannot be read by another reader")]
    UnreadableForOthers(#[from] Refusal),
    #[error("two readers of the certificate that was made see different things: {}", differences(.0))]
    Ambiguous(Vec<Difference>),
}

/// Makes a certificate that is signed with its own key.
///
/// # Errors
/// When the key cannot sign.
pub fn self_signed(profile: &Profile, key: &SigningKey) -> Result<Certificate, IssueError> {
    issue(profile, key.subject_public_key_info(), None, key)
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
    issue(profile, subject_public_key_info, Some(ca), ca_key)
}

fn issue(
    profile: &Profile,
    subject_public_key_info: &[u8],
    ca: Option<&Certificate>,
    signing_key: &SigningKey,
) -> Result<Certificate, IssueError> {
    let issuer_key_identifier = ca.map(|ca| ca.subject_key_identifier.as_slice()).unwrap_or_default();
    let key_identifier = key_identifier(subject_public_key_info).ok_or(IssueError::Draft)?;
    let draft = draft(profile, &key_identifier, issuer_key_identifier)?;
    let algorithm = signing_key.signature_algorithm();
    let issuer = ca.map(|ca| ca.raw_subject.as_slice());
    let tbs_certificate = complete(&draft, algorithm, issuer, subject_public_key_info).ok_or(IssueError::Draft)?;
    let signature = [&[0], signing_key.sign(&tbs_certificate)?.as_slice()].concat();
    let parts = [tbs_certificate.as_slice(), algorithm, &encode(tag::BIT_STRING, &signature)].concat();
    let certificate = Certificate::from_der(&encode(tag::SEQUENCE, &parts))?;
    match second_reader::differences(&certificate)?.as_slice() {
        [] => Ok(certificate),
        differences => Err(IssueError::Ambiguous(differences.to_vec())),
    }
}

fn differences(differences: &[Difference]) -> String {
    let shown = |Difference { field, go, other }: &Difference| format!("{}: {go} or {other}", field.name());
    differences.iter().map(shown).collect::<Vec<_>>().join("; ")
}

/// The draft with its key, its algorithm and its issuer; without one it is its own.
fn complete(draft: &[u8], algorithm: &[u8], issuer: Option<&[u8]>, subject_public_key_info: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Reader::new(draft).nested(tag::SEQUENCE)?;
    let [version, serial_number] = [fields.any_element()?, fields.any_element()?];
    let [_algorithm, _issuer] = [fields.any_element()?, fields.any_element()?];
    let [validity, subject] = [fields.any_element()?, fields.any_element()?];
    let _key = fields.any_element()?;
    let issuer = issuer.unwrap_or(subject);
    let parts = [version, serial_number, algorithm, issuer, validity, subject, subject_public_key_info, fields.rest()];
    Some(encode(tag::SEQUENCE, &parts.concat()))
}

/// The certificate before it has a key and an issuer (TBSCertificate). The issuer's key identifier is left out when it
/// is empty, as Go does.
fn draft(profile: &Profile, key_identifier: &[u8], issuer_key_identifier: &[u8]) -> Result<Vec<u8>, IssueError> {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial_number()?));
    params.not_before = profile.not_before;
    params.not_after = profile.not_after;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, profile.common_name.as_str());
    params.key_usages = key_usages(profile.key_usage);
    params.key_identifier_method = KeyIdMethod::PreSpecified(key_identifier.to_vec());
    params.use_authority_key_identifier_extension = !issuer_key_identifier.is_empty();
    params.extended_key_usages = profile.extended_key_usage.iter().filter_map(purpose).collect();
    let names = profile.dns_names.iter().map(|name| Ok(SanType::DnsName(name.as_str().try_into()?)));
    params.subject_alt_names = names.collect::<Result<_, rcgen::Error>>()?;
    if profile.basic_constraints.ca {
        let path_length = profile.basic_constraints.path_length.and_then(|length| u8::try_from(length).ok());
        params.is_ca = IsCa::Ca(path_length.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    } else {
        let mut extension = CustomExtension::from_oid_content(NO_CA.0, NO_CA.1.to_vec());
        extension.set_criticality(true);
        params.custom_extensions = vec![extension];
    }
    let mut issuer = CertificateParams::default();
    issuer.key_identifier_method = KeyIdMethod::PreSpecified(issuer_key_identifier.to_vec());
    let draft = Draft::default();
    params.signed_by(&draft, &Issuer::from_params(&issuer, &draft))?;
    Ok(draft.0.into_inner())
}

/// Stands in for a key, and keeps what it is asked to sign.
#[derive(Default)]
struct Draft(RefCell<Vec<u8>>);

impl PublicKeyData for Draft {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for Draft {
    fn sign(&self, tbs_certificate: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.replace(tbs_certificate.to_vec());
        Ok(Vec::new())
    }
}

/// Of the purposes that a certificate is made for.
fn purpose(usage: &ExtendedKeyUsage) -> Option<ExtendedKeyUsagePurpose> {
    match usage {
        ExtendedKeyUsage::ClientAuth => Some(ExtendedKeyUsagePurpose::ClientAuth),
        ExtendedKeyUsage::ServerAuth => Some(ExtendedKeyUsagePurpose::ServerAuth),
        _ => None,
    }
}

fn key_usages(usage: KeyUsage) -> Vec<KeyUsagePurpose> {
    [
        (KeyUsage::DIGITAL_SIGNATURE, KeyUsagePurpose::DigitalSignature),
        (KeyUsage::KEY_ENCIPHERMENT, KeyUsagePurpose::KeyEncipherment),
        (KeyUsage::KEY_CERT_SIGN, KeyUsagePurpose::KeyCertSign),
    ]
    .into_iter()
    .filter_map(|(bit, purpose)| usage.contains(bit).then_some(purpose))
    .collect()
}

/// 16 random bytes with the two highest bits 01: positive, never shorter, and 126 bits that nobody can guess.
fn serial_number() -> Result<[u8; 16], SigningKeyError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SigningKeyError::Random)?;
    let [first, ..] = &mut bytes;
    *first = *first & 0x3f | 0x40;
    Ok(bytes)
}

/// The first 160 bits of the SHA-256 of the public key's bits (RFC 7093, section 2, method 1), as Go since 1.25.
fn key_identifier(subject_public_key_info: &[u8]) -> Option<Vec<u8>> {
    let mut info = Reader::new(subject_public_key_info).nested(tag::SEQUENCE)?;
    let _algorithm = info.any_element()?;
    // The first byte says how many bits at the end do not count, which no key has.
    let (_, public_key) = info.contents(tag::BIT_STRING)?.split_first()?;
    Some(digest(&SHA256, public_key).as_ref().iter().take(20).copied().collect())
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::*;
    use crate::pki::Validity;
    use crate::pki::key::{KeyAlgorithm, NewKey};
    use crate::x509::BasicConstraints;

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
        let (ca, _) = ca(36500);
        assert_eq!(ca.not_after, datetime!(2126-10-28 20:15:03 UTC));
    }
}
