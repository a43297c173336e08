//! Distinguished names.

use super::string::string;
use crate::x509::Name;
use crate::x509::der::{Reader, tag};
use crate::x509::error::CertificateError;

pub(super) fn name(raw: &[u8]) -> Result<Name, CertificateError> {
    let invalid = "x509: invalid RDNSequence";
    let mut sequence = Reader::new(raw).nested(tag::SEQUENCE).ok_or(invalid)?;
    let mut relative_names = Vec::new();
    while !sequence.is_empty() {
        let mut set = sequence.nested(tag::SET).ok_or(invalid)?;
        let mut attributes = Vec::new();
        while !set.is_empty() {
            attributes.push(attribute(&mut set)?);
        }
        relative_names.push(attributes);
    }
    Ok(Name { relative_names })
}

fn attribute(set: &mut Reader<'_>) -> Result<(String, String), CertificateError> {
    let mut attribute = set.nested(tag::SEQUENCE).ok_or("x509: invalid RDNSequence: invalid attribute")?;
    let id = attribute.object_identifier().ok_or("x509: invalid RDNSequence: invalid attribute type")?;
    let invalid = "x509: invalid RDNSequence: invalid attribute value";
    let (tag, contents) = attribute.any().ok_or(invalid)?;
    let value = string(tag, contents).map_err(|why| format!("{invalid}: {why}"))?;
    Ok((id, value))
}
