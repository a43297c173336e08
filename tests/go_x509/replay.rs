//! Compares what this crate says about recorded cases with what Go said.

use aggcert::x509::certificate::{BasicConstraints, Fields};
use aggcert::x509::{
    Certificate, CertificatePool, Chain, ExtendedKeyUsage, PrivateKey, PublicKeyAlgorithm, VerificationError, path, pem,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Replays cases, one JSON object a line, and says what differs.
pub(crate) fn differences(lines: &str) -> Vec<String> {
    lines.lines().filter(|line| !line.is_empty()).flat_map(differences_of_case).collect()
}

fn differences_of_case(line: &str) -> Vec<String> {
    let case: Value = serde_json::from_str(line).expect("a case is JSON");
    let found = if case["parse"].is_string() {
        parse(&case)
    } else if case["pem"].is_string() {
        blocks(&case)
    } else if case["key"].is_string() {
        key(&case)
    } else {
        paths(&case)
    };
    found.into_iter().map(|difference| format!("{difference}\n  {line}")).collect()
}

fn compare(what: &str, ours: impl Into<Value>, go: &Value) -> Option<String> {
    let ours = ours.into();
    (ours != *go).then(|| format!("{what}: {ours} but Go says {go}"))
}

fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("bytes are Base64");
    let block = format!("-----BEGIN X-----\n{text}\n-----END X-----\n");
    ::pem::parse(block).expect("bytes are Base64").into_contents()
}

fn strings(items: impl IntoIterator<Item = impl ToString>) -> Value {
    let items: Vec<Value> = items.into_iter().map(|item| item.to_string().into()).collect();
    if items.is_empty() { Value::Null } else { items.into() }
}

/// A name of Go's with control characters as we write them (RFC 4514, section 2.4), so that none begins a line.
fn on_one_line(name: &Value) -> Value {
    let octets = |control: char| control.to_string().bytes().map(|octet| format!("\\{octet:02X}")).collect::<String>();
    let written = |character: char| if character.is_control() { octets(character) } else { character.to_string() };
    name.as_str().map_or(Value::Null, |name| name.chars().map(written).collect::<String>().into())
}

fn hex(bytes: &[u8]) -> Value {
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if text.is_empty() { Value::Null } else { text.into() }
}

fn parse(case: &Value) -> Vec<String> {
    match Certificate::from_der(&bytes(&case["der"])) {
        Err(error) => compare("error", error.to_string(), &case["error"]).into_iter().collect(),
        Ok(_) if case["error"].is_string() => vec![format!("accepted, but Go says {}", case["error"])],
        Ok(certificate) => fields(&certificate, &case["certificate"]),
    }
}

/// A path length as we count it: no further than 32 bits.
fn counted(constraints: &Value) -> Value {
    match constraints.as_str().and_then(|text| text.rsplit_once('=')) {
        Some((text, length)) if length.parse::<u64>().is_ok_and(|length| length > u64::from(u32::MAX)) => {
            json!(format!("{text}={}", u32::MAX))
        }
        _ => constraints.clone(),
    }
}

