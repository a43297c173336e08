//! The TLS handshake, which ends before anybody is asked.

use crate::x509::{Certificate, PublicKeyAlgorithm};

/// Go's `tls` takes no larger RSA keys (`defaultMaxRSAKeySize`), in bits.
pub(in crate::model) const MAXIMUM_RSA_KEY: usize = 8192;

/// Go's `tls` takes no longer message with certificates (`maxHandshakeCertificateMsg`), in bytes.
pub(super) const MAXIMUM_MESSAGE: usize = 262_144;

/// What Go's TLS server does not take (`Conn.processCertsFromClient`).
pub(super) fn handshake_failure(certificates: &[Certificate]) -> Option<String> {
    let too_large = |certificate: &Certificate| matches!(certificate.public_key_algorithm, PublicKeyAlgorithm::Rsa(bits) if bits > MAXIMUM_RSA_KEY);
    if certificates.iter().any(too_large) {
        return Some(format!("tls: client sent certificate containing RSA key larger than {MAXIMUM_RSA_KEY} bits"));
    }
    // In TLS 1.3 each certificate has three bytes of length and two of extensions, the list four in front of it.
    let length = 4 + certificates.iter().map(|certificate| certificate.raw.len() + 5).sum::<usize>();
    if length > MAXIMUM_MESSAGE {
        let message = "tls: handshake message of length";
        return Some(format!("{message} {length} bytes exceeds maximum of {MAXIMUM_MESSAGE} bytes"));
    }
    let kind = match certificates.first()?.public_key_algorithm {
        PublicKeyAlgorithm::X25519 => "*ecdh.PublicKey",
        PublicKeyAlgorithm::Dsa => "*dsa.PublicKey",
        PublicKeyAlgorithm::Unknown => "<nil>",
        _ => return None,
    };
    Some(format!("tls: client certificate contains an unsupported public key of type {kind}"))
}
