//! Why a signature does not count.

use super::algorithm::SignatureAlgorithm;

/// Why a signature on a certificate does not count; Go's error of `CheckSignatureFrom`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No CA, by basicConstraints or keyUsage.
    #[error("x509: invalid signature: parent certificate cannot sign this kind of certificate")]
    ConstraintViolation,
    #[error("x509: cannot verify signature: algorithm unimplemented")]
    UnsupportedAlgorithm,
    #[error("x509: cannot verify signature: insecure algorithm {0}")]
    Insecure(SignatureAlgorithm),
    /// The signature is by another kind of key than the parent's.
    #[error(
        "x509: signature algorithm specifies an {algorithm} public key, but have public key of type {}",
        go_type(key)
    )]
    WrongKeyType { algorithm: &'static str, key: &'static str },
    #[error("crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")]
    ShortRsaKey { bits: usize },
    /// Go would take its time; this is the one place where we give up earlier.
    #[error("crypto/rsa: a key of {bits} bits is too long to look at")]
    LongRsaKey { bits: usize },
    #[error("crypto/rsa: {0}")]
    BadRsaKey(&'static str),
    /// The signature is not by the parent's key.
    #[error("{}", mismatch(key))]
    Mismatch { key: &'static str },
}

fn go_type(key: &str) -> &'static str {
    match key {
        "RSA" => "*rsa.PublicKey",
        "ECDSA" => "*ecdsa.PublicKey",
        _ => "ed25519.PublicKey",
    }
}

fn mismatch(key: &str) -> &'static str {
    match key {
        "RSA" => "crypto/rsa: verification error",
        "ECDSA" => "x509: ECDSA verification failure",
        _ => "x509: Ed25519 verification failure",
    }
}
