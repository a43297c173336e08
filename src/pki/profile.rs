//! What the two certificates contain.

use time::{Duration, OffsetDateTime};

use super::validity::{Validity, ValidityError, whole_seconds};
use crate::x509::{BasicConstraints, KeyUsage};

/// How far notBefore lies in the past, so that a server whose clock is a little behind takes a new certificate at once.
/// kubeadm does the same (client-go, `CertificateValidityTolerance`).
pub const BACKDATE: Duration = Duration::minutes(5);

/// The longest common name, in characters (RFC 5280, appendix A.1, `ub-common-name`).
pub const MAX_COMMON_NAME: usize = 64;

/// A certificate before it has a key, a serial number and a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub common_name: String,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    /// Critical.
    pub basic_constraints: BasicConstraints,
    /// Critical.
    pub key_usage: KeyUsage,
    /// Whether there is an extended key usage, clientAuth alone; not critical.
    pub client_auth: bool,
}

impl Profile {
    /// The front-proxy CA: it may sign clients, and nothing else. Without an extended key usage, as kubeadm's.
    ///
    /// # Errors
    /// When the end lies too far away.
    pub fn certificate_authority(
        common_name: &str,
        validity: Validity,
        now: OffsetDateTime,
    ) -> Result<Self, ValidityError> {
        Ok(Self {
            common_name: common_name.to_owned(),
            not_before: whole_seconds(now) - BACKDATE,
            not_after: validity.end(now)?,
            basic_constraints: BasicConstraints { ca: true, path_length: Some(0) },
            key_usage: KeyUsage::KEY_CERT_SIGN,
            client_auth: false,
        })
    }

    /// The client that kube-apiserver shows to extension API servers. It ends with its CA at the latest: kube-apiserver
    /// says nothing about an expired CA, and the calls that fail then look like the client's fault.
    ///
    /// # Errors
    /// When the end lies too far away.
    pub fn front_proxy_client(
        common_name: &str,
        validity: Validity,
        now: OffsetDateTime,
        ca_not_after: OffsetDateTime,
        key_can_encipher: bool,
    ) -> Result<Self, ValidityError> {
        // RSA key exchange of TLS 1.2 enciphers with the key (RFC 5246, section 7.4.2); no other key here can.
        let key_encipherment = if key_can_encipher { KeyUsage::KEY_ENCIPHERMENT.0 } else { 0 };
        Ok(Self {
            common_name: common_name.to_owned(),
            not_before: whole_seconds(now) - BACKDATE,
            not_after: validity.end(now)?.min(ca_not_after),
            basic_constraints: BasicConstraints { ca: false, path_length: None },
            key_usage: KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | key_encipherment),
            client_auth: true,
        })
    }
}

/// Why a common name is not taken for a new certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommonNameError {
    /// kube-apiserver refuses to start with a blank entry in `--requestheader-allowed-names`.
    #[error("a common name must not be blank: --requestheader-allowed-names could not list it")]
    Blank,
    #[error("a common name holds at most {MAX_COMMON_NAME} characters (RFC 5280, ub-common-name)")]
    TooLong,
    #[error("a common name must not hold control characters: a flag could not repeat them")]
    ControlCharacter,
}

/// Whether a new certificate may have this common name.
///
/// # Errors
/// With the reason why not.
pub fn common_name(name: &str) -> Result<String, CommonNameError> {
    if name.trim().is_empty() {
        Err(CommonNameError::Blank)
    } else if name.chars().count() > MAX_COMMON_NAME {
        Err(CommonNameError::TooLong)
    } else if name.chars().any(char::is_control) {
        Err(CommonNameError::ControlCharacter)
    } else {
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 20:15:03.5 UTC);

    #[test]
    fn a_client_ends_with_its_ca_at_the_latest() {
        let client = |validity, ca_not_after| {
            Profile::front_proxy_client("c", Validity::days(validity), NOW, ca_not_after, false).unwrap().not_after
        };
        let ca_not_after = datetime!(2027-01-01 0:00 UTC);
        assert_eq!(client(365, ca_not_after), ca_not_after);
        assert_eq!(client(1, ca_not_after), datetime!(2026-11-22 20:15:03 UTC));
    }

    #[test]
    fn both_begin_five_minutes_ago() {
        let ca = Profile::certificate_authority("a", Validity::days(1), NOW).unwrap();
        assert_eq!(ca.not_before, datetime!(2026-11-21 20:10:03 UTC));
        let client = Profile::front_proxy_client("c", Validity::days(1), NOW, ca.not_after, true).unwrap();
        assert_eq!(client.not_before, ca.not_before);
    }

    #[test]
    fn common_names_that_a_flag_could_not_list_are_refused() {
        assert_eq!(common_name(""), Err(CommonNameError::Blank));
        assert_eq!(common_name(" \u{a0}"), Err(CommonNameError::Blank));
        assert_eq!(common_name("a\nb"), Err(CommonNameError::ControlCharacter));
        assert_eq!(common_name(&"ä".repeat(65)), Err(CommonNameError::TooLong));
        assert_eq!(common_name(&"ä".repeat(64)), Ok("ä".repeat(64)));
        assert_eq!(common_name("a, \"b\""), Ok("a, \"b\"".to_owned()));
    }
}
