//! What the certificates contain.

use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use super::validity::{Validity, ValidityError, whole_seconds};
use crate::x509::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

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
    /// What the key is for, where that is said; not critical.
    pub extended_key_usage: Option<ExtendedKeyUsage>,
    /// The subject's alternative names; not critical, since there is a subject.
    pub dns_names: Vec<String>,
}

/// For whom a certificate is that is no CA's.
struct Bearer<'a> {
    common_name: &'a str,
    dns_names: &'a [String],
    purpose: ExtendedKeyUsage,
}

impl Profile {
    /// A CA: it may sign what is no CA, and nothing else. Without an extended key usage, as kubeadm's.
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
            extended_key_usage: None,
            dns_names: Vec::new(),
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
        let bearer = Bearer { common_name, dns_names: &[], purpose: ExtendedKeyUsage::ClientAuth };
        Self::bearer(&bearer, validity, now, ca_not_after, key_can_encipher)
    }

    /// What an extension API server shows to kube-apiserver, which asks for the name of its Service
    /// (`<service>.<namespace>.svc`) among the alternative names. It ends with its CA at the latest.
    ///
    /// # Errors
    /// When the end lies too far away.
    pub fn serving(
        common_name: &str,
        dns_names: &[String],
        validity: Validity,
        now: OffsetDateTime,
        ca_not_after: OffsetDateTime,
        key_can_encipher: bool,
    ) -> Result<Self, ValidityError> {
        let bearer = Bearer { common_name, dns_names, purpose: ExtendedKeyUsage::ServerAuth };
        Self::bearer(&bearer, validity, now, ca_not_after, key_can_encipher)
    }

    fn bearer(
        bearer: &Bearer<'_>,
        validity: Validity,
        now: OffsetDateTime,
        ca_not_after: OffsetDateTime,
        key_can_encipher: bool,
    ) -> Result<Self, ValidityError> {
        // RSA key exchange of TLS 1.2 enciphers with the key (RFC 5246, section 7.4.2); no other key here can.
        let key_encipherment = if key_can_encipher { KeyUsage::KEY_ENCIPHERMENT.0 } else { 0 };
        Ok(Self {
            common_name: bearer.common_name.to_owned(),
            not_before: whole_seconds(now) - BACKDATE,
            not_after: validity.end(now)?.min(ca_not_after),
            basic_constraints: BasicConstraints { ca: false, path_length: None },
            key_usage: KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | key_encipherment),
            extended_key_usage: Some(bearer.purpose.clone()),
            dns_names: bearer.dns_names.to_vec(),
        })
    }
}

/// A name for the CA that comes after the one called `old`, whose date it gets another of; `usual`: where it had none. With
/// the time when a CA of that name `is_used` already: what shares a name cannot be told apart in a log, nor by servers.
pub fn dated_name(old: &str, usual: &str, now: OffsetDateTime, is_used: impl Fn(&str) -> bool) -> String {
    let day = format_description!("[year]-[month]-[day]");
    let second = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]");
    let now = now.to_offset(time::UtcOffset::UTC);
    let is_dated = |at: usize| old.get(at + 1..).is_some_and(|date| date.starts_with("20") && date.len() >= 10);
    let base = old.find("-20").filter(|at| is_dated(*at)).and_then(|at| old.get(..at)).unwrap_or(old);
    let base = if base.is_empty() { usual } else { base };
    let base = base.chars().take(MAX_COMMON_NAME - 24).collect::<String>();
    let named = |date: Result<String, time::error::Format>| format!("{base}-{}", date.unwrap_or_default());
    let (of_day, of_second) = (named(now.format(day)), named(now.format(second)));
    let is_free = |name: &String| name != old && !is_used(name);
    let others = (2..100).map(|number| format!("{of_second}-{number}"));
    [of_day, of_second.clone()].into_iter().chain(others).find(is_free).unwrap_or(of_second)
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

    #[test]
    fn a_new_ca_has_a_name_of_its_own() {
        let name = |old: &str| dated_name(old, "front-proxy-ca", NOW, |_| false);
        assert_eq!(name("front-proxy-ca"), "front-proxy-ca-2026-11-21");
        assert_eq!(name("front-proxy-ca-2016-11-23"), "front-proxy-ca-2026-11-21");
        assert_eq!(name("front-proxy-ca-2026-11-21"), "front-proxy-ca-2026-11-21T20-15-03");
        assert_eq!(name(""), "front-proxy-ca-2026-11-21");
        assert!(name(&"x".repeat(64)).chars().count() <= MAX_COMMON_NAME);
    }
}
