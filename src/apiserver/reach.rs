//! Issuer reach: what a certificate that one CA issues could become at the other door.

use crate::x509::{Certificate, Chain};

/// A way from a CA of one bundle into another bundle.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The CA whose leaves get in: a certificate of the first bundle.
    pub issuer: Certificate,
    /// From a certificate with the issuer's name and key up to the anchor of the second bundle; what stands between
    /// them, a client must send along with its own certificate.
    pub chain: Chain,
    pub kind: ReachKind,
}

/// How the two bundles touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachKind {
    /// The same certificate, byte for byte, stands in both.
    SameCertificate,
    /// Another certificate with the same subject and key.
    SameKeyReissued,
    /// The issuer is an intermediate, or was cross-signed, below an anchor of the second bundle.
    ThroughIntermediate,
}
