//! The private keys that a file or an entry holds, in whatever coding.

use zeroize::Zeroizing;

use crate::text::private_keys::{all, decoded};
use crate::x509::PrivateKey;
use crate::x509::pem::base64;

/// Shorter, in bytes, is no key.
const SHORTEST: usize = 32;

/// All of them, in order, of which the public half alone is kept. `None`: it is encrypted, or Go makes nothing of it.
pub(crate) fn private_keys(bytes: &[u8]) -> Vec<Option<PrivateKey>> {
    if bytes.len() < SHORTEST {
        return Vec::new();
    }
    match PrivateKey::from_der(bytes) {
        Ok(key) => vec![Some(key)],
        Err(_) => str::from_utf8(bytes).map_or_else(|_| in_text(&String::from_utf8_lossy(bytes)), in_text),
    }
}

fn in_text(text: &str) -> Vec<Option<PrivateKey>> {
    // JSON and a string of YAML write line breaks so.
    let unescaped = text.contains(r"\n").then(|| Zeroizing::new(text.replace(r"\n", "\n")));
    let text = unescaped.as_ref().map_or(text, |unescaped| unescaped.as_str());
    let in_place = |range: std::ops::Range<usize>| {
        let inside = text.get(range.clone()).unwrap_or_default();
        let before = text.get(..range.start).unwrap_or_default();
        match before.ends_with("KEY-----") {
            true => armoured(inside).into_iter().collect(),
            // What is found is no deeper than is looked for.
            false => decoded(inside).map_or_else(Vec::new, |bytes| private_keys(&bytes)),
        }
    };
    all(text).into_iter().flat_map(in_place).collect()
}

/// What stands between the lines of PEM. `None`: something else stands for a key, as it is filled in later or was taken out
/// before the file was shown, which may be letters that are base64 too.
fn armoured(inside: &str) -> Option<Option<PrivateKey>> {
    // Indented, quoted or within a string it is as much a key.
    let is_around = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\'' | '>' | '#' | ',');
    let lines = inside.lines().map(|line| line.trim_matches(is_around)).filter(|line| !line.contains(':'));
    let body = Zeroizing::new(lines.collect::<String>());
    let der = Zeroizing::new(base64::decode(body.as_bytes())?);
    let begins_as_a_key = BEGINNINGS.iter().any(|beginning| der.starts_with(beginning));
    // What is encrypted as in RFC 1421 has no structure of its own.
    let is_encrypted = ["Proc-Type:", "DEK-Info:"].iter().any(|header| inside.contains(header));
    (der.len() >= SHORTEST && (begins_as_a_key || is_encrypted)).then(|| PrivateKey::from_der(&der).ok())
}

/// A SEQUENCE in DER, and OpenSSH's own format (its PROTOCOL.key, `AUTH_MAGIC`).
const BEGINNINGS: [&[u8]; 2] = [&[0x30], b"openssh-key-v1\0"];

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::prelude::{BASE64_STANDARD as BASE64, Engine};

    #[test]
    fn a_placeholder_is_no_key() {
        let found = |headers: &str, body: &str| {
            let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{headers}{body}\n-----END RSA PRIVATE KEY-----\n");
            private_keys(pem.as_bytes()).len()
        };
        let of_open_ssh = BASE64.encode([&b"openssh-key-v1\0"[..], &[7; 60]].concat());
        for placeholder in ["x", "A", "REDACTED"] {
            assert_eq!(found("", &placeholder.repeat(64)), 0, "{placeholder}");
        }
        for (headers, body) in [
            ("", format!("MIIEpAIBAAKC{}", "x".repeat(64))),
            ("", of_open_ssh),
            ("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", "x".repeat(64)),
        ] {
            assert_eq!(found(headers, &body), 1, "{headers}{body}");
        }
    }
}
