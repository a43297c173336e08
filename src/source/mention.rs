//! Whether a text speaks of the aggregation layer's flags, read as a set-up or not.

use std::ops::Range;

use memchr::{memchr2, memchr2_iter};

/// The flags without their dashes, as [`spelt_at`] compares them: a beginning, and what may go on behind it. A
/// `kube-proxy-client.key` is a file of somebody else.
const FLAGS: [(&str, &[&str]); 2] = [
    ("requestheader", &["clientca", "allowednames", "usernameheaders", "uidheaders", "groupheaders", "extraheader"]),
    ("proxyclient", &["certfile", "keyfile"]),
];

/// What may stand between two letters of a name: `-`, `_` or `.`, with the NULs that UTF-16 puts between characters.
const MOST_SEPARATORS: usize = 3;

/// Endings of files, which may be called as a flag is: `requestheader-client-ca.pem`.
const ENDINGS: [&[u8]; 5] = [b".crt", b".pem", b".key", b".cer", b".csr"];

/// The first place that names one of `--requestheader-*` or `--proxy-client-*`, in any spelling: with `-`, with `_`, in
/// camel case, and in a file that is no UTF-8.
pub fn mention(bytes: &[u8]) -> Option<Range<usize>> {
    // Each name has one of these letters, and most lines have none.
    memchr2(b'q', b'Q', bytes).or_else(|| memchr2(b'x', b'X', bytes))?;
    let first = |(beginning, rest): &(&str, &[&str])| {
        let letter = beginning.bytes().next()?;
        let mut starts = memchr2_iter(letter, letter.to_ascii_uppercase(), bytes);
        starts.find_map(|start| flag_at(bytes, start, beginning, rest))
    };
    FLAGS.iter().filter_map(first).min_by_key(|range| range.start)
}

/// The whole name of the flag that is spelt at `start`.
fn flag_at(bytes: &[u8], start: usize, beginning: &str, rest: &[&str]) -> Option<Range<usize>> {
    let middle = spelt_at(bytes, start, beginning)?;
    let end = rest.iter().find_map(|rest| spelt_at(bytes, middle, rest))?;
    let is_file = bytes.get(end..).is_some_and(|rest| ENDINGS.iter().any(|ending| rest.starts_with(ending)));
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let more = bytes.get(end..).unwrap_or_default().iter().take_while(is_of_name).count();
    (!is_file).then_some(start..end + more)
}

/// The end of `name` in any spelling at `start`.
fn spelt_at(bytes: &[u8], start: usize, name: &str) -> Option<usize> {
    name.bytes().try_fold(start, |at, letter| {
        let rest = bytes.get(at..)?;
        let separators =
            rest.iter().take(MOST_SEPARATORS).take_while(|byte| matches!(byte, b'-' | b'_' | b'.' | 0)).count();
        rest.get(separators)?.eq_ignore_ascii_case(&letter).then_some(at + separators + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentioned(text: &str) -> Option<&str> {
        mention(text.as_bytes()).and_then(|range| text.get(range))
    }

    #[test]
    fn a_flag_is_found_in_every_spelling() {
        for (text, found) in [
            ("a --requestheader-client-ca-file=x", "requestheader-client-ca-file"),
            ("--requestheader-extra-headers-prefix X-", "requestheader-extra-headers-prefix"),
            ("requestheader_allowed_names: x", "requestheader_allowed_names"),
            ("  requestheaderClientCAFile: x", "requestheaderClientCAFile"),
            ("o.RequestHeader.UsernameHeaders; ProxyClientCertFile", "RequestHeader.UsernameHeaders"),
            ("KUBE_PROXY_CLIENT_KEY_FILE=x", "PROXY_CLIENT_KEY_FILE"),
        ] {
            assert_eq!(mentioned(text), Some(found), "{text}");
        }
    }

    #[test]
    fn other_words_are_no_mention() {
        for text in ["", "requestheader", "request-header-size", "kube-apiserver", "proxy-client", "--client-ca-file"] {
            assert_eq!(mentioned(text), None, "{text}");
        }
        for file in ["proxy-client.key", "kube-proxy-client-key.pem", "/ssl/requestheader-client-ca.pem"] {
            assert_eq!(mentioned(file), None, "{file}");
        }
    }

    #[test]
    fn no_encoding_hides_a_flag() {
        let latin1 = [b"caf\xe9 ".as_slice(), b"--proxy-client-cert-file"].concat();
        assert_eq!(mention(&latin1), Some(7..29));
        let utf16: Vec<u8> = "x --requestheader-client-ca-file".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(mention(&utf16).is_some());
    }
}
