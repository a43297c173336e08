//! A certificate as x509-parser reads it, held against our own reading, which is Go's.
//!
//! A certificate that two readers understand differently is to one program what it is not to another.

use std::net::IpAddr;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use x509_parser::asn1_rs::{BmpString, Oid, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::GeneralName;
use x509_parser::nom;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::certificate::{Certificate, ExtendedKeyUsage, KeyUsage};
use super::hex::hex;
use super::name::Name;

/// What a certificate says, as far as somebody acts upon it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    Subject,
    Issuer,
    Validity,
    BasicConstraints,
    KeyUsage,
    ExtendedKeyUsage,
    AlternativeNames,
    PublicKey,
}

impl Field {
    const ALL: [Self; 8] = [
        Self::Subject,
        Self::Issuer,
        Self::Validity,
        Self::BasicConstraints,
        Self::KeyUsage,
        Self::ExtendedKeyUsage,
        Self::AlternativeNames,
        Self::PublicKey,
    ];

    /// As RFC 5280 names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Issuer => "issuer",
            Self::Validity => "validity",
            Self::BasicConstraints => "basicConstraints",
            Self::KeyUsage => "keyUsage",
            Self::ExtendedKeyUsage => "extendedKeyUsage",
            Self::AlternativeNames => "subjectAltName",
            Self::PublicKey => "subjectPublicKeyInfo",
        }
    }
}

/// A field of which the two readers see different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: Field,
    /// What Go sees.
    pub go: String,
    /// What x509-parser sees.
    pub other: String,
}

/// Why x509-parser does not read what Go reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
}

impl From<X509Error> for Refusal {
    fn from(error: X509Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// What the second reader sees otherwise; empty: both see the same.
///
/// # Errors
/// When it does not read the certificate, or one of the extensions that are compared.
pub fn differences(certificate: &Certificate) -> Result<Vec<Difference>, Refusal> {
    let other = match X509Certificate::from_der(&certificate.raw) {
        Ok((_, other)) => other,
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => return Err(error.into()),
        Err(nom::Err::Incomplete(_)) => return Err(Refusal { reason: "it ends too early".to_owned() }),
    };
    let both = go(certificate).into_iter().zip(others(&other)?);
    let fields = Field::ALL.into_iter().zip(both).filter(|(_, (go, other))| go != other);
    Ok(fields.map(|(field, (go, other))| Difference { field, go, other }).collect())
}

/// What we read, one text for each of [`Field::ALL`].
fn go(certificate: &Certificate) -> [String; 8] {
    // Go cannot tell an empty keyUsage from a missing one, which others can.
    let key_usage = certificate.key_usage.filter(|usage| *usage != KeyUsage(0));
    let basic_constraints = certificate.basic_constraints;
    [
        in_order(&certificate.subject),
        in_order(&certificate.issuer),
        validity(certificate.not_before, certificate.not_after),
        basic_constraints_text(basic_constraints.map(|constraints| (constraints.ca, constraints.path_length))),
        key_usage_text(key_usage),
        sorted(certificate.extended_key_usage.iter().map(|usage| purpose(usage).to_owned()).collect()),
        sorted(alternative_names(certificate)),
        hex(&certificate.raw_subject_public_key_info),
    ]
}

/// The same of the other reader.
fn others(certificate: &X509Certificate<'_>) -> Result<[String; 8], X509Error> {
    let times = certificate.validity();
    let basic_constraints = certificate.basic_constraints()?.map(|extension| extension.value);
    let key_usage = certificate.key_usage()?.map(|extension| KeyUsage(extension.value.flags));
    let names = certificate.subject_alternative_name()?.map(|extension| extension.value.general_names.as_slice());
    Ok([
        in_order(&name(certificate.subject())),
        in_order(&name(certificate.issuer())),
        validity(times.not_before.to_datetime(), times.not_after.to_datetime()),
        basic_constraints_text(basic_constraints.map(|constraints| (constraints.ca, constraints.path_len_constraint))),
        key_usage_text(key_usage),
        sorted(purposes(certificate)?),
        sorted(names.unwrap_or_default().iter().filter_map(general_name).collect()),
        hex(certificate.public_key().raw),
    ])
}

/// All attributes in their order; `Name`'s own text is Go's, which groups them.
fn in_order(name: &Name) -> String {
    let attribute = |(id, value): &(String, String)| {
        let id = match id.as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.10" => "O",
            id => id,
        };
        format!("{id}={value}")
    };
    let relative = |attributes: &Vec<_>| attributes.iter().map(attribute).collect::<Vec<_>>().join("+");
    // One without attributes says nothing; where a reader stops at it, what comes after is missing.
    let names = name.relative_names.iter().filter(|relative| !relative.is_empty()).map(relative).collect::<Vec<_>>();
    if names.is_empty() { "empty".to_owned() } else { names.join(", ") }
}

fn name(name: &X509Name<'_>) -> Name {
    let attribute = |attribute: &AttributeTypeAndValue<'_>| (attribute.attr_type().to_id_string(), value(attribute));
    Name { relative_names: name.iter().map(|relative| relative.iter().map(attribute).collect()).collect() }
}

/// As x509-parser writes it: other strings than BMPString are taken for UTF-8.
fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    let any = attribute.attr_value();
    let text = match any.tag() {
        Tag::BmpString => BmpString::try_from(any).ok().map(|text| text.string()),
        _ => std::str::from_utf8(any.data).ok().map(str::to_owned),
    };
    text.unwrap_or_else(|| format!("#{}", hex(any.data)))
}

