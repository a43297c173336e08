//! Quoted strings and characters as Go's `%q` writes them.

/// `strconv.Quote`.
pub(super) fn quoted(text: &str) -> String {
    let mut result = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => result.extend(['\\', character]),
            _ => result.push_str(&escaped(character)),
        }
    }
    result.push('"');
    result
}

/// `strconv.QuoteRune`.
pub(super) fn quoted_character(character: char) -> String {
    match character {
        '\'' | '\\' => format!("'\\{character}'"),
        _ => format!("'{}'", escaped(character)),
    }
}

fn escaped(character: char) -> String {
    match character {
        '\x07' => "\\a".into(),
        '\x08' => "\\b".into(),
        '\x0c' => "\\f".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\x0b' => "\\v".into(),
        '\x00'..='\x1f' | '\x7f' => format!("\\x{:02x}", u32::from(character)),
        _ if is_printable(character) => character.into(),
        _ if character < '\u{10000}' => format!("\\u{:04x}", u32::from(character)),
        _ => format!("\\U{:08x}", u32::from(character)),
    }
}

/// `strconv.IsPrint`: the standard library knows the classes but shows them only by its own escapes, and a combining
/// mark counts as printable there only after another character.
fn is_printable(character: char) -> bool {
    character.is_ascii() || format!("a{character}").escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_gos() {
        assert_eq!(quoted("a\"b\\c'd"), r#""a\"b\\c'd""#);
        assert_eq!(quoted("\x07\n\x00\x7f é\u{a0}\u{200b}\u{10ffff}"), r#""\a\n\x00\x7f é\u00a0\u200b\U0010ffff""#);
        assert_eq!(quoted_character('"'), "'\"'");
        assert_eq!(quoted_character('\''), r"'\''");
    }
}
