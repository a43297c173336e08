//! Base64 (RFC 4648) as Go's `StdEncoding` takes it: line breaks anywhere, padding required, and bits that do not count
//! need not be zero.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Decodes; white space is skipped.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    // It may be a key.
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    text.split(|byte| b" \t\r\n".contains(byte)).for_each(|piece| characters.extend_from_slice(piece));
    GO.decode(characters.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn as_lenient_as_go() {
        assert_eq!(decode(b""), Some(vec![]));
        assert_eq!(decode(b"Zm9v"), Some(b"foo".to_vec()));
        assert_eq!(decode(b"Z m\r\n9\tv"), Some(b"foo".to_vec()));
        assert_eq!(decode(b"Zg=="), Some(b"f".to_vec()));
        assert_eq!(decode(b"Zh==\n"), Some(b"f".to_vec()), "bits that do not count");
        assert_eq!(decode(b"Zm8=\n"), Some(b"fo".to_vec()));
        for bad in ["Zg", "Zg=", "Zg==Zg==", "Zm8=x", "=", "Z===", "Zm9v=", "Zm9_", "Z"] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad}");
        }
    }
}
