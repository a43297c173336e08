//! Whether a CA can issue, before it does.

use std::fmt;

use time::OffsetDateTime;

use super::{Certificate, ExtendedKeyUsage, SigningBar};

/// Why a CA cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaMisfit {
    Expired(OffsetDateTime),
    NotYetValid(OffsetDateTime),
    NotACa,
    NoCertificateSigning,
    NotForClients,
    NotForServers,
}

impl CaMisfit {
    /// # Errors
    /// When the CA cannot sign certificates for this purpose that anybody would accept now.
    pub fn of(ca: &Certificate, purpose: &ExtendedKeyUsage, now: OffsetDateTime) -> Result<(), Self> {
        match ca.may_sign() {
            Err(SigningBar::NoBasicConstraints | SigningBar::NotACa) => Err(Self::NotACa),
            Err(SigningBar::NoKeyCertSign) => Err(Self::NoCertificateSigning),
            Ok(()) if !ca.allows(purpose) && *purpose == ExtendedKeyUsage::ServerAuth => Err(Self::NotForServers),
            Ok(()) if !ca.allows(purpose) => Err(Self::NotForClients),
            Ok(()) if now > ca.not_after => Err(Self::Expired(ca.not_after)),
            Ok(()) if now < ca.not_before => Err(Self::NotYetValid(ca.not_before)),
            Ok(()) => Ok(()),
        }
    }
}

impl fmt::Display for CaMisfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(at) => write!(f, "this CA expired on {}", at.date()),
            Self::NotYetValid(at) => write!(f, "this CA is not valid before {}", at.date()),
            Self::NotACa => f.write_str("this is no CA certificate (basicConstraints does not say CA:TRUE)"),
            Self::NoCertificateSigning => {
                f.write_str("this CA must not sign certificates (keyUsage lacks keyCertSign)")
            }
            Self::NotForClients => {
                f.write_str("this CA must not sign clients (extendedKeyUsage has neither clientAuth nor any)")
            }
            Self::NotForServers => {
                f.write_str("this CA must not sign servers (extendedKeyUsage has neither serverAuth nor any)")
            }
        }
    }
}
