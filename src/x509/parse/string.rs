//! The string types of ASN.1.

use crate::x509::der::tag;

/// The text of a string, as Go reads it.
///
/// # Errors
/// With Go's message, when a character is not in the type's set, or the type is none that Go knows.
pub(super) fn string(tag: u8, contents: &[u8]) -> Result<String, String> {
    match tag {
        // T.61 is long dead; everyone reads it as Latin-1.
        tag::T61_STRING => Ok(contents.iter().copied().map(char::from).collect()),
        tag::PRINTABLE_STRING => ascii(contents, is_printable).ok_or_else(|| "invalid PrintableString".into()),
        tag::UTF8_STRING => String::from_utf8(contents.to_vec()).map_err(|_| "invalid UTF-8 string".into()),
        tag::BMP_STRING => basic_multilingual_plane(contents).ok_or_else(|| "invalid BMPString".into()),
        tag::IA5_STRING => ascii(contents, |_| true).ok_or_else(|| "invalid IA5String".into()),
        tag::NUMERIC_STRING => {
            ascii(contents, |byte| byte.is_ascii_digit() || byte == b' ').ok_or_else(|| "invalid NumericString".into())
        }
        _ => Err(format!("unsupported string type: {tag}")),
    }
}

/// The bytes as text, if all are ASCII and `allowed`.
pub(super) fn ascii(contents: &[u8], allowed: impl Fn(u8) -> bool) -> Option<String> {
    contents.iter().all(|byte| byte.is_ascii() && allowed(*byte)).then(|| contents.iter().map(|&b| b as char).collect())
}

/// X.680 section 41.4, and `*` and `&`, which are found in certificates although they do not belong there.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&byte)
}

/// UCS-2, big-endian, with or without a terminator; neither surrogates nor noncharacters.
fn basic_multilingual_plane(contents: &[u8]) -> Option<String> {
    let (units, []) = contents.as_chunks::<2>() else { return None };
    let units = units.strip_suffix(&[[0, 0]]).unwrap_or(units);
    units
        .iter()
        .map(|unit| match u16::from_be_bytes(*unit) {
            0xfffe | 0xffff | 0xfdd0..=0xfdef => None,
            unit => char::from_u32(unit.into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_characters() {
        assert_eq!(string(tag::T61_STRING, b"\xe9").as_deref(), Ok("é"));
        assert_eq!(string(tag::PRINTABLE_STRING, b"a*&?").as_deref(), Ok("a*&?"));
        assert_eq!(string(tag::PRINTABLE_STRING, b"a@").unwrap_err(), "invalid PrintableString");
        assert_eq!(string(tag::UTF8_STRING, b"\xff").unwrap_err(), "invalid UTF-8 string");
        assert_eq!(string(tag::NUMERIC_STRING, b"1 2").as_deref(), Ok("1 2"));
        assert_eq!(string(tag::NUMERIC_STRING, b"1a").unwrap_err(), "invalid NumericString");
        assert_eq!(string(tag::IA5_STRING, b"\x80").unwrap_err(), "invalid IA5String");
        assert_eq!(string(27, b"a").unwrap_err(), "unsupported string type: 27");
    }

    #[test]
    fn basic_multilingual_plane_strings() {
        assert_eq!(string(tag::BMP_STRING, b"\0a\x65\xe5").as_deref(), Ok("a日"));
        assert_eq!(string(tag::BMP_STRING, b"\0a\0\0").as_deref(), Ok("a"));
        for bad in [&b"\0"[..], b"\xd8\x00", b"\xfd\xd0", b"\xff\xfe"] {
            assert_eq!(string(tag::BMP_STRING, bad).unwrap_err(), "invalid BMPString");
        }
    }
}
