//! Go's `x509.ParseCertificate`: what it accepts, with its errors.

mod extensions;
mod handled;
mod name;
mod name_constraints;
mod string;
mod subject_alternative_name;
mod time;

use ::time::OffsetDateTime;

use super::algorithm::algorithm_identifier;
use super::certificate::{Certificate, Extension, Fields};
use super::der::{Reader, tag};
use super::error::CertificateError;
use super::name::Name;
use super::public_key::{PublicKey, PublicKeyAlgorithm};
use super::signature::algorithm::SignatureAlgorithm;
use super::signature::checks::SignatureChecks;
use extensions::Extensions;

impl Certificate {
    /// Reads one certificate from DER, as Go's `x509.ParseCertificate`.
    ///
    /// # Errors
    /// With Go's message, when Go refuses the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        fields(der).map(Self::new)
    }
}

impl Name {
    /// Reads a distinguished name from DER, as it stands in a certificate and in the CertificateRequest of TLS.
    ///
    /// # Errors
    /// With Go's message, when Go refuses the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        name::name(der)
    }
}

fn fields(der: &[u8]) -> Result<Fields, CertificateError> {
    let mut input = Reader::new(der);
    let raw = input.element(tag::SEQUENCE).ok_or("x509: malformed certificate")?;
    let mut outer = Reader::new(raw).nested(tag::SEQUENCE).ok_or("x509: malformed certificate")?;
    let raw_tbs = outer.element(tag::SEQUENCE).ok_or("x509: malformed tbs certificate")?;
    let mut tbs = Reader::new(raw_tbs).nested(tag::SEQUENCE).ok_or("x509: malformed tbs certificate")?;

    let version = version(&mut tbs)?;
    let serial_number = serial_number(&mut tbs)?;
    let signature_algorithm = signature_algorithm(&mut tbs, &mut outer)?;
    let raw_issuer = tbs.element(tag::SEQUENCE).ok_or("x509: malformed issuer")?;
    let issuer = name::name(raw_issuer)?;
    let (not_before, not_after) = validity(&mut tbs)?;
    // Go says "issuer" here too.
    let raw_subject = tbs.element(tag::SEQUENCE).ok_or("x509: malformed issuer")?;
    let subject = name::name(raw_subject)?;
    let (raw_spki, public_key, public_key_algorithm) = subject_public_key_info(&mut tbs)?;
    let extensions = extension_list(&mut tbs, version)?;
    let values = Extensions::process(&extensions)?;
    let signature = outer.bit_string().ok_or("x509: malformed signature")?.right_aligned();
    input.end().ok_or("x509: trailing data")?;

    Ok(Fields {
        raw: raw.to_vec(),
        raw_subject: raw_subject.to_vec(),
        raw_issuer: raw_issuer.to_vec(),
        raw_subject_public_key_info: raw_spki.to_vec(),
        raw_tbs_certificate: raw_tbs.to_vec(),
        version,
        serial_number,
        signature_algorithm,
        signature,
        signature_checks: SignatureChecks::default(),
        subject,
        issuer,
        not_before,
        not_after,
        public_key_algorithm,
        public_key,
        basic_constraints: values.basic_constraints,
        key_usage: values.key_usage,
        extended_key_usage: values.extended_key_usage,
        subject_key_identifier: values.subject_key_identifier,
        authority_key_identifier: values.authority_key_identifier,
        dns_names: values.alternative_names.dns_names,
        email_addresses: values.alternative_names.email_addresses,
        ip_addresses: values.alternative_names.ip_addresses,
        uris: values.alternative_names.uris.iter().map(|uri| uri.raw.clone()).collect(),
        parsed_uris: values.alternative_names.uris,
        name_constraints: values.name_constraints,
        policies: values.policies,
        unhandled_critical_extensions: values.unhandled_critical_extensions,
        extensions,
    })
}

