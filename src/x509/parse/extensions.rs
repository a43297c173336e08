//! What the extensions say: Go's `processExtensions`.

use super::handled::Handled;
use super::name_constraints::name_constraints;
use super::subject_alternative_name::{AlternativeNames, subject_alternative_name};
use crate::x509::certificate::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
use crate::x509::der::{Reader, tag};
use crate::x509::error::CertificateError;
use crate::x509::name_constraints::NameConstraints;
use crate::x509::policies::Policies;

/// Values of the extensions; the default is what a certificate without any has.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Vec<ExtendedKeyUsage>,
    pub(super) subject_key_identifier: Vec<u8>,
    pub(super) authority_key_identifier: Vec<u8>,
    pub(super) alternative_names: AlternativeNames,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) policies: Policies,
    pub(super) unhandled_critical_extensions: Vec<String>,
}

impl Extensions {
    pub(super) fn process(extensions: &[Extension]) -> Result<Self, CertificateError> {
        let mut values = Self::default();
        for extension in extensions {
            if values.add(extension)? == Handled::No && extension.critical {
                values.unhandled_critical_extensions.push(extension.id.clone());
            }
        }
        Ok(values)
    }

    fn add(&mut self, extension: &Extension) -> Result<Handled, CertificateError> {
        let value = Reader::new(&extension.value);
        match extension.id.as_str() {
            "2.5.29.14" => self.subject_key_identifier = subject_key_identifier(value, extension.critical)?,
            "2.5.29.15" => self.key_usage = Some(key_usage(value)?),
            "2.5.29.17" => {
                self.alternative_names = subject_alternative_name(value)?;
                if self.alternative_names.is_empty() {
                    return Ok(Handled::No);
                }
            }
            "2.5.29.19" => self.basic_constraints = Some(basic_constraints(value)?),
            "2.5.29.30" => {
                let (constraints, handled) = name_constraints(value)?;
                self.name_constraints = Some(constraints);
                return Ok(handled);
            }
            "2.5.29.31" => check_distribution_points(value)?,
            "2.5.29.32" => self.policies.read_certificate_policies(value)?,
            "2.5.29.33" => self.policies.read_policy_mappings(value)?,
            "2.5.29.35" => self.authority_key_identifier = authority_key_identifier(value, extension.critical)?,
            "2.5.29.36" => self.policies.read_policy_constraints(value)?,
            "2.5.29.37" => self.extended_key_usage = extended_key_usage(value)?,
            "2.5.29.54" => self.policies.read_inhibit_any_policy(value)?,
            "1.3.6.1.5.5.7.1.1" => check_authority_information_access(value, extension.critical)?,
            _ => return Ok(Handled::No),
        }
        Ok(Handled::Yes)
    }
}

/// RFC 5280, section 4.2.1.2.
fn subject_key_identifier(mut value: Reader<'_>, critical: bool) -> Result<Vec<u8>, CertificateError> {
    if critical {
        return Err("x509: subject key identifier incorrectly marked critical".into());
    }
    Ok(value.contents(tag::OCTET_STRING).ok_or("x509: invalid subject key identifier")?.to_vec())
}

/// RFC 5280, section 4.2.1.1. Issuer and serial number are not looked at.
fn authority_key_identifier(mut value: Reader<'_>, critical: bool) -> Result<Vec<u8>, CertificateError> {
    if critical {
        return Err("x509: authority key identifier incorrectly marked critical".into());
    }
    let invalid = "x509: invalid authority key identifier";
    let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
    let identifier = sequence.optional(tag::context(0)).ok_or(invalid)?;
    Ok(identifier.map(|identifier| identifier.rest().to_vec()).unwrap_or_default())
}

/// RFC 5280, section 4.2.1.3.
fn key_usage(mut value: Reader<'_>) -> Result<KeyUsage, CertificateError> {
    let bits = value.bit_string().ok_or("x509: invalid key usage")?;
    Ok(KeyUsage((0..9).filter(|&index| bits.bit(index)).fold(0, |usage, index| usage | 1 << index)))
}

/// RFC 5280, section 4.2.1.9.
fn basic_constraints(mut value: Reader<'_>) -> Result<BasicConstraints, CertificateError> {
    let invalid = "x509: invalid basic constraints";
    let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
    let ca = if sequence.peek(tag::BOOLEAN) { sequence.boolean().ok_or(invalid)? } else { false };
    let path_length = if sequence.peek(tag::INTEGER) {
        let length = sequence.small_integer().filter(|length| *length >= 0).ok_or(invalid)?;
        // No path is that long.
        Some(u32::try_from(length).unwrap_or(u32::MAX))
    } else {
        None
    };
    Ok(BasicConstraints { ca, path_length })
}

/// RFC 5280, section 4.2.1.12.
fn extended_key_usage(mut value: Reader<'_>) -> Result<Vec<ExtendedKeyUsage>, CertificateError> {
    let invalid = "x509: invalid extended key usages";
    let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
    let mut purposes = Vec::new();
    while !sequence.is_empty() {
        purposes.push(match sequence.object_identifier().ok_or(invalid)? {
            id if id == "2.5.29.37.0" => ExtendedKeyUsage::Any,
            id if id == "1.3.6.1.5.5.7.3.1" => ExtendedKeyUsage::ServerAuth,
            id if id == "1.3.6.1.5.5.7.3.2" => ExtendedKeyUsage::ClientAuth,
            id => ExtendedKeyUsage::Other(id),
        });
    }
    Ok(purposes)
}

/// RFC 5280, section 4.2.1.13. Nothing here uses the URLs, but Go refuses what it cannot read.
fn check_distribution_points(mut value: Reader<'_>) -> Result<(), CertificateError> {
    let mut points = value.nested(tag::SEQUENCE).ok_or("x509: invalid CRL distribution points")?;
    let invalid = "x509: invalid CRL distribution point";
    while !points.is_empty() {
        let mut point = points.nested(tag::SEQUENCE).ok_or(invalid)?;
        let Some(mut name) = point.optional(tag::context_constructed(0)).ok_or(invalid)? else { continue };
        let mut full_name = name.nested(tag::context_constructed(0)).ok_or(invalid)?;
        while full_name.peek(tag::context(6)) {
            full_name.contents(tag::context(6)).ok_or(invalid)?;
        }
    }
    Ok(())
}

/// RFC 5280, section 4.2.2.1. Likewise.
fn check_authority_information_access(mut value: Reader<'_>, critical: bool) -> Result<(), CertificateError> {
    if critical {
        return Err("x509: authority info access incorrectly marked critical".into());
    }
    let invalid = "x509: invalid authority info access";
    let mut descriptions = value.nested(tag::SEQUENCE).ok_or(invalid)?;
    while !descriptions.is_empty() {
        let mut description = descriptions.nested(tag::SEQUENCE).ok_or(invalid)?;
        description.object_identifier().ok_or(invalid)?;
        description.optional(tag::context(6)).ok_or(invalid)?;
    }
    Ok(())
}
