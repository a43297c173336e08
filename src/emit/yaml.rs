//! YAML scalars that every reader takes for the same string.

/// Plain where nothing can be misread, else double-quoted, whose escapes JSON shares (YAML 1.2, section 7.3.1).
pub(super) fn string(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_=./".contains(character);
    // A first letter rules out numbers; a dash is a sequence's only before a space.
    let begins_plain = text.starts_with("--")
        || text.starts_with(|character: char| character == '/' || character.is_ascii_alphabetic());
    if begins_plain && text.chars().all(is_plain) && !is_reserved(text) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// Words that YAML 1.1 takes for booleans and nulls, and `---`.
fn is_reserved(text: &str) -> bool {
    let reserved = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "---"];
    reserved.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn plain_only_where_nothing_can_be_misread() {
        for plain in ["/etc/kubernetes/pki/front-proxy-ca.crt", "X-Remote-User", "--a=b", "a.b_c"] {
            assert_eq!(string(plain), plain);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("true", r#""true""#),
            ("No", r#""No""#),
            ("1e3", r#""1e3""#),
            ("-", r#""-""#),
            ("---", r#""---""#),
            ("a: b", r#""a: b""#),
            ("a #b", r#""a #b""#),
            ("a,b", r#""a,b""#),
            (r#""a""#, r#""\"a\"""#),
            (r"a\b", r#""a\\b""#),
            (" a", r#"" a""#),
            ("ä", r#""ä""#),
        ] {
            assert_eq!(string(text), quoted);
        }
    }
}