/// 1, 2 or 3, RFC 5280 section 4.1.2.1.
fn version(tbs: &mut Reader<'_>) -> Result<u8, CertificateError> {
    let malformed = "x509: malformed version";
    let Some(mut explicit) = tbs.optional(tag::context_constructed(0)).ok_or(malformed)? else { return Ok(1) };
    let number = explicit.small_integer().filter(|_| explicit.is_empty()).ok_or(malformed)?;
    match number {
        0..=2 => Ok(number as u8 + 1),
        // Go adds one to this number too, and what overflows is to it a certificate without extensions.
        i64::MAX => Ok(1),
        3.. => Err("x509: invalid version".into()),
        _ => Err(malformed.into()),
    }
}

fn serial_number(tbs: &mut Reader<'_>) -> Result<Vec<u8>, CertificateError> {
    let integer = tbs.integer().ok_or("x509: malformed serial number")?;
    Ok(super::der::magnitude(integer).ok_or("x509: negative serial number")?.to_vec())
}

/// The algorithm stands in the certificate twice and must be the same both times (RFC 5280, section 4.1.1.2).
fn signature_algorithm(tbs: &mut Reader<'_>, outer: &mut Reader<'_>) -> Result<SignatureAlgorithm, CertificateError> {
    let inner = tbs.nested(tag::SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
    let outer = outer.nested(tag::SEQUENCE).ok_or("x509: malformed algorithm identifier")?;
    if inner.rest() != outer.rest() {
        return Err("x509: inner and outer signature algorithm identifiers don't match".into());
    }
    algorithm_identifier(inner).map(|identifier| SignatureAlgorithm::from_identifier(&identifier))
}

fn validity(tbs: &mut Reader<'_>) -> Result<(OffsetDateTime, OffsetDateTime), CertificateError> {
    let mut validity = tbs.nested(tag::SEQUENCE).ok_or("x509: malformed validity")?;
    Ok((time::time(&mut validity)?, time::time(&mut validity)?))
}

/// Also as it is encoded.
fn subject_public_key_info<'a>(
    tbs: &mut Reader<'a>,
) -> Result<(&'a [u8], PublicKey, PublicKeyAlgorithm), CertificateError> {
    let raw = tbs.element(tag::SEQUENCE).ok_or("x509: malformed spki")?;
    let mut info = Reader::new(raw).nested(tag::SEQUENCE).ok_or("x509: malformed spki")?;
    let identifier = info.nested(tag::SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
    let identifier = algorithm_identifier(identifier)?;
    let bits = info.bit_string().ok_or("x509: malformed subjectPublicKey")?;
    let key = PublicKey::parse(&identifier, &bits.right_aligned())?;
    let algorithm = key.algorithm(&identifier.algorithm);
    Ok((raw, key, algorithm))
}

/// The unique identifiers of version 2 and the extensions of version 3.
fn extension_list(tbs: &mut Reader<'_>, version: u8) -> Result<Vec<Extension>, CertificateError> {
    if version == 1 {
        return Ok(Vec::new());
    }
    tbs.optional(tag::context(1)).ok_or("x509: malformed issuerUniqueID")?;
    tbs.optional(tag::context(2)).ok_or("x509: malformed subjectUniqueID")?;
    if version < 3 {
        return Ok(Vec::new());
    }
    let malformed = "x509: malformed extensions";
    let Some(mut explicit) = tbs.optional(tag::context_constructed(3)).ok_or(malformed)? else {
        return Ok(Vec::new());
    };
    let mut list = explicit.nested(tag::SEQUENCE).ok_or(malformed)?;
    let mut seen = std::collections::HashSet::new();
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let extension = extension(list.nested(tag::SEQUENCE).ok_or("x509: malformed extension")?)?;
        if !seen.insert(extension.id.clone()) {
            let id = super::quote::quoted(&extension.id);
            return Err(format!("x509: certificate contains duplicate extension with OID {id}").into());
        }
        extensions.push(extension);
    }
    Ok(extensions)
}

fn extension(mut contents: Reader<'_>) -> Result<Extension, CertificateError> {
    let id = contents.object_identifier().ok_or("x509: malformed extension OID field")?;
    let critical = if contents.peek(tag::BOOLEAN) {
        contents.boolean().ok_or("x509: malformed extension critical field")?
    } else {
        false
    };
    let value = contents.contents(tag::OCTET_STRING).ok_or("x509: malformed extension value field")?;
    Ok(Extension { id, critical, value: value.to_vec() })
}
