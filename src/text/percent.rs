//! Percent-encoding (RFC 3986, section 2.1).

/// Go's `url.PathUnescape`, `None` where it gives an error. What is no UTF-8 becomes U+FFFD, byte by byte, as it does
/// in the server's JSON.
pub fn path_unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let value = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let mut string = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        string.push_str(chunk.valid());
        string.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_decoded_as_in_go() {
        #[derive(serde::Deserialize)]
        struct Case {
            value: String,
            unescaped: Option<String>,
            error: Option<String>,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/go-path-unescape.json")).unwrap();
        assert!(cases.len() >= 200);
        for Case { value, unescaped, error } in cases {
            let expected = if error.is_some() { None } else { Some(unescaped.unwrap_or_default()) };
            assert_eq!(path_unescape(&value), expected, "{value:?}");
        }
    }
}
