//! Certificate signing requests (PKCS #10, RFC 2986), for a CA that is elsewhere.
//!
//! kubeadm's own request for the front proxy holds a common name alone, so that many CAs sign something that is no
//! client's (kubernetes/cmd/kubeadm/app/phases/certs, `GetCSR`): ours asks for clientAuth and key usage.

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, PublicKeyData};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::error::X509Error;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::key::{KeyAlgorithm, SigningKey};
use crate::x509::der::{Reader, tag};
use crate::x509::{pem as blocks, sha256};

/// Why there is no request, or it is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    #[error("the request could not be written")]
    Writing(#[from] rcgen::Error),
    #[error("this key cannot sign a request here")]
    Key,
    #[error("it holds no PEM block CERTIFICATE REQUEST")]
    NoRequest,
    #[error("it is no certificate signing request: {0}")]
    Malformed(String),
    #[error("its signature is not of its own key: whoever made it does not hold the key, or it was changed on its way")]
    Signature,
    #[error(
        "its key is of a kind that is not taken: ECDSA on P-256 and P-384, Ed25519 and RSA of 2048 bits and more are"
    )]
    UnsupportedKey,
    #[error("its subject has no common name, or more than one")]
    CommonName,
}

/// Those that ring verifies.
const MINIMUM_RSA_BITS: usize = 2048;

/// What of a request is taken over. Its extensions are not: the profile of the signer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    pub common_name: String,
    /// DER.
    pub subject_public_key_info: Vec<u8>,
    pub is_rsa: bool,
}

impl CertificateRequest {
    /// That of every certificate with this key (`Certificate::key_fingerprint`).
    pub fn key_fingerprint(&self) -> String {
        sha256(&self.subject_public_key_info)
    }
}

/// A request for a front-proxy client, in PEM.
///
/// # Errors
/// When the key cannot sign.
pub fn request(common_name: &str, key: &SigningKey) -> Result<String, RequestError> {
    let algorithm = key.key_algorithm().ok_or(RequestError::Key)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if algorithm.can_encipher() {
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let public_key = public_key(key.subject_public_key_info()).ok_or(RequestError::Key)?;
    let request = params.serialize_request(&Requester { key, public_key, algorithm })?;
    let block = Pem::new("CERTIFICATE REQUEST", request.der().to_vec());
    Ok(pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF)))
}

/// Reads a request and checks that it was signed with its own key.
///
/// # Errors
/// When it is none, or its signature is wrong.
pub fn read(input: &[u8]) -> Result<CertificateRequest, RequestError> {
    let is_request = |label: &str| matches!(label, "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST");
    let block = blocks::blocks(input).find(|block| is_request(&block.label)).ok_or(RequestError::NoRequest)?;
    let malformed = |error: String| RequestError::Malformed(error);
    let (rest, request) =
        X509CertificationRequest::from_der(&block.contents).map_err(|error| malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(malformed("there is something behind it".to_owned()));
    }
    let info = &request.certification_request_info;
    let is_small = matches!(info.subject_pki.parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < MINIMUM_RSA_BITS);
    request.verify_signature().map_err(|error| match error {
        X509Error::SignatureUnsupportedAlgorithm => RequestError::UnsupportedKey,
        _ if is_small => RequestError::UnsupportedKey,
        _ => RequestError::Signature,
    })?;
    let mut names = info.subject.iter_common_name();
    let (Some(name), None) = (names.next(), names.next()) else { return Err(RequestError::CommonName) };
    let common_name = name.as_str().map_err(|_| RequestError::CommonName)?.to_owned();
    let is_rsa = matches!(info.subject_pki.parsed(), Ok(PublicKey::RSA(_)));
    Ok(CertificateRequest { common_name, is_rsa, subject_public_key_info: info.subject_pki.raw.to_vec() })
}

/// Lets rcgen sign with a key of ours.
struct Requester<'a> {
    key: &'a SigningKey,
    public_key: Vec<u8>,
    algorithm: KeyAlgorithm,
}

impl PublicKeyData for Requester<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public_key
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.algorithm {
            KeyAlgorithm::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::EcdsaP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl rcgen::SigningKey for Requester<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// The bits of subjectPublicKey.
fn public_key(subject_public_key_info: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Reader::new(subject_public_key_info).nested(tag::SEQUENCE)?;
    fields.any_element()?;
    let bits = fields.contents(tag::BIT_STRING)?;
    bits.split_first().map(|(_padding, key)| key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::key::NewKey;

    #[test]
    fn a_request_is_read_back() {
        for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Ed25519] {
            let key = NewKey::generate(algorithm).unwrap().signing_key;
            let request = request("aggregator", &key).unwrap();
            let read = read(request.as_bytes()).unwrap();
            assert_eq!(read.common_name, "aggregator", "{algorithm}");
            assert_eq!(read.subject_public_key_info, key.subject_public_key_info(), "{algorithm}");
        }
    }

    #[test]
    fn a_request_that_was_changed_is_refused() {
        let key = NewKey::generate(KeyAlgorithm::EcdsaP256).unwrap().signing_key;
        let text = request("aggregator", &key).unwrap();
        let mut der = blocks::blocks(text.as_bytes()).next().unwrap().contents;
        let at = der.windows(10).position(|window| window == b"aggregator").unwrap();
        der[at] = b'A';
        let forged = pem::encode(&Pem::new("CERTIFICATE REQUEST", der));
        assert!(matches!(read(forged.as_bytes()), Err(RequestError::Signature)));
        assert!(matches!(read(b""), Err(RequestError::NoRequest)));
        let garbage = pem::encode(&Pem::new("CERTIFICATE REQUEST", vec![1, 2, 3]));
        assert!(matches!(read(garbage.as_bytes()), Err(RequestError::Malformed(_))));
    }
}
