//! Private keys, as far as a certificate must be matched with one.

/// A private key that was read. It shows its public half only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKey {
    /// SubjectPublicKeyInfo of the public half, DER: equal to the certificate's when they belong together.
    pub subject_public_key_info: Vec<u8>,
}

/// Why Go's `tls.X509KeyPair` would not take the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    #[error("tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input")]
    NoKey,
    #[error("tls: failed to parse private key")]
    Unparsable,
}

impl PrivateKey {
    /// Reads the first private key of a PEM file (PKCS#8, PKCS#1 or SEC 1), as Go's `tls.X509KeyPair`.
    ///
    /// # Errors
    /// When there is none, or none that Go can read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let _ = pem;
        todo!()
    }
}
