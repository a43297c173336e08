//! Percent-encoding, which is different in each part of a URI (RFC 3986, and RFC 6874 for zones).

use crate::x509::quote::quoted;

/// A part of a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// User or password.
    User,
    Host,
    /// The zone of an IPv6 address.
    Zone,
    Path,
    Fragment,
}

/// Whether the byte may stand in this part as it is.
fn is_plain(byte: u8, part: Part) -> bool {
    let more: &[u8] = match part {
        Part::User => b"$&+,;=",
        Part::Host | Part::Zone => b"!\"$&'()*+,:;<=>[]",
        Part::Path => b"$&+,/:;=@",
        Part::Fragment => b"!$&()*+,/:;=?@",
    };
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || more.contains(&byte)
}

/// Encodes every byte that may not stand as it is.
pub(super) fn escape(bytes: &[u8], part: Part) -> Vec<u8> {
    let mut text = String::new();
    for &byte in bytes {
        if is_plain(byte, part) {
            text.push(byte.into());
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text.into_bytes()
}

/// Decodes the part.
///
/// # Errors
/// With Go's message, when something is encoded that must not be, or the other way round.
pub(super) fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let in_host = matches!(part, Part::Host | Part::Zone);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let decoded = after.first_chunk().and_then(|digits| decode(*digits));
            let decoded = decoded.filter(|decoded| may_be_encoded(*decoded, part));
            let shown = rest.get(..3).unwrap_or(rest);
            bytes.push(decoded.ok_or_else(|| format!("invalid URL escape {}", quoted(shown)))?);
            rest = after.get(2..).unwrap_or_default();
        } else if in_host && !is_plain(byte, part) {
            return Err(format!("invalid character {} in host name", quoted([byte])));
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    Ok(bytes)
}

/// In a host only bytes beyond ASCII are encoded; in a zone only what might stand there anyway, and the space.
fn may_be_encoded(byte: u8, part: Part) -> bool {
    match part {
        Part::Host => byte >= 0x80 || byte == b'%',
        Part::Zone => byte == b'%' || byte == b' ' || is_plain(byte, Part::Host),
        Part::User | Part::Path | Part::Fragment => true,
    }
}

fn decode([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Whether the text is one way to encode a path or fragment, if not the one that [`escape`] takes.
pub(super) fn is_valid_encoding(text: &str, part: Part) -> bool {
    text.bytes().all(|byte| b"!$&'()*+,;=:@[]%".contains(&byte) || is_plain(byte, part))
}
