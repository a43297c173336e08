//! XML 1.0, as far as it is written here.

use std::fmt::Write;

use super::printable;

/// Text or an attribute's value. What XML cannot hold at all (most control characters, section 2.2) is shown by a
/// picture of it, as in every report.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable::block(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // Allowed by nothing but a character of its own in Rust.
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

/// ` name="value"` for each.
pub(crate) fn attributes(attributes: &[(&str, &str)]) -> String {
    attributes.iter().fold(String::new(), |mut written, (name, value)| {
        // Line breaks would become blanks when the attribute is read (section 3.3.3).
        let _ = write!(written, " {name}=\"{}\"", escape(value).replace('\n', "&#10;"));
        written
    })
}
