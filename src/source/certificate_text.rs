//! Certificates as a document holds them.

use std::ops::Range;

use crate::text::{Origin, Text};
use crate::x509::pem::base64;

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
    /// The PEM, and the text that it was written as.
    pub fn pem(&self) -> (Option<Vec<u8>>, &Text) {
        match self {
            Self::Pem(text) => (Some(text.as_str().as_bytes().to_vec()), text),
            Self::Base64(text) => (base64::decode(text.as_str().as_bytes()), text),
            Self::Joined(one, other) => {
                let ((first, text), (second, behind)) = (one.pem(), other.pem());
                let bytes = first.zip(second).map(|(first, second)| [first, second].join(&b'\n'));
                (bytes, if has_expression(behind.as_str()) { behind } else { text })
            }
        }
    }

    /// Where a part of the PEM is written.
    pub fn origin_of(&self, part: Range<usize>) -> Origin {
        match self {
            Self::Pem(text) => text.slice(part).origin(),
            Self::Base64(text) => text.origin(),
            Self::Joined(one, other) => {
                let length = one.pem().0.map_or(0, |bytes| bytes.len() + 1);
                match part.start.checked_sub(length) {
                    Some(start) => other.origin_of(start..part.end - length),
                    None => one.origin_of(part),
                }
            }
        }
    }
}
