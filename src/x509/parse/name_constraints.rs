//! nameConstraints, RFC 5280 section 4.2.1.10.

use std::net::IpAddr;

use super::handled::Handled;
use super::string::ascii;
use super::subject_alternative_name::ip_address;
use crate::x509::der::{Reader, tag};
use crate::x509::domain::{Domain, is_valid_domain};
use crate::x509::error::CertificateError;
use crate::x509::hex::hex;
use crate::x509::mailbox::Mailbox;
use crate::x509::name_constraints::{IpNetwork, NameConstraints, Subtrees};
use crate::x509::quote::quoted;

const RFC822_NAME: u8 = tag::context(1);
const DNS_NAME: u8 = tag::context(2);
const UNIFORM_RESOURCE_IDENTIFIER: u8 = tag::context(6);
const IP_ADDRESS: u8 = tag::context(7);

/// The constraints, and whether Go knows all their kinds.
pub(super) fn name_constraints(mut value: Reader<'_>) -> Result<(NameConstraints, Handled), CertificateError> {
    let invalid = "x509: invalid NameConstraints extension";
    let mut sequence = value.nested(tag::SEQUENCE).filter(|_| value.is_empty()).ok_or(invalid)?;
    let permitted = sequence.optional(tag::context_constructed(0)).ok_or(invalid)?;
    let excluded = sequence.optional(tag::context_constructed(1)).ok_or(invalid)?;
    if !sequence.is_empty() {
        return Err(invalid.into());
    }
    let permitted = permitted.unwrap_or(Reader::new(&[]));
    let excluded = excluded.unwrap_or(Reader::new(&[]));
    if permitted.is_empty() && excluded.is_empty() {
        return Err("x509: empty name constraints extension".into());
    }
    let mut handled = Handled::Yes;
    let permitted = subtrees(permitted, &mut handled)?;
    let excluded = subtrees(excluded, &mut handled)?;
    Ok((NameConstraints { permitted, excluded }, handled))
}

fn subtrees(mut list: Reader<'_>, handled: &mut Handled) -> Result<Subtrees, CertificateError> {
    let invalid = "x509: invalid NameConstraints extension";
    let mut subtrees = Subtrees::default();
    while !list.is_empty() {
        // What follows the name (minimum and maximum) is not looked at.
        let mut subtree = list.nested(tag::SEQUENCE).ok_or(invalid)?;
        let (tag, contents) = subtree.any().ok_or(invalid)?;
        match tag {
            DNS_NAME => subtrees.dns_domains.push(dns_domain(contents)?),
            IP_ADDRESS => subtrees.ip_networks.push(ip_network(contents)?),
            RFC822_NAME => subtrees.email_addresses.push(email_address(contents)?),
            UNIFORM_RESOURCE_IDENTIFIER => subtrees.uri_domains.push(uri_domain(contents)?),
            _ => *handled = Handled::No,
        }
    }
    Ok(subtrees)
}

/// The text of a constraint, which must be ASCII.
fn text(contents: &[u8]) -> Result<String, CertificateError> {
    ascii(contents, |_| true).ok_or_else(|| {
        let text = quoted(contents);
        format!("x509: invalid constraint value: x509: {text} cannot be encoded as an IA5String").into()
    })
}

fn dns_domain(contents: &[u8]) -> Result<String, CertificateError> {
    let domain = text(contents)?;
    if is_valid_domain(&domain, Domain::Constraint) {
        Ok(domain)
    } else {
        Err(format!("x509: failed to parse dnsName constraint {}", quoted(&domain)).into())
    }
}

fn email_address(contents: &[u8]) -> Result<String, CertificateError> {
    let address = text(contents)?;
    let valid = if address.contains('@') {
        Mailbox::parse(&address).is_some()
    } else {
        is_valid_domain(&address, Domain::Constraint)
    };
    if valid {
        Ok(address)
    } else {
        Err(format!("x509: failed to parse rfc822Name constraint {}", quoted(&address)).into())
    }
}

fn uri_domain(contents: &[u8]) -> Result<String, CertificateError> {
    let domain = text(contents)?;
    if domain.parse::<IpAddr>().is_ok() {
        let domain = quoted(&domain);
        return Err(format!("x509: failed to parse URI constraint {domain}: cannot be IP address").into());
    }
    if is_valid_domain(&domain, Domain::Constraint) {
        Ok(domain)
    } else {
        Err(format!("x509: failed to parse URI constraint {}", quoted(&domain)).into())
    }
}

/// A network number and its mask, one after the other.
fn ip_network(contents: &[u8]) -> Result<IpNetwork, CertificateError> {
    let (address, mask) = contents.split_at(contents.len() / 2);
    let (Some(address), Some(prefix)) = (ip_address(address), ip_address(mask)) else {
        return Err(format!("x509: IP constraint contained value of length {}", contents.len()).into());
    };
    IpNetwork::new(address, prefix)
        .ok_or_else(|| format!("x509: IP constraint contained invalid mask {}", hex(mask)).into())
}
