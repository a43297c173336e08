//! Distinguished names.

use std::fmt;

/// A distinguished name as Go's `pkix.Name` fills it: attributes in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// Relative distinguished names, each a set of (dotted object identifier, value).
    pub relative_names: Vec<Vec<(String, String)>>,
}

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
        self.relative_names
            .iter()
            .flatten()
            .filter(move |(id, _)| id == object_identifier)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Name {
    /// As Go's `pkix.Name.String` (RFC 2253): `CN=front-proxy-ca,O=example`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!()
    }
}
