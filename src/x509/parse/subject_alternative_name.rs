//! subjectAltName, RFC 5280 section 4.2.1.6.

use std::net::IpAddr;

use super::string::ascii;
use crate::x509::der::{Reader, tag};
use crate::x509::error::CertificateError;
use crate::x509::uri::Uri;

/// The names of the kinds that Go knows.
#[derive(Default)]
pub(super) struct AlternativeNames {
    pub(super) dns_names: Vec<String>,
    pub(super) email_addresses: Vec<String>,
    pub(super) ip_addresses: Vec<IpAddr>,
    pub(super) uris: Vec<Uri>,
}

impl AlternativeNames {
    pub(super) fn is_empty(&self) -> bool {
        self.dns_names.is_empty()
            && self.email_addresses.is_empty()
            && self.ip_addresses.is_empty()
            && self.uris.is_empty()
    }
}

const RFC822_NAME: u8 = tag::context(1);
const DNS_NAME: u8 = tag::context(2);
const UNIFORM_RESOURCE_IDENTIFIER: u8 = tag::context(6);
const IP_ADDRESS: u8 = tag::context(7);

pub(super) fn subject_alternative_name(mut value: Reader<'_>) -> Result<AlternativeNames, CertificateError> {
    let mut sequence = value.nested(tag::SEQUENCE).ok_or("x509: invalid subject alternative names")?;
    let mut names = AlternativeNames::default();
    while !sequence.is_empty() {
        let (tag, contents) = sequence.any().ok_or("x509: invalid subject alternative name")?;
        let text = || ascii(contents, |_| true);
        match tag {
            RFC822_NAME => {
                names.email_addresses.push(text().ok_or("x509: SAN rfc822Name is malformed")?);
            }
            DNS_NAME => names.dns_names.push(text().ok_or("x509: SAN dNSName is malformed")?),
            UNIFORM_RESOURCE_IDENTIFIER => {
                let text = text().ok_or("x509: SAN uniformResourceIdentifier is malformed")?;
                names.uris.push(Uri::parse(text)?);
            }
            IP_ADDRESS => names.ip_addresses.push(
                ip_address(contents)
                    .ok_or_else(|| format!("x509: cannot parse IP address of length {}", contents.len()))?,
            ),
            _ => {}
        }
    }
    Ok(names)
}

/// An address as the bytes of iPAddress.
pub(super) fn ip_address(contents: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(contents).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(contents).map(IpAddr::from)).ok()
}
