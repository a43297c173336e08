//! Why no chain was accepted.

use std::fmt;

use time::OffsetDateTime;

use super::Chain;
use crate::x509::Certificate;
use crate::x509::hex::hex;
use crate::x509::quote::quoted;
use crate::x509::signature::SignatureError;

/// Why no chain was accepted; `Display` gives Go's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// A critical extension that Go does not process.
    #[error("x509: unhandled critical extension")]
    UnhandledCriticalExtension { certificate: Certificate },
    #[error(
        "x509: certificate has expired or is not yet valid: current time {} is before {}",
        Rfc3339(now), Rfc3339(&certificate.not_before)
    )]
    NotYetValid { certificate: Certificate, now: OffsetDateTime },
    #[error(
        "x509: certificate has expired or is not yet valid: current time {} is after {}",
        Rfc3339(now), Rfc3339(&certificate.not_after)
    )]
    Expired { certificate: Certificate, now: OffsetDateTime },
    /// An intermediate that is no CA.
    #[error("x509: certificate is not authorized to sign other certificates")]
    NotAuthorizedToSign { certificate: Certificate },
    /// The path length of this certificate is exceeded.
    #[error("x509: too many intermediates for path length constraint")]
    TooManyIntermediates { certificate: Certificate },
    /// The certificate, or one above it in every chain, is not for the purpose (clientAuth, mostly);
    /// `certificate` is the uppermost such of the first chain.
    #[error("x509: certificate specifies an incompatible key usage")]
    IncompatibleKeyUsage { certificate: Certificate, chain: Chain },
    /// A name constraint forbids a name.
    #[error("x509: a root or intermediate certificate is not authorized to sign for this name: {detail}")]
    NameNotPermitted { detail: String, chain: Chain },
    /// Chains reach a root, but not with the policies that they demand.
    #[error("x509: no valid chains built: {}", no_valid_chains(*incompatible_key_usage, *invalid_policies))]
    NoValidChains {
        /// How many chains are not for the purpose.
        incompatible_key_usage: usize,
        /// How many chains lack a policy.
        invalid_policies: usize,
    },
    #[error("x509: signature check attempts limit reached while verifying certificate chain")]
    SignatureLimit,
    /// The search ended at `certificate`: nobody in the pools is its issuer. For [`super::verify_issued_by`] that may
    /// be the issuer of the leaf that is not there.
    #[error("x509: certificate signed by unknown authority{}", hint_text(hint.as_deref()))]
    UnknownAuthority { certificate: Certificate, hint: Option<Box<Hint>> },
    /// As a hint: the candidate did not sign, or may not.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// A certificate that might have been the issuer, and why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hint {
    pub candidate: Certificate,
    pub reason: VerificationError,
}

/// Why a chain that reaches a root is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainRefusal {
    /// A policy is demanded which the chain does not have.
    Policies,
    /// The extendedKeyUsage of this certificate leaves no room for the purpose.
    ExtendedKeyUsage { certificate: Certificate },
    /// A name constraint forbids a name: Go's message.
    Name(String),
}

impl VerificationError {
    /// What to say when all chains were refused.
    pub(super) fn of_chains(refused: &[(Chain, ChainRefusal)]) -> Self {
        let name = refused.iter().find_map(|(chain, refusal)| match refusal {
            ChainRefusal::Name(detail) => Some((chain, detail)),
            _ => None,
        });
        if let Some((chain, detail)) = name {
            return Self::NameNotPermitted { detail: detail.clone(), chain: chain.clone() };
        }
        let usages = refused.iter().filter_map(|(chain, refusal)| match refusal {
            ChainRefusal::ExtendedKeyUsage { certificate } => Some((chain, certificate)),
            _ => None,
        });
        let incompatible_key_usage = usages.clone().count();
        let invalid_policies = refused.len() - incompatible_key_usage;
        match usages.clone().next() {
            Some((chain, certificate)) if invalid_policies == 0 => {
                Self::IncompatibleKeyUsage { certificate: certificate.clone(), chain: chain.clone() }
            }
            _ => Self::NoValidChains { incompatible_key_usage, invalid_policies },
        }
    }
}

fn no_valid_chains(incompatible_key_usage: usize, invalid_policies: usize) -> String {
    let counted = [
        (incompatible_key_usage, "candidate chains with incompatible key usage"),
        (invalid_policies, "candidate chains with invalid policies"),
    ];
    let parts = counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    parts.collect::<Vec<_>>().join(", ")
}

fn hint_text(hint: Option<&Hint>) -> String {
    let Some(Hint { candidate, reason }) = hint else { return String::new() };
    let subject = &candidate.subject;
    let name = match (subject.common_name(), subject.organizations().first()) {
        ("", Some(organization)) => (*organization).to_owned(),
        ("", None) => format!("serial:{}", serial_number(&candidate.serial_number)),
        (name, _) => name.to_owned(),
    };
    let (reason, name) = (quoted(reason.to_string()), quoted(name));
    format!(" (possibly because of {reason} while trying to verify candidate authority certificate {name})")
}

/// A serial number. Decimal takes quadratic time, so numbers of absurd length are left in hex.
fn serial_number(number: &[u8]) -> String {
    if number.len() > 4096 {
        return hex(number);
    }
    crypto_bigint::BoxedUint::from_be_slice_vartime(number).to_string_radix_vartime(10)
}

/// A time as Go's `time.RFC3339`: to the second.
struct Rfc3339<'a>(&'a OffsetDateTime);

impl fmt::Display for Rfc3339<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        write!(f, "{:04}-{:02}-{:02}", time.year(), u8::from(time.month()), time.day())?;
        write!(f, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if time.offset().is_utc() {
            return f.write_str("Z");
        }
        let sign = if time.offset().is_negative() { '-' } else { '+' };
        let (hours, minutes, _) = time.offset().as_hms();
        write!(f, "{sign}{:02}:{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
    }
}
