//! Base64 (RFC 4648) as Go's `StdEncoding` takes it: line breaks anywhere, padding required, and bits that do not count
//! need not be zero.

/// Decodes; white space is skipped.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut characters = text.iter().copied().filter(|byte| !b" \t\r\n".contains(byte));
    while let Some(first) = characters.next() {
        let [second, third, fourth] = [characters.next()?, characters.next()?, characters.next()?];
        let (first, second) = (value(first)?, value(second)?);
        bytes.push(first << 2 | second >> 4);
        if third == b'=' {
            return (fourth == b'=' && characters.next().is_none()).then_some(bytes);
        }
        let third = value(third)?;
        bytes.push(second << 4 | third >> 2);
        if fourth == b'=' {
            return characters.next().is_none().then_some(bytes);
        }
        bytes.push(third << 6 | value(fourth)?);
    }
    Some(bytes)
}

/// The six bits that a character stands for.
fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
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
