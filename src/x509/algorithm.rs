//! AlgorithmIdentifier, which signatures and keys have in common.

use super::der::Reader;
use super::error::CertificateError;

/// AlgorithmIdentifier, RFC 5280 section 4.1.1.2.
pub(super) struct AlgorithmIdentifier<'a> {
    pub(super) algorithm: String,
    /// The parameters, with their tag; empty when absent.
    pub(super) parameters: &'a [u8],
}

/// AlgorithmIdentifier without its own tag and length. What follows the parameters is not looked at.
pub(super) fn algorithm_identifier(mut contents: Reader<'_>) -> Result<AlgorithmIdentifier<'_>, CertificateError> {
    let algorithm = contents.object_identifier().ok_or("x509: malformed OID")?;
    let parameters =
        if contents.is_empty() { &[][..] } else { contents.any_element().ok_or("x509: malformed parameters")? };
    Ok(AlgorithmIdentifier { algorithm, parameters })
}
