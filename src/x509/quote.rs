//! Quoted strings as Go's `%q` writes them.

/// `bytes` between double quotes, with Go's escapes: `strconv.Quote`.
pub(super) fn quoted(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::from('"');
    for chunk in bytes.as_ref().utf8_chunks() {
        for character in chunk.valid().chars() {
            push_escaped(&mut text, character);
        }
        for byte in chunk.invalid() {
            push_hex(&mut text, *byte);
        }
    }
    text.push('"');
    text
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '"' | '\\' => text.extend(['\\', character]),
        '\x07' => text.push_str("\\a"),
        '\x08' => text.push_str("\\b"),
        '\x0c' => text.push_str("\\f"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\x0b' => text.push_str("\\v"),
        '\x00'..='\x1f' | '\x7f' => push_hex(text, character as u8),
        _ if is_printable(character) => text.push(character),
        _ if character < '\u{10000}' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => text.push_str(&format!("\\U{:08x}", u32::from(character))),
    }
}

fn push_hex(text: &mut String, byte: u8) {
    text.push_str(&format!("\\x{byte:02x}"));
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space, as Go's `strconv.IsPrint`.
///
/// The standard library knows these classes but shows them only by its own escapes; a combining mark counts as
/// printable there only after another character.
fn is_printable(character: char) -> bool {
    character.is_ascii() || format!("a{character}").escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_gos() {
        assert_eq!(quoted("plain, it's"), r#""plain, it's""#);
        assert_eq!(quoted("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(quoted("\x07\x08\x0c\n\r\t\x0b\x00\x1f\x7f"), r#""\a\b\f\n\r\t\v\x00\x1f\x7f""#);
        assert_eq!(quoted("é日\u{301}😀"), "\"é日\u{301}😀\"");
        assert_eq!(quoted("\u{a0}\u{200b}\u{2028}\u{e000}\u{10ffff}"), r#""\u00a0\u200b\u2028\ue000\U0010ffff""#);
        assert_eq!(quoted(b"a\xff\xc3z"), r#""a\xff\xc3z""#);
    }
}
