//! What a certificate says about policies (RFC 5280, sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14).

use std::collections::HashSet;

use super::der::{Reader, tag};
use super::error::CertificateError;

/// A policy, as the contents of its OBJECT IDENTIFIER.
pub(super) type Policy<'a> = &'a [u8];

/// anyPolicy, 2.5.29.32.0.
pub(super) const ANY_POLICY: Policy<'static> = &[0x55, 0x1d, 0x20, 0x00];

/// What a certificate says about policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Policies {
    pub(super) policies: Vec<Vec<u8>>,
    /// Policies of the issuer's domain, and what they are called in the subject's.
    pub(super) mappings: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) require_explicit_policy: Option<u64>,
    pub(super) inhibit_policy_mapping: Option<u64>,
    pub(super) inhibit_any_policy: Option<u64>,
}

impl Policies {
    /// Whether a path can be refused because of it: it requires a policy, or maps some.
    pub(super) fn can_refuse(&self) -> bool {
        self.require_explicit_policy.is_some() || !self.mappings.is_empty()
    }

    pub(super) fn asserted(&self) -> Vec<Policy<'_>> {
        self.policies.iter().map(Vec::as_slice).collect()
    }

    /// RFC 5280, section 4.2.1.4.
    pub(super) fn read_certificate_policies(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid certificate policies";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        let mut seen = HashSet::new();
        while !sequence.is_empty() {
            let mut information = sequence.nested(tag::SEQUENCE).ok_or(invalid)?;
            let policy = information.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            if !seen.insert(policy) || !is_object_identifier(policy) {
                return Err(invalid.into());
            }
            self.policies.push(policy.to_vec());
        }
        Ok(())
    }

    /// RFC 5280, section 4.2.1.5.
    pub(super) fn read_policy_mappings(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid policy mappings extension";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        while !sequence.is_empty() {
            let mut mapping = sequence.nested(tag::SEQUENCE).ok_or(invalid)?;
            let issuer = mapping.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            let subject = mapping.contents(tag::OBJECT_IDENTIFIER).ok_or(invalid)?;
            self.mappings.push((issuer.to_vec(), subject.to_vec()));
        }
        Ok(())
    }

    /// RFC 5280, section 4.2.1.11.
    pub(super) fn read_policy_constraints(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let invalid = "x509: invalid policy constraints extension";
        let mut sequence = value.nested(tag::SEQUENCE).ok_or(invalid)?;
        let mut skip_certificates = |number| -> Result<Option<u64>, CertificateError> {
            if !sequence.peek(tag::context(number)) {
                return Ok(None);
            }
            let count = sequence.small_integer_tagged(tag::context(number)).ok_or(invalid)?;
            // Go reads a negative number and takes it for none.
            Ok(u64::try_from(count).ok())
        };
        self.require_explicit_policy = skip_certificates(0)?;
        self.inhibit_policy_mapping = skip_certificates(1)?;
        Ok(())
    }

    /// RFC 5280, section 4.2.1.14.
    pub(super) fn read_inhibit_any_policy(&mut self, mut value: Reader<'_>) -> Result<(), CertificateError> {
        let count = value.small_integer().ok_or("x509: invalid inhibit any policy extension")?;
        self.inhibit_any_policy = u64::try_from(count).ok();
        Ok(())
    }
}

/// X.690 section 8.19.2, with arcs of any size.
fn is_object_identifier(contents: &[u8]) -> bool {
    let mut at_start = true;
    for &octet in contents {
        if at_start && octet == 0x80 {
            return false;
        }
        at_start = octet & 0x80 == 0;
    }
    at_start && !contents.is_empty()
}
