//! Certificates as a document holds them.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::text::{Origin, Text};
use crate::x509::pem::base64;
use crate::x509::{KeyError, PrivateKey};

use super::expression::has_expression;

/// Certificates as they are written.
#[derive(Debug, Clone)]
pub enum CertificateText {
    Pem(Text),
    /// Of a Secret's `data`.
    Base64(Text),
    /// One behind the other, with a line break between them.
    Joined(Box<CertificateText>, Box<CertificateText>),
}

impl CertificateText {
    /// The PEM, and the text that it was written as. `None`: it is filled in later, or no base64.
    pub fn pem(&self) -> (Option<Vec<u8>>, &Text) {
        let (bytes, text) = self.bytes();
        (bytes.filter(|_| !has_expression(text.as_str())), text)
    }

    /// What stands there, whatever is filled in besides.
    pub(super) fn bytes(&self) -> (Option<Vec<u8>>, &Text) {
        match self {
            Self::Pem(text) => (Some(text.as_str().as_bytes().to_vec()), text),
            Self::Base64(text) => (base64::decode(text.as_str().as_bytes()), text),
            Self::Joined(one, other) => {
                let ((first, text), (second, behind)) = (one.bytes(), other.bytes());
                let bytes = first.zip(second).map(|(first, second)| [first, second].join(&b'\n'));
                (bytes, if has_expression(behind.as_str()) { behind } else { text })
            }
        }
    }

    /// What Go makes of a private key that is written like this, of which the public half alone is kept. `None`: something
    /// else stands for it, as it is filled in or decrypted later, or was taken out before the file was shown.
    pub(super) fn private_key(&self) -> Option<Result<PrivateKey, String>> {
        let (bytes, text) = self.pem();
        let bytes = Zeroizing::new(bytes?);
        let stands_for_it = |written: &str| {
            // PEM's marks may be left.
            let is_body = |line: &&str| !line.is_empty() && !line.starts_with("-----");
            let mut body = written.lines().map(str::trim).filter(is_body);
            let is_redacted = body.next().is_some_and(|line| line.eq_ignore_ascii_case("redacted"));
            written.trim().is_empty() || is_redacted && body.next().is_none()
        };
        if stands_for_it(text.as_str()) || str::from_utf8(&bytes).is_ok_and(stands_for_it) {
            return None;
        }
        match (self, PrivateKey::from_pem(&bytes)) {
            // `ENC[AES256_GCM,...]` of SOPS, for example.
            (Self::Pem(_), Err(KeyError::NoPem)) => None,
            (_, key) => Some(key.map_err(|error| error.to_string())),
        }
    }

    /// Where a part of the PEM is written.
    pub fn origin_of(&self, part: Range<usize>) -> Origin {
        match self {
            Self::Pem(text) => text.slice(part).origin(),
            Self::Base64(text) => text.origin(),
            Self::Joined(one, other) => {
                let length = one.bytes().0.map_or(0, |bytes| bytes.len() + 1);
                match part.start.checked_sub(length) {
                    Some(start) => other.origin_of(start..part.end - length),
                    None => one.origin_of(part),
                }
            }
        }
    }
}