fn fields(certificate: &Fields, go: &Value) -> Vec<String> {
    let serial: String = certificate.serial_number.iter().map(|byte| format!("{byte:02x}")).collect();
    let serial = match serial.trim_start_matches('0') {
        "" => "0",
        serial => serial,
    };
    let constraints = certificate.basic_constraints.map(|BasicConstraints { ca, path_length }| {
        let path_length = path_length.map_or(-1, i64::from);
        format!("ca={ca} path_length={path_length}")
    });
    let mut usages: Vec<&str> = certificate.extended_key_usage.iter().map(object_identifier).collect();
    usages.sort_unstable();
    let key_usage = certificate.key_usage.map_or(0, |usage| usage.0);
    let addresses = certificate.ip_addresses.iter().map(|address| match address {
        std::net::IpAddr::V4(v4) => format!("{:08x}", v4.to_bits()),
        std::net::IpAddr::V6(v6) => format!("{:032x}", v6.to_bits()),
    });
    [
        compare("version", certificate.version, &go["version"]),
        compare("serial", serial, &go["serial"]),
        compare("subject", certificate.subject.to_string(), &on_one_line(&go["subject"])),
        compare("issuer", certificate.issuer.to_string(), &on_one_line(&go["issuer"])),
        compare("common name", certificate.subject.common_name(), &go["common_name"]),
        compare("organizations", strings(certificate.subject.organizations()), &go["organizations"]),
        compare("not before", time(certificate.not_before), &go["not_before"]),
        compare("not after", time(certificate.not_after), &go["not_after"]),
        compare("signature", certificate.signature_algorithm.to_string(), &go["signature_algorithm"]),
        compare("key", key_name(&certificate.public_key_algorithm), &go["key"]),
        compare("basic constraints", constraints.map_or(Value::Null, Value::from), &counted(&go["basic_constraints"])),
        compare("key usage", if key_usage == 0 { Value::Null } else { json!(key_usage) }, &go["key_usage"]),
        compare("extended key usage", strings(usages), &go["extended_key_usage"]),
        compare("subject key id", hex(&certificate.subject_key_identifier), &go["subject_key_identifier"]),
        compare("authority key id", hex(&certificate.authority_key_identifier), &go["authority_key_identifier"]),
        compare("DNS names", strings(&certificate.dns_names), &go["dns_names"]),
        compare("email addresses", strings(&certificate.email_addresses), &go["email_addresses"]),
        compare("IP addresses", strings(addresses), &go["ip_addresses"]),
        compare(
            "URIs",
            strings(&certificate.uris).as_array().map_or(0, Vec::len),
            &json!(go["uris"].as_array().map_or(0, Vec::len)),
        ),
        compare("name constraints", name_constraints(certificate), &go["name_constraints"]),
        compare("unhandled", strings(&certificate.unhandled_critical_extensions), &go["unhandled_critical_extensions"]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// RFC 3339, which knows no offset of a whole day; but Go does.
fn time(time: OffsetDateTime) -> String {
    let at_day_offset = time.offset().whole_hours().abs() == 24;
    if !at_day_offset {
        return time.format(&Rfc3339).expect("a time that Go can write");
    }
    let sign = if time.offset().is_negative() { '-' } else { '+' };
    let minutes = time.offset().minutes_past_hour().abs();
    let local = time.replace_offset(time::UtcOffset::UTC).format(&Rfc3339).expect("a time that Go can write");
    local.replace('Z', &format!("{sign}24:{minutes:02}"))
}

fn object_identifier(usage: &ExtendedKeyUsage) -> &str {
    match usage {
        ExtendedKeyUsage::Any => "2.5.29.37.0",
        ExtendedKeyUsage::ServerAuth => "1.3.6.1.5.5.7.3.1",
        ExtendedKeyUsage::ClientAuth => "1.3.6.1.5.5.7.3.2",
        ExtendedKeyUsage::Other(id) => id,
        other => panic!("{other:?}"),
    }
}

fn key_name(algorithm: &PublicKeyAlgorithm) -> String {
    match algorithm {
        PublicKeyAlgorithm::Rsa(bits) => format!("RSA {bits}"),
        PublicKeyAlgorithm::EcdsaP224 => "P-224".into(),
        PublicKeyAlgorithm::EcdsaP256 => "P-256".into(),
        PublicKeyAlgorithm::EcdsaP384 => "P-384".into(),
        PublicKeyAlgorithm::EcdsaP521 => "P-521".into(),
        PublicKeyAlgorithm::Ed25519 => "Ed25519".into(),
        PublicKeyAlgorithm::Dsa => "DSA".into(),
        _ => "unknown".into(),
    }
}

fn name_constraints(certificate: &Fields) -> Value {
    let Some(constraints) = &certificate.name_constraints else { return Value::Null };
    let (permitted, excluded) = (&constraints.permitted, &constraints.excluded);
    let texts = [
        ("+dns", &permitted.dns_domains),
        ("+email", &permitted.email_addresses),
        ("+uri", &permitted.uri_domains),
        ("-dns", &excluded.dns_domains),
        ("-email", &excluded.email_addresses),
        ("-uri", &excluded.uri_domains),
    ];
    let texts = texts.iter().flat_map(|(kind, list)| list.iter().map(move |item| format!("{kind} {item}")));
    let networks = [("+ip", &permitted.ip_networks), ("-ip", &excluded.ip_networks)];
    let networks = networks.iter().flat_map(|(kind, list)| list.iter().map(move |item| format!("{kind} {item}")));
    strings(texts.chain(networks))
}

fn blocks(case: &Value) -> Vec<String> {
    let input = bytes(&case["pem"]);
    let ours: Vec<pem::Block> = pem::blocks(&input).collect();
    let go = case["blocks"].as_array().expect("blocks are a list");
    let mut found: Vec<String> = compare("blocks", ours.len(), &json!(go.len())).into_iter().collect();
    for (ours, go) in ours.iter().zip(go) {
        let headers: serde_json::Map<String, Value> =
            ours.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let headers = if headers.is_empty() { Value::Null } else { headers.into() };
        found.extend(compare("label", ours.label.as_str(), &go["label"]));
        found.extend(compare("headers", headers, &go["headers"]));
        found.extend(compare("contents", hex(&ours.contents), &hex(&bytes(&go["contents"]))));
        let span = &input[ours.span.clone()];
        if !span.starts_with(b"-----BEGIN ") || !span.ends_with(b"-----") {
            found.push(format!("span {:?}", ours.span));
        }
    }
    found
}

fn key(case: &Value) -> Vec<String> {
    let ours = PrivateKey::from_pem(&bytes(&case["key"]));
    let found = match (&ours, &case["error"]) {
        (Ok(key), Value::Null) => compare("public key", hex(&key.subject_public_key_info), &hex(&bytes(&case["spki"]))),
        (Err(error), Value::String(go)) => {
            // We say more of encrypted keys.
            let ours = error.to_string().replace(" (it is encrypted)", "");
            (ours != *go).then(|| format!("error {ours:?} but Go says {go:?}"))
        }
        (ours, go) => Some(format!("{ours:?} but Go says {go}")),
    };
    found.into_iter().collect()
}

fn paths(case: &Value) -> Vec<String> {
    if let Some(error) = case["unreadable"].as_str() {
        return vec![format!("all certificates are read, but Go says {error}")];
    }
    let certificates: Vec<Certificate> = case["certificates"]
        .as_array()
        .expect("certificates are a list")
        .iter()
        .map(|der| Certificate::from_der(&bytes(der)).expect("Go parsed it"))
        .collect();
    let checks = case["checks"].as_array().expect("checks are a list");
    let issued = case["issued"].as_array().map(Vec::as_slice).unwrap_or_default();
    let verified = checks.iter().filter_map(|check| {
        let Setup { leaf, roots, intermediates, now } = Setup::new(check, &certificates);
        let ours = path::verify(&leaf, &roots, &intermediates, now);
        let (traced, _) = path::verify_with_trace(&leaf, &roots, &intermediates, now);
        assert_eq!(ours, traced, "a trace changes nothing");
        compare_chains(&ours, check, &certificates)
    });
    let issued = issued.iter().filter_map(|check| {
        let Setup { leaf: issuer, roots, intermediates, now } = Setup::new(check, &certificates);
        compare_chains(&path::verify_issued_by(&issuer, &roots, &intermediates, now), check, &certificates)
    });
    verified.chain(issued).collect()
}

/// The arguments of one verification.
struct Setup {
    /// Or the issuer of a leaf that is not kept.
    leaf: Certificate,
    roots: CertificatePool,
    intermediates: CertificatePool,
    now: OffsetDateTime,
}

impl Setup {
    fn new(check: &Value, certificates: &[Certificate]) -> Self {
        let certificate = |index: &Value| certificates[index.as_u64().expect("an index") as usize].clone();
        let pool = |list: &Value| list.as_array().expect("indices").iter().map(certificate).collect();
        Self {
            leaf: certificate(&check["leaf"]),
            roots: pool(&check["roots"]),
            intermediates: pool(&check["intermediates"]),
            now: OffsetDateTime::parse(check["time"].as_str().expect("a time"), &Rfc3339).expect("a time"),
        }
    }
}

fn compare_chains(
    ours: &Result<Vec<Chain>, VerificationError>,
    check: &Value,
    certificates: &[Certificate],
) -> Option<String> {
    let index = |certificate: &Certificate| certificates.iter().position(|other| other == certificate);
    let (chains, error) = match ours {
        Ok(chains) => (
            json!(chains.iter().map(|chain| chain.iter().filter_map(index).collect()).collect::<Vec<Vec<usize>>>()),
            Value::Null,
        ),
        Err(error) => (Value::Null, error.to_string().into()),
    };
    (chains != check["chains"] || error != check["error"]).then(|| format!("{chains} {error} but Go says {check}"))
}
