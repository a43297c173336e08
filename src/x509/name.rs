//! Distinguished names.

use std::fmt;

use super::der::{encode, tag};
use super::hex::hex;

/// A distinguished name (RFC 5280, section 4.1.2.4): attributes in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Name {
    /// Relative distinguished names, each a set of (dotted object identifier, value).
    pub relative_names: Vec<Vec<(String, String)>>,
}

/// The attributes that Go's `pkix.Name` knows, in the order in which its `ToRDNSequence` lists them.
const KNOWN_ATTRIBUTES: [(&str, &str); 9] = [
    ("2.5.4.6", "C"),
    ("2.5.4.8", "ST"),
    ("2.5.4.7", "L"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.17", "POSTALCODE"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
];

/// Of these attributes Go keeps only the last value.
const SINGLE_VALUED: [&str; 2] = ["2.5.4.3", "2.5.4.5"];

impl Name {
    /// The common name; with several the last one counts, as in Go's `Name.FillFromRDNSequence`. Empty: none.
    pub fn common_name(&self) -> &str {
        self.values("2.5.4.3").last().unwrap_or_default()
    }

    /// The organisations, in order: Kubernetes' groups.
    pub fn organizations(&self) -> Vec<&str> {
        self.values("2.5.4.10").collect()
    }

    /// All values of the attribute with this dotted object identifier.
    pub fn values<'a>(&'a self, object_identifier: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes().filter(move |(id, _)| *id == object_identifier).map(|(_, value)| value)
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.relative_names.iter().flatten().map(|(id, value)| (id.as_str(), value.as_str()))
    }

    /// The values of a known attribute that Go shows.
    fn shown_values(&self, object_identifier: &str) -> Vec<&str> {
        let values: Vec<&str> =
            self.attributes().filter(|(id, _)| *id == object_identifier).map(|(_, value)| value).collect();
        match values.last() {
            Some(last) if SINGLE_VALUED.contains(&object_identifier) => {
                if last.is_empty() {
                    Vec::new()
                } else {
                    vec![last]
                }
            }
            _ => values,
        }
    }
}

impl fmt::Display for Name {
    /// As Go's `pkix.Name.String`, roughly RFC 2253: `CN=front-proxy-ca,O=example`.
    ///
    /// Known attributes are grouped by kind and the rest comes last, whatever the order in the certificate. A control
    /// character, which Go leaves as it is, is written as its octets in hex (RFC 4514, section 2.4): a name stays on one line,
    /// wherever it is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = KNOWN_ATTRIBUTES.iter().rev().filter_map(|(id, short_name)| {
            let values = self.shown_values(id);
            let parts: Vec<String> = values.iter().map(|value| format!("{short_name}={}", escaped(value))).collect();
            (!parts.is_empty()).then(|| parts.join("+"))
        });
        let is_known = |id: &str| KNOWN_ATTRIBUTES.iter().any(|(known, _)| *known == id);
        let mut unknown: Vec<String> = self
            .attributes()
            .filter(|(id, _)| !is_known(id))
            .map(|(id, value)| format!("{id}=#{}", encoded(value)))
            .collect();
        unknown.reverse();
        let parts: Vec<String> = known.chain(unknown).collect();
        f.write_str(&parts.join(","))
    }
}

/// RFC 2253, section 2.4.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (index, character) in value.char_indices() {
        if character.is_control() {
            for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                text.push_str(&format!("\\{octet:02X}"));
            }
            continue;
        }
        let escape = match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => index == 0 || index == value.len() - 1,
            '#' => index == 0,
            _ => false,
        };
        if escape {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// The hex of the value's DER, with the string type that Go's `asn1.Marshal` picks.
fn encoded(value: &str) -> String {
    let printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let tag = if value.bytes().all(printable) { tag::PRINTABLE_STRING } else { tag::UTF8_STRING };
    hex(&encode(tag, value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[&[(&str, &str)]]) -> Name {
        let pair = |(id, value): &(&str, &str)| ((*id).to_owned(), (*value).to_owned());
        Name { relative_names: parts.iter().map(|set| set.iter().map(pair).collect()).collect() }
    }

    #[test]
    fn common_names_come_first_and_organizations_join() {
        let proxy = name(&[&[("2.5.4.10", "a")], &[("2.5.4.10", "b")], &[("2.5.4.3", "front-proxy-client")]]);
        assert_eq!(proxy.to_string(), "CN=front-proxy-client,O=a+O=b");
        assert_eq!(proxy.organizations(), ["a", "b"]);
    }

    #[test]
    fn the_last_common_name_counts() {
        let two = name(&[&[("2.5.4.3", "first")], &[("2.5.4.3", "last")]]);
        assert_eq!(two.common_name(), "last");
        assert_eq!(two.to_string(), "CN=last");
        assert_eq!(name(&[&[("2.5.4.3", "")]]).to_string(), "");
        assert_eq!(name(&[&[("2.5.4.10", "")]]).to_string(), "O=");
    }

    #[test]
    fn values_are_escaped() {
        let odd = name(&[&[("2.5.4.3", " #a,b+c\"d\\e<f>g;h ")]]);
        assert_eq!(odd.to_string(), r#"CN=\ #a\,b\+c\"d\\e\<f\>g\;h\ "#);
        assert_eq!(name(&[&[("2.5.4.3", "#x")]]).to_string(), r"CN=\#x");
        let lines = name(&[&[("2.5.4.3", "a\n  b\x1b[31m\u{9b}ü")]]);
        assert_eq!(lines.to_string(), r"CN=a\0A  b\1B[31m\C2\9Bü");
    }

    #[test]
    fn unknown_attributes_are_hex_and_last() {
        let uid = name(&[&[("1.3.6.1.4.1.57683.2", "x*")], &[("1.2.3", "ab")], &[("2.5.4.3", "cn")]]);
        assert_eq!(uid.to_string(), "CN=cn,1.2.3=#13026162,1.3.6.1.4.1.57683.2=#0c02782a");
        let long = name(&[&[("1.2.3", &"a".repeat(200))]]);
        assert!(long.to_string().starts_with("1.2.3=#1381c861"));
    }
}