fn validity(not_before: OffsetDateTime, not_after: OffsetDateTime) -> String {
    let shown = |time: OffsetDateTime| {
        let time = time.to_offset(UtcOffset::UTC);
        time.format(&Rfc3339).unwrap_or_else(|_| time.unix_timestamp().to_string())
    };
    format!("{} to {}", shown(not_before), shown(not_after))
}

fn basic_constraints_text(constraints: Option<(bool, Option<u32>)>) -> String {
    match constraints {
        None => "none".to_owned(),
        Some((false, _)) => "CA:FALSE".to_owned(),
        Some((true, None)) => "CA:TRUE".to_owned(),
        Some((true, Some(length))) => format!("CA:TRUE, pathlen:{length}"),
    }
}

fn key_usage_text(usage: Option<KeyUsage>) -> String {
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    let Some(usage) = usage else { return "none".to_owned() };
    let names = NAMES.iter().enumerate().filter(|(bit, _)| usage.contains(KeyUsage(1 << bit)));
    let names = names.map(|(_, name)| *name).collect::<Vec<_>>();
    if names.is_empty() { "nothing allowed".to_owned() } else { names.join(", ") }
}

/// The object identifier, dotted.
fn purpose(usage: &ExtendedKeyUsage) -> &str {
    match usage {
        ExtendedKeyUsage::Any => "2.5.29.37.0",
        ExtendedKeyUsage::ServerAuth => "1.3.6.1.5.5.7.3.1",
        ExtendedKeyUsage::ClientAuth => "1.3.6.1.5.5.7.3.2",
        ExtendedKeyUsage::Other(id) => id,
    }
}

fn purposes(certificate: &X509Certificate<'_>) -> Result<Vec<String>, X509Error> {
    let Some(usage) = certificate.extended_key_usage()?.map(|extension| extension.value) else {
        return Ok(Vec::new());
    };
    let known = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    let known = known.into_iter().filter(|(is_there, _)| *is_there).map(|(_, id)| id.to_owned());
    Ok(known.chain(usage.other.iter().map(Oid::to_id_string)).collect())
}

fn alternative_names(certificate: &Certificate) -> Vec<String> {
    let texts = certificate.dns_names.iter().chain(&certificate.email_addresses).chain(&certificate.uris).cloned();
    texts.chain(certificate.ip_addresses.iter().map(IpAddr::to_string)).collect()
}

/// `None`: of a kind that Go does not look at.
fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => Some((*text).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            Some(address.map_or_else(|_| hex(bytes), |address| address.to_string()))
        }
        _ => None,
    }
}

fn sorted(mut texts: Vec<String>) -> String {
    texts.sort();
    texts.dedup();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_and_others_do_not_is_told() {
        let texts = include_str!("../../fixtures/go-x509/certificates.jsonl").lines();
        let read = texts.filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let der = super::super::pem::base64::decode(line.get("der")?.as_str()?.as_bytes())?;
            Certificate::from_der(&der).ok()
        });
        let (mut same, mut different, mut refused) = (0, 0, 0);
        for certificate in read {
            match differences(&certificate).as_deref() {
                Ok([]) => same += 1,
                Ok(_) => different += 1,
                Err(_) => refused += 1,
            }
        }
        // Damaged on purpose, most of them: both readers must have been used, and most must be the same to both.
        assert!(same > 200 && different > 10 && refused > 10, "{same} {different} {refused}");
    }
}
