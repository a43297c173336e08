//! Why a certificate is refused.

use std::borrow::Cow;

/// Why Go refuses these bytes as a certificate; the text is Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CertificateError(Cow<'static, str>);

impl From<&'static str> for CertificateError {
    fn from(message: &'static str) -> Self {
        Self(message.into())
    }
}

impl From<String> for CertificateError {
    fn from(message: String) -> Self {
        Self(message.into())
    }
}
