//! Where private keys stand in a text, so that no report shows them.

use std::ops::Range;

/// What stands between the BEGIN and END lines of private keys, and what holds such lines in base64; in bytes, in order.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    let pem = BEGINNINGS.into_iter().flat_map(|begin| in_pem(text, begin));
    let mut all: Vec<Range<usize>> = pem.chain(in_base64(text)).collect();
    all.sort_by_key(|range| range.start);
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

fn in_base64(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    ENCODED.into_iter().flat_map(move |encoded| text.match_indices(encoded)).map(|(at, _)| {
        let start = text.get(..at).unwrap_or_default().trim_end_matches(is_digit).len();
        let behind = text.get(at..).unwrap_or_default();
        // A Secret's may be on several lines.
        let lines = behind.split_inclusive('\n');
        let is_more = |line: &&str| line.trim().chars().all(is_digit);
        let length = match lines.clone().next() {
            Some(first) if is_more(&first) => lines.take_while(is_more).map(str::len).sum(),
            _ => behind.len() - behind.trim_start_matches(is_digit).len(),
        };
        start..at + length
    })
}

fn is_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}
