//! Whether a server's certificate is for a host: Go's `Certificate.VerifyHostname`, for names.

use super::Certificate;
use super::certificate::SUBJECT_ALTERNATIVE_NAME;

/// Why a certificate is not for a host; `Display` gives Go's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostNameError {
    /// The common name is the host, but there are no alternative names: Go has not looked at it since 1.15.
    #[error("x509: certificate relies on legacy Common Name field, use SANs instead")]
    CommonNameOnly,
    #[error("x509: certificate is not valid for any names, but wanted to match {host}")]
    NoNames { host: String },
    #[error("x509: certificate is valid for {}, not {host}", names.join(", "))]
    OtherNames { host: String, names: Vec<String> },
}

/// Compares `host`, a name and no address, with the alternative names, in which a first label may be `*`.
///
/// # Errors
/// The reason that Go would give (crypto/x509 `HostnameError.Error`).
pub fn verify(certificate: &Certificate, host: &str) -> Result<(), HostNameError> {
    if certificate.dns_names.iter().any(|pattern| matches(pattern, host)) {
        return Ok(());
    }
    let host = host.to_owned();
    let has_names = certificate.extension(SUBJECT_ALTERNATIVE_NAME).is_some();
    Err(if !has_names && matches(certificate.subject.common_name(), &host) {
        HostNameError::CommonNameOnly
    } else if certificate.dns_names.is_empty() {
        HostNameError::NoNames { host }
    } else {
        HostNameError::OtherNames { host, names: certificate.dns_names.clone() }
    })
}

/// `matchHostnames`: label by label, regardless of case.
pub fn matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if pattern.is_empty() || host.is_empty() {
        return false;
    }
    let (patterns, labels): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    let fits = |(index, (pattern, label)): (usize, (&&str, &&str))| {
        (index == 0 && *pattern == "*") || pattern.eq_ignore_ascii_case(label)
    };
    patterns.len() == labels.len() && patterns.iter().zip(&labels).enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of `matchHostnamesTests` in Go's crypto/x509.
    #[test]
    fn names_match_as_in_go() {
        for (pattern, host, matched) in [
            ("a.b.c", "a.b.c", true),
            ("*.b.c", "a.b.c", true),
            ("*.b.c", "a.b.c.", true),
            ("*.b.c", "b.c", false),
            ("*.b.c", "a.a.b.c", false),
            ("a.*.c", "a.b.c", false),
            ("A.b.C", "a.B.c", true),
            ("", ".", false),
            ("*", "a", true),
            ("a*.b", "ab.b", false),
        ] {
            assert_eq!(matches(pattern, host), matched, "{pattern} {host}");
        }
    }
}
