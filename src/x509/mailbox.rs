//! Mail addresses: the `Mailbox` of RFC 2821, section 4.1.2, as leniently as Go takes it.

use std::fmt;

/// A mail address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Mailbox {
    /// Without quotes and escapes.
    pub(super) local: String,
    /// In lower case: domains compare regardless of it.
    pub(super) domain: String,
}

impl Mailbox {
    /// Reads an address of ASCII characters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (local, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => dot_atom(text)?,
        };
        let domain = rest.strip_prefix('@')?;
        is_valid_mail_domain(domain).then(|| Self { local, domain: domain.to_ascii_lowercase() })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// What stands before the closing quote, and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut local = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((local, characters.as_str())),
            '\\' => local.push(characters.next().filter(|c| !matches!(c, '\0' | '\n' | '\r') && c.is_ascii())?),
            // Space is not in the grammar, but in an example of RFC 3696.
            character if is_quoted_text(character) || character == ' ' => local.push(character),
            _ => return None,
        }
    }
}

/// `qtext` of RFC 2822, section 3.2.5.
fn is_quoted_text(character: char) -> bool {
    character.is_ascii() && !matches!(character, '\0' | '\t' | '\n' | '\r' | ' ' | '"' | '\\')
}

/// Atoms joined by single periods, and what follows them. RFC 3696 has examples with escapes.
fn dot_atom(text: &str) -> Option<(String, &str)> {
    let mut local = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '\\' {
            rest = rest.get(1..)?;
            let escaped = rest.chars().next()?;
            local.push(escaped);
            rest = rest.get(escaped.len_utf8()..)?;
        } else if character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character) {
            local.push(character);
            rest = rest.get(1..)?;
        } else {
            break;
        }
    }
    let valid = !local.is_empty() && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    valid.then_some((local, rest))
}

/// Go's `domainToReverseLabels`: an empty domain passes.
fn is_valid_mail_domain(domain: &str) -> bool {
    domain.is_empty()
        || domain.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes() {
        for (text, expected) in [
            ("foo@Example.com", Some("foo@example.com")),
            ("foo.bar@x", Some("foo.bar@x")),
            (r#""a b\"c"@x"#, Some("a b\"c@x")),
            (r"a\@b@x", Some("a@b@x")),
            ("a@", Some("a@")),
            ("@x", None),
            (".a@x", None),
            ("a.@x", None),
            ("a..b@x", None),
            ("a b@x", None),
            ("a@x.", None),
            ("a@.x", None),
            ("a", None),
            ("", None),
            (r"a\", None),
            (r#""a"#, None),
        ] {
            assert_eq!(Mailbox::parse(text).map(|mailbox| mailbox.to_string()).as_deref(), expected, "{text}");
        }
    }
}
