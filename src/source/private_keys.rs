//! The private keys that a file or an entry holds, in whatever coding.

use zeroize::Zeroizing;

use crate::text::private_keys::{all, decoded};
use crate::x509::PrivateKey;
use crate::x509::pem::base64;

/// All of them, in order, of which the public half alone is kept. `None`: it is encrypted, or Go makes nothing of it.
pub(crate) fn private_keys(bytes: &[u8]) -> Vec<Option<PrivateKey>> {
    match PrivateKey::from_der(bytes) {
        Ok(key) => vec![Some(key)],
        Err(_) => in_text(&String::from_utf8_lossy(bytes)),
    }
}

fn in_text(text: &str) -> Vec<Option<PrivateKey>> {
    // JSON and a string of YAML write line breaks so.
    let text = Zeroizing::new(text.replace(r"\n", "\n"));
    let in_place = |range: std::ops::Range<usize>| {
        let inside = text.get(range.clone()).unwrap_or_default();
        let before = text.get(..range.start).unwrap_or_default();
        match before.ends_with("KEY-----") {
            true => armoured(inside).into_iter().collect(),
            // What is found is no deeper than is looked for.
            false => decoded(inside).map_or_else(Vec::new, |bytes| private_keys(&bytes)),
        }
    };
    all(&text).into_iter().flat_map(in_place).collect()
}

/// What stands between the lines of PEM. `None`: something else stands for a key, as it is filled in later or was taken out
/// before the file was shown.
fn armoured(inside: &str) -> Option<Option<PrivateKey>> {
    /// Shorter is no key.
    const SHORTEST: usize = 32;
    // Indented, quoted or within a string it is as much a key.
    let is_around = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\'' | '>' | '#' | ',');
    let lines = inside.lines().map(|line| line.trim_matches(is_around)).filter(|line| !line.contains(':'));
    let body = Zeroizing::new(lines.collect::<String>());
    let der = Zeroizing::new(base64::decode(body.as_bytes())?);
    (der.len() >= SHORTEST).then(|| PrivateKey::from_der(&der).ok())
}
