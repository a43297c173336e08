//! Where private keys stand in a text, so that they are found, and no report shows them.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// What stands between the BEGIN and END lines of private keys, and what holds such lines, or a key in DER, in base64; in
/// bytes, in order, and none of them in another.
pub(crate) fn all(text: &str) -> Vec<Range<usize>> {
    // Most have none.
    let pem = BEGINNINGS.into_iter().filter(|begin| text.contains(begin)).flat_map(|begin| in_pem(text, begin));
    let mut all: Vec<Range<usize>> = pem.chain(in_base64(text, NESTED)).collect();
    all.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    all.retain(|range| {
        let is_new = range.end > end;
        end = end.max(range.end);
        is_new
    });
    all
}

/// As it is, and in a URL.
const BEGINNINGS: [&str; 2] = ["PRIVATE KEY-----", "PRIVATE%20KEY-----"];

fn in_pem<'a>(text: &'a str, beginning: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    const END: &str = "-----END";
    let mut position = 0;
    std::iter::from_fn(move || {
        let begin = position + text.get(position..)?.find(beginning)? + beginning.len();
        let end = text.get(begin..)?.find(END).map_or(text.len(), |length| begin + length);
        // Behind the END line, which has the same words in it.
        position = text.get(end..)?.find(beginning).map_or(text.len(), |length| end + length + beginning.len());
        Some(begin..end)
    })
}

/// `PRIVATE KEY` in base64, as it may stand behind any number of bytes: without the digits that its neighbours share.
const ENCODED: [&str; 3] = ["UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"];

/// How often what is in base64 may be so once more: a kubeconfig has its key in it, and is an entry of an object itself.
const NESTED: usize = 1;

fn in_base64(text: &str, nested: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    runs(text).filter(move |range| {
        let run = text.get(range.clone()).unwrap_or_default();
        ENCODED.iter().any(|encoded| run.contains(encoded)) || decoded(run).is_some_and(|bytes| is_key(&bytes, nested))
    })
}

/// Whether a key is in it, of which the words may be in base64 once more.
fn is_key(bytes: &[u8], nested: usize) -> bool {
    is_der(bytes)
        || memchr::memmem::find(bytes, b"PRIVATE KEY-----").is_some()
        || nested > 0 && str::from_utf8(bytes).is_ok_and(|text| in_base64(text, nested - 1).next().is_some())
}

/// Whether it begins as PrivateKeyInfo (RFC 5958, section 2), RSAPrivateKey (RFC 8017, appendix A.1.2) or ECPrivateKey (RFC
/// 5915, section 3) do: a sequence of a version and what follows it. A certificate has no version there, a keystore another.
fn is_der(bytes: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    let Some((&SEQUENCE, [length, rest @ ..])) = bytes.split_first() else { return false };
    let skipped = usize::from(length.checked_sub(0x80).unwrap_or_default());
    let is_whole = bytes.len() >= SHORTEST_KEY;
    is_whole && matches!(rest.get(skipped..), Some([2, 1, 0, SEQUENCE | 2, ..] | [2, 1, 1, SEQUENCE | 2 | 4, ..]))
}

/// Ed25519's in PKCS#8 has 48 bytes, in DER.
const SHORTEST_KEY: usize = 40;

/// What may be base64: digits in one piece, on one line or several.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    /// No key is shorter, nor a line that tools break base64 into.
    const SHORTEST: usize = 40;
    let mut position = 0;
    std::iter::from_fn(move || {
        loop {
            let start = position + text.as_bytes().get(position..)?.iter().position(is_digit)?;
            position = end_of_digits(text, start);
            if position - start < SHORTEST {
                continue;
            }
            while let Some(end) = line_of_digits_behind(text, start..position) {
                position = end;
            }
            return Some(start..position);
        }
    })
}

/// Where the next line ends, if what stands there goes on with the digits before it.
fn line_of_digits_behind(text: &str, run: Range<usize>) -> Option<usize> {
    let rest = text.get(run.end..)?;
    let line = rest.strip_prefix('\r').unwrap_or(rest).strip_prefix('\n')?.trim_start_matches([' ', '\t']);
    let start = text.len() - line.len();
    let end = end_of_digits(text, start);
    let is_whole = text.get(end..)?.lines().next().is_none_or(|behind| behind.trim().is_empty());
    (line.as_bytes().first().is_some_and(is_digit) && is_whole && !text.get(run)?.ends_with('=')).then_some(end)
}

/// Padding included.
fn end_of_digits(text: &str, start: usize) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let digits = rest.iter().take_while(|byte| is_digit(byte)).count();
    start + digits + rest.iter().skip(digits).take_while(|byte| **byte == b'=').count()
}

/// What a run of [`all`] holds; what is cut off at its end is left out.
pub(crate) fn decoded(run: &str) -> Option<Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let mut digits = Zeroizing::new(run.as_bytes().to_vec());
    digits.retain(is_digit);
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(&*digits).ok().map(Zeroizing::new)
}

fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD as BASE64;

    #[test]
    fn keys_are_found_in_whatever_coding() {
        let der: Vec<u8> = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70][..], &[7; 36]].concat();
        let body = BASE64.encode(&der);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let encoded = BASE64.encode(&pem);
        let wrapped = format!("{}\n  {}", &encoded[..76], &encoded[76..]);
        let kubeconfig = BASE64.encode(format!("users:\n- user:\n    client-key-data: {encoded}\n"));
        for (text, key) in [
            (format!("x: |\n{pem}y: z\n"), format!("\n{body}\n")),
            (format!("x: {body}\ny: z\n"), body.clone()),
            (format!("x={encoded}\ny\n"), encoded.clone()),
            (format!("x:\n  {wrapped}\ny: z\n"), wrapped.clone()),
            (format!("x: {kubeconfig}\ny: z\n"), kubeconfig.clone()),
        ] {
            let found: Vec<&str> = all(&text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, [key], "{text}");
        }
        let public: Vec<u8> = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &[7; 32]].concat();
        let deeper = BASE64.encode(&kubeconfig);
        for other in [BASE64.encode(&public), BASE64.encode(&der[..30]), deeper, "x".repeat(100)] {
            assert!(all(&other).is_empty(), "{other}");
        }
    }
}
